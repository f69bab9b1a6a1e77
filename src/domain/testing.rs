//! The form of the domain's tests: given what happened, when somebody asks, then this follows.
//!
//! Every commit of a scenario, given or decided, passes the [`LogChecker`], so no test can stand
//! on a log that the invariants forbid.

use std::fmt::Debug;
use std::sync::Arc;

use super::conversation::{
    AiMode, Author, Channel, Command, Conversation, ConversationEvent, Created, Customer, Message,
    MessageKind, Note, Priority, Rejection, Request,
};
use super::directory::{
    DirectoryCommand, DirectoryEvent, DirectoryFold, DirectoryRejection, DirectoryRequest, Role,
    UserStatus,
};
use super::invariants::LogChecker;
use super::routing::{LeftUnassigned, Routing};
use super::{
    Actor, Caller, Commit, CommitBody, ConversationCommit, ConversationId, MessageId, Scope,
    Timestamp, TokenId, UserId,
};

pub(crate) const OWNER: UserId = UserId::from_u128(1);
pub(crate) const ADMIN: UserId = UserId::from_u128(2);
/// An agent.
pub(crate) const MAYA: UserId = UserId::from_u128(3);
/// Another agent.
pub(crate) const SAM: UserId = UserId::from_u128(4);
pub(crate) const VIEWER: UserId = UserId::from_u128(5);
/// An agent who was deactivated.
pub(crate) const DEACTIVATED: UserId = UserId::from_u128(6);
/// Somebody of another workspace: unknown in this one.
pub(crate) const STRANGER: UserId = UserId::from_u128(99);

/// The one conversation of a scenario.
pub(crate) const CONVERSATION: ConversationId = ConversationId::from_u128(1);

/// A log under way, and what it folds to.
#[derive(Debug, Default)]
pub(crate) struct Scenario {
    checker: LogChecker,
    seen: Option<u64>,
}

impl Scenario {
    /// A workspace with everybody named above, Autopilot off and no conversation.
    pub(crate) fn new() -> Self {
        let people = [
            ("Olga", OWNER, Role::Owner),
            ("Adam", ADMIN, Role::Admin),
            ("Maya", MAYA, Role::Agent),
            ("Sam", SAM, Role::Agent),
            ("Vera", VIEWER, Role::Viewer),
            ("Dora", DEACTIVATED, Role::Agent),
        ];
        Self::default()
            .given([DirectoryEvent::WorkspaceCreated {
                name: "Acme".into(),
                time_zone: "UTC".into(),
            }])
            .given(people.map(|(name, user, role)| joined(name, user, role)))
            .given([deactivated(DEACTIVATED)])
    }

    /// [`Scenario::new`] with a conversation at version 1 that people handle.
    pub(crate) fn with_conversation() -> Self {
        Self::new().given(creation(created()))
    }

    /// [`Scenario::new`] with Autopilot on and a conversation at version 1 that the AI handles.
    pub(crate) fn in_ai_queue() -> Self {
        let handled = Created {
            ai_handling: true,
            ..created()
        };
        Self::new()
            .given([DirectoryEvent::AutopilotSwitched { enabled: true }])
            .given(creation(handled))
    }

    /// Something happened, in one commit.
    pub(crate) fn given<E: Happened>(mut self, events: impl IntoIterator<Item = E>) -> Self {
        let seq = self.checker.head() + 1;
        let commit = Commit {
            seq,
            at: at(seq),
            actor: Actor::System,
            body: E::body(events.into_iter().collect(), &self),
        };
        self.checker.check(&commit).unwrap();
        self
    }

    /// The next command is asked for with this version seen (`If-Match`).
    pub(crate) fn having_seen(mut self, version: u64) -> Self {
        self.seen = Some(version);
        self
    }

    /// Somebody asks for something.
    pub(crate) fn when<A: Asked>(mut self, caller: impl Into<Caller>, command: A) -> Answer<A> {
        let answer = command.ask(caller.into(), &self);
        self.seen = None;
        Answer {
            scenario: self,
            answer,
        }
    }

