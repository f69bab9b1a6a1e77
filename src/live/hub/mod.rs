//! The hub of a workspace: which session watches what, and what each of them is sent.
//!
//! It reads the bus, works out what a commit does to each view that somebody watches, and puts one
//! text into many queues. Everything that it does it does in turns: in each, all views end at the
//! same position, and new watchers begin at it, so that nothing is lost or doubled in between.

mod begin;
mod care;
mod first_frames;
mod from_log;
mod lineage;
mod log_reader;
mod people;
mod present;
mod read;
mod share;
mod stats;
mod subscribe;
mod told;
mod turn;

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::client_frame::{ClientFrame, Position};
use super::frames::{self, ErrorCode};
use super::list_fold::ListFold;
use super::moments;
use super::peer::{Frame, Offered, Peer, SessionId};
use super::presence::Presence;
use super::view::View;
use crate::auth::still_holds;
use crate::bus::Bus;
use crate::clock::Clock;
use crate::config::LiveConfig;
use crate::domain::directory::{Directory, SecretHash};
use crate::domain::{ConversationId, UserId, WorkspaceId};
use crate::faults::ActorFaults;
use crate::journal::Journal;
use crate::metrics::{Closed, Metrics};
use crate::views::{AccessIndex, Filter, Views};

pub(super) use care::CLOSE_GRACE;
#[cfg(test)]
pub(super) use from_log::Answers;
pub(super) use share::Share;

use from_log::FromLog;
use log_reader::{Finding, Need};
use stats::StatsTopic;

/// How many newest rows a snapshot has, and a beacon's head sums up.
const HEAD_ROWS: usize = 100;

/// What a hub reads of its workspace.
#[derive(Debug, Clone)]
pub(super) struct Feed {
    pub(super) workspace: WorkspaceId,
    pub(super) views: Arc<Views>,
    pub(super) bus: Arc<Bus>,
    pub(super) journal: Arc<dyn Journal>,
    pub(super) access: Arc<AccessIndex>,
}

/// What every hub works with.
#[derive(Debug, Clone)]
pub(super) struct Tools {
    pub(super) limits: LiveConfig,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) metrics: Arc<Metrics>,
    pub(super) faults: ActorFaults,
}

/// Somebody who has said who they are.
#[derive(Debug)]
pub(super) struct Arrival {
    pub(super) peer: Arc<Peer>,
    /// Nobody for a service.
    pub(super) user: Option<UserId>,
    pub(super) credential: SecretHash,
}

/// A session.
#[derive(Debug)]
struct Member {
    peer: Arc<Peer>,
    user: Option<UserId>,
    credential: SecretHash,
    views: BTreeSet<View>,
    /// The position that the welcome spoke of.
    welcomed_at: u64,
    /// How many subscriptions beyond the limit it has asked for.
    refused: usize,
}

/// A view that a session is about to watch.
#[derive(Debug, Clone)]
struct Wanted {
    session: SessionId,
    view: View,
    resume: Option<Position>,
    waits: Waits,
    /// What was read of the log for it.
    found: Option<Arc<Finding>>,
}

impl Wanted {
    /// One that can be begun in the next turn.
    const fn new(session: SessionId, view: View, resume: Option<Position>) -> Self {
        Self {
            session,
            view,
            resume,
            waits: Waits::No,
            found: None,
        }
    }
}

/// What keeps a view from being begun in the next turn.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Waits {
    No,
    /// What waits for the session must go out first.
    ForRoom,
    /// This must be read of the log.
    ForLog(Need),
}

type Watchers = HashMap<SessionId, Arc<Peer>>;

/// What every topic has: who watches it, and when they are told next what they should hold.
#[derive(Debug)]
struct Watched {
    by: Watchers,
    beacon_at: Instant,
}

/// A list that somebody watches.
#[derive(Debug)]
struct ListTopic {
    fold: ListFold,
    watched: Watched,
    is_dirty: bool,
}

/// A conversation that somebody watches.
#[derive(Debug)]
struct ConversationTopic {
    /// The position of the last event that was sent.
    spoken: u64,
    watched: Watched,
}

