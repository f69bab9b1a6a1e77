//! The service over a journal in memory, with two workspaces and their people.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use ochre_assign::app::{App, Parts, RunningApp, bind};
use ochre_assign::auth::{Secret, SecretKind};
use ochre_assign::clock::{Clock, ManualClock};
use ochre_assign::config::Config;
use ochre_assign::domain::directory::{
    CreateToken, CreateUser, CreateWorkspace, DirectoryCommand, DirectoryRequest, Role, TokenHolder,
};
use ochre_assign::domain::{Caller, Timestamp, TokenId, UserId, WorkspaceId};
use ochre_assign::faults::ActorFaults;
use ochre_assign::journal::{Append, Faults, FaultyJournal, Journal, MemoryJournal};
use serde_json::json;

use super::client::{Answer, Ask, exchange, post};

/// Somebody with a token.
#[derive(Debug, Clone)]
pub(crate) struct Person {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) token: String,
}

/// Everybody. The stranger owns another workspace.
#[derive(Debug, Clone)]
struct People {
    owner: Person,
    admin: Person,
    maya: Person,
    sam: Person,
    viewer: Person,
    stranger: Person,
}

/// What to start a service from.
#[derive(Debug)]
pub(crate) struct Setup {
    pub(crate) config: Config,
    pub(crate) journal: Arc<dyn Journal>,
    pub(crate) clock: Arc<ManualClock>,
    /// What the service gets; the clock above, unless a test wraps it.
    pub(crate) service_clock: Arc<dyn Clock>,
}

/// A service that listens on a port of its own.
#[derive(Debug)]
pub(crate) struct TestApp {
    pub(crate) owner: Person,
    pub(crate) admin: Person,
    /// An agent.
    pub(crate) maya: Person,
    /// Another one.
    pub(crate) sam: Person,
    pub(crate) viewer: Person,
    /// The owner of another workspace.
    pub(crate) stranger: Person,
    pub(crate) clock: Arc<ManualClock>,
    running: RunningApp,
    config: Config,
    journal: Arc<dyn Journal>,
}

impl Setup {
    pub(crate) fn new() -> Self {
        let mut config = Config::load(None, std::iter::empty()).unwrap();
        config.auth.argon2_memory_kib = 8;
        config.auth.argon2_iterations = 1;
        config.server.workers = 2;
        config.live.drain_seconds = 0;
        let start = Timestamp::from_millis(1_767_225_600_000);
        let clock = Arc::new(ManualClock::starting_at(start));
        Self {
            config,
            journal: Arc::new(MemoryJournal::new()),
            service_clock: Arc::<ManualClock>::clone(&clock),
            clock,
        }
    }

    /// Over a journal whose failures are planned.
    pub(crate) fn faulty() -> (Self, Faults) {
        let (mut setup, faults) = (Self::new(), Faults::new());
        setup.config.commit.recover_every_milliseconds = 10;
        setup.journal = Arc::new(FaultyJournal::new(setup.journal, faults.clone()));
        (setup, faults)
    }

    /// Over a journal of one's own.
    pub(crate) fn over(journal: impl Journal + 'static) -> Self {
        let mut setup = Self::new();
        setup.config.commit.recover_every_milliseconds = 10;
        setup.journal = Arc::new(journal);
        setup
    }

    pub(crate) fn configured(mut self, configure: impl FnOnce(&mut Config)) -> Self {
        configure(&mut self.config);
        self
    }

    pub(crate) async fn start(self) -> TestApp {
        let app = self.open();
        let owner = add_workspace(&app, "Acme", "Olga").await;
        let stranger = add_workspace(&app, "Other", "Stranger").await;
        let running = serve(app);
        let address = running.address();
        let people = People {
            admin: add_person(address, &owner, "Ada", "admin").await,
            maya: add_person(address, &owner, "Maya", "agent").await,
            sam: add_person(address, &owner, "Sam", "agent").await,
            viewer: add_person(address, &owner, "Vera", "light_agent").await,
            owner,
            stranger,
        };
        self.running(people, running)
    }

    fn open(&self) -> App {
        let parts = Parts {
            config: self.config.clone(),
            journal: Arc::clone(&self.journal),
            clock: Arc::clone(&self.service_clock),
            faults: ActorFaults::default(),
        };
        App::open(parts).unwrap()
    }

    fn running(self, people: People, running: RunningApp) -> TestApp {
        TestApp {
            owner: people.owner,
            admin: people.admin,
            maya: people.maya,
            sam: people.sam,
            viewer: people.viewer,
            stranger: people.stranger,
            clock: self.clock,
            running,
            config: self.config,
            journal: self.journal,
        }
    }
}

