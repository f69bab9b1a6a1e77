//! A help desk on a faulty journal: everything between the API and the disk.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use actix::clock::timeout;
use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
use ochre_assign::actors::{Conversations, Directories, DirectoryReply, Keyed, Reply};
use ochre_assign::bus::BusLimits;
use ochre_assign::clock::{Clock, ManualClock};
use ochre_assign::commit::{CommandFailure, Gathering, QueueLimits, Store, StoreLimits, Workspace};
use ochre_assign::config::ActorsConfig;
use ochre_assign::domain::conversation::{
    AddMessage, Assign, Channel, Command, Create, Customer, Note, Priority, Rejection, Request,
    Sender,
};
use ochre_assign::domain::directory::{
    CreateUser, CreateWorkspace, DirectoryCommand, DirectoryRequest, Role, UpdateUser, UserStatus,
};
use ochre_assign::domain::invariants::LogChecker;
use ochre_assign::domain::{Caller, ConversationId, MessageId, Timestamp, UserId, WorkspaceId};
use ochre_assign::journal::{Faults, FaultyJournal, Journal, MemoryJournal, codec};
use ochre_assign::metrics::Metrics;

pub(crate) const WORKSPACE: WorkspaceId = WorkspaceId::from_u128(1);
pub(crate) const OWNER: UserId = UserId::from_u128(1);
pub(crate) const MAYA: UserId = UserId::from_u128(2);
pub(crate) const SAM: UserId = UserId::from_u128(3);
pub(crate) const VIEWER: UserId = UserId::from_u128(4);

pub(crate) const ONE: ConversationId = ConversationId::from_u128(1);
pub(crate) const TWO: ConversationId = ConversationId::from_u128(2);

pub(crate) const START: Timestamp = Timestamp::from_millis(1_700_000_000_000);

pub(crate) type Answer = Result<Reply, CommandFailure>;
pub(crate) type DirectoryAnswer = Result<DirectoryReply, CommandFailure>;

/// A clock that can be made to panic, once, on the thread of an actor: a bug in a handler.
#[derive(Debug)]
pub(crate) struct TrippingClock {
    clock: Arc<ManualClock>,
    armed: AtomicBool,
}

impl TrippingClock {
    pub(crate) fn trip(&self) {
        self.armed.store(true, Ordering::SeqCst);
    }
}

impl Clock for TrippingClock {
    fn now(&self) -> Timestamp {
        let own_thread = std::thread::current().name().map(str::to_owned);
        let of_the_store = own_thread.is_some_and(|name| name.starts_with("ochre-"));
        if !of_the_store && self.armed.swap(false, Ordering::SeqCst) {
            panic!("the clock was tripped (planned)");
        }
        self.clock.now()
    }

    fn instant(&self) -> Instant {
        self.clock.instant()
    }

    fn random_bytes(&self, bytes: &mut [u8]) {
        self.clock.random_bytes(bytes);
    }
}

/// How much a desk can take.
#[derive(Debug, Clone)]
pub(crate) struct Sizes {
    pub(crate) store: StoreLimits,
    pub(crate) actors: ActorsConfig,
}

impl Default for Sizes {
    fn default() -> Self {
        Self {
            store: StoreLimits {
                queue: QueueLimits {
                    items_max: 10_000,
                    bytes_max: 64 * 1024 * 1024,
                    batch_items_max: 1_000,
                    batch_bytes_max: 8 * 1024 * 1024,
                    gathering: Gathering {
                        from_items: 16,
                        patience: Duration::ZERO,
                    },
                },
                recover_every: Duration::from_millis(1),
                snapshot_every_commits: 1_000_000,
                keep_answers: Duration::from_secs(24 * 3600),
                answers_max: 1_000,
                bus: BusLimits {
                    commits_max: 1_000,
                    bytes_max: 1_000_000,
                },
                notifications_max: 100,
            },
            actors: ActorsConfig {
                mailbox_messages_max: 1_000,
                idle_stop_seconds: 60,
                conversations_max: 1_000,
            },
        }
    }
}

pub(crate) struct Desk {
    pub(crate) faults: Faults,
    /// What the faulty journal is around: where another writer would write.
    pub(crate) disk: Arc<dyn Journal>,
    pub(crate) journal: Arc<FaultyJournal>,
    pub(crate) clock: Arc<ManualClock>,
    /// The clock of the conversations' actors.
    pub(crate) tripping: Arc<TrippingClock>,
    /// The clock of the store, which the directory's actor reads when it orders.
    pub(crate) tripping_order: Arc<TrippingClock>,
    pub(crate) store: Arc<Store>,
    pub(crate) workspace: Arc<Workspace>,
    pub(crate) conversations: Arc<Conversations>,
    pub(crate) directories: Arc<Directories>,
    pub(crate) sizes: Sizes,
}

