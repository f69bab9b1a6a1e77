//! A workspace that decides requests and commits what comes of them, as the service does.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use ochre_assign::domain::conversation::{
    self, Channel, Command, Conversation, ConversationEvent, Create, Customer, Decision, Priority,
    Rejection, Request,
};
use ochre_assign::domain::directory::{
    self, CreateToken, CreateUser, CreateWorkspace, DirectoryCommand, DirectoryEvent,
    DirectoryFold, DirectoryRequest, Role, SecretHash, StartSession, SwitchAutopilot,
    UpdateProfile, UpdateUser,
};
use ochre_assign::domain::{
    Caller, Commit, CommitBody, ConversationCommit, ConversationId, MessageId, NotificationId,
    Timestamp, TokenId, UserId,
};
use ochre_assign::views::Kept;

use crate::notifications::told;
use crate::steps::{Ask, AskDirectory, Seen, Step};

pub(crate) const USERS_MAX: usize = 8;
pub(crate) const TOKENS_PER_USER_MAX: usize = 2;
pub(crate) const SERVICE_TOKENS_MAX: usize = 3;
pub(crate) const SESSIONS_PER_USER_MAX: usize = 2;

const HANDLED_BY_THE_AI: ConversationId = ConversationId::from_u128(1);
const HANDLED_BY_PEOPLE: ConversationId = ConversationId::from_u128(2);

/// The log, and what it folds to, kept up a commit at a time.
#[derive(Debug, Clone)]
pub(crate) struct World {
    pub(crate) log: Vec<Commit>,
    pub(crate) directory: DirectoryFold,
    pub(crate) conversations: BTreeMap<ConversationId, Conversation>,
    pub(crate) now: Timestamp,
    fresh: u128,
}

/// What became of a step.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// Nothing was asked.
    Waited,
    OnConversation {
        id: ConversationId,
        request: Box<Request>,
        before: Option<Box<Conversation>>,
        answer: Result<Decision, Rejection>,
    },
    OnDirectory {
        committed: bool,
    },
}

impl World {
    /// A workspace with an owner (1), an admin (2), two agents (3, 4), a viewer (5), a
    /// conversation that the AI handles and one that people do.
    pub(crate) fn new() -> Self {
        let mut world = Self {
            log: Vec::new(),
            directory: DirectoryFold::default(),
            conversations: BTreeMap::new(),
            now: Timestamp::from_millis(1_000),
            fresh: 1_000,
        };
        let owner = world.person("owner@acme.example", Role::Owner);
        let create = DirectoryCommand::CreateWorkspace(CreateWorkspace {
            name: "Acme".into(),
            time_zone: "UTC".into(),
            owner,
        });
        assert!(world.ask_directory(Caller::System, create));
        for (email, role) in [
            ("admin@acme.example", Role::Admin),
            ("maya@acme.example", Role::Agent),
            ("sam@acme.example", Role::Agent),
            ("viewer@acme.example", Role::Viewer),
        ] {
            let person = world.person(email, role);
            assert!(world.ask_directory(Caller::System, DirectoryCommand::CreateUser(person)));
        }
        world.create(HANDLED_BY_PEOPLE);
        let autopilot = DirectoryCommand::SwitchAutopilot(SwitchAutopilot::to(true));
        assert!(world.ask_directory(Caller::System, autopilot));
        world.create(HANDLED_BY_THE_AI);
        world
    }

    fn create(&mut self, id: ConversationId) {
        let create = Ask::Command(Command::Create(plain_creation()));
        let request = self.request(id, Caller::System, Seen::Nothing, create);
        self.ask(id, request);
    }

    pub(crate) fn take(&mut self, step: &Step) -> Outcome {
        match step.clone() {
            Step::Wait { millis } => {
                self.now = self
                    .now
                    .saturating_add(Duration::from_millis(u64::from(millis)));
                Outcome::Waited
            }
            Step::OnConversation {
                slot,
                caller,
                seen,
                ask,
            } => {
                let id = ConversationId::from_u128(u128::from(slot) + 1);
                let request = self.request(id, caller, seen, ask);
                self.ask(id, request)
            }
            Step::OnDirectory { caller, ask } => {
                let command = self.directory_command(&caller, ask);
                Outcome::OnDirectory {
                    committed: self.ask_directory(caller, command),
                }
            }
        }
    }

