//! A workspace to send requests to: an owner, an admin, an agent, a viewer, and their tokens.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::from_fn;
use actix_web::web::Data;
use actix_web::{App, test};
use serde_json::Value;

use super::call::SESSION_COOKIE;
use super::guards::Guards;
use super::state::State;
use super::{configure, edge};
use crate::actors::{Conversations, Directories};
use crate::auth::{Passwords, Secret, SecretKind};
use crate::bulk::{Bulk, BulkParts, Unwatched};
use crate::clock::{Clock, ManualClock};
use crate::commit::{Store, StoreLimits, Workspace};
use crate::config::Config;
use crate::domain::directory::{
    CreateToken, CreateUser, CreateWorkspace, DirectoryCommand, DirectoryRequest, Role, TokenHolder,
};
use crate::domain::{Caller, Scope, Timestamp, TokenId, UserId, WorkspaceId};
use crate::journal::{Journal, MemoryJournal};
use crate::live::{Live, LiveParts};
use crate::metrics::Metrics;
use crate::webhooks::Webhooks;

/// The password of everybody in a bench.
pub(super) const PASSWORD: &str = "correct horse";

/// Where browsers find the bench.
pub(super) const ORIGIN: &str = "http://desk.test";

/// Somebody of the workspace.
pub(super) struct Person {
    pub(super) id: UserId,
    pub(super) token: String,
}

/// A service over a journal in memory, and a workspace in it.
pub(super) struct Bench {
    pub(super) ground: Ground,
    pub(super) workspace: Arc<Workspace>,
    pub(super) owner: Person,
    pub(super) admin: Person,
    pub(super) agent: Person,
    pub(super) viewer: Person,
}

/// The service alone.
pub(super) struct Ground {
    pub(super) state: Data<State>,
    pub(super) clock: Arc<ManualClock>,
}

/// A request, and by whom.
pub(super) struct Ask {
    method: Method,
    path: String,
    headers: Vec<(String, String)>,
    body: Option<Value>,
}

/// What came back.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    /// Null when there is none, a text when it is no JSON.
    pub(super) body: Value,
}

pub(super) fn get(path: &str) -> Ask {
    Ask::new(Method::GET, path)
}

pub(super) fn post(path: &str, body: Value) -> Ask {
    Ask::new(Method::POST, path).json(body)
}

pub(super) fn patch(path: &str, body: Value) -> Ask {
    Ask::new(Method::PATCH, path).json(body)
}

pub(super) fn put(path: &str, body: Value) -> Ask {
    Ask::new(Method::PUT, path).json(body)
}

pub(super) fn delete(path: &str) -> Ask {
    Ask::new(Method::DELETE, path)
}

impl Ask {
    fn new(method: Method, path: &str) -> Self {
        Self {
            method,
            path: path.to_owned(),
            headers: Vec::new(),
            body: None,
        }
    }

    fn json(mut self, body: Value) -> Self {
        self.body = Some(body);
        self
    }

    pub(super) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(super) fn by(self, person: &Person) -> Self {
        self.bearer(&person.token)
    }

    pub(super) fn bearer(self, token: &str) -> Self {
        self.header("authorization", &format!("Bearer {token}"))
    }

    /// With the cookie, but from nowhere.
    pub(super) fn cookie(self, secret: &str) -> Self {
        self.header("cookie", &format!("{SESSION_COOKIE}={secret}"))
    }

    pub(super) fn keyed(self, key: &str) -> Self {
        self.header("idempotency-key", key)
    }
}