impl Desk {
    /// A workspace with an owner, two agents and a viewer, and no conversation.
    pub(crate) async fn new(sizes: Sizes) -> Self {
        let journal: Arc<dyn Journal> = Arc::new(MemoryJournal::new());
        let clock = Arc::new(ManualClock::starting_at(START));
        let desk = Self::open(journal, clock, sizes);
        desk.found().await;
        desk
    }

    /// [`Desk::new`] with two conversations that people handle.
    pub(crate) async fn with_conversations(sizes: Sizes) -> Self {
        let desk = Self::new(sizes).await;
        desk.create(ONE).await;
        desk.create(TWO).await;
        desk
    }

    pub(crate) fn open(journal: Arc<dyn Journal>, clock: Arc<ManualClock>, sizes: Sizes) -> Self {
        let faults = Faults::new();
        let disk = Arc::clone(&journal);
        let journal = Arc::new(FaultyJournal::new(journal, faults.clone()));
        let metrics = Arc::new(Metrics::new());
        let tripping = || {
            Arc::new(TrippingClock {
                clock: Arc::clone(&clock),
                armed: AtomicBool::new(false),
            })
        };
        let (tripping, tripping_order) = (tripping(), tripping());
        let store = Store::open(
            Arc::<FaultyJournal>::clone(&journal),
            Arc::<TrippingClock>::clone(&tripping_order),
            Arc::clone(&metrics),
            sizes.store,
        )
        .unwrap();
        let workspace = store
            .workspaces()
            .find(WORKSPACE)
            .unwrap_or_else(|| store.add_workspace(WORKSPACE));
        let conversations = Conversations::new(
            Arc::<TrippingClock>::clone(&tripping),
            metrics,
            sizes.actors.clone(),
        );
        let directories = Directories::new(sizes.actors.mailbox_messages_max);
        Self {
            faults,
            disk,
            journal,
            clock,
            tripping,
            tripping_order,
            store: Arc::new(store),
            workspace,
            conversations: Arc::new(conversations),
            directories: Arc::new(directories),
            sizes,
        }
    }

    /// Stops in order and opens what is on the disk.
    pub(crate) fn reopen(self) -> Self {
        self.store.stop();
        let journal = self.journal.crash().unwrap();
        Self::open(journal, Arc::clone(&self.clock), self.sizes.clone())
    }

    async fn found(&self) {
        let person = |id, name: &str, role| CreateUser {
            id,
            name: name.into(),
            email: format!("{name}@acme.example").into(),
            role,
            password_hash: None,
            users_max: 100,
        };
        let create = CreateWorkspace {
            name: "Acme".into(),
            time_zone: "UTC".into(),
            owner: person(OWNER, "olga", Role::Owner),
        };
        let create = DirectoryCommand::CreateWorkspace(create);
        self.direct(Caller::System, create).await.unwrap();
        for (id, name, role) in [
            (MAYA, "maya", Role::Agent),
            (SAM, "sam", Role::Agent),
            (VIEWER, "vera", Role::Viewer),
        ] {
            let create = DirectoryCommand::CreateUser(person(id, name, role));
            self.direct(Caller::System, create).await.unwrap();
        }
    }

    pub(crate) async fn create(&self, id: ConversationId) {
        let reply = self.ask(Caller::System, id, creation(None)).await.unwrap();
        assert!(reply.outcome.unwrap().changed);
    }

    /// Asks, and returns the answer when it comes.
    pub(crate) fn ask(
        &self,
        caller: impl Into<Asker>,
        id: ConversationId,
        command: Command,
    ) -> LocalBoxFuture<'static, Answer> {
        self.ask_keyed(caller, id, command, None)
    }

    pub(crate) fn ask_keyed(
        &self,
        caller: impl Into<Asker>,
        id: ConversationId,
        command: Command,
        keyed: Option<Keyed<Reply>>,
    ) -> LocalBoxFuture<'static, Answer> {
        let Asker {
            caller,
            expected_versions,
        } = caller.into();
        let request = Request {
            caller,
            expected_versions,
            command,
        };
        let (conversations, workspace) =
            (Arc::clone(&self.conversations), Arc::clone(&self.workspace));
        answered(async move { conversations.execute(&workspace, id, request, keyed).await })
            .boxed_local()
    }

    /// Asks something of the directory.
    pub(crate) fn direct(
        &self,
        caller: Caller,
        command: DirectoryCommand,
    ) -> impl Future<Output = DirectoryAnswer> + 'static {
        let (directories, workspace) = (Arc::clone(&self.directories), Arc::clone(&self.workspace));
        let request = DirectoryRequest { caller, command };
        answered(async move { directories.execute(&workspace, request, None).await })
    }

    pub(crate) fn set_status(
        &self,
        id: UserId,
        status: UserStatus,
    ) -> impl Future<Output = DirectoryAnswer> + 'static {
        let update = UpdateUser {
            id,
            name: None,
            role: None,
            status: Some(status),
        };
        self.direct(Caller::User(OWNER), DirectoryCommand::UpdateUser(update))
    }

    /// The owner in the views, and the version.
    pub(crate) fn shown(&self, id: ConversationId) -> (Option<UserId>, u64) {
        let fold = self.workspace.views().read();
        let conversation = &fold.rows[&id].conversation;
        (conversation.assignee, conversation.version)
    }

    /// The log holds every invariant, and the views are its fold. Returns what it folds to.
    pub(crate) fn check_log(&self) -> LogChecker {
        check_log(&*self.journal, WORKSPACE)
    }

    /// Lets other tasks run until the store works again.
    pub(crate) async fn healed(&self) {
        until(|| self.store.unavailable().is_none()).await;
    }

    /// Plans what becomes of the next append.
    pub(crate) fn next_append(&self, plan: impl FnOnce(&Faults, u64)) {
        plan(&self.faults, self.faults.appends() + 1);
    }
}