    /// Asks something of a conversation and commits what comes of it.
    pub(crate) fn ask(&mut self, id: ConversationId, request: Request) -> Outcome {
        let before = self.conversations.get(&id).cloned();
        let asked_of = self.holder_of_the_external_id(&request).or(before.as_ref());
        let directory = &self.directory.directory;
        let answer = conversation::decide(asked_of, &request, directory);
        let again = conversation::decide(asked_of, &request, directory);
        assert_eq!(answer, again, "the same inputs decide the same");
        if let Ok(decision) = &answer
            && !decision.events.is_empty()
        {
            self.commit_conversation(id, &request.caller, decision.events.clone());
        }
        Outcome::OnConversation {
            id,
            request: Box::new(request),
            before: before.map(Box::new),
            answer,
        }
    }

    fn ask_directory(&mut self, caller: Caller, command: DirectoryCommand) -> bool {
        let request = DirectoryRequest { caller, command };
        match directory::decide(&self.directory, &request) {
            Ok(events) if !events.is_empty() => {
                for event in &events {
                    self.directory.apply(event, self.now);
                }
                self.commit(&request.caller, CommitBody::Directory { events });
                true
            }
            Ok(_) | Err(_) => false,
        }
    }

    /// The sequencer's part: dense positions, versions and numbers.
    fn commit_conversation(
        &mut self,
        id: ConversationId,
        caller: &Caller,
        events: Vec<ConversationEvent>,
    ) {
        let before = self.conversations.get(&id);
        let created = u64::try_from(self.conversations.len()).unwrap();
        let body = ConversationCommit {
            conversation: id,
            version: before.map_or(0, |before| before.version) + 1,
            number: before.is_none().then_some(created + 1),
            operation: None,
            events,
        };
        let after = Conversation::fold(before, id, &body.events, body.stamp(self.now)).unwrap();
        self.conversations.insert(id, after);
        self.commit(caller, CommitBody::Conversation(body));
    }

    fn commit(&mut self, caller: &Caller, body: CommitBody) {
        self.log.push(Commit {
            seq: u64::try_from(self.log.len()).unwrap() + 1,
            at: self.now,
            actor: caller.actor(),
            body,
        });
    }

    /// A creation with an external id that is taken is decided on whoever has it.
    fn holder_of_the_external_id(&self, request: &Request) -> Option<&Conversation> {
        let Command::Create(create) = &request.command else {
            return None;
        };
        let wanted = create.external_id.as_ref()?;
        self.conversations
            .values()
            .find(|conversation| conversation.facts.external_id.as_ref() == Some(wanted))
    }

    fn request(&mut self, id: ConversationId, caller: Caller, seen: Seen, ask: Ask) -> Request {
        let version = self.conversations.get(&id).map_or(0, |one| one.version);
        let command = match ask {
            Ask::Command(command) => self.with_fresh_ids(command),
            Ask::Undo { versions_ago } => Command::Undo {
                version: version.saturating_sub(versions_ago),
            },
        };
        Request {
            caller,
            expected_versions: match seen {
                Seen::Nothing => None,
                Seen::Present => Some(vec![version]),
                Seen::Older => Some(vec![version.saturating_sub(1)]),
            },
            command,
        }
    }

    fn with_fresh_ids(&mut self, mut command: Command) -> Command {
        let id = MessageId::from_u128(self.fresh());
        match &mut command {
            Command::Create(create) => create.message = id,
            Command::AddMessage(message) => message.id = id,
            Command::AddNote(note) => note.id = id,
            Command::Assign(assign) => {
                if let Some(note) = &mut assign.note {
                    note.id = id;
                }
            }
            Command::OfferAiReply(offer) => offer.id = id,
            Command::Edit(_)
            | Command::Claim
            | Command::TakeOver
            | Command::Undo { .. }
            | Command::InBulk(_) => {}
        }
        command
    }