impl TestApp {
    pub(crate) async fn start() -> Self {
        Setup::new().start().await
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.running.address()
    }

    /// What the service wrote to.
    pub(crate) fn journal(&self) -> &dyn Journal {
        &*self.journal
    }

    /// Sends a request and waits for its answer.
    pub(crate) async fn ask(&self, ask: Ask) -> Answer {
        exchange(self.address(), ask.to_text().as_bytes()).await
    }

    /// Adds somebody, with a token.
    pub(crate) async fn add_person(&self, name: &str, role: &str) -> Person {
        add_person(self.address(), &self.owner, name, role).await
    }

    /// A copy of the log as it now is, to be put back later.
    pub(crate) fn copy(&self) -> Arc<dyn Journal> {
        let copy = MemoryJournal::new();
        for workspace in self.journal.workspaces().unwrap() {
            let records = self.journal.read(workspace, 0, usize::MAX).unwrap();
            let append = Append {
                workspace,
                expected_head: 0,
                records: records.into_iter().map(|record| record.bytes).collect(),
                side: Vec::new(),
            };
            copy.append(&[append]).unwrap();
        }
        Arc::new(copy)
    }

    /// Stops the service and starts another over what the journal kept.
    pub(crate) async fn restart(self) -> Self {
        let journal = Arc::clone(&self.journal);
        self.restart_over(journal).await
    }

    /// Stops the service.
    pub(crate) async fn stop(self) {
        self.running.stop().await.unwrap();
    }

    /// Stops the service and starts another over another journal.
    pub(crate) async fn restart_over(self, journal: Arc<dyn Journal>) -> Self {
        self.restart_as(journal, |setup| setup).await
    }

    /// Stops the service and starts another with another configuration.
    pub(crate) async fn restart_with(self, change: impl FnOnce(Setup) -> Setup) -> Self {
        let journal = Arc::clone(&self.journal);
        self.restart_as(journal, change).await
    }

    async fn restart_as(
        self,
        journal: Arc<dyn Journal>,
        change: impl FnOnce(Setup) -> Setup,
    ) -> Self {
        let people = People {
            owner: self.owner,
            admin: self.admin,
            maya: self.maya,
            sam: self.sam,
            viewer: self.viewer,
            stranger: self.stranger,
        };
        self.running.stop().await.unwrap();
        let setup = change(Setup {
            config: self.config,
            journal,
            service_clock: Arc::<ManualClock>::clone(&self.clock),
            clock: self.clock,
        });
        let running = serve(setup.open());
        setup.running(people, running)
    }
}

fn serve(app: App) -> RunningApp {
    let listener = bind((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
    app.serve(listener).unwrap()
}

/// A workspace with its owner, as `ochre init` makes them.
async fn add_workspace(app: &App, name: &str, owner: &str) -> Person {
    let state = app.state();
    let workspace = WorkspaceId::from_u128(state.clock.id128());
    let workspace = state.store.add_workspace(workspace);
    let id = UserId::from_u128(state.clock.id128());
    let secret = Secret::generate(SecretKind::Token, &*state.clock);
    let create = DirectoryCommand::CreateWorkspace(CreateWorkspace {
        name: name.into(),
        time_zone: "UTC".into(),
        owner: CreateUser {
            id,
            name: owner.into(),
            email: format!("{}@acme.test", owner.to_lowercase()).into(),
            role: Role::Owner,
            password_hash: None,
            users_max: 100,
        },
    });
    let token = DirectoryCommand::CreateToken(CreateToken {
        id: TokenId::from_u128(state.clock.id128()),
        name: "test".into(),
        holder: TokenHolder::User { id },
        hash: secret.hash(),
        tokens_per_user_max: 100,
        service_tokens_max: 100,
    });
    for command in [create, token] {
        let request = DirectoryRequest {
            caller: Caller::System,
            command,
        };
        let reply = state.directories.execute(&workspace, request, None).await;
        reply.unwrap().outcome.unwrap();
    }
    Person {
        id: id.to_string(),
        name: owner.to_owned(),
        token: secret.reveal().to_owned(),
    }
}

async fn add_person(address: SocketAddr, owner: &Person, name: &str, role: &str) -> Person {
    let send = async |path, body| {
        let ask = post(path, &body).by(owner);
        let answer = exchange(address, ask.to_text().as_bytes()).await;
        answer.expect_status(201)
    };
    let email = format!("{}@acme.test", name.to_lowercase());
    let user = json!({"name": name, "email": email, "role": role});
    let id = send("/v1/users", user).await.text_at("/id");
    let token = json!({"name": "test", "kind": "user", "user": id});
    let token = send("/v1/tokens", token).await.text_at("/token");
    Person {
        id,
        name: name.to_owned(),
        token,
    }
}
