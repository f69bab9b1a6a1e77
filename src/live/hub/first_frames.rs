//! The frames that a view begins with.

use std::sync::Arc;

use super::super::frames::{self, Beside, Standing, Written};
use super::super::list_fold::{ListChange, change};
use super::super::peer::Frame;
use super::super::view::View;
use super::begin::Beginning;
use super::from_log::Later;
use super::read::{Read, Row, Spoken};
use super::{HEAD_ROWS, Hub};
use crate::domain::conversation::Conversation;
use crate::domain::{Commit, CommitBody, ConversationId};
use crate::wire::{HistoryEntry, entries};

impl Hub {
    /// What a view begins with.
    pub(super) fn first_frames(
        &self,
        beginning: &Beginning,
        (position, read): (u64, &Read),
        written: &mut Written,
    ) -> Result<Vec<Arc<Frame>>, Later> {
        let view = beginning.wanted.view;
        let found = beginning.wanted.found.as_deref();
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
                let commits = self.commits(newest, found)?;
                self.whole_conversation((position, conversation), &commits, written)
            }
            Read::Conversation {
                conversation,
                told: Spoken::Since { after, positions },
                ..
            } => {
                let states = self.states((conversation, *after), positions, found)?;
                let id = conversation.facts.id;
                return Ok(self.missed_events((id, *after), &states, written));
            }
            Read::Counts(counts) => frames::counts(counts),
            Read::Stats(stats) => frames::stats(stats, written.directory()),
            Read::NotFound => return Ok(Vec::new()),
        };
        Ok(vec![Frame::new(Some(view), text)])
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
