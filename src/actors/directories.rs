//! The registry of directory actors: one a workspace, started on demand.

use std::sync::Arc;

use actix::dev::SendError;
use actix::{Actor, Addr};
use dashmap::DashMap;
use tokio::sync::oneshot;

use super::directory::DirectoryActor;
use super::messages::{Answering, DirectoryReply, ExecuteDirectory, Keyed};
use crate::commit::{CommandFailure, Workspace};
use crate::domain::WorkspaceId;
use crate::domain::directory::{DirectoryFold, DirectoryRequest};

/// See the module.
#[derive(Debug)]
pub struct Directories {
    actors: DashMap<WorkspaceId, Addr<DirectoryActor>>,
    mailbox_messages_max: usize,
}

impl Directories {
    /// A registry of none.
    #[must_use]
    pub fn new(mailbox_messages_max: usize) -> Self {
        Self {
            actors: DashMap::new(),
            mailbox_messages_max,
        }
    }

    /// Carries a command out, and returns once the answer may be told.
    ///
    /// # Errors
    /// [`CommandFailure`]; a refusal by the domain is an answer.
    pub async fn execute(
        &self,
        workspace: &Arc<Workspace>,
        request: DirectoryRequest,
        keyed: Option<Keyed<DirectoryReply>>,
    ) -> Result<DirectoryReply, CommandFailure> {
        let (to, answer) = oneshot::channel();
        self.send(
            workspace,
            ExecuteDirectory {
                request,
                answering: Answering { keyed, to },
            },
        )?;
        answer.await.unwrap_or(Err(CommandFailure::Lost))
    }

    fn send(
        &self,
        workspace: &Arc<Workspace>,
        execute: ExecuteDirectory,
    ) -> Result<(), CommandFailure> {
        let mut addr = self
            .actors
            .entry(workspace.id())
            .or_insert_with(|| self.start(workspace));
        let full = CommandFailure::Overloaded("the mailbox of the workspace");
        let execute = match addr.try_send(execute) {
            Ok(()) => return Ok(()),
            Err(SendError::Full(_)) => return Err(full),
            // It never took the command: another one can.
            Err(SendError::Closed(execute)) => execute,
        };
        tracing::error!(workspace = %workspace.id(), "a directory's actor had panicked");
        *addr = self.start(workspace);
        addr.try_send(execute).map_err(|refused| match refused {
            SendError::Full(_) => full,
            SendError::Closed(_) => CommandFailure::Lost,
        })
    }

    fn start(&self, workspace: &Arc<Workspace>) -> Addr<DirectoryActor> {
        let actor = DirectoryActor {
            workspace: Arc::clone(workspace),
            fold: DirectoryFold::default(),
            generation: 0,
            at: 0,
        };
        let mailbox_messages_max = self.mailbox_messages_max;
        DirectoryActor::create(|ctx| {
            ctx.set_mailbox_capacity(mailbox_messages_max);
            actor
        })
    }
}
