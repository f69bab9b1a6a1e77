//! One actor a team: it owns the rotation, and carries out the creations that take a turn of it.
//!
//! A turn is never given out ahead of its position: the rotation moves when the event that spends the
//! turn is sequenced, and so none has ever to come back.

use std::sync::Arc;

use actix::{Actor, ActorFutureExt, AsyncContext, Context, Handler, WrapFuture};

use super::attempt::{Attempt, Outcome};
use super::messages::{Execute, ExecuteTurn};
use super::teams::Teams;
use crate::commit::Workspace;
use crate::domain::rotation::{Rotation, TeamRef};
use crate::faults::ActorFaults;

/// See the module.
#[derive(Debug)]
pub(super) struct TeamActor {
    pub(super) team: TeamRef,
    pub(super) workspace: Arc<Workspace>,
    pub(super) teams: Arc<Teams>,
    pub(super) faults: ActorFaults,
    /// Whose turn it is, with what is sequenced and not yet durable.
    pub(super) rotation: Rotation,
    /// The generation that the rotation belongs to; 0 while it is not loaded.
    pub(super) generation: u64,
}

impl Actor for TeamActor {
    type Context = Context<Self>;

    /// Loads the rotation once the views have applied everything sequenced so far.
    fn started(&mut self, ctx: &mut Self::Context) {
        let Some(caught_up) = self.workspace.catch_up() else {
            self.load();
            return;
        };
        ctx.wait(
            caught_up
                .into_actor(self)
                .map(|(), actor, _ctx| actor.load()),
        );
    }
}

impl Handler<ExecuteTurn> for TeamActor {
    type Result = ();

    fn handle(&mut self, turn: ExecuteTurn, _ctx: &mut Self::Context) {
        self.faults.panic();
        self.execute(turn);
    }
}

impl TeamActor {
    /// Takes the rotation from the views: after a restart, a failed append or a panic it is the fold
    /// of the log, like everything else. What is not yet there cannot be decided on: then the next
    /// command tries again.
    fn load(&mut self) {
        match self.workspace.present_rotation(self.team) {
            Some(present) => {
                self.rotation = present.state;
                self.generation = present.generation;
            }
            None => self.generation = 0,
        }
    }

    fn execute(&mut self, turn: ExecuteTurn) {
        let ExecuteTurn {
            conversation,
            execute: Execute { request, answering },
        } = turn;
        if self.generation != self.workspace.generation() {
            self.load();
        }
        if self.generation == 0 {
            answering.fail(self.workspace.reloading("the rotation"));
            return;
        }
        let attempt = Attempt {
            workspace: &self.workspace,
            conversation,
            before: None,
            turns: Some((self.team, &mut self.rotation)),
            generation: self.generation,
            request: &request,
            faults: &self.faults,
        };
        match attempt.carry_out(answering) {
            // Its own actor takes the conversation from the views when it is first needed.
            Outcome::Sequenced(_) | Outcome::Answered => {}
            Outcome::Superseded => self.generation = 0,
            Outcome::NeedsTurnOf(team, answering) => {
                // The rules were replaced on the way.
                let answering = *answering;
                let execute = Execute { request, answering };
                self.teams
                    .carry(&self.workspace, team, conversation, execute);
            }
        }
    }
}