    fn directory_command(&mut self, caller: &Caller, ask: AskDirectory) -> DirectoryCommand {
        match ask {
            AskDirectory::CreateUser { email, role } => {
                DirectoryCommand::CreateUser(self.person(email, role))
            }
            AskDirectory::UpdateUser {
                user,
                name,
                role,
                status,
            } => DirectoryCommand::UpdateUser(UpdateUser {
                id: user,
                name: name.map(Into::into),
                role,
                status,
            }),
            AskDirectory::UpdateProfile {
                name,
                new_password,
                keep,
                slack,
            } => DirectoryCommand::UpdateProfile(UpdateProfile {
                name: name.map(Into::into),
                password_hash: new_password.then(|| "$argon2id$new".into()),
                session: keep.and_then(|index| self.session(index)),
                time_zone: None,
                slack_user_id: slack.map(|account| account.map(Into::into)),
            }),
            AskDirectory::CreateToken { holder } => DirectoryCommand::CreateToken(CreateToken {
                id: TokenId::from_u128(self.fresh()),
                name: "laptop".into(),
                holder,
                hash: self.fresh_hash(),
                tokens_per_user_max: TOKENS_PER_USER_MAX,
                service_tokens_max: SERVICE_TOKENS_MAX,
            }),
            AskDirectory::RevokeToken(index) => {
                let tokens: Vec<_> = self.directory.credentials.tokens().collect();
                let known = (!tokens.is_empty()).then(|| index.get(&tokens).id);
                DirectoryCommand::RevokeToken {
                    token: known.unwrap_or(TokenId::from_u128(99)),
                }
            }
            AskDirectory::StartSession { user, millis } => {
                let now = self.now;
                DirectoryCommand::StartSession(StartSession {
                    user: caller.user().unwrap_or(user),
                    hash: self.fresh_hash(),
                    now,
                    expires_at: now.saturating_add(Duration::from_millis(u64::from(millis))),
                    sessions_per_user_max: SESSIONS_PER_USER_MAX,
                })
            }
            AskDirectory::EndSession(index) => DirectoryCommand::EndSession {
                hash: self.session(index).unwrap_or(SecretHash([0; 32])),
            },
            AskDirectory::SwitchAutopilot(switch) => DirectoryCommand::SwitchAutopilot(switch),
            AskDirectory::ChooseNotifications { kind, choice } => {
                DirectoryCommand::ChooseNotifications {
                    preferences: BTreeMap::from([(kind, choice)]),
                }
            }
            AskDirectory::ReadNotification(back) => self.read_notification(caller, back),
            AskDirectory::ReadNotifications => DirectoryCommand::ReadNotifications {
                unread: self.inbox(caller).values().any(|kept| !kept.read),
            },
        }
    }

    /// The newest but so many; one that is not there when there are fewer.
    fn read_notification(&self, caller: &Caller, back: usize) -> DirectoryCommand {
        let inbox = self.inbox(caller);
        let (notification, unread) = match inbox.iter().rev().nth(back) {
            Some((id, kept)) => (*id, Some(!kept.read)),
            None => (NotificationId::from_u128(0), None),
        };
        DirectoryCommand::ReadNotification {
            notification,
            unread,
        }
    }

    fn inbox(&self, caller: &Caller) -> BTreeMap<NotificationId, Kept> {
        let told = caller.user().and_then(|user| told(&self.log).remove(&user));
        told.unwrap_or_default()
    }

    /// People are numbered 1, 2, 3 … as they are added.
    fn person(&self, email: &str, role: Role) -> CreateUser {
        let present = u128::try_from(self.directory.directory.users().len()).unwrap();
        CreateUser {
            id: UserId::from_u128(present + 1),
            name: "Alex".into(),
            email: email.into(),
            role,
            password_hash: None,
            users_max: USERS_MAX,
        }
    }

    fn session(&self, index: proptest::sample::Index) -> Option<SecretHash> {
        let sessions: Vec<_> = self.directory.credentials.sessions().collect();
        (!sessions.is_empty()).then(|| index.get(&sessions).hash)
    }

    fn fresh(&mut self) -> u128 {
        self.fresh += 1;
        self.fresh
    }

    fn fresh_hash(&mut self) -> SecretHash {
        let half = self.fresh().to_be_bytes();
        let mut bytes = [0; 32];
        bytes[..16].copy_from_slice(&half);
        SecretHash(bytes)
    }
}

/// A creation without anything special about it.
pub(crate) fn plain_creation() -> Box<Create> {
    Box::new(Create {
        external_id: None,
        channel: Channel::Email,
        subject: "Where is my order?".into(),
        customer: Arc::new(Customer {
            name: "Kim".to_owned(),
            email: "kim@example.com".to_owned(),
        }),
        message: MessageId::from_u128(0),
        body: "Hello?".into(),
        priority: Priority::Normal,
        tags: Vec::new(),
        custom_fields: BTreeMap::new(),
    })
}

/// What a log folds to, from nothing.
pub(crate) fn replay(log: &[Commit]) -> (DirectoryFold, BTreeMap<ConversationId, Conversation>) {
    let mut directory = DirectoryFold::default();
    let mut conversations: BTreeMap<ConversationId, Conversation> = BTreeMap::new();
    for commit in log {
        match &commit.body {
            CommitBody::Conversation(body) => {
                let id = body.conversation;
                let before = conversations.get(&id);
                let after =
                    Conversation::fold(before, id, &body.events, body.stamp(commit.at)).unwrap();
                conversations.insert(id, after);
            }
            CommitBody::Directory { events } => apply_all(&mut directory, events, commit.at),
            CommitBody::Operation { .. } | CommitBody::Epoch { .. } => {}
        }
    }
    (directory, conversations)
}

fn apply_all(directory: &mut DirectoryFold, events: &[DirectoryEvent], at: Timestamp) {
    for event in events {
        directory.apply(event, at);
    }
}