/// Somebody's seven numbers.
#[derive(Debug)]
struct CountsTopic {
    sent: Vec<usize>,
    watched: Watched,
}

/// See the module.
#[derive(Debug)]
pub(super) struct Hub {
    feed: Feed,
    tools: Tools,
    /// Everything up to here has been worked out.
    position: u64,
    lists: HashMap<(Filter, Option<UserId>), ListTopic>,
    dirty: Vec<(Filter, Option<UserId>)>,
    conversations: HashMap<ConversationId, ConversationTopic>,
    counts: HashMap<Option<UserId>, CountsTopic>,
    counts_are_old: bool,
    counts_at: Option<Instant>,
    stats: Option<StatsTopic>,
    members: HashMap<SessionId, Member>,
    /// The sessions of each person who is there.
    sessions: HashMap<UserId, BTreeSet<SessionId>>,
    wanted: Vec<Wanted>,
    /// Those of them for whom nothing waited when this turn began, and who have begun none in it.
    caught_up: HashSet<SessionId>,
    log: FromLog,
    /// The people as everybody was last told of them.
    told_of: Arc<Directory>,
    presence: Presence,
    /// Sessions that were told to end, and when they are cut if they have not.
    closing: Vec<(Instant, Arc<Peer>)>,
    /// Since when the oldest commit of this turn has been durable.
    since: Option<Instant>,
    /// Whether a commit of this turn may have taken somebody's right away.
    rights_are_old: bool,
    rights_at: Option<Instant>,
    /// The conversations where those who are present have changed since the last turn.
    people_changed: BTreeSet<ConversationId>,
}

impl Hub {
    pub(super) fn new(feed: Feed, tools: Tools) -> Self {
        Self {
            position: feed.views.applied(),
            told_of: feed.views.directory(),
            feed,
            tools,
            lists: HashMap::new(),
            dirty: Vec::new(),
            conversations: HashMap::new(),
            counts: HashMap::new(),
            counts_are_old: false,
            counts_at: None,
            stats: None,
            members: HashMap::new(),
            sessions: HashMap::new(),
            wanted: Vec::new(),
            caught_up: HashSet::new(),
            log: FromLog::default(),
            presence: Presence::default(),
            closing: Vec::new(),
            since: None,
            rights_are_old: false,
            rights_at: None,
            people_changed: BTreeSet::new(),
        }
    }

    /// Whether nobody is there.
    pub(super) fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// Whether the next turn has a view to begin.
    pub(super) fn has_more(&self) -> bool {
        self.wanted.iter().any(|wanted| wanted.waits == Waits::No)
    }

    /// Whether a view waits until the session takes what waits for it.
    pub(super) fn has_postponed(&self) -> bool {
        self.wanted
            .iter()
            .any(|wanted| wanted.waits == Waits::ForRoom)
    }

    /// Takes a session in, and welcomes it.
    pub(super) fn attach(&mut self, arrival: Arrival) {
        if self.members.is_empty() {
            // Nobody was there to be told of what happened meanwhile.
            self.position = self.feed.views.applied();
            self.tell_of_people();
        }
        let Arrival {
            peer,
            user,
            credential,
        } = arrival;
        let (epoch, seq, unread) = {
            let fold = self.feed.views.read();
            let unread = user.map_or(0, |user| fold.inboxes.of(user).unread());
            let epoch = fold.lineage.last().map(|start| start.epoch);
            (epoch, fold.head, unread)
        };
        let directory = self.feed.views.directory();
        let person = user.and_then(|id| directory.user(id)).map(Arc::as_ref);
        let heartbeat = self.tools.limits.heartbeat_seconds;
        let welcome = frames::welcome(peer.id, (epoch, seq), (person, unread), heartbeat);
        self.send(&peer, welcome);
        let member = Member {
            user,
            credential,
            views: BTreeSet::new(),
            welcomed_at: seq,
            refused: 0,
            peer,
        };
        // Their right may have been taken away while they were on their way here.
        let now = self.tools.clock.now();
        if !still_holds(&self.feed.access, &directory, now, credential) {
            let peer = Arc::clone(&member.peer);
            self.close(&peer, Closed::SignedOut);
        }
        if let Some(user) = user {
            self.sessions
                .entry(user)
                .or_default()
                .insert(member.peer.id);
        }
        self.members.insert(member.peer.id, member);
    }

