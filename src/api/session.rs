//! Signing in with a password, and out.

use std::cell::RefCell;
use std::sync::Arc;

use actix_web::cookie::{Cookie, SameSite, time};
use actix_web::http::{StatusCode, header};
use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::answers;
use super::call::{Call, OpenCall, SESSION_COOKIE};
use super::directory;
use super::error::{Code, Problem};
use super::origin;
use super::state::State;
use super::wire::{UserBody, WorkspaceBody};
use crate::auth::{Principal, Secret, SecretKind};
use crate::commit::Workspace;
use crate::domain::Caller;
use crate::domain::directory::{DirectoryCommand, StartSession, User, UserStatus};

/// Workspaces in which one address is looked for, in the order in which they were made: each costs
/// a comparison of passwords.
const WORKSPACES_MAX: usize = 4;

pub(super) fn routes(routes: &mut web::ServiceConfig) {
    routes.service(
        web::resource("/v1/session")
            .route(web::post().to(sign_in))
            .route(web::delete().to(sign_out)),
    );
}

/// What somebody signs in with.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SignIn)]
pub(super) struct SignInRequest {
    /// The address, whatever the case of its letters.
    email: String,
    password: String,
}

/// Who signed in, and where.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SignedIn)]
pub(super) struct SignedInBody<'a> {
    user: UserBody<'a>,
    workspace: WorkspaceBody<'a>,
}

/// Sign in
///
/// Sets the cookie `ochre_session`. An address that several workspaces know is tried in each of the
/// first four, in the order in which they were made, and opens the first whose password it is.
/// After too many failures with one address within a minute every attempt is refused until the
/// minute is over. `Idempotency-Key` is ignored.
#[utoipa::path(post, path = "/v1/session", tag = "Session", operation_id = "sign_in",
    security(()),
    request_body = SignInRequest,
    responses(
        (status = 200, body = SignedInBody<'static>, description = "Signed in, with the cookie",
            headers(("set-cookie" = String, description = "`ochre_session`"))),
        (status = 401, description = "`invalid_credentials`"),
        (status = 403, description = "`origin_not_allowed`"),
        (status = 429, description = "`rate_limited`: too many failures with this address")))]
pub(super) async fn sign_in(open: OpenCall) -> Result<HttpResponse, Problem> {
    check_origin(&open)?;
    let SignInRequest { email, password } = open.parse()?;
    let max = open.state.config.auth.password_chars_max;
    if password.chars().count() > max {
        let detail = format!("may have {max} characters at most");
        return Err(Problem::invalid("password", detail));
    }
    let state = &open.state;
    let attempts = state.guards.sign_ins();
    attempts.check(&email)?;
    let Some((workspace, user)) = find(state, &email, &password).await? else {
        state.metrics.sign_in_failed();
        attempts.failed(&email)?;
        return Err(wrong_credentials());
    };
    attempts.check(&email)?;
    start(open, workspace, &user).await
}

/// Sign out
///
/// Ends the session of the cookie and clears it.
#[utoipa::path(delete, path = "/v1/session", tag = "Session", operation_id = "sign_out",
    security(("cookie" = [])),
    responses(
        (status = 204, description = "Signed out; the cookie is cleared"),
        (status = 400, description = "`invalid_request`: the request came with a token")))]
pub(super) async fn sign_out(call: Call) -> Result<HttpResponse, Problem> {
    let Some(hash) = call.principal.session else {
        return Err(Problem::new(
            Code::InvalidRequest,
            "a token has no session to end; it is revoked with DELETE /v1/tokens/{id}",
        ));
    };
    let reply = directory::execute(&call, None, DirectoryCommand::EndSession { hash }).await?;
    reply
        .outcome
        .map_err(|rejection| directory::refused(&rejection))?;
    let cookie = cookie(call.state(), String::new(), time::Duration::ZERO);
    Ok(HttpResponse::NoContent().cookie(cookie).finish())
}