    pub(crate) fn conversation(&self) -> &Conversation {
        &self.checker.conversations()[&CONVERSATION]
    }

    /// The position of the last commit.
    pub(crate) fn head(&self) -> u64 {
        self.checker.head()
    }

    pub(crate) fn directory(&self) -> &DirectoryFold {
        self.checker.directory()
    }

    /// What has followed the log so far, to check a commit that a scenario would not make.
    pub(crate) fn into_checker(self) -> LogChecker {
        self.checker
    }

    /// The time of the last commit.
    pub(crate) fn now(&self) -> Timestamp {
        at(self.checker.head())
    }
}

/// The time of the commit at a position: a second each.
pub(crate) fn at(seq: u64) -> Timestamp {
    Timestamp::from_millis(i64::try_from(seq).unwrap() * 1_000)
}

/// What was asked, and what the domain says.
#[derive(Debug)]
#[must_use]
pub(crate) struct Answer<A: Asked> {
    scenario: Scenario,
    answer: Result<Events<A::Event>, A::Rejection>,
}

/// What a decision comes to, and whether it says that something changed.
#[derive(Debug)]
pub(crate) struct Events<E> {
    events: Vec<E>,
    changed: bool,
}

impl<A: Asked> Answer<A> {
    /// Exactly these events are decided, and committed.
    #[track_caller]
    pub(crate) fn then(self, events: impl IntoIterator<Item = A::Event>) -> Scenario {
        self.committed(events, true)
    }

    /// Exactly these events are committed, though what was asked for was so already.
    #[track_caller]
    pub(crate) fn then_unchanged_but(self, events: impl IntoIterator<Item = A::Event>) -> Scenario {
        self.committed(events, false)
    }

    /// The answer is no, for this reason.
    #[track_caller]
    pub(crate) fn then_rejected(self, reason: A::Rejection) -> Scenario {
        assert_eq!(self.answer.unwrap_err(), reason);
        self.scenario
    }

    /// The answer is yes, and nothing happens.
    #[track_caller]
    pub(crate) fn then_nothing_changed(self) -> Scenario {
        let decided = self.answer.unwrap();
        assert_eq!(decided.events, []);
        assert!(!decided.changed);
        self.scenario
    }

    /// The answer is yes, and something happens; elsewhere it is said what.
    #[track_caller]
    pub(crate) fn then_something(self) -> Scenario {
        let decided = self.answer.unwrap();
        assert!(decided.changed);
        self.scenario.given(decided.events)
    }

    #[track_caller]
    fn committed(self, events: impl IntoIterator<Item = A::Event>, changed: bool) -> Scenario {
        let decided = self.answer.unwrap();
        let expected: Vec<_> = events.into_iter().collect();
        assert_eq!(decided.events, expected);
        assert_eq!(decided.changed, changed);
        self.scenario.given(expected)
    }
}

/// A vocabulary of the log.
pub(crate) trait Happened: Debug + PartialEq + Sized {
    fn body(events: Vec<Self>, scenario: &Scenario) -> CommitBody;
}

impl Happened for ConversationEvent {
    fn body(events: Vec<Self>, scenario: &Scenario) -> CommitBody {
        let before = scenario.checker.conversations().get(&CONVERSATION);
        CommitBody::Conversation(ConversationCommit {
            conversation: CONVERSATION,
            version: before.map_or(0, |conversation| conversation.version) + 1,
            number: before.is_none().then_some(1),
            operation: None,
            events,
        })
    }
}

impl Happened for DirectoryEvent {
    fn body(events: Vec<Self>, _: &Scenario) -> CommitBody {
        CommitBody::Directory { events }
    }
}

/// A vocabulary of commands.
pub(crate) trait Asked: Debug + Sized {
    type Event: Happened;
    type Rejection: Debug + PartialEq;

    fn ask(
        self,
        caller: Caller,
        scenario: &Scenario,
    ) -> Result<Events<Self::Event>, Self::Rejection>;
}

