//! The beginning of a view: rows, total and position are read at one moment, the view's fold ends
//! there, and the new watcher is put on it, all in one turn.

use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher as _};
use std::sync::Arc;

use super::super::client_frame::Position;
use super::super::frames::{ErrorCode, Standing, Written};
use super::super::list_fold::ListFold;
use super::super::moments;
use super::super::peer::{Frame, Peer, Waited};
use super::super::view::{Topic, View};
use super::from_log::Later;
use super::lineage;
use super::log_reader::{Found, List, Moved, Need};
use super::read::Read;
use super::{ConversationTopic, CountsTopic, Hub, ListTopic, Waits, Wanted, Watched};
use crate::domain::{ConversationId, UserId};
use crate::metrics::ResyncReason;

/// How many different first frames are made in one turn.
const BEGUN_MAX: usize = 64;

/// What tells a beginning from others of the same turn: all who begin the same view from the same
/// position are sent the same.
pub(super) type From = (Topic, Option<u64>);

/// A session that begins a view, and from where.
#[derive(Debug)]
pub(super) struct Beginning {
    pub(super) wanted: Wanted,
    peer: Arc<Peer>,
    pub(super) topic: Topic,
    /// The position that the client holds, if it resumes.
    pub(super) after: Option<u64>,
    /// What became of the list since then.
    pub(super) moved: Option<Arc<Moved>>,
}

impl Beginning {
    pub(super) const fn from(&self) -> From {
        (self.topic, self.after)
    }
}

/// The first frames of the views that are begun in one turn.
type Shared = HashMap<From, Result<Vec<Arc<Frame>>, Later>>;

impl Hub {
    /// Begins the views that were asked for, as many as one turn has time for.
    pub(super) fn begin(&mut self, written: &mut Written) {
        let beginnings = self.beginnings();
        if beginnings.is_empty() {
            return;
        }
        let (position, read) = self.read(&beginnings);
        if !self.advance(position, written) {
            let later = beginnings.into_iter().map(|beginning| beginning.wanted);
            self.wanted.extend(later);
            return;
        }
        let mut shared = Shared::new();
        for beginning in beginnings {
            let member = self.members.get(&beginning.wanted.session);
            // It may have gone just now.
            if member.is_some_and(|member| member.views.contains(&beginning.wanted.view)) {
                self.begin_one(beginning, (position, &read), &mut shared, written);
            }
        }
    }

    /// Takes out what can be begun now.
    fn beginnings(&mut self) -> Vec<Beginning> {
        let mut beginnings: Vec<Beginning> = Vec::new();
        let mut begun: HashSet<From> = HashSet::new();
        for wanted in std::mem::take(&mut self.wanted) {
            let Some(member) = self.members.get(&wanted.session) else {
                continue;
            };
            let (peer, topic) = (Arc::clone(&member.peer), wanted.view.topic(member.user));
            // Numbers have no past.
            let has_past = !matches!(wanted.view, View::Counts | View::Stats);
            let resume = wanted.resume.filter(|_| has_past);
            let from = (topic, resume.map(|at| at.seq));
            let is_too_much = begun.len() >= BEGUN_MAX && !begun.contains(&from);
            if wanted.waits != Waits::No || is_too_much {
                self.wanted.push(wanted);
                continue;
            }
            match resume.map_or(Ok(None), |at| self.since(topic, at, &wanted)) {
                Ok(moved) => {
                    begun.insert(from);
                    beginnings.push(Beginning {
                        wanted,
                        peer,
                        topic,
                        after: from.1,
                        moved,
                    });
                }
                Err(later) => self.put_off(wanted, later),
            }
        }
        beginnings
    }

    fn put_off(&mut self, wanted: Wanted, later: Later) {
        let (session, view) = (wanted.session, wanted.view);
        match later {
            // It was read, and is not all that is needed: the log has not what the views say.
            Later::Needs(need) if wanted.found.as_ref().is_some_and(|had| had.need == need) => {
                self.drop_view(session, view, ResyncReason::TooFar);
            }
            Later::Needs(need) => {
                let waits = Waits::ForLog(need);
                self.wanted.push(Wanted { waits, ..wanted });
            }
            Later::Never(reason) => self.drop_view(session, view, reason),
        }
    }

    /// Whether a view can go on from a position, and what became of a list since.
    fn since(
        &self,
        topic: Topic,
        at: Position,
        wanted: &Wanted,
    ) -> Result<Option<Arc<Moved>>, Later> {
        let gap_max = self.tools.limits.resume_commits_max;
        lineage::check(&self.feed.views.read(), at, gap_max).map_err(Later::Never)?;
        let Topic::List(filter, viewer) = topic else {
            return Ok(None);
        };
        match wanted.found.as_ref().map(|finding| &finding.found) {
            Some(Found::Moved(moved)) => Ok(Some(Arc::clone(moved))),
            Some(Found::Commits(_) | Found::States(_)) | None => Err(Later::Needs(Need::Moved {
                list: (filter, viewer),
                after: at.seq,
            })),
        }
    }

