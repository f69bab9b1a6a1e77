//! A workspace with a hub, without threads, sockets or time of its own.

use std::collections::BTreeMap;
use std::sync::{Arc, Weak};
use std::time::Duration;

use serde_json::Value;

use super::client::Client;
use crate::bus::{Bus, BusLimits};
use crate::clock::{Clock as _, ManualClock};
use crate::config::{Config, LiveConfig};
use crate::domain::conversation::{Command, Conversation, ConversationEvent, Request, decide};
use crate::domain::directory::{DirectoryEvent, Role, SecretHash, TokenHolder};
use crate::domain::testing::{MAYA, OWNER, SAM, joined};
use crate::domain::{
    Actor, Caller, Commit, CommitBody, ConversationCommit, ConversationId, EpochId, Scope,
    Timestamp, TokenId, UserId, WorkspaceId,
};
use crate::faults::ActorFaults;
use crate::journal::{Append, MemoryJournal, codec};
use crate::live::client_frame::ClientFrame;
use crate::live::hub::{Answers, Arrival, Feed, Hub, Tools};
use crate::live::peer::{Peer, QueueLimits, SessionId, Wake};
use crate::live::view::View;
use crate::metrics::{Closed, Metrics};
use crate::views::{AccessIndex, Applied, Filter, Views, WorkspaceFold};

pub(super) const PEOPLE: [UserId; 3] = [OWNER, MAYA, SAM];

/// The credential of a service.
pub(super) const SERVICE: SecretHash = SecretHash([9; 32]);

struct NeverMind;

impl Wake for NeverMind {
    fn wake(&self) -> bool {
        true
    }
}

/// Somebody at a screen.
pub(super) struct Screen {
    pub(super) peer: Arc<Peer>,
    pub(super) user: UserId,
    pub(super) client: Client,
}

pub(super) struct Ground {
    pub(super) hub: Hub,
    pub(super) clock: Arc<ManualClock>,
    pub(super) screens: BTreeMap<SessionId, Screen>,
    pub(super) conversations: BTreeMap<ConversationId, Arc<Conversation>>,
    pub(super) metrics: Arc<Metrics>,
    feed: Feed,
    limits: LiveConfig,
    head: u64,
    sessions: SessionId,
    epochs: u128,
    queue: QueueLimits,
    /// Whether the ring may have overrun the hub.
    pub(super) ring_is_small: bool,
    /// What was read of the log and not yet given to the hub.
    answers: Vec<Answers>,
}

impl Ground {
    pub(super) fn new() -> Self {
        Self::with(|_| {}, 1_000_000)
    }

    #[cfg(feature = "faults")]
    pub(super) fn with_faults(faults: ActorFaults) -> Self {
        let mut ground = Self::new();
        let mut tools = tools(&ground.limits, &ground.clock, &ground.metrics);
        tools.faults = faults;
        ground.hub = Hub::new(ground.feed.clone(), tools);
        ground
    }

    pub(super) fn with(change: impl FnOnce(&mut LiveConfig), bus_commits: usize) -> Self {
        let mut limits = Config::load(None, std::iter::empty()).unwrap().live;
        change(&mut limits);
        let clock = Arc::new(ManualClock::starting_at(Timestamp::from_millis(1_000)));
        let access = Arc::new(AccessIndex::default());
        let workspace = WorkspaceId::from_u128(1);
        let views = Views::new(workspace, WorkspaceFold::default(), Arc::clone(&access));
        let metrics = Arc::new(Metrics::new());
        let feed = Feed {
            workspace,
            views: Arc::new(views),
            bus: Arc::new(bus(0, bus_commits)),
            journal: Arc::new(MemoryJournal::new()),
            access,
        };
        let queue = QueueLimits {
            bytes_max: limits.session_queue_bytes_max,
            frames_max: limits.session_queue_frames_max,
        };
        let hub = Hub::new(feed.clone(), tools(&limits, &clock, &metrics));
        let mut ground = Self {
            hub,
            clock,
            screens: BTreeMap::new(),
            conversations: BTreeMap::new(),
            metrics,
            feed,
            limits,
            head: 0,
            sessions: 0,
            epochs: 0,
            queue,
            ring_is_small: bus_commits < 100,
            answers: Vec::new(),
        };
        ground.people();
        ground.epoch();
        ground
    }

    fn people(&mut self) {
        let mut events = vec![DirectoryEvent::WorkspaceCreated {
            name: "Acme".into(),
            time_zone: "UTC".into(),
        }];
        let roles = [Role::Owner, Role::Agent, Role::Agent];
        for (user, (name, role)) in PEOPLE
            .into_iter()
            .zip(["Olga", "Maya", "Sam"].into_iter().zip(roles))
        {
            events.push(joined(name, user, role));
            events.push(DirectoryEvent::TokenCreated {
                token: TokenId::from_u128(user.as_u128()),
                name: "screen".into(),
                holder: TokenHolder::User { id: user },
                hash: credential(user),
            });
        }
        events.push(DirectoryEvent::TokenCreated {
            token: TokenId::from_u128(9),
            name: "wall".into(),
            holder: TokenHolder::Service {
                scopes: Arc::new([Scope::Read].into()),
            },
            hash: SERVICE,
        });
        self.happens(CommitBody::Directory { events });
    }

