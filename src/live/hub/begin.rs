//! The beginning of a view: rows, total and position are read at one moment, the view's fold ends
//! there, and the new watcher is put on it, all in one turn.

use std::collections::HashMap;
use std::sync::Arc;

use super::super::client_frame::Position;
use super::super::frames::{self, Beside, ErrorCode, Standing, Written};
use super::super::list_fold::{ListChange, ListFold, change};
use super::super::moments;
use super::super::past::Missed;
use super::super::peer::{Frame, Offered, Peer};
use super::super::view::{Topic, View};
use super::missed::Since;
use super::read::Read;
use super::{ConversationTopic, CountsTopic, HEAD_ROWS, Hub, ListTopic, Wanted, Watched};
use crate::domain::conversation::Conversation;
use crate::domain::{CommitBody, ConversationId, UserId};
use crate::metrics::ResyncReason;
use crate::views::{Filter, Membership};
use crate::wire::{HistoryEntry, entries};

/// How many commits of a conversation a resume tells one by one.
const EVENTS_MAX: usize = 500;

/// A session that begins a view, and from where.
#[derive(Debug)]
pub(super) struct Beginning {
    pub(super) wanted: Wanted,
    pub(super) topic: Topic,
    pub(super) peer: Arc<Peer>,
    pub(super) since: Option<Arc<Since>>,
}

impl Hub {
    /// Begins every view that was asked for.
    pub(super) fn begin(&mut self, written: &mut Written) {
        let beginnings = self.beginnings();
        let (position, read) = self.read(&beginnings);
        // Should the ring overrun the hub just now, they are still to be begun.
        self.wanted = beginnings
            .iter()
            .map(|beginning| beginning.wanted)
            .collect();
        if !self.advance(Some(position), written) {
            return;
        }
        self.wanted.clear();
        let mut snapshots: HashMap<Topic, Arc<Frame>> = HashMap::new();
        for (beginning, read) in beginnings.into_iter().zip(read) {
            let session = beginning.wanted.session;
            let still_wanted = self
                .members
                .get(&session)
                .is_some_and(|member| member.views.contains(&beginning.wanted.view));
            if still_wanted {
                self.begin_one(&beginning, read, (position, &mut snapshots), written);
            }
        }
    }

    /// What was asked for, with the commits that each resume has missed so far.
    fn beginnings(&mut self) -> Vec<Beginning> {
        let mut shared: HashMap<u64, Arc<Since>> = HashMap::new();
        let mut beginnings = Vec::new();
        for wanted in std::mem::take(&mut self.wanted) {
            let Some(member) = self.members.get(&wanted.session) else {
                continue;
            };
            let (peer, topic) = (Arc::clone(&member.peer), wanted.view.topic(member.user));
            let since = match wanted.resume {
                None => Ok(None),
                Some(at) => self.since(at, &mut shared).map(Some),
            };
            match since {
                Ok(since) => beginnings.push(Beginning {
                    wanted,
                    topic,
                    peer,
                    since,
                }),
                Err(reason) => self.drop_view(wanted.session, wanted.view, reason),
            }
        }
        beginnings
    }

    fn since(
        &self,
        at: Position,
        shared: &mut HashMap<u64, Arc<Since>>,
    ) -> Result<Arc<Since>, ResyncReason> {
        self.in_lineage(at)?;
        if let Some(since) = shared.get(&at.seq) {
            return Ok(Arc::clone(since));
        }
        let since = Arc::new(self.missed_since(at.seq)?);
        shared.insert(at.seq, Arc::clone(&since));
        Ok(since)
    }

    fn begin_one(
        &mut self,
        beginning: &Beginning,
        read: Read,
        (position, snapshots): (u64, &mut HashMap<Topic, Arc<Frame>>),
        written: &mut Written,
    ) {
        let view = beginning.wanted.view;
        let frames = match (read, beginning.topic) {
            (Read::List(standing), Topic::List(filter, viewer)) => {
                let total = standing.total;
                let frame = snapshots.entry(beginning.topic).or_insert_with(|| {
                    Frame::new(Some(view), frames::snapshot(view, &standing, None, written))
                });
                let frames = vec![Arc::clone(frame)];
                self.watch_list((filter, viewer), (position, total));
                frames
            }
            (Read::Resumed { total, now }, Topic::List(filter, viewer)) => {
                let change = self.resumed(beginning, (filter, viewer), (position, total), now);
                self.watch_list((filter, viewer), (position, total));
                vec![Frame::new(
                    Some(view),
                    frames::change(view, &change, written),
                )]
            }
            (
                Read::Conversation {
                    conversation,
                    positions,
                },
                Topic::Conversation(id),
            ) => {
                // So many events that they would not fit into a queue begin from the beginning.
                let few =
                    |since: &&Arc<Since>| events_after(&positions, since.seq).len() <= EVENTS_MAX;
                let frames = match beginning.since.as_ref().filter(few) {
                    None => self.whole_conversation(
                        view,
                        (position, &conversation),
                        &positions,
                        written,
                    ),
                    Some(since) => {
                        self.missed_events((id, since.seq), &positions, &conversation, written)
                    }
                };
                let Ok(frames) = frames else {
                    self.drop_view(beginning.wanted.session, view, ResyncReason::TooFar);
                    return;
                };
                // Events go on from the last one, so that a resume that missed none has no gap.
                let last = positions.last().copied().unwrap_or(position);
                self.watch_conversation(id, last);
                frames
            }
            (Read::Counts(counts), Topic::Counts(viewer)) => {
                let values = counts.values().copied().collect();
                self.watch_counts(viewer, values);
                vec![Frame::new(Some(view), frames::counts(&counts))]
            }
            _ => {
                self.not_found(beginning);
                return;
            }
        };
        if let Some(watched) = self.watched(beginning.topic) {
            let peer = Arc::clone(&beginning.peer);
            watched.by.insert(peer.id, peer);
        }
        self.offer_first(&beginning.peer, view, &frames);
    }