pub(crate) fn check_log(journal: &dyn Journal, workspace: WorkspaceId) -> LogChecker {
    let mut checker = LogChecker::default();
    for record in journal.read(workspace, 0, usize::MAX).unwrap() {
        let commit = codec::decode(&record).unwrap();
        if let Err(violation) = checker.check(&commit) {
            panic!("{violation}: {commit:?}");
        }
    }
    checker
}

/// An answer that never comes fails the test, instead of hanging it.
pub(crate) async fn answered<T>(answer: impl Future<Output = T>) -> T {
    let patience = Duration::from_secs(20);
    timeout(patience, answer)
        .await
        .unwrap_or_else(|_elapsed| panic!("there was no answer"))
}

/// Lets other tasks and threads run until it is so.
pub(crate) async fn until(is_so: impl Fn() -> bool) {
    let wait = async {
        while !is_so() {
            actix::clock::sleep(Duration::ZERO).await;
        }
    };
    answered(wait).await;
}

/// Lets every actor of this thread handle what it has in its mailbox.
pub(crate) async fn settle() {
    for _ in 0..50 {
        actix::clock::sleep(Duration::ZERO).await;
    }
}

/// Who asks, and which version they saw.
pub(crate) struct Asker {
    caller: Caller,
    expected_versions: Option<Vec<u64>>,
}

impl From<Caller> for Asker {
    fn from(caller: Caller) -> Self {
        Self {
            caller,
            expected_versions: None,
        }
    }
}

impl From<UserId> for Asker {
    fn from(user: UserId) -> Self {
        Caller::User(user).into()
    }
}

impl From<(UserId, u64)> for Asker {
    fn from((user, version): (UserId, u64)) -> Self {
        Self {
            caller: Caller::User(user),
            expected_versions: Some(vec![version]),
        }
    }
}

pub(crate) fn creation(external_id: Option<&str>) -> Command {
    Command::Create(Box::new(Create {
        external_id: external_id.map(Into::into),
        channel: Channel::Email,
        subject: "Where is my order?".into(),
        customer: Arc::new(Customer {
            name: "Kim".to_owned(),
            email: "kim@example.com".to_owned(),
        }),
        message: MessageId::from_u128(1),
        body: "Hello?".into(),
        priority: Priority::Normal,
        tags: Vec::new(),
        custom_fields: BTreeMap::new(),
    }))
}

pub(crate) fn assign(to: Option<UserId>) -> Command {
    Command::Assign(Assign {
        assignee: to,
        expected: None,
        note: None,
    })
}

pub(crate) fn message(id: u128) -> Command {
    Command::AddMessage(AddMessage {
        id: MessageId::from_u128(id),
        sender: Sender::Customer,
        body: format!("message {id}").into(),
    })
}

pub(crate) fn note(id: u128, mentions: &[UserId]) -> Command {
    Command::AddNote(Note {
        id: MessageId::from_u128(id),
        body: "See the invoice.".into(),
        mentions: mentions.to_vec(),
    })
}

/// What came of it, in short.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Came {
    Changed(u64),
    Unchanged,
    Refused(Rejection),
    Failed(CommandFailure),
}

pub(crate) fn came(answer: Answer) -> Came {
    match answer {
        Ok(reply) => match reply.outcome {
            Ok(done) if done.changed => Came::Changed(reply.conversation.unwrap().version),
            Ok(_) => Came::Unchanged,
            Err(rejection) => Came::Refused(rejection),
        },
        Err(failure) => Came::Failed(failure),
    }
}