impl Asked for Command {
    type Event = ConversationEvent;
    type Rejection = Rejection;

    fn ask(self, caller: Caller, scenario: &Scenario) -> Result<Events<Self::Event>, Rejection> {
        let request = Request {
            caller,
            expected_versions: scenario.seen.map(|seen| vec![seen]),
            command: self,
        };
        let conversation = scenario.checker.conversations().get(&CONVERSATION);
        super::conversation::decide(conversation, &request, &scenario.directory().directory).map(
            |decision| Events {
                events: decision.events,
                changed: decision.changed,
            },
        )
    }
}

impl Asked for DirectoryCommand {
    type Event = DirectoryEvent;
    type Rejection = DirectoryRejection;

    fn ask(
        self,
        caller: Caller,
        scenario: &Scenario,
    ) -> Result<Events<Self::Event>, DirectoryRejection> {
        let request = DirectoryRequest {
            caller,
            command: self,
        };
        super::directory::decide(scenario.directory(), &request).map(|events| Events {
            changed: !events.is_empty(),
            events,
        })
    }
}

impl From<UserId> for Caller {
    fn from(user: UserId) -> Self {
        Self::User(user)
    }
}

/// A program with a token of these scopes.
pub(crate) fn service(scopes: impl IntoIterator<Item = Scope>) -> Caller {
    Caller::Service {
        token: TokenId::from_u128(7),
        name: "integration".into(),
        scopes: Arc::new(scopes.into_iter().collect()),
    }
}

pub(crate) fn joined(name: &str, user: UserId, role: Role) -> DirectoryEvent {
    DirectoryEvent::UserCreated {
        user,
        name: name.into(),
        email: format!("{}@acme.example", name.to_lowercase()).into(),
        role,
        password_hash: None,
    }
}

pub(crate) const fn deactivated(user: UserId) -> DirectoryEvent {
    DirectoryEvent::UserStatusChanged {
        user,
        status: UserStatus::Deactivated,
    }
}

/// The facts of a plain conversation that people handle.
pub(crate) fn created() -> Created {
    Created {
        external_id: None,
        channel: Channel::Email,
        subject: "Where is my order?".into(),
        customer: Arc::new(Customer {
            name: "Kim".to_owned(),
            email: "kim@example.com".to_owned(),
        }),
        priority: Priority::Normal,
        tags: Arc::default(),
        custom_fields: Arc::default(),
        ai_handling: false,
        ai_mode: AiMode::Auto,
        routing: Some(Arc::new(unrouted())),
    }
}

/// The record of routing without a rule.
pub(crate) fn unrouted() -> Routing {
    Routing {
        first_message: true,
        left_unassigned: Some(LeftUnassigned::NoRuleMatched),
        ..Routing::default()
    }
}

/// The events of a creation: the facts and the first message.
pub(crate) fn creation(created: Created) -> [ConversationEvent; 2] {
    [
        ConversationEvent::Created(created),
        ConversationEvent::MessageAdded {
            message: customer_message(1, "Hello?"),
        },
    ]
}

pub(crate) fn customer_message(id: u128, body: &str) -> Message {
    Message {
        id: MessageId::from_u128(id),
        kind: MessageKind::Customer,
        author: Author::Customer,
        body: body.into(),
        mentions: Vec::new(),
    }
}

/// A note as it is asked for.
pub(crate) fn note(id: u128, mentions: &[UserId]) -> Note {
    Note {
        id: MessageId::from_u128(id),
        body: "The refund is approved.".into(),
        mentions: mentions.to_vec(),
    }
}

/// The same note as it happened.
pub(crate) fn noted(author: UserId, id: u128, mentions: &[UserId]) -> ConversationEvent {
    ConversationEvent::NoteAdded {
        message: Message {
            id: MessageId::from_u128(id),
            kind: MessageKind::Note,
            author: Author::User { id: author },
            body: "The refund is approved.".into(),
            mentions: mentions.to_vec(),
        },
    }
}
