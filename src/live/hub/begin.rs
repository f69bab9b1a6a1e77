//! The beginning of a view: rows, total and position are read at one moment, the view's fold ends
//! there, and the new watcher is put on it, all in one turn.

use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher as _};
use std::sync::Arc;

use super::super::client_frame::Position;
use super::super::frames::{self, Beside, ErrorCode, Standing, Written};
use super::super::list_fold::{ListChange, ListFold, change};
use super::super::moments;
use super::super::peer::{Frame, Offered, Peer};
use super::super::view::{Topic, View};
use super::from_log::Later;
use super::lineage;
use super::log_reader::Moved;
use super::read::{Read, Row, Spoken};
use super::{ConversationTopic, CountsTopic, HEAD_ROWS, Hub, ListTopic, Waits, Wanted, Watched};
use crate::domain::conversation::Conversation;
use crate::domain::{Commit, CommitBody, ConversationId, UserId};
use crate::metrics::ResyncReason;
use crate::views::Filter;
use crate::wire::{HistoryEntry, entries};

/// How many different first frames are made in one turn.
const BEGUN_MAX: usize = 64;

/// What tells a beginning from others of the same turn: all who begin the same view from the same
/// position are sent the same.
pub(super) type From = (Topic, Option<u64>);

/// A session that begins a view, and from where.
#[derive(Debug)]
pub(super) struct Beginning {
    wanted: Wanted,
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
        if !beginnings.is_empty() {
            let (position, read) = self.read(&beginnings);
            // Should the ring overrun the hub just now, they are still to be begun.
            let later = std::mem::take(&mut self.wanted);
            let wanted = beginnings.iter().map(|beginning| beginning.wanted);
            self.wanted = wanted.chain(later.iter().copied()).collect();
            if !self.advance(Some(position), written) {
                return;
            }
            // Some may have gone just now, for being slow.
            self.wanted = later;
            self.wanted.retain(|wanted| {
                let member = self.members.get(&wanted.session);
                member.is_some_and(|member| member.views.contains(&wanted.view))
            });
            let mut shared = Shared::new();
            for beginning in beginnings {
                let member = self.members.get(&beginning.wanted.session);
                if member.is_some_and(|member| member.views.contains(&beginning.wanted.view)) {
                    self.begin_one(&beginning, (position, &read), &mut shared, written);
                }
            }
        }
        let somebody_waits = self.wanted.iter().any(|one| one.waits != Waits::ForRoom);
        self.log.tidy(somebody_waits);
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
            let waits = match wanted.waits {
                Waits::No => begun.len() >= BEGUN_MAX,
                Waits::ForRoom => peer.waits_since().is_some(),
                Waits::ForLog => true,
            };
            if waits {
                self.wanted.push(wanted);
                continue;
            }
            // Numbers have no past.
            let has_past = !matches!(wanted.view, View::Counts | View::Stats);
            let resume = wanted.resume.filter(|_| has_past);
            match resume.map(|at| self.since(topic, at)).transpose() {
                Ok(since) => {
                    let (after, moved) = since.unzip();
                    begun.insert((topic, after));
                    beginnings.push(Beginning {
                        wanted,
                        peer,
                        topic,
                        after,
                        moved: moved.flatten(),
                    });
                }
                Err(later) => self.put_off(wanted, later),
            }
        }
        beginnings
    }

    fn put_off(&mut self, wanted: Wanted, later: Later) {
        match later {
            Later::Reading => {
                let waits = Waits::ForLog;
                self.wanted.push(Wanted { waits, ..wanted });
            }
            Later::Never(reason) => self.drop_view(wanted.session, wanted.view, reason),
        }
    }

    /// The position from which a view goes on, and what became of a list since.
    fn since(&mut self, topic: Topic, at: Position) -> Result<(u64, Option<Arc<Moved>>), Later> {
        let gap_max = self.tools.limits.resume_commits_max;
        lineage::check(&self.feed.views.read(), at, gap_max).map_err(Later::Never)?;
        let moved = match topic {
            Topic::List(filter, viewer) => Some(self.log.moved((filter, viewer), at.seq)?),
            Topic::Conversation(_) | Topic::Counts(_) | Topic::Stats => None,
        };
        Ok((at.seq, moved))
    }

    fn begin_one(
        &mut self,
        beginning: &Beginning,
        (position, read): (u64, &HashMap<From, Read>),
        shared: &mut Shared,
        written: &mut Written,
    ) {
        let (wanted, from) = (beginning.wanted, beginning.from());
        let read = read.get(&from).unwrap_or(&Read::NotFound);
        if matches!(read, Read::NotFound) {
            self.not_found(wanted);
            return;
        }
        let frames = match shared.get(&from) {
            Some(frames) => frames.clone(),
            None => self.first_frames(beginning, position, read, written),
        };
        shared.insert(from, frames.clone());
        let frames = match frames {
            Ok(frames) => frames,
            Err(later) => {
                self.put_off(wanted, later);
                return;
            }
        };
        if !beginning.peer.has_room_for(&frames) {
            let waits = Waits::ForRoom;
            self.wanted.push(Wanted { waits, ..wanted });
            return;
        }
        self.watch_from(beginning, position, read);
        self.offer_first(&beginning.peer, wanted.view, &frames);
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

    /// What a view begins with.
    fn first_frames(
        &mut self,
        beginning: &Beginning,
        position: u64,
        read: &Read,
        written: &mut Written,
    ) -> Result<Vec<Arc<Frame>>, Later> {
        let view = beginning.wanted.view;
        let text = match read {
            Read::List(standing) => frames::snapshot(view, standing, None, written),
            Read::Resumed { total, rows } => {
                let prev = beginning.after.unwrap_or(position);
                let change = moved_since(prev, position, rows, *total);
                frames::change(view, &change, written)
            }
            Read::Conversation {
                conversation,
                told: Spoken::Newest(newest),
                ..
            } => {
                let commits = self.commits(newest)?;
                self.whole_conversation((position, conversation), &commits, written)
            }
            Read::Conversation {
                conversation,
                told: Spoken::Since { after, positions },
                ..
            } => {
                let from = (conversation.facts.id, *after);
                let states = self.states(from, positions, conversation)?;
                return Ok(self.missed_events(from, &states, written));
            }
            Read::Counts(counts) => frames::counts(counts),
            Read::Stats(stats) => frames::stats(stats, written.directory()),
            Read::NotFound => return Ok(Vec::new()),
        };
        Ok(vec![Frame::new(Some(view), text)])
    }

    /// Takes a view back that does not exist.
    fn not_found(&mut self, Wanted { session, view, .. }: Wanted) {
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

    fn offer_first(&mut self, peer: &Arc<Peer>, view: View, frames: &[Arc<Frame>]) {
        let now = self.tools.clock.instant();
        for frame in frames {
            if peer.offer(frame, now) == Offered::Full {
                self.drop_view(peer.id, view, ResyncReason::Slow);
                return;
            }
        }
    }

    fn watch_list(&mut self, list: (Filter, Option<UserId>), (position, total): (u64, usize)) {
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

    /// A conversation from its beginning: as it stands, its newest history, and who is there.
    fn whole_conversation(
        &self,
        (seq, conversation): (u64, &Arc<Conversation>),
        commits: &[Commit],
        written: &mut Written,
    ) -> String {
        let view = View::Conversation(conversation.facts.id);
        let directory = Arc::clone(written.directory());
        let mut history: Vec<HistoryEntry> = Vec::new();
        for commit in commits {
            if let CommitBody::Conversation(body) = &commit.body {
                history.extend(entries(commit, body, conversation, &directory));
            }
        }
        let surplus = history.len().saturating_sub(HEAD_ROWS);
        history.drain(..surplus);
        let users = self.people_of(conversation.facts.id);
        let standing = Standing {
            seq,
            total: 1,
            items: vec![Arc::clone(conversation)],
        };
        let beside = Beside {
            history: &history,
            users: &users,
        };
        frames::snapshot(view, &standing, Some(beside), written)
    }

    /// Every event of a conversation after a position, and who is there.
    fn missed_events(
        &self,
        (id, after): (ConversationId, u64),
        states: &[(Commit, Arc<Conversation>)],
        written: &mut Written,
    ) -> Vec<Arc<Frame>> {
        let view = View::Conversation(id);
        let directory = Arc::clone(written.directory());
        let mut prev = after;
        let mut frames = Vec::new();
        for (commit, state) in states {
            let CommitBody::Conversation(body) = &commit.body else {
                continue;
            };
            for entry in entries(commit, body, state, &directory) {
                let text = frames::event(view, (prev, commit.seq), &entry, state, written);
                frames.push(Frame::new(Some(view), text));
            }
            prev = commit.seq;
        }
        // Who is there may have changed meanwhile, which no event says.
        let people = frames::presence(id, &self.people_of(id));
        frames.push(Frame::new(Some(view), people));
        frames
    }
}

/// What became of a list, as the client that comes back is told.
fn moved_since(prev: u64, seq: u64, rows: &[Row], total: usize) -> ListChange {
    let (enter, update, leave) = change(rows.iter().cloned()).unwrap_or_default();
    ListChange {
        seq,
        prev,
        enter,
        update,
        leave,
        total,
    }
}
