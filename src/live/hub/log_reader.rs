//! What those who begin a view need of the log, read on a thread that may wait: no dashboard waits
//! for a disk that another one needs.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::super::list_fold::FOLDED_MAX;
use super::super::past::{self, Missed};
use super::Feed;
use crate::bus::Overrun;
use crate::domain::conversation::{Conversation, ConversationEvent};
use crate::domain::{Commit, CommitBody, ConversationId, UserId};
use crate::journal::{self, JournalError, commits_after};
use crate::metrics::ResyncReason;
use crate::views::{Filter, Membership, Told};

/// How many records of the log are read at a time.
const READ_RECORDS: usize = 4096;

/// How many versions of a conversation are folded again to say what each was. Beyond it the events
/// of a resume come with the conversation as it is now.
const FOLDED_AGAIN_MAX: usize = 50_000;

/// A list as somebody sees it.
pub(in super::super) type List = (Filter, Option<UserId>);

/// Something of the log that a beginning waits for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(in super::super) enum Need {
    /// What became of a list after a position.
    Moved { list: List, after: u64 },
    /// Single commits.
    Commits(Vec<u64>),
    /// The commits of a conversation after one position and up to another, each with the state after
    /// it.
    States {
        conversation: ConversationId,
        after: u64,
        up_to: u64,
    },
}

/// What became of a list after a position.
#[derive(Debug, Clone)]
pub(in super::super) struct Moved {
    /// The position as of which this is.
    pub(super) up_to: u64,
    /// Those that changed and were members before or are after, and whether they were before. None:
    /// they are so many that the list is better begun again.
    pub(super) was_in: Option<BTreeMap<ConversationId, bool>>,
}

/// A commit of a conversation, and the state after it; none for one of too long a history.
pub(in super::super) type State = (Commit, Option<Arc<Conversation>>);

/// What was found.
#[derive(Debug)]
pub(in super::super) enum Found {
    Moved(Arc<Moved>),
    Commits(Vec<Commit>),
    States(Vec<State>),
}

/// A need, and what was found, or why it cannot be had.
pub(in super::super) type Answer = (Need, Result<Found, ResyncReason>);

/// See the module.
#[derive(Debug, Clone)]
pub(in super::super) struct LogReader {
    feed: Feed,
}

impl LogReader {
    pub(super) const fn new(feed: Feed) -> Self {
        Self { feed }
    }

    /// Reads; it may wait for a disk.
    pub(in super::super) fn read(&self, needs: Vec<Need>) -> Vec<Answer> {
        let mut shared = HashMap::new();
        let answers = needs.into_iter().map(|need| {
            let found = match &need {
                Need::Moved { list, after } => self
                    .moved(*list, *after, &mut shared)
                    .map(|moved| Found::Moved(Arc::new(moved))),
                Need::Commits(positions) => self.commits_at(positions).map(Found::Commits),
                Need::States {
                    conversation,
                    after,
                    up_to,
                } => self
                    .states(*conversation, (*after, *up_to))
                    .map(Found::States),
            };
            (need, found)
        });
        answers.collect()
    }

    fn moved(
        &self,
        list: List,
        after: u64,
        shared: &mut HashMap<u64, (u64, Missed)>,
    ) -> Result<Moved, ResyncReason> {
        let (read_up_to, mut missed) = match shared.get(&after) {
            Some((read_up_to, missed)) => (*read_up_to, missed.clone()),
            None => {
                let read = self.missed_since(after)?;
                shared.insert(after, read.clone());
                read
            }
        };
        let (up_to, present) = {
            let fold = self.feed.views.read();
            // Under this lock the ring ends where the views do.
            let Ok(late) = self.feed.bus.after(read_up_to, usize::MAX) else {
                let (up_to, was_in) = (fold.head, None);
                return Ok(Moved { up_to, was_in });
            };
            past::by_conversation(late, &mut missed);
            let rows = missed.keys().filter_map(|id| fold.rows.get(id));
            let present: Vec<_> = rows.map(|row| Arc::clone(&row.conversation)).collect();
            (fold.head, present)
        };
        let mut was_in = BTreeMap::new();
        for conversation in present {
            let id = conversation.facts.id;
            let commits = missed.get(&id).map(Vec::as_slice).unwrap_or_default();
            let was = past::was_in(list, &conversation, commits, |user| {
                self.was_mentioned(id, user, after)
            });
            if was || Membership::of(&conversation).is_in(list.0, list.1) {
                was_in.insert(id, was);
            }
            if was_in.len() > FOLDED_MAX {
                let was_in = None;
                return Ok(Moved { up_to, was_in });
            }
        }
        let was_in = Some(was_in);
        Ok(Moved { up_to, was_in })
    }

