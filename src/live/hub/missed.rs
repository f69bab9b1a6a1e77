//! What a client that comes back has missed, from the ring or, before that, from the log.

use std::sync::Arc;

use super::super::client_frame::Position;
use super::super::past::{self, Missed};
use super::Hub;
use super::begin::events_after;
use crate::domain::conversation::{Conversation, ConversationEvent};
use crate::domain::{Commit, CommitBody, ConversationId, UserId};
use crate::journal::{self, JournalError, commits_after};
use crate::metrics::ResyncReason;
use crate::views::{Filter, Told};

/// How many records of the log are read at a time.
const READ_RECORDS: usize = 4096;

/// How many versions of a conversation are folded again to say what each was. Beyond it the events
/// of a resume come with the conversation as it is now.
const FOLDED_AGAIN_MAX: usize = 50_000;

/// What happened since a position, as far as it was read before the moment of the beginning.
#[derive(Debug)]
pub(super) struct Since {
    /// The position.
    pub(super) seq: u64,
    /// The commits after it, by conversation.
    pub(super) missed: Missed,
    /// The last of them.
    pub(super) read_up_to: u64,
}

impl Hub {
    /// Whether a position is one of this log: its start is in the lineage, and it lies before the
    /// next one. It may lie before its own start: events that a client missed are told under the
    /// start after them, and everything before a start of the lineage is common to all copies.
    pub(super) fn in_lineage(&self, at: Position) -> Result<(), ResyncReason> {
        let fold = self.feed.views.read();
        let start = fold
            .lineage
            .iter()
            .position(|start| Some(start.epoch) == at.epoch);
        let start = start.ok_or(ResyncReason::Epoch)?;
        let ends = match fold.lineage.get(start.saturating_add(1)) {
            Some(next) => next.seq.saturating_sub(1),
            None => fold.head,
        };
        if at.seq <= ends {
            Ok(())
        } else {
            Err(ResyncReason::Epoch)
        }
    }

    /// The commits after a position, from the ring, and from the log what the ring no longer has.
    pub(super) fn missed_since(&self, seq: u64) -> Result<Since, ResyncReason> {
        let gap = self.feed.views.applied().saturating_sub(seq);
        let max = u64::try_from(self.tools.limits.resume_commits_max).unwrap_or(u64::MAX);
        if gap > max {
            return Err(ResyncReason::TooFar);
        }
        let first = self.feed.bus.first();
        let mut missed = Missed::new();
        let mut read_up_to = seq;
        if seq.saturating_add(1) < first {
            let past = self.log_between(seq, first)?;
            self.feed.bus.put_before(&past);
            read_up_to = past.last().map_or(seq, |told| told.commit.seq);
            past::by_conversation(past, &mut missed);
        }
        let told = self.feed.bus.after(read_up_to, usize::MAX);
        let told = told.map_err(|_overrun| ResyncReason::TooFar)?;
        read_up_to = told.last().map_or(read_up_to, |told| told.commit.seq);
        past::by_conversation(told, &mut missed);
        Ok(Since {
            seq,
            missed,
            read_up_to,
        })
    }

    /// The commits of the ring after one position, up to another.
    pub(super) fn missed_after(&self, seq: u64, last: u64, missed: &mut Missed) {
        let told = self.feed.bus.after(seq, usize::MAX).unwrap_or_default();
        let told = told.into_iter().take_while(|told| told.commit.seq <= last);
        past::by_conversation(told, missed);
    }

    /// Whether a conversation was in a list at a position.
    pub(super) fn was_in(
        &self,
        list: (Filter, Option<UserId>),
        present: &Conversation,
        commits: &[Arc<Told>],
        seq: u64,
    ) -> bool {
        past::was_in(list, present, commits, |user| {
            self.was_mentioned(present.facts.id, user, seq)
        })
    }

    /// Whether a note up to a position mentions somebody. Seldom asked, so it is read from the log.
    fn was_mentioned(&self, id: ConversationId, user: UserId, seq: u64) -> bool {
        let positions: Vec<u64> = {
            let fold = self.feed.views.read();
            let row = fold.rows.get(&id);
            let positions = row.map(|row| row.message_positions.iter().copied());
            positions
                .into_iter()
                .flatten()
                .take_while(|at| *at <= seq)
                .collect()
        };
        let commits = self.commits_at(&positions).unwrap_or_default();
        commits.iter().any(|commit| match &commit.body {
            CommitBody::Conversation(body) => body.events.iter().any(|event| {
                matches!(event, ConversationEvent::NoteAdded { message } if message.mentions.contains(&user))
            }),
            CommitBody::Directory { .. } | CommitBody::Epoch { .. } => false,
        })
    }

    /// The commits of a conversation after a position, each with the conversation after it.
    pub(super) fn states_after(
        &self,
        (id, seq): (ConversationId, u64),
        positions: &[u64],
        present: &Arc<Conversation>,
    ) -> Result<Vec<(Commit, Arc<Conversation>)>, ResyncReason> {
        let missed = events_after(positions, seq);
        if positions.len() > FOLDED_AGAIN_MAX {
            let commits = self.commits_at(missed)?;
            return Ok(commits
                .into_iter()
                .map(|commit| (commit, Arc::clone(present)))
                .collect());
        }
        let mut state: Option<Arc<Conversation>> = None;
        let mut states = Vec::new();
        for commit in self.commits_at(positions)? {
            let CommitBody::Conversation(body) = &commit.body else {
                continue;
            };
            let stamp = body.stamp(commit.at);
            let after = Conversation::fold(state.as_deref(), id, &body.events, stamp);
            let after = Arc::new(after.map_err(|error| {
                tracing::error!(%error, "a conversation could not be folded again");
                ResyncReason::TooFar
            })?);
            state = Some(Arc::clone(&after));
            if commit.seq > seq {
                states.push((commit, after));
            }
        }
        Ok(states)
    }

    /// Single commits of the log.
    pub(super) fn commits_at(&self, positions: &[u64]) -> Result<Vec<Commit>, ResyncReason> {
        let commits = journal::commits_at(&*self.feed.journal, self.feed.workspace, positions);
        commits.map_err(|error| unreadable(&error))
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
}

fn unreadable(error: &JournalError) -> ResyncReason {
    tracing::warn!(%error, "the log could not be read for a dashboard");
    ResyncReason::TooFar
}
