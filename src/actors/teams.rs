//! The registry of team actors: one for each team that rules go round in, started on demand.

use std::sync::Arc;

use actix::dev::SendError;
use actix::{Actor, Addr};
use dashmap::DashMap;

use super::messages::{Execute, ExecuteTurn};
use super::team::TeamActor;
use crate::commit::{CommandFailure, Workspace};
use crate::domain::rotation::{Rotation, TeamRef};
use crate::domain::{ConversationId, WorkspaceId};
use crate::faults::ActorFaults;

/// See the module.
#[derive(Debug)]
pub(super) struct Teams {
    actors: DashMap<(WorkspaceId, TeamRef), Addr<TeamActor>>,
    mailbox_messages_max: usize,
    faults: ActorFaults,
}

impl Teams {
    /// A registry of none.
    pub(super) fn new(mailbox_messages_max: usize, faults: ActorFaults) -> Self {
        Self {
            actors: DashMap::new(),
            mailbox_messages_max,
            faults,
        }
    }

    /// Carries a creation to the actor of the team whose turn it needs. If that cannot be, the answer
    /// says so.
    pub(super) fn carry(
        self: &Arc<Self>,
        workspace: &Arc<Workspace>,
        team: TeamRef,
        conversation: ConversationId,
        execute: Execute,
    ) {
        let turn = ExecuteTurn {
            conversation,
            execute,
        };
        let mut addr = self
            .actors
            .entry((workspace.id(), team))
            .or_insert_with(|| self.start(workspace, team));
        let refused = match addr.try_send(turn) {
            Ok(()) => return,
            // It never took the command: another one can.
            Err(SendError::Closed(turn)) => {
                tracing::error!(%team, "a team's actor had panicked");
                *addr = self.start(workspace, team);
                addr.try_send(turn)
            }
            Err(full) => Err(full),
        };
        drop(addr);
        let (failure, turn) = match refused {
            Ok(()) => return,
            Err(SendError::Full(turn)) => {
                (CommandFailure::Overloaded("the mailbox of the team"), turn)
            }
            Err(SendError::Closed(turn)) => (CommandFailure::Lost, turn),
        };
        turn.execute.answering.fail(failure);
    }

    fn start(self: &Arc<Self>, workspace: &Arc<Workspace>, team: TeamRef) -> Addr<TeamActor> {
        let actor = TeamActor {
            team,
            workspace: Arc::clone(workspace),
            teams: Arc::clone(self),
            faults: self.faults.clone(),
            rotation: Rotation::default(),
            generation: 0,
        };
        let mailbox_messages_max = self.mailbox_messages_max;
        TeamActor::create(|ctx| {
            ctx.set_mailbox_capacity(mailbox_messages_max);
            actor
        })
    }
}
