//! Operations on many conversations: each item is a command of its own, through the conversation's own
//! actor, and the whole has a record in the log.
//!
//! An operation runs in a task of its own, so a client that hangs up changes nothing. At most so many
//! items are on their way at once, and the next sets out only when one is durable: the queue to the
//! disk is never longer for everybody else than by those.

mod carry;
mod item;
mod order;
mod preview;
mod progress;
mod report;
mod running;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::oneshot;

use crate::actors::{Answering, Conversations, Keyed};
use crate::clock::Clock;
use crate::commit::{CommandFailure, Workspace};
use crate::config::BulkConfig;
use crate::domain::OperationId;
use crate::metrics::Metrics;
use running::Registry;

pub use order::{Asked, AssignAsked, Order, Targets};
pub use progress::{Progress, Unwatched, Watcher};
pub use report::{BulkReply, Refusal, Report, State};

/// What operations work with.
#[derive(Debug)]
pub struct BulkParts {
    /// Every command on a conversation goes through here.
    pub conversations: Arc<Conversations>,
    /// Ids, and the pace of progress.
    pub clock: Arc<dyn Clock>,
    /// What is counted.
    pub metrics: Arc<Metrics>,
    /// How large an operation may be.
    pub limits: BulkConfig,
    /// How long an `Idempotency-Key` stands for its request.
    pub keep_keys: Duration,
    /// Who hears how far an operation is.
    pub watcher: Arc<dyn Watcher>,
}

/// See the module.
#[derive(Debug)]
pub struct Bulk {
    tools: Arc<Tools>,
}

#[derive(Debug)]
struct Tools {
    parts: BulkParts,
    registry: Arc<Registry>,
}

impl Bulk {
    /// Nothing is under way yet.
    #[must_use]
    pub fn new(parts: BulkParts) -> Self {
        let registry = Arc::new(Registry::new(parts.limits.running_max));
        Self {
            tools: Arc::new(Tools { parts, registry }),
        }
    }

    /// Carries an order out, and returns once every item has its outcome. The order is carried out
    /// also when nobody waits for that any more. Called on a thread that runs actors.
    ///
    /// # Errors
    /// [`CommandFailure`]: then the same order with the same key takes it up again. A refusal is an
    /// answer.
    pub async fn carry_out(
        &self,
        workspace: &Arc<Workspace>,
        order: Order,
        keyed: Option<Keyed<BulkReply>>,
    ) -> Result<BulkReply, CommandFailure> {
        let (to, answer) = oneshot::channel();
        let answering = Answering { keyed, to };
        let (tools, workspace) = (Arc::clone(&self.tools), Arc::clone(workspace));
        actix::spawn(carry::carry_out(tools, workspace, order, answering));
        answer.await.unwrap_or(Err(CommandFailure::Lost))
    }

    /// An operation that the workspace keeps, as far as it is durable.
    #[must_use]
    pub fn find(&self, workspace: &Workspace, id: OperationId) -> Option<Report> {
        let running = self.tools.registry.find(workspace.id(), id);
        let fold = workspace.views().read();
        let operation = fold.operations.find(id)?;
        Some(match running {
            Some(running) if !operation.is_finished => running.report(),
            Some(_) | None => Report::of(operation),
        })
    }
}
