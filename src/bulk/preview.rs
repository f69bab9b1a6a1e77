//! What would come of an operation, decided as it would be and carried out by nobody.

use std::sync::Arc;

use super::item::item;
use super::report::{Report, State, Stopped};
use crate::commit::Workspace;
use crate::domain::conversation::{Command, InBulk, Request, decide};
use crate::domain::operation::{ItemName, ItemOutcome, Work};
use crate::domain::{Caller, MessageId, OperationId};

/// How many items are decided before others get their turn.
const ITEMS_AT_A_TIME: usize = 256;

/// Decides every item on what is durable.
pub(super) async fn preview(
    workspace: &Arc<Workspace>,
    caller: &Caller,
    work: &Work,
) -> Result<Report, Stopped> {
    let directory = workspace.views().directory();
    work.check(&directory)?;
    let nobodys = || MessageId::from_u128(0);
    let mut results = Vec::with_capacity(work.len());
    for (place, name) in work.names().into_iter().enumerate() {
        if place % ITEMS_AT_A_TIME == ITEMS_AT_A_TIME - 1 {
            tokio::task::yield_now().await;
        }
        let Some(item) = item(work, place, nobodys) else {
            continue;
        };
        let request = Request {
            caller: caller.clone(),
            expected_versions: None,
            command: Command::InBulk(InBulk {
                operation: OperationId::from_u128(0),
                item,
            }),
        };
        let conversation = find(workspace, &name);
        let version = conversation.as_ref().map_or(0, |one| one.version);
        let outcome = match decide(conversation.as_deref(), &request, &directory) {
            Ok(decision) => {
                // The version that its commit would make, if there were one.
                let version = version.saturating_add(u64::from(!decision.events.is_empty()));
                if decision.changed {
                    ItemOutcome::Changed { version }
                } else {
                    ItemOutcome::Unchanged { version }
                }
            }
            Err(rejection) => ItemOutcome::Failed {
                code: (&rejection).into(),
            },
        };
        results.push((name, outcome));
    }
    Ok(Report {
        operation: None,
        state: State::Done,
        results,
    })
}

fn find(
    workspace: &Workspace,
    name: &ItemName,
) -> Option<Arc<crate::domain::conversation::Conversation>> {
    let fold = workspace.views().read();
    let row = fold.rows.get(&name.id()?)?;
    Some(Arc::clone(&row.conversation))
}