impl Answer {
    /// The text at a JSON pointer.
    pub(super) fn text(&self, pointer: &str) -> &str {
        let found = self.body.pointer(pointer).and_then(Value::as_str);
        found.unwrap_or_else(|| panic!("no text at {pointer} in {self:?}"))
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The secret in the cookie that was set.
    pub(super) fn session(&self) -> String {
        let cookie = self.header("set-cookie").unwrap();
        let rest = cookie.strip_prefix("ochre_session=").unwrap();
        rest.split(';').next().unwrap().to_owned()
    }

    /// Stops the test unless the answer has this status; then gives it back.
    pub(super) fn expect(self, status: u16) -> Self {
        assert_eq!(self.status.as_u16(), status, "{self:?}");
        self
    }

    /// Stops the test unless the answer is a problem of this status and code.
    pub(super) fn refused(self, status: u16, code: &str) -> Self {
        let answer = self.expect(status);
        assert_eq!(answer.text("/code"), code);
        let media_type = answer.header("content-type");
        assert_eq!(media_type, Some("application/problem+json"));
        answer
    }
}

impl Bench {
    pub(super) async fn new() -> Self {
        Self::with(|_| {}).await
    }

    /// With another configuration.
    pub(super) async fn with(configure: impl FnOnce(&mut Config)) -> Self {
        let mut config = Config::load(None, std::iter::empty()).unwrap();
        config.auth.argon2_memory_kib = 8;
        config.auth.argon2_iterations = 1;
        config.server.public_url = ORIGIN.to_owned();
        configure(&mut config);
        Self::over(Arc::new(MemoryJournal::new()), config).await
    }

    async fn over(journal: Arc<dyn Journal>, config: Config) -> Self {
        let clock = Arc::new(ManualClock::starting_at(Timestamp::from_millis(
            1_767_225_600_000,
        )));
        let state = Data::new(state(journal, config, Arc::<ManualClock>::clone(&clock)));
        let ground = Ground { state, clock };
        let workspace = ground.add_workspace("Acme", "maya@acme.test").await;
        let [owner, admin, agent, viewer] = ground.add_people(&workspace).await;
        Self {
            ground,
            workspace,
            owner,
            admin,
            agent,
            viewer,
        }
    }

    /// The secret of a new service token.
    pub(super) async fn service(&self, scopes: &[Scope]) -> String {
        let scopes: BTreeSet<_> = scopes.iter().copied().collect();
        let holder = TokenHolder::Service {
            scopes: Arc::new(scopes),
        };
        self.ground.add_token(&self.workspace, holder).await
    }

    /// Sends a request.
    pub(super) async fn ask(&self, ask: Ask) -> Answer {
        let app = App::new()
            .app_data(Data::clone(&self.ground.state))
            .wrap(from_fn(edge))
            .configure(configure);
        let app = test::init_service(app).await;
        let mut request = test::TestRequest::with_uri(&ask.path).method(ask.method);
        for (name, value) in &ask.headers {
            let name = HeaderName::try_from(name.as_str()).unwrap();
            request = request.append_header((name, HeaderValue::from_str(value).unwrap()));
        }
        if let Some(body) = &ask.body {
            request = request.set_json(body);
        }
        let response = test::call_service(&app, request.to_request()).await;
        let (status, headers) = (response.status(), response.headers().clone());
        let bytes = test::read_body(response).await;
        let text = || Value::String(String::from_utf8_lossy(&bytes).into_owned());
        let body = if bytes.is_empty() {
            Value::Null
        } else {
            serde_json::from_slice(&bytes).unwrap_or_else(|_| text())
        };
        Answer {
            status,
            headers,
            body,
        }
    }
}

fn state(journal: Arc<dyn Journal>, config: Config, clock: Arc<dyn Clock>) -> State {
    let metrics = Arc::new(Metrics::new());
    let (to_store, counted) = (Arc::clone(&clock), Arc::clone(&metrics));
    let limits = StoreLimits::of(&config);
    let store = Store::open(journal, to_store, counted, limits).unwrap();
    let live = Arc::new(Live::new(LiveParts {
        limits: config.live.clone(),
        sockets_max: 100,
        clock: Arc::clone(&clock),
        metrics: Arc::clone(&metrics),
        journal: Arc::clone(store.journal()),
        access: Arc::clone(store.access()),
        faults: crate::faults::ActorFaults::default(),
    }));
    let (to_actors, counted) = (Arc::clone(&clock), Arc::clone(&metrics));
    let conversations = Conversations::new(to_actors, counted, config.actors.clone());
    let conversations = Arc::new(conversations);
    let bulk = Bulk::new(BulkParts {
        conversations: Arc::clone(&conversations),
        clock: Arc::clone(&clock),
        metrics: Arc::clone(&metrics),
        limits: config.bulk.clone(),
        keep_keys: config.idempotency.keep(),
        watcher: Arc::new(Unwatched),
    });
    State {
        store: Arc::new(store),
        conversations,
        bulk,
        directories: Directories::new(config.actors.mailbox_messages_max),
        passwords: Passwords::new(&config.auth, Arc::clone(&clock)).unwrap(),
        guards: Guards::new(&config, Arc::clone(&clock)),
        live,
        webhooks: Arc::new(Webhooks::new(&config.webhooks)),
        config: Arc::new(config),
        clock,
        metrics,
    }
}

impl Ground {
    /// A workspace whose owner has this address.
    pub(super) async fn add_workspace(&self, name: &str, owner: &str) -> Arc<Workspace> {
        let id = WorkspaceId::from_u128(self.next_id());
        let workspace = self.state.store.add_workspace(id);
        let command = DirectoryCommand::CreateWorkspace(CreateWorkspace {
            name: Arc::from(name),
            time_zone: Arc::from("Europe/Berlin"),
            owner: self.new_user("Maya", owner, Role::Owner).await,
        });
        self.execute(&workspace, command).await;
        workspace
    }

