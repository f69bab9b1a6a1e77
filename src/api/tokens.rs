//! Bearer tokens: made, listed without their secrets, revoked.

use std::collections::BTreeSet;
use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::answers::{self, json_answer};
use super::call::Call;
use super::directory;
use super::error::{Code, Problem};
use super::input;
use super::paging::{self, PageQuery};
use super::profile_fields;
use super::run::{Admitted, admit};
use super::wire::{NewTokenBody, TokenBody};
use crate::actors::DirectoryReply;
use crate::auth::{Secret, SecretKind};
use crate::commit::StoredAnswer;
use crate::domain::directory::{CreateToken, DirectoryCommand, DirectoryEvent, Token, TokenHolder};
use crate::domain::{Scope, TokenId};

pub(super) fn routes(routes: &mut web::ServiceConfig) {
    routes
        .service(
            web::resource("/v1/tokens")
                .route(web::get().to(list))
                .route(web::post().to(create)),
        )
        .service(web::resource("/v1/tokens/{id}").route(web::delete().to(revoke)));
}

/// Whom a token speaks for.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = TokenKind)]
pub(super) enum KindName {
    /// A person, with their rights at the time of each use.
    User,
    /// A program.
    Service,
}

/// What a service token permits.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = Scope)]
pub(super) enum ScopeName {
    /// Create conversations and add customer messages.
    Inbound,
    /// Read a conversation, offer AI replies, close a conversation that the AI handles.
    Ai,
    /// Read everything but tokens and webhooks.
    Read,
}

/// A new token.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CreateToken)]
pub(super) struct CreateTokenRequest {
    /// What it is for: 1 to 200 characters.
    name: String,
    kind: KindName,
    /// With kind `user`: whom it speaks for; the caller unless given.
    user: Option<String>,
    /// With kind `service`: what it permits; at least one.
    scopes: Option<Vec<ScopeName>>,
}

/// A page of tokens, in the order in which they were made.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TokenPage)]
pub(super) struct TokenPage<'a> {
    items: Vec<TokenBody<'a>>,
    /// Where the next page begins; null on the last.
    #[schema(required = true)]
    next_cursor: Option<String>,
}

/// Make a token
///
/// Everyone makes their own; owners and admins make them for others and for services. The secret
/// is shown this once: only its hash is kept, and an answer given again for an `Idempotency-Key`
/// has it null.
#[utoipa::path(post, path = "/v1/tokens", tag = "Tokens", operation_id = "create_token",
    request_body = CreateTokenRequest,
    responses(
        (status = 201, body = NewTokenBody<'static>, description = "The token, with its secret"),
        (status = 422, description = "`invalid_reference`, `too_many_items`, `idempotency_key_reused`")))]
pub(super) async fn create(call: Call) -> Result<HttpResponse, Problem> {
    let request: CreateTokenRequest = call.parse()?;
    let name = profile_fields::name(&request.name)?;
    let holder = holder(&call, &request)?;
    let keyed = match admit(&call, created_before) {
        Admitted::Go(keyed) => keyed,
        Admitted::Done(response) => return Ok(response),
    };
    let state = call.state();
    let secret = Secret::generate(SecretKind::Token, &*state.clock);
    let command = DirectoryCommand::CreateToken(CreateToken {
        id: TokenId::from_u128(state.clock.id128()),
        name,
        holder,
        hash: secret.hash(),
        tokens_per_user_max: state.config.limits.tokens_per_user_max,
        service_tokens_max: state.config.limits.service_tokens_max,
    });
    let reply = directory::execute(&call, keyed, command).await?;
    let answer = created(&reply, &call.open.request_id, Some(secret.reveal()));
    Ok(answers::respond(answer))
}

