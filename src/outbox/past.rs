//! What the log's commits did to their conversations, for a reader that reads them from the log.

use std::collections::HashMap;
use std::sync::Arc;

use crate::domain::conversation::Conversation;
use crate::domain::{Commit, CommitBody, ConversationCommit, ConversationId, WorkspaceId};
use crate::journal::{Journal, JournalError, commits_at};
use crate::views::{Change, Told, Views};

/// How many conversations are remembered while a stretch of the log is read.
const REMEMBERED_MAX: usize = 4096;

/// How many commits of a conversation are read at a time.
const COMMITS: usize = 1024;

/// The conversations as of the position that was read last, as far as they are remembered.
#[derive(Debug, Default)]
pub(super) struct Past {
    states: HashMap<ConversationId, Arc<Conversation>>,
}

impl Past {
    /// The commit, with what it did. Commits are handed in in the order of the log, without a gap
    /// since the last [`Past::forget`].
    pub(super) fn told(
        &mut self,
        (journal, views, workspace): (&dyn Journal, &Views, WorkspaceId),
        commit: Commit,
    ) -> Result<Told, JournalError> {
        let CommitBody::Conversation(body) = &commit.body else {
            let change = None;
            return Ok(Told { commit, change });
        };
        let id = body.conversation;
        let before = match self.states.get(&id) {
            Some(before) => Some(Arc::clone(before)),
            None => before(journal, views, workspace, (commit.seq, id))?,
        };
        let after = folded(before.as_ref(), &commit, body)?;
        if self.states.len() >= REMEMBERED_MAX {
            self.states.clear();
        }
        self.states.insert(id, Arc::clone(&after));
        let change = Some(Change {
            before,
            after,
            // The inboxes have them; nobody is told of them a second time.
            notified: Vec::new(),
        });
        Ok(Told { commit, change })
    }

    /// Goes on elsewhere.
    pub(super) fn forget(&mut self) {
        self.states = HashMap::new();
    }
}

/// A conversation before a position, folded from its beginning.
fn before(
    journal: &dyn Journal,
    views: &Views,
    workspace: WorkspaceId,
    (seq, id): (u64, ConversationId),
) -> Result<Option<Arc<Conversation>>, JournalError> {
    let positions: Vec<u64> = {
        let fold = views.read();
        let row = fold.rows.get(&id);
        let positions = row.map_or(&[][..], |row| &row.positions);
        let earlier = positions.partition_point(|position| *position < seq);
        positions.iter().take(earlier).copied().collect()
    };
    let mut state = None;
    for positions in positions.chunks(COMMITS) {
        for commit in commits_at(journal, workspace, positions)? {
            if let CommitBody::Conversation(body) = &commit.body {
                state = Some(folded(state.as_ref(), &commit, body)?);
            }
        }
    }
    Ok(state)
}

fn folded(
    before: Option<&Arc<Conversation>>,
    commit: &Commit,
    body: &ConversationCommit,
) -> Result<Arc<Conversation>, JournalError> {
    let before = before.map(|before| &**before);
    let stamp = body.stamp(commit.at);
    Conversation::fold(before, body.conversation, &body.events, stamp)
        .map(Arc::new)
        .map_err(|error| JournalError::Damaged {
            reason: format!("position {}: {error}", commit.seq),
        })
}