/// A sign-in from another site is refused, lest it put a visitor into a stranger's session.
fn check_origin(open: &OpenCall) -> Result<(), Problem> {
    let Some(value) = open.http.headers().get(header::ORIGIN) else {
        return Ok(());
    };
    let origin = value.to_str().unwrap_or_default();
    if origin::is_allowed(&open.http, &open.state.config.server, origin) {
        return Ok(());
    }
    Err(Problem::new(
        Code::OriginNotAllowed,
        "the Origin is not this site; see server.public_url and server.allowed_origins",
    ))
}

fn wrong_credentials() -> Problem {
    Problem::new(
        Code::InvalidCredentials,
        "no active user with a password has this address and this password",
    )
}

/// Whoever has the address and the password. Somebody unknown takes as long as somebody known.
async fn find(
    state: &State,
    email: &str,
    password: &str,
) -> Result<Option<(Arc<Workspace>, Arc<User>)>, Problem> {
    let candidates = candidates(state, email);
    if candidates.is_empty() {
        state.passwords.verify(password.to_owned(), None).await?;
        return Ok(None);
    }
    for (workspace, user) in candidates {
        let hash = user.password_hash.clone();
        if state.passwords.verify(password.to_owned(), hash).await? {
            return Ok(Some((workspace, user)));
        }
    }
    Ok(None)
}

fn candidates(state: &State, email: &str) -> Vec<(Arc<Workspace>, Arc<User>)> {
    let in_workspace = |workspace: Arc<Workspace>| {
        let directory = workspace.views().directory();
        let user = directory
            .user_by_email(email)
            .filter(|user| user.status == UserStatus::Active && user.password_hash.is_some())?;
        Some((workspace, Arc::clone(user)))
    };
    let workspaces = state.store.workspaces().all().into_iter();
    workspaces
        .filter_map(in_workspace)
        .take(WORKSPACES_MAX)
        .collect()
}

async fn start(
    open: OpenCall,
    workspace: Arc<Workspace>,
    user: &User,
) -> Result<HttpResponse, Problem> {
    let (clock, config) = (
        Arc::clone(&open.state.clock),
        Arc::clone(&open.state.config),
    );
    let secret = Secret::generate(SecretKind::Session, &*clock);
    let (hash, now) = (secret.hash(), clock.now());
    let call = Call {
        principal: Principal {
            workspace,
            caller: Caller::User(user.id),
            session: Some(hash),
            credential: hash,
        },
        begun: RefCell::default(),
        open,
    };
    let command = DirectoryCommand::StartSession(StartSession {
        user: user.id,
        hash,
        now,
        expires_at: now.saturating_add(config.auth.session()),
        sessions_per_user_max: config.limits.sessions_per_user_max,
    });
    let reply = directory::execute(&call, None, command).await?;
    if let Err(rejection) = &reply.outcome {
        return Err(directory::refused(rejection));
    }
    let user = match reply.person() {
        // A password that was changed while the old one was being compared ends this session too.
        Some(now) if now.password_hash == user.password_hash => now,
        Some(_) | None => {
            directory::execute(&call, None, DirectoryCommand::EndSession { hash }).await?;
            return Err(wrong_credentials());
        }
    };
    let body = SignedInBody {
        user: UserBody::of(user),
        workspace: WorkspaceBody::of(call.principal.workspace.id(), &reply.directory),
    };
    let mut response = answers::respond(answers::json_answer(StatusCode::OK, &body));
    let days = time::Duration::try_from(config.auth.session()).unwrap_or(time::Duration::MAX);
    let cookie = cookie(call.state(), secret.reveal().to_owned(), days);
    response.add_cookie(&cookie).map_err(|error| {
        Problem::new(
            Code::Internal,
            format!("the cookie could not be set: {error}"),
        )
    })?;
    Ok(response)
}

/// The cookie: out of reach of scripts, and never sent along by another site.
fn cookie(state: &State, secret: String, max_age: time::Duration) -> Cookie<'static> {
    Cookie::build(SESSION_COOKIE, secret)
        .path("/")
        .http_only(true)
        .same_site(SameSite::Strict)
        .secure(state.config.server.cookie_is_secure())
        .max_age(max_age)
        .finish()
}