/// List tokens
///
/// One's own; for owners and admins all of them. Never for services.
#[utoipa::path(get, path = "/v1/tokens", tag = "Tokens", operation_id = "list_tokens",
    params(PageQuery),
    responses((status = 200, body = TokenPage<'static>, description = "A page of tokens")))]
pub(super) async fn list(call: Call) -> Result<HttpResponse, Problem> {
    let Some(caller) = call.principal.caller.user() else {
        return Err(Problem::new(Code::Forbidden, "services see no tokens"));
    };
    let query: PageQuery = paging::query(&call)?;
    let limit = query.limit(&call)?;
    let after = query.cursor::<TokenId>()?;
    let fold = call.principal.workspace.views().read();
    let directory = &fold.directory.directory;
    let sees_all = directory
        .user(caller)
        .is_some_and(|user| user.role.administers());
    let own = TokenHolder::User { id: caller };
    let is_listed = |token: &&Token| {
        let follows = after.is_none_or(|after| token.id > after);
        follows && (sees_all || token.holder == own)
    };
    let mut following = fold.directory.credentials.tokens().filter(is_listed);
    let page: Vec<_> = following.by_ref().take(limit).collect();
    let last = page.last().filter(|_| following.next().is_some());
    let body = TokenPage {
        next_cursor: last.map(|token| paging::encode(&token.id)),
        items: page
            .iter()
            .map(|token| TokenBody::of(token.id, &token.name, &token.holder, token.created_at))
            .collect(),
    };
    Ok(answers::respond(json_answer(StatusCode::OK, &body)))
}

/// Revoke a token
///
/// One's own; for owners and admins any. From then on it opens nothing.
#[utoipa::path(delete, path = "/v1/tokens/{id}", tag = "Tokens", operation_id = "revoke_token",
    params(("id" = String, Path, description = "The token's id")),
    responses(
        (status = 204, description = "Revoked"),
        (status = 403, description = "`forbidden`: not one's own, whether there is one or not"),
        (status = 404, description = "`not_found`, for owners and admins")))]
pub(super) async fn revoke(call: Call, id: web::Path<String>) -> Result<HttpResponse, Problem> {
    // What is no id of a token is as unknown as any other: no token has the id of all zeros.
    let token = id.parse().unwrap_or(TokenId::from_u128(0));
    let reply = directory::execute(&call, None, DirectoryCommand::RevokeToken { token }).await?;
    reply
        .outcome
        .map_err(|rejection| directory::refused(&rejection))?;
    Ok(HttpResponse::NoContent().finish())
}

fn holder(call: &Call, request: &CreateTokenRequest) -> Result<TokenHolder, Problem> {
    match (request.kind, &request.user, &request.scopes) {
        (KindName::User, _, Some(_)) => {
            let detail = "only a service's token has scopes; a user's has their rights";
            Err(Problem::invalid("scopes", detail))
        }
        (KindName::User, Some(user), None) => Ok(TokenHolder::User {
            id: input::user_id(user),
        }),
        (KindName::User, None, None) => match call.principal.caller.user() {
            Some(id) => Ok(TokenHolder::User { id }),
            None => Err(Problem::new(Code::Forbidden, "services make no tokens")),
        },
        (KindName::Service, Some(_), _) => {
            Err(Problem::invalid("user", "a service's token has no user"))
        }
        (KindName::Service, None, scopes) => {
            let scopes: BTreeSet<Scope> = scopes
                .iter()
                .flatten()
                .map(|name| Scope::from(*name))
                .collect();
            if scopes.is_empty() {
                let detail = "a service's token needs at least one of inbound, ai, read";
                return Err(Problem::invalid("scopes", detail));
            }
            Ok(TokenHolder::Service {
                scopes: Arc::new(scopes),
            })
        }
    }
}

/// The answer as it is remembered.
fn created_before(reply: &DirectoryReply, request_id: &str) -> StoredAnswer {
    created(reply, request_id, None)
}

fn created(reply: &DirectoryReply, request_id: &str, secret: Option<&str>) -> StoredAnswer {
    directory::answer(reply, request_id, |events, at| match events {
        [
            DirectoryEvent::TokenCreated {
                token,
                name,
                holder,
                ..
            },
        ] => {
            let kept = TokenBody::of(*token, name, holder, at);
            json_answer(StatusCode::CREATED, &NewTokenBody { kept, secret })
        }
        _ => directory::lost("the token")
            .of_request(request_id)
            .to_answer(),
    })
}

impl From<ScopeName> for Scope {
    fn from(name: ScopeName) -> Self {
        match name {
            ScopeName::Inbound => Self::Inbound,
            ScopeName::Ai => Self::Ai,
            ScopeName::Read => Self::Read,
        }
    }
}
