//! What those who begin a view need of the log, read on a thread that may wait: no dashboard waits
//! for a disk that another one needs.

use std::collections::BTreeMap;
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

/// About how many bytes of commits are read to say what became of lists. Beyond it they begin again.
const MISSED_BYTES_MAX: usize = 128 << 20;

/// A list as somebody sees it.
pub(super) type List = (Filter, Option<UserId>);

/// Something of the log that a beginning waits for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Need {
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

/// What is read beside each other, so that a conversation that is opened does not wait for the
/// long stretches that lists need.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Lane {
    /// Commits of single conversations.
    Conversations,
    /// Stretches of the log.
    Lists,
}

impl Lane {
    pub(super) const ALL: [Self; 2] = [Self::Conversations, Self::Lists];

    /// How many needs are read for at a time; the rest wait for the next time.
    pub(super) const fn at_once(self) -> usize {
        match self {
            Self::Conversations => 16,
            // They share what is read.
            Self::Lists => 64,
        }
    }
}

impl Need {
    pub(super) const fn lane(&self) -> Lane {
        match self {
            Self::Moved { .. } => Lane::Lists,
            Self::Commits(_) | Self::States { .. } => Lane::Conversations,
        }
    }
}

/// What became of a list after a position.
#[derive(Debug, Clone)]
pub(super) struct Moved {
    /// The position as of which this is.
    pub(super) up_to: u64,
    /// Those that changed and were members before or are after, and whether they were before. None:
    /// they are so many that the list is better begun again.
    pub(super) was_in: Option<BTreeMap<ConversationId, bool>>,
}

/// A commit of a conversation, and the state after it; none for one of too long a history.
pub(super) type State = (Commit, Option<Arc<Conversation>>);

/// What was found.
#[derive(Debug)]
pub(super) enum Found {
    Moved(Arc<Moved>),
    Commits(Vec<Commit>),
    States(Vec<State>),
}

/// A need, and what was found, or why it cannot be had.
pub(super) type Answer = (Need, Result<Found, ResyncReason>);

/// What was found for a need.
#[derive(Debug)]
pub(super) struct Finding {
    pub(super) need: Need,
    pub(super) found: Found,
}

/// The commits after a position, by conversation.
struct Stretch {
    up_to: u64,
    missed: Missed,
}

/// See the module.
#[derive(Debug, Clone)]
pub(super) struct LogReader {
    feed: Feed,
}

impl LogReader {
    pub(super) const fn new(feed: Feed) -> Self {
        Self { feed }
    }

    /// Reads; it may wait for a disk.
    pub(super) fn read(&self, mut needs: Vec<Need>) -> Vec<Answer> {
        // From the oldest position on: what is read for one list is all that the next ones need.
        needs.sort_unstable_by_key(|need| match need {
            Need::Moved { after, .. } => *after,
            Need::Commits(_) | Need::States { .. } => 0,
        });
        let mut stretch = None;
        let answers = needs.into_iter().map(|need| {
            let found = match &need {
                Need::Moved { list, after } => self
                    .moved(*list, *after, &mut stretch)
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

    /// What became of a list. The stretch is what was read for the lists before it, from an older
    /// position on, or the same.
    fn moved(
        &self,
        list: List,
        after: u64,
        stretch: &mut Option<Stretch>,
    ) -> Result<Moved, ResyncReason> {
        let again = || Moved {
            up_to: after,
            was_in: None,
        };
        let mut since = match stretch.take() {
            Some(mut since) => {
                past::forget_up_to(after, &mut since.missed);
                since
            }
            None => match self.stretch_after(after)? {
                Some(since) => since,
                None => return Ok(again()),
            },
        };
        let (up_to, present) = {
            let fold = self.feed.views.read();
            // Under this lock the ring ends where the views do.
            let Ok(late) = self.feed.bus.after(since.up_to, usize::MAX) else {
                return Ok(again());
            };
            past::by_conversation(late, &mut since.missed);
            since.up_to = fold.head;
            let rows = since.missed.keys().filter_map(|id| fold.rows.get(id));
            let present: Vec<_> = rows.map(|row| Arc::clone(&row.conversation)).collect();
            (fold.head, present)
        };
        let mut was_in = BTreeMap::new();
        for conversation in present {
            let id = conversation.facts.id;
            let commits = since.missed.get(&id).map(Vec::as_slice).unwrap_or_default();
            let was = past::was_in(list, &conversation, commits, |user| {
                self.was_mentioned(id, user, after)
            });
            if was || Membership::of(&conversation).is_in(list.0, list.1) {
                was_in.insert(id, was);
            }
            if was_in.len() > FOLDED_MAX {
                break;
            }
        }
        *stretch = Some(since);
        let was_in = Some(was_in).filter(|was_in| was_in.len() <= FOLDED_MAX);
        Ok(Moved { up_to, was_in })
    }

    /// The commits after a position, from the ring, and from the log what the ring no longer has.
    /// Nothing when they are too many.
    fn stretch_after(&self, after: u64) -> Result<Option<Stretch>, ResyncReason> {
        let (mut missed, mut up_to) = (Missed::new(), after);
        let mut bytes_left = MISSED_BYTES_MAX;
        // While the log is read the ring goes on, and may lose what follows on.
        let told = loop {
            let first = match self.feed.bus.after(up_to, usize::MAX) {
                Ok(told) => break told,
                Err(Overrun { first }) => first,
            };
            let Some(past) = self.log_between(up_to, first, &mut bytes_left)? else {
                return Ok(None);
            };
            self.feed.bus.put_before(&past);
            up_to = past.last().map_or(up_to, |told| told.commit.seq);
            past::by_conversation(past, &mut missed);
        };
        up_to = told.last().map_or(up_to, |told| told.commit.seq);
        past::by_conversation(told, &mut missed);
        Ok(Some(Stretch { up_to, missed }))
    }

    /// The log after one position and before another. Nothing when there is no room left for it.
    fn log_between(
        &self,
        after: u64,
        before: u64,
        bytes_left: &mut usize,
    ) -> Result<Option<Vec<Arc<Told>>>, ResyncReason> {
        let mut told: Vec<Arc<Told>> = Vec::new();
        let mut seq = after;
        while seq.saturating_add(1) < before {
            let left = usize::try_from(before - seq - 1).unwrap_or(usize::MAX);
            let limit = left.min(READ_RECORDS);
            let commits = commits_after(&*self.feed.journal, self.feed.workspace, seq, limit);
            let commits = commits.map_err(|error| unreadable(&error))?;
            seq = commits.last().ok_or(ResyncReason::TooFar)?.seq;
            for commit in commits {
                let Some(left) = bytes_left.checked_sub(commit.weight()) else {
                    return Ok(None);
                };
                *bytes_left = left;
                let change = None;
                told.push(Arc::new(Told { commit, change }));
            }
        }
        Ok(Some(told))
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
        let missed = events_after(&positions, after);
        if positions.len() > FOLDED_AGAIN_MAX {
            let commits = self.commits_at(missed)?;
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
        let commits = commits.map_err(|error| unreadable(&error))?;
        if commits.len() == positions.len() {
            Ok(commits)
        } else {
            tracing::error!("the log has not what the views say");
            Err(ResyncReason::TooFar)
        }
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