    /// The commits after a position, from the ring, and from the log what the ring no longer has; and
    /// the last position of them.
    fn missed_since(&self, after: u64) -> Result<(u64, Missed), ResyncReason> {
        let mut missed = Missed::new();
        let mut read_up_to = after;
        // While the log is read the ring goes on, and may lose what follows on.
        let told = loop {
            let first = match self.feed.bus.after(read_up_to, usize::MAX) {
                Ok(told) => break told,
                Err(Overrun { first }) => first,
            };
            let past = self.log_between(read_up_to, first)?;
            self.feed.bus.put_before(&past);
            read_up_to = past.last().map_or(read_up_to, |told| told.commit.seq);
            past::by_conversation(past, &mut missed);
        };
        read_up_to = told.last().map_or(read_up_to, |told| told.commit.seq);
        past::by_conversation(told, &mut missed);
        Ok((read_up_to, missed))
    }

    /// The log after one position and before another.
    fn log_between(&self, after: u64, before: u64) -> Result<Vec<Arc<Told>>, ResyncReason> {
        let mut told: Vec<Arc<Told>> = Vec::new();
        let mut seq = after;
        while seq.saturating_add(1) < before {
            let left = usize::try_from(before - seq - 1).unwrap_or(usize::MAX);
            let limit = left.min(READ_RECORDS);
            let commits = commits_after(&*self.feed.journal, self.feed.workspace, seq, limit);
            let commits = commits.map_err(|error| unreadable(&error))?;
            seq = commits.last().ok_or(ResyncReason::TooFar)?.seq;
            let without_states = |commit| {
                let change = None;
                Arc::new(Told { commit, change })
            };
            told.extend(commits.into_iter().map(without_states));
        }
        Ok(told)
    }

    /// Whether a note up to a position mentions somebody. What cannot be read mentions nobody: then
    /// the row is told as one that enters, which is true of a list whatever it held.
    fn was_mentioned(&self, id: ConversationId, user: UserId, seq: u64) -> bool {
        let positions: Vec<u64> = {
            let fold = self.feed.views.read();
            let row = fold.rows.get(&id);
            let positions = row.map(|row| row.message_positions.iter().copied());
            let positions = positions.into_iter().flatten();
            positions.take_while(|at| *at <= seq).collect()
        };
        let commits = self.commits_at(&positions).unwrap_or_default();
        commits.iter().any(|commit| match &commit.body {
            CommitBody::Conversation(body) => body.events.iter().any(|event| {
                matches!(event, ConversationEvent::NoteAdded { message } if message.mentions.contains(&user))
            }),
            CommitBody::Directory { .. }
            | CommitBody::Operation { .. }
            | CommitBody::Epoch { .. } => false,
        })
    }

    fn states(
        &self,
        id: ConversationId,
        (after, up_to): (u64, u64),
    ) -> Result<Vec<State>, ResyncReason> {
        let positions: Vec<u64> = {
            let fold = self.feed.views.read();
            let row = fold.rows.get(&id).ok_or(ResyncReason::TooFar)?;
            let positions = row.positions.iter().copied();
            positions.take_while(|at| *at <= up_to).collect()
        };
        if positions.len() > FOLDED_AGAIN_MAX {
            let commits = self.commits_at(events_after(&positions, after))?;
            return Ok(commits.into_iter().map(|commit| (commit, None)).collect());
        }
        let mut state: Option<Arc<Conversation>> = None;
        let mut states = Vec::new();
        for commit in self.commits_at(&positions)? {
            let CommitBody::Conversation(body) = &commit.body else {
                continue;
            };
            let stamp = body.stamp(commit.at);
            let folded = Conversation::fold(state.as_deref(), id, &body.events, stamp);
            let folded = Arc::new(folded.map_err(|error| {
                tracing::error!(%error, "a conversation could not be folded again");
                ResyncReason::TooFar
            })?);
            state = Some(Arc::clone(&folded));
            if commit.seq > after {
                states.push((commit, Some(folded)));
            }
        }
        Ok(states)
    }

    fn commits_at(&self, positions: &[u64]) -> Result<Vec<Commit>, ResyncReason> {
        let commits = journal::commits_at(&*self.feed.journal, self.feed.workspace, positions);
        commits.map_err(|error| unreadable(&error))
    }
}

/// The positions after one.
pub(super) fn events_after(positions: &[u64], seq: u64) -> &[u64] {
    let from = positions.partition_point(|at| *at <= seq);
    positions.get(from..).unwrap_or_default()
}

fn unreadable(error: &JournalError) -> ResyncReason {
    tracing::warn!(%error, "the log could not be read for a dashboard");
    ResyncReason::TooFar
}
