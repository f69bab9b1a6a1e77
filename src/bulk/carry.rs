//! An operation from its order to its report.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use futures_util::{StreamExt as _, stream};
use tokio::sync::oneshot;

use super::Tools;
use super::item::Items;
use super::order::{Asked, Order, check_right, taking_back};
use super::preview::preview;
use super::progress::{Pace, Progress};
use super::report::{BulkReply, Refusal, Report, State, Stopped};
use super::running::{Entry, Running};
use crate::actors::Answering;
use crate::commit::{CommandFailure, Promise, Release, Workspace};
use crate::domain::conversation::Rejection;
use crate::domain::operation::{Finished, OperationEvent, Started, Work};
use crate::domain::{Caller, CommitBody, OperationId};
use crate::views::Operation;

/// Carries an order out, and answers.
pub(super) async fn carry_out(
    tools: Arc<Tools>,
    workspace: Arc<Workspace>,
    order: Order,
    answering: Answering<BulkReply>,
) {
    let outcome = match operate(&tools, &workspace, order).await {
        Ok(report) => Ok(Arc::new(report)),
        Err(Stopped::Refused(refusal)) => Err(refusal),
        Err(Stopped::Failed(failure)) => {
            answering.fail(failure);
            return;
        }
    };
    let directory = workspace.directory();
    let reply = BulkReply { directory, outcome };
    workspace.answer(workspace.generation(), answering.promise(reply));
}

async fn operate(
    tools: &Arc<Tools>,
    workspace: &Arc<Workspace>,
    order: Order,
) -> Result<Report, Stopped> {
    check_right(&order.caller, &workspace.directory())?;
    let Order {
        caller,
        idempotency_key,
        dry_run,
        asked,
    } = order;
    let max = tools.parts.limits.items_max;
    let work = match asked {
        Asked::Assign(assign) => assign.work(workspace, caller.user(), max),
        Asked::Undo(operation) => undoing(tools, workspace, operation).await?,
    };
    let key = idempotency_key.as_ref();
    let earlier = key.and_then(|key| earlier(tools, workspace, &caller, key));
    let entry = match earlier {
        Some(earlier) if dry_run || !earlier.started.work.asks_the_same_as(&work) => {
            return Err(Refusal::KeyReused.into());
        }
        // It came to its end, and only its answer was lost.
        Some(earlier) if earlier.is_finished => return Ok(Report::of(&earlier)),
        Some(Operation {
            started, outcomes, ..
        }) => {
            let entry = tools.registry.enter(workspace.id(), &started, outcomes);
            entry.ok_or(NO_ROOM)?
        }
        None if work.len() > max => return Err(Refusal::TooManyItems { max }.into()),
        None if dry_run => return preview(workspace, &caller, &work).await,
        None => {
            let started = Started {
                operation: OperationId::from_u128(tools.parts.clock.id128()),
                work,
                idempotency_key,
                kept_max: tools.parts.limits.kept_max,
            };
            begin(tools, workspace, &caller, started).await?
        }
    };
    let running = Arc::clone(&entry.running);
    run(tools, workspace, &caller, &running).await?;
    finish(tools, workspace, &caller, &running).await?;
    Ok(Report {
        state: State::Done,
        ..running.report()
    })
}

const NO_ROOM: CommandFailure = CommandFailure::Overloaded("the room for operations on many");

/// What is to be taken back. An operation that is under way comes to its end first.
async fn undoing(
    tools: &Tools,
    workspace: &Workspace,
    operation: OperationId,
) -> Result<Work, Stopped> {
    tools.registry.ended(workspace.id(), operation).await;
    let fold = workspace.views().read();
    let found = fold.operations.find(operation);
    Ok(taking_back(found.ok_or(Rejection::NotFound)?))
}

/// What was begun under the same key and did not come to its answer.
fn earlier(
    tools: &Tools,
    workspace: &Workspace,
    caller: &Caller,
    key: &Arc<str>,
) -> Option<Operation> {
    let (actor, now) = (caller.actor(), tools.parts.clock.now());
    let fold = workspace.views().read();
    let mut newest_first = fold.operations.all().rev();
    let found = newest_first.find(|operation| {
        operation.started.idempotency_key.as_ref() == Some(key)
            && operation.actor == actor
            && operation.at.saturating_add(tools.parts.keep_keys) > now
    });
    found.cloned()
}