    /// Forgets a session that has ended.
    pub(super) fn detach(&mut self, session: SessionId) {
        let Some(member) = self.members.remove(&session) else {
            return;
        };
        for view in &member.views {
            self.unwatch(session, *view, member.user);
        }
        self.wanted.retain(|wanted| wanted.session != session);
        if let Some(user) = member.user {
            if let Some(sessions) = self.sessions.get_mut(&user) {
                sessions.remove(&session);
                if sessions.is_empty() {
                    self.sessions.remove(&user);
                }
            }
            let now = self.tools.clock.instant();
            let grace = match member.peer.closed_with() {
                // They are not coming back.
                Some(Closed::SignedOut) => Duration::ZERO,
                _ => self.tools.limits.presence_grace(),
            };
            self.presence
                .gone((session, user), moments::after(now, grace));
            if grace.is_zero() {
                self.end_graces(now);
            }
        }
    }

    /// Sends a frame to every session of a person.
    pub(super) fn tell(&mut self, to: UserId, frame: &str) {
        let members = self.members.values();
        let theirs = members.filter(|member| member.user == Some(to));
        let peers: Vec<_> = theirs.map(|member| Arc::clone(&member.peer)).collect();
        for peer in &peers {
            self.send(peer, frame.to_owned());
        }
    }

    /// Carries out what a client asks for. True when the next turn has something to tell.
    pub(super) fn hear(&mut self, session: SessionId, frame: ClientFrame) -> bool {
        let Some(member) = self.members.get(&session) else {
            return false;
        };
        match frame {
            ClientFrame::Subscribe { view, resume } => {
                return self.subscribe(session, &view, resume);
            }
            ClientFrame::Unsubscribe { view } => self.unsubscribe(session, &view),
            ClientFrame::Presence {
                conversation,
                doing,
            } => return self.present(session, &conversation, doing),
            ClientFrame::Ping => {
                let peer = Arc::clone(&member.peer);
                self.send(&peer, frames::PONG.to_owned());
            }
            ClientFrame::Auth { .. } => {
                self.refuse(session, ErrorCode::BadFrame, "you are already known", None);
            }
        }
        false
    }

    fn refuse(&mut self, session: SessionId, code: ErrorCode, detail: &str, view: Option<&str>) {
        if let Some(member) = self.members.get(&session) {
            let peer = Arc::clone(&member.peer);
            self.send(&peer, frames::error(code, detail, view));
        }
    }

    /// Sends a frame that is about no view to one session. One that cannot even take that is closed.
    fn send(&mut self, peer: &Arc<Peer>, text: String) {
        let now = self.tools.clock.instant();
        if peer.offer(&Frame::new(None, text), now) == Offered::Full {
            self.close(peer, Closed::TooSlow);
        }
    }

    /// Ends a session, and cuts it if it does not end by itself.
    fn close(&mut self, peer: &Arc<Peer>, code: Closed) {
        peer.close(code);
        let now = self.tools.clock.instant();
        let cut_at = moments::after(now, CLOSE_GRACE);
        self.closing.push((cut_at, Arc::clone(peer)));
    }

    /// Ends a share of the sessions because the server stops; the share that is left over goes to
    /// the next hub.
    pub(super) fn restart(&mut self, share: Share) -> Share {
        let members = self.members.values().map(|member| &member.peer);
        let open = members.filter(|peer| !peer.is_closing());
        let open: Vec<_> = open.map(Arc::clone).collect();
        let (some, rest) = share.of(open.len());
        for peer in open.iter().take(some) {
            self.close(peer, Closed::Restart);
        }
        rest
    }

    /// How many sessions there are.
    pub(super) fn sessions(&self) -> usize {
        self.members.len()
    }
}