    async fn add_people(&self, workspace: &Arc<Workspace>) -> [Person; 4] {
        for (name, email, role) in [
            ("Ada", "ada@acme.test", Role::Admin),
            ("Sam", "sam@acme.test", Role::Agent),
            ("Vera", "vera@acme.test", Role::Viewer),
        ] {
            let user = self.new_user(name, email, role).await;
            self.execute(workspace, DirectoryCommand::CreateUser(user))
                .await;
        }
        let directory = workspace.directory();
        let mut people = Vec::new();
        for user in directory.users() {
            let holder = TokenHolder::User { id: user.id };
            let token = self.add_token(workspace, holder).await;
            people.push(Person { id: user.id, token });
        }
        people.try_into().ok().unwrap()
    }

    async fn new_user(&self, name: &str, email: &str, role: Role) -> CreateUser {
        let hash = self.state.passwords.hash(PASSWORD.to_owned()).await;
        CreateUser {
            id: UserId::from_u128(self.next_id()),
            name: Arc::from(name),
            email: Arc::from(email),
            role,
            password_hash: Some(hash.unwrap()),
            users_max: 100,
        }
    }

    async fn add_token(&self, workspace: &Arc<Workspace>, holder: TokenHolder) -> String {
        let secret = Secret::generate(SecretKind::Token, &*self.clock);
        let command = DirectoryCommand::CreateToken(CreateToken {
            id: TokenId::from_u128(self.next_id()),
            name: Arc::from("bench"),
            holder,
            hash: secret.hash(),
            tokens_per_user_max: 100,
            service_tokens_max: 100,
        });
        self.execute(workspace, command).await;
        secret.reveal().to_owned()
    }

    async fn execute(&self, workspace: &Arc<Workspace>, command: DirectoryCommand) {
        let request = DirectoryRequest {
            caller: Caller::System,
            command,
        };
        let directories = &self.state.directories;
        let reply = directories.execute(workspace, request, None).await;
        reply.unwrap().outcome.unwrap();
    }

    /// Time passes, so that ids sort in the order in which they were made.
    fn next_id(&self) -> u128 {
        self.clock.advance(Duration::from_millis(1));
        self.clock.id128()
    }
}