/// Puts an operation on record. The right and the assignee are looked at where that cannot change
/// before it has its position.
async fn begin(
    tools: &Tools,
    workspace: &Arc<Workspace>,
    caller: &Caller,
    started: Started,
) -> Result<Entry, Stopped> {
    let started = Arc::new(started);
    let outcomes = vec![None; started.work.len()];
    let entry = tools.registry.enter(workspace.id(), &started, outcomes);
    let entry = entry.ok_or(NO_ROOM)?;
    let (promise, stored) = promised();
    {
        let mut section = workspace.enter();
        let directory = section.directory();
        check_right(caller, &directory)?;
        started.work.check(&directory)?;
        let event = OperationEvent::Started(started);
        section.record(caller.actor(), CommitBody::Operation { event }, promise)?;
    }
    stored.await.unwrap_or(Err(CommandFailure::Lost))?;
    Ok(entry)
}

/// Carries out the items that have no outcome yet. After a failure no further one sets out, and those
/// on their way come to their ends.
async fn run(
    tools: &Tools,
    workspace: &Arc<Workspace>,
    caller: &Caller,
    running: &Running,
) -> Result<(), CommandFailure> {
    let started = &running.started;
    let names = started.work.names();
    let items = Items {
        tools,
        workspace,
        caller,
        started,
        names: &names,
    };
    let open = running.open();
    let mut progress = Progress {
        operation: started.operation,
        idempotency_key: started.idempotency_key.clone(),
        done: names.len().saturating_sub(open.len()),
        total: names.len(),
    };
    let mut pace = Pace::new(tools.parts.limits.progress_every());
    let mut tell = |progress: &Progress| {
        if pace.is_due(progress, tools.parts.clock.instant())
            && let Some(user) = caller.user()
        {
            tools.parts.watcher.progress(workspace, user, progress);
        }
    };
    tell(&progress);
    let stopped = &AtomicBool::new(false);
    let items = &items;
    let carried = stream::iter(open).map(|place| async move {
        if stopped.load(Ordering::Relaxed) {
            return None;
        }
        Some((place, items.carry_out(place).await))
    });
    let mut carried = carried.buffer_unordered(tools.parts.limits.in_flight_max);
    let mut failed = None;
    while let Some(one) = carried.next().await {
        match one {
            Some((place, Ok(outcome))) => {
                running.set(place, outcome);
                progress.done = progress.done.saturating_add(1);
                tell(&progress);
            }
            Some((_, Err(failure))) => {
                stopped.store(true, Ordering::Relaxed);
                failed = Some(failure);
            }
            None => {}
        }
    }
    failed.map_or(Ok(()), Err)
}

/// Puts on record what the commits of the items do not say.
async fn finish(
    tools: &Tools,
    workspace: &Arc<Workspace>,
    caller: &Caller,
    running: &Running,
) -> Result<(), CommandFailure> {
    let limits = &tools.parts.limits;
    let mut tried = 0;
    loop {
        let event = OperationEvent::Finished(Finished {
            operation: running.started.operation,
            outcomes: running.beside_changes(),
        });
        let (promise, stored) = promised();
        let body = CommitBody::Operation { event };
        let recorded = workspace.enter().record(caller.actor(), body, promise);
        let stored = match recorded {
            Ok(()) => stored.await.unwrap_or(Err(CommandFailure::Lost)),
            Err(failure) => Err(failure),
        };
        match stored {
            Ok(()) => return Ok(()),
            Err(failure) if tried >= limits.retries_max => return Err(failure),
            Err(_) => tried += 1,
        }
        tokio::time::sleep(limits.retry_pause()).await;
    }
}

/// A promise whose fulfilment is told.
fn promised() -> (Promise, oneshot::Receiver<Result<(), CommandFailure>>) {
    let (to, stored) = oneshot::channel();
    let promise = Promise {
        remember: None,
        release: Some(Release::new(move |given| drop(to.send(given)))),
    };
    (promise, stored)
}