    /// Takes a view back that does not exist.
    fn not_found(&mut self, beginning: &Beginning) {
        let Wanted { session, view, .. } = beginning.wanted;
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
        let watched = self.watched_from_now();
        let topic = self.lists.entry(list).or_insert_with(|| ListTopic {
            fold: ListFold::new(position, total),
            watched,
            is_dirty: false,
        });
        debug_assert_eq!(topic.fold.total(), total, "SAME_FOR_ALL: {}", list.0.key());
    }

    fn watch_conversation(&mut self, id: ConversationId, spoken: u64) {
        let watched = self.watched_from_now();
        self.conversations
            .entry(id)
            .or_insert_with(|| ConversationTopic { spoken, watched });
    }

    fn watch_counts(&mut self, viewer: Option<UserId>, sent: Vec<usize>) {
        let watched = self.watched_from_now();
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

    /// Nobody yet, with the first beacon when one is due.
    fn watched_from_now(&self) -> Watched {
        let now = self.tools.clock.instant();
        let beacon_at = moments::after(now, self.tools.limits.beacon_every());
        let by = HashMap::new();
        Watched { by, beacon_at }
    }

    /// What the missed commits did to a list.
    fn resumed(
        &self,
        beginning: &Beginning,
        (filter, viewer): (Filter, Option<UserId>),
        (position, total): (u64, usize),
        now: HashMap<ConversationId, Arc<Conversation>>,
    ) -> ListChange {
        let prev = beginning.since.as_ref().map_or(position, |since| since.seq);
        let mut missed = Missed::new();
        if let Some(since) = &beginning.since {
            missed.clone_from(&since.missed);
            self.missed_after(since.read_up_to, position, &mut missed);
        }
        let touched = missed.iter().filter_map(|(id, commits)| {
            let present = now.get(id)?;
            let is_in = Membership::of(present).is_in(filter, viewer);
            let was_in = self.was_in((filter, viewer), present, commits, prev);
            Some((*id, was_in, is_in.then(|| Arc::clone(present))))
        });
        let (enter, update, leave) = change(touched).unwrap_or_default();
        ListChange {
            seq: position,
            prev,
            enter,
            update,
            leave,
            total,
        }
    }

    /// A conversation from its beginning: as it stands, its newest history, and who is there.
    fn whole_conversation(
        &self,
        view: View,
        (seq, conversation): (u64, &Arc<Conversation>),
        positions: &[u64],
        written: &mut Written,
    ) -> Result<Vec<Arc<Frame>>, ResyncReason> {
        let newest = positions.len().saturating_sub(HEAD_ROWS);
        let newest = positions.get(newest..).unwrap_or_default();
        let directory = Arc::clone(written.directory());
        let mut history: Vec<HistoryEntry> = Vec::new();
        for commit in self.commits_at(newest)? {
            if let CommitBody::Conversation(body) = &commit.body {
                history.extend(entries(&commit, body, conversation, &directory));
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
        let text = frames::snapshot(view, &standing, Some(beside), written);
        Ok(vec![Frame::new(Some(view), text)])
    }

    /// Every event of a conversation after a position.
    fn missed_events(
        &self,
        (id, seq): (ConversationId, u64),
        positions: &[u64],
        present: &Arc<Conversation>,
        written: &mut Written,
    ) -> Result<Vec<Arc<Frame>>, ResyncReason> {
        let view = View::Conversation(id);
        let directory = Arc::clone(written.directory());
        let mut prev = seq;
        let mut frames = Vec::new();
        for (commit, after) in self.states_after((id, seq), positions, present)? {
            let CommitBody::Conversation(body) = &commit.body else {
                continue;
            };
            for entry in entries(&commit, body, &after, &directory) {
                let text = frames::event(view, (prev, commit.seq), &entry, &after, written);
                frames.push(Frame::new(Some(view), text));
            }
            prev = commit.seq;
        }
        Ok(frames)
    }
}

/// The positions after one.
pub(super) fn events_after(positions: &[u64], seq: u64) -> &[u64] {
    let from = positions.partition_point(|at| *at <= seq);
    positions.get(from..).unwrap_or_default()
}
