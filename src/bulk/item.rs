//! One item: a command to the actor of its conversation, tried again while the service cannot take it.

use std::sync::Arc;

use super::Tools;
use crate::actors::Reply;
use crate::commit::{CommandFailure, Workspace};
use crate::domain::conversation::{Assign, BulkItem, Command, InBulk, Note, Request};
use crate::domain::operation::{AssignMany, ItemFailure, ItemName, ItemOutcome, Started, Work};
use crate::domain::{Caller, ConversationId, MessageId};
use crate::metrics;

/// How often an item may lose its answer to a fault before it is given up.
const LOST_MAX: u32 = 2;

/// What every item of an operation is carried out with.
pub(super) struct Items<'a> {
    pub(super) tools: &'a Tools,
    pub(super) workspace: &'a Arc<Workspace>,
    pub(super) caller: &'a Caller,
    pub(super) started: &'a Started,
    pub(super) names: &'a [ItemName],
}

impl Items<'_> {
    /// Carries an item out, and returns its outcome once that is durable.
    pub(super) async fn carry_out(&self, place: usize) -> Result<ItemOutcome, CommandFailure> {
        let name = self.names.get(place);
        let id = name.and_then(ItemName::id);
        let exists = |id: &ConversationId| self.workspace.views().read().rows.contains_key(id);
        let Some(id) = id.filter(exists) else {
            let code = ItemFailure::NotFound;
            return Ok(ItemOutcome::Failed { code });
        };
        let conversations = &self.tools.parts.conversations;
        let was_held = conversations.holds(id);
        let outcome = self.execute(place, id).await;
        if !was_held {
            // Memory is for conversations that somebody works on.
            conversations.release(id);
        }
        outcome
    }

    async fn execute(
        &self,
        place: usize,
        id: ConversationId,
    ) -> Result<ItemOutcome, CommandFailure> {
        let failed = |code| ItemOutcome::Failed { code };
        let limits = &self.tools.parts.limits;
        let (mut tried, mut lost) = (0, 0);
        loop {
            let Some(request) = self.request(place) else {
                return Ok(failed(ItemFailure::NotFound));
            };
            let conversations = &self.tools.parts.conversations;
            let failure = match conversations
                .execute(self.workspace, id, request, None)
                .await
            {
                Ok(reply) => return Ok(self.outcome(&reply)),
                Err(failure) => failure,
            };
            if failure == CommandFailure::Lost {
                // It may be in the log all the same. Once that has caught up, the log says.
                if let Some(caught_up) = self.workspace.catch_up() {
                    caught_up.await;
                }
                if let Some(outcome) = self.recorded(place) {
                    return Ok(outcome);
                }
                lost += 1;
                if lost >= LOST_MAX {
                    return Ok(failed(ItemFailure::Internal));
                }
            }
            if tried >= limits.retries_max {
                return Err(failure);
            }
            tried += 1;
            tokio::time::sleep(limits.retry_pause()).await;
        }
    }

    fn recorded(&self, place: usize) -> Option<ItemOutcome> {
        let fold = self.workspace.views().read();
        let operation = fold.operations.find(self.started.operation)?;
        operation.outcomes.get(place).copied().flatten()
    }

    fn request(&self, place: usize) -> Option<Request> {
        let new_id = || MessageId::from_u128(self.tools.parts.clock.id128());
        let item = item(&self.started.work, place, new_id)?;
        let operation = self.started.operation;
        Some(Request {
            caller: self.caller.clone(),
            expected_versions: None,
            command: Command::InBulk(InBulk { operation, item }),
        })
    }

    /// What came of it, counted as a command of its own.
    fn outcome(&self, reply: &Reply) -> ItemOutcome {
        let version = reply.conversation.as_ref().map_or(0, |one| one.version);
        let outcome = match &reply.outcome {
            Ok(done) if done.changed => ItemOutcome::Changed { version },
            Ok(_) => ItemOutcome::Unchanged { version },
            Err(rejection) => ItemOutcome::Failed {
                code: rejection.into(),
            },
        };
        let metrics = &self.tools.parts.metrics;
        let counted = match outcome {
            ItemOutcome::Changed { .. } => metrics::Outcome::Changed,
            ItemOutcome::Unchanged { .. } => metrics::Outcome::Unchanged,
            ItemOutcome::Failed { code } => {
                if let Some(conflict) = metrics::Conflict::from_code(code.as_str()) {
                    metrics.conflict(conflict);
                }
                metrics::Outcome::Refused
            }
        };
        metrics.command(kind(&self.started.work), counted);
        outcome
    }
}

/// What is asked of the conversation at a place. A note gets an id of its own in each.
pub(super) fn item(
    work: &Work,
    place: usize,
    new_id: impl FnOnce() -> MessageId,
) -> Option<BulkItem> {
    match work {
        Work::Assign(AssignMany {
            assignee,
            only_unassigned,
            note,
            ..
        }) => {
            let note = note.as_ref().map(|note| Note {
                id: new_id(),
                body: Arc::clone(&note.body),
                mentions: note.mentions.clone(),
            });
            let assign = Assign {
                assignee: *assignee,
                expected: None,
                note,
            };
            Some(BulkItem::Assign {
                assign,
                only_unassigned: *only_unassigned,
            })
        }
        Work::Undo { items, .. } => {
            let version = items.get(place)?.version;
            Some(BulkItem::Undo { version })
        }
    }
}

const fn kind(work: &Work) -> metrics::Command {
    match work {
        Work::Assign(AssignMany { assignee: None, .. }) => metrics::Command::Unassign,
        Work::Assign(_) => metrics::Command::Assign,
        Work::Undo { .. } => metrics::Command::Undo,
    }
}