    pub(super) fn epoch(&mut self) {
        self.epochs += 1;
        let epoch = EpochId::from_u128(self.epochs);
        self.happens(CommitBody::Epoch { epoch });
    }

    pub(super) fn directory(&mut self, event: DirectoryEvent) {
        self.happens(CommitBody::Directory {
            events: vec![event],
        });
    }

    /// A commit becomes durable.
    fn happens(&mut self, body: CommitBody) {
        self.head += 1;
        let commit = Commit {
            seq: self.head,
            at: Timestamp::from_millis(i64::try_from(self.head).unwrap() * 10),
            actor: Actor::User { id: OWNER },
            body,
        };
        let append = Append {
            workspace: self.feed.workspace,
            expected_head: self.head - 1,
            records: vec![codec::encode(&commit).unwrap()],
            side: Vec::new(),
        };
        self.feed.journal.append(&[append]).unwrap();
        let applied = Applied {
            commit,
            after: None,
        };
        let (bus, now) = (&self.feed.bus, self.clock.instant());
        self.feed
            .views
            .apply(vec![applied], |told| bus.put(told, now))
            .unwrap();
        let fold = self.feed.views.read();
        self.conversations = fold
            .rows
            .iter()
            .map(|(id, row)| (*id, Arc::clone(&row.conversation)))
            .collect();
    }

    /// Somebody asks for something, and if it changes anything it becomes durable.
    pub(super) fn ask(&mut self, user: UserId, conversation: u128, command: Command) {
        let id = ConversationId::from_u128(conversation);
        let before = self.conversations.get(&id);
        let request = Request {
            caller: Caller::User(user),
            expected_versions: None,
            command,
        };
        let directory = self.feed.views.directory();
        let Ok(decision) = decide(before.map(Arc::as_ref), &request, &directory) else {
            return;
        };
        self.decided(id, decision.events);
    }

    pub(super) fn decided(&mut self, id: ConversationId, events: Vec<ConversationEvent>) {
        if events.is_empty() {
            return;
        }
        let before = self.conversations.get(&id);
        let number = u64::try_from(self.conversations.len()).unwrap() + 1;
        let commit = ConversationCommit {
            conversation: id,
            version: before.map_or(0, |one| one.version) + 1,
            number: before.is_none().then_some(number),
            operation: None,
            events,
        };
        self.happens(CommitBody::Conversation(commit));
    }

    /// Somebody opens a screen.
    pub(super) fn opens(&mut self, user: UserId) -> SessionId {
        self.opens_with(Some(user), credential(user))
    }

    /// Somebody, or a service, opens a screen with this credential.
    pub(super) fn opens_with(&mut self, user: Option<UserId>, credential: SecretHash) -> SessionId {
        self.sessions += 1;
        let wake = Box::new(NeverMind);
        let peer = Arc::new(Peer::new(self.sessions, self.queue, wake, Weak::new()));
        self.hub.attach(Arrival {
            peer: Arc::clone(&peer),
            user,
            credential,
        });
        let screen = Screen {
            peer,
            user: user.unwrap_or(OWNER),
            client: Client::default(),
        };
        self.screens.insert(self.sessions, screen);
        self.sessions
    }

    pub(super) fn asks_for(&mut self, session: SessionId, view: View) {
        let resume = None;
        let view = view.to_string();
        self.hub
            .hear(session, ClientFrame::Subscribe { view, resume });
    }

    pub(super) fn sends(&mut self, session: SessionId, text: &str) {
        let frame = ClientFrame::parse(text).unwrap();
        self.hub.hear(session, frame);
    }

    /// A screen sends something, and the turn comes that tells of it.
    pub(super) fn says(&mut self, session: SessionId, text: &str) {
        self.sends(session, text);
        self.turn();
    }

    /// The connection breaks, and the screen comes back with what it holds.
    pub(super) fn comes_back(&mut self, session: SessionId) -> SessionId {
        let screen = self.screens.remove(&session).unwrap();
        self.hub.detach(session);
        let user = screen.user;
        let again = self.opens(user);
        let old = screen.client;
        for (view, held) in &old.held {
            let (epoch, seq) = (&held.epoch, held.position);
            let text = format!(
                r#"{{"type":"subscribe","view":"{view}","resume":{{"epoch":"{epoch}","seq":{seq}}}}}"#
            );
            self.sends(again, &text);
        }
        let screen = self.screens.get_mut(&again).unwrap();
        screen.client.held = old.held;
        screen.client.dropped.clear();
        again
    }