    fn begin_one(
        &mut self,
        beginning: Beginning,
        (position, read): (u64, &HashMap<From, Read>),
        shared: &mut Shared,
        written: &mut Written,
    ) {
        let from = beginning.from();
        let read = read.get(&from).unwrap_or(&Read::NotFound);
        if matches!(read, Read::NotFound) {
            self.not_found(&beginning.wanted);
            return;
        }
        let frames = match shared.get(&from) {
            Some(Ok(frames)) => Ok(frames.clone()),
            Some(Err(later)) if beginning.wanted.found.is_none() => Err(later.clone()),
            Some(Err(_)) | None => {
                let frames = self.first_frames(&beginning, (position, read), written);
                shared.insert(from, frames.clone());
                frames
            }
        };
        let wanted = beginning.wanted.clone();
        let (session, view) = (wanted.session, wanted.view);
        let frames = match frames {
            Ok(frames) => frames,
            Err(later) => {
                self.put_off(wanted, later);
                return;
            }
        };
        if self.never_fit(&frames) {
            self.wanted.push(Wanted::new(session, view, None));
            return;
        }
        let waited = if self.caught_up.remove(&session) {
            Waited::Nothing
        } else {
            Waited::Something
        };
        if !beginning.peer.has_room_for(&frames, waited) {
            let waits = Waits::ForRoom;
            self.wanted.push(Wanted { waits, ..wanted });
            return;
        }
        self.watch_from(&beginning, position, read);
        let now = self.tools.clock.instant();
        beginning.peer.begin(&frames, now);
    }

    /// Whether these are more than an empty queue has room for, though they could be fewer: events
    /// that a client missed, in whose place it gets the conversation as it is.
    fn never_fit(&self, frames: &[Arc<Frame>]) -> bool {
        let limits = &self.tools.limits;
        let bytes: usize = frames.iter().map(|frame| frame.text.len()).sum();
        let is_too_much = bytes > limits.session_queue_bytes_max
            || frames.len() > limits.session_queue_frames_max;
        frames.len() > 1 && is_too_much
    }

    /// Puts a session on its topic, which from here on goes on from the position.
    fn watch_from(&mut self, beginning: &Beginning, position: u64, read: &Read) {
        match (read, beginning.topic) {
            (
                Read::List(Standing { total, .. }) | Read::Resumed { total, .. },
                Topic::List(filter, viewer),
            ) => self.watch_list((filter, viewer), (position, *total)),
            (Read::Conversation { last, .. }, Topic::Conversation(id)) => {
                // Events go on from the last one, so that a resume that missed none has no gap.
                self.watch_conversation(id, last.unwrap_or(position));
            }
            (Read::Counts(counts), Topic::Counts(viewer)) => {
                let values = counts.values().copied().collect();
                self.watch_counts(viewer, values);
            }
            (Read::Stats(stats), Topic::Stats) => self.watch_stats(beginning.peer.id, stats),
            _ => debug_assert!(false, "what was read is of another kind than its topic"),
        }
        if let Some(watched) = self.watched(beginning.topic) {
            let peer = Arc::clone(&beginning.peer);
            watched.by.insert(peer.id, peer);
        }
    }

    /// Takes a view back that does not exist.
    fn not_found(&mut self, wanted: &Wanted) {
        let (session, view) = (wanted.session, wanted.view);
        let Some(member) = self.members.get_mut(&session) else {
            return;
        };
        let user = member.user;
        member.views.remove(&view);
        self.unwatch(session, view, user);
        let name = view.to_string();
        self.refuse(
            session,
            ErrorCode::NotFound,
            "there is no such conversation",
            Some(&name),
        );
    }

    fn watch_list(&mut self, list: List, (position, total): (u64, usize)) {
        let watched = self.watched_from_now(&list);
        let topic = self.lists.entry(list).or_insert_with(|| ListTopic {
            fold: ListFold::new(position, total),
            watched,
            is_dirty: false,
        });
        debug_assert_eq!(topic.fold.total(), total, "SAME_FOR_ALL: {}", list.0.key());
    }

    fn watch_conversation(&mut self, id: ConversationId, spoken: u64) {
        let watched = self.watched_from_now(&id);
        self.conversations
            .entry(id)
            .or_insert_with(|| ConversationTopic { spoken, watched });
    }

    fn watch_counts(&mut self, viewer: Option<UserId>, sent: Vec<usize>) {
        let watched = self.watched_from_now(&viewer);
        let topic = self.counts.entry(viewer).or_insert_with(|| CountsTopic {
            sent: sent.clone(),
            watched,
        });
        if topic.sent != sent {
            // Its watchers hold different numbers now, so that whatever the next ones are, they are
            // news to some.
            topic.sent.clear();
            self.counts_are_old = true;
        }
    }

    /// Nobody yet, with the first beacon before the usual time, at one that depends on the topic: views
    /// that were begun together are not due together for ever.
    pub(super) fn watched_from_now(&self, topic: &impl Hash) -> Watched {
        let mut hasher = DefaultHasher::new();
        topic.hash(&mut hasher);
        let sixteenths = u32::try_from(hasher.finish() % 16).unwrap_or(0) + 1;
        let now = self.tools.clock.instant();
        let first = self.tools.limits.beacon_every() / 16 * sixteenths;
        let beacon_at = moments::after(now, first);
        let by = HashMap::new();
        Watched { by, beacon_at }
    }
}