    /// The server is killed and started again: all that it remembered is gone, the log is not.
    pub(super) fn restarts(&mut self, bus_commits: usize) {
        self.ring_is_small |= bus_commits < 100;
        self.answers.clear();
        self.feed.bus = Arc::new(bus(self.head, bus_commits));
        self.hub = Hub::new(
            self.feed.clone(),
            tools(&self.limits, &self.clock, &self.metrics),
        );
        self.epoch();
        for session in self.screens.keys().copied().collect::<Vec<_>>() {
            self.read(session);
            self.comes_back(session);
        }
    }

    /// Turns, until the hub has nothing more to read or to begin.
    pub(super) fn turn(&mut self) {
        loop {
            self.half_turn();
            if !self.finds() && !self.hub.has_more() {
                return;
            }
        }
    }

    /// A turn, after which what it needs is read of the log, but has not come.
    pub(super) fn half_turn(&mut self) {
        self.hub.turn();
        while let Some(reading) = self.hub.take_needs() {
            self.answers.push(reading.read());
        }
    }

    /// What was read comes. False when nothing was.
    pub(super) fn finds(&mut self) -> bool {
        let answers = std::mem::take(&mut self.answers);
        let any = !answers.is_empty();
        for answers in answers {
            self.hub.found(answers);
        }
        any
    }

    pub(super) fn passes(&mut self, time: Duration) {
        self.clock.advance(time);
        self.hub.care();
    }

    /// The client takes what waits for it, and begins again what the server took away.
    pub(super) fn read(&mut self, session: SessionId) {
        let screen = self.screens.get_mut(&session).unwrap();
        for frame in screen.peer.take().frames {
            screen.client.take(&frame.text);
        }
        if self.ring_is_small {
            for (view, reason) in std::mem::take(&mut screen.client.dropped) {
                assert_eq!(reason, "too_far");
                self.asks_for(session, view);
            }
        }
    }

    /// What waits for a session, beside any client, but for what its person is told.
    pub(super) fn frames(&self, session: SessionId) -> Vec<Value> {
        let mut frames = self.all_frames(session);
        frames.retain(|frame| frame["type"] != "notification");
        frames
    }

    /// What the person of a session is told, and it waits.
    pub(super) fn told(&self, session: SessionId) -> Vec<Value> {
        let mut frames = self.all_frames(session);
        frames.retain(|frame| frame["type"] == "notification");
        frames
    }

    fn all_frames(&self, session: SessionId) -> Vec<Value> {
        let frames = self.screens[&session].peer.take().frames;
        let parsed = frames.iter().map(|frame| serde_json::from_str(&frame.text));
        parsed.map(Result::unwrap).collect()
    }

    /// With which code a session was told to end.
    pub(super) fn closed(&self, session: SessionId) -> Option<Closed> {
        self.screens[&session].peer.take().close
    }

    pub(super) fn read_all(&mut self) {
        for session in self.screens.keys().copied().collect::<Vec<_>>() {
            self.read(session);
        }
    }

    /// The last position of the log.
    pub(super) fn head(&self) -> u64 {
        self.head
    }

    /// What a view holds, in the words of its definition.
    pub(super) fn members(&self, view: View, user: UserId) -> BTreeMap<String, u64> {
        use crate::domain::conversation::Status;
        let belongs = |one: &Conversation| {
            let open = one.status == Status::Open;
            match view {
                View::List(Filter::AiQueue) => open && one.ai.handling,
                View::List(Filter::All) => open,
                View::List(Filter::Unassigned) => open && one.assignee.is_none(),
                View::List(Filter::Mine) => open && one.assignee == Some(user),
                View::List(Filter::Mentions) => one.mentioned.contains(&user),
                View::List(Filter::AiHandled) => one.ai.sent_count > 0,
                View::List(Filter::Closed) => one.status == Status::Closed,
                View::Conversation(id) => one.facts.id == id,
                View::Counts | View::Stats => false,
            }
        };
        let members = self.conversations.values().filter(|one| belongs(one));
        members
            .map(|one| (one.facts.id.to_string(), one.version))
            .collect()
    }
}

fn tools(limits: &LiveConfig, clock: &Arc<ManualClock>, metrics: &Arc<Metrics>) -> Tools {
    Tools {
        limits: limits.clone(),
        clock: Arc::<ManualClock>::clone(clock),
        metrics: Arc::clone(metrics),
        faults: ActorFaults::default(),
    }
}

fn bus(head: u64, commits_max: usize) -> Bus {
    let bytes_max = usize::MAX;
    Bus::new(
        head,
        BusLimits {
            commits_max,
            bytes_max,
        },
    )
}

fn credential(user: UserId) -> SecretHash {
    let mut hash = [0; 32];
    hash[16..].copy_from_slice(&user.as_u128().to_be_bytes());
    SecretHash(hash)
}
