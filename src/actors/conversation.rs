//! One actor a conversation: it serializes every command on it.
//!
//! Its state includes what is sequenced but not yet durable, so the next command is decided at
//! once and a thousand clicks share a few flushes. The answers wait; the actor does not.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};

use actix::{Actor, ActorContext, ActorFutureExt, AsyncContext, Context, Handler, WrapFuture};

use super::attempt::{Attempt, Outcome};
use super::conversations::Slots;
use super::messages::{Answering, Execute, Reply, StopIfIdle};
use super::teams::Teams;
use crate::clock::Clock;
use crate::commit::Workspace;
use crate::domain::ConversationId;
use crate::domain::conversation::{Conversation, Request};
use crate::faults::ActorFaults;

/// What the registry and the actor both know.
#[derive(Debug, Default)]
pub(super) struct Activity {
    /// Commands sent and not yet handled.
    pub(super) waiting: AtomicUsize,
    /// When the last command was handled, in milliseconds.
    pub(super) used_at: AtomicI64,
}

/// See the module.
#[derive(Debug)]
pub(super) struct ConversationActor {
    pub(super) id: ConversationId,
    pub(super) workspace: Arc<Workspace>,
    pub(super) activity: Arc<Activity>,
    pub(super) slots: Arc<Slots>,
    pub(super) teams: Arc<Teams>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) faults: ActorFaults,
    pub(super) state: Option<Arc<Conversation>>,
    /// The generation that the state belongs to; 0 while it is not loaded.
    pub(super) generation: u64,
}

impl Actor for ConversationActor {
    type Context = Context<Self>;

    /// Loads the state once the views have applied everything sequenced so far: an actor before
    /// this one may have left commits that are still on their way to the disk.
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

impl Handler<Execute> for ConversationActor {
    type Result = ();

    fn handle(&mut self, execute: Execute, _ctx: &mut Self::Context) {
        self.activity.waiting.fetch_sub(1, Ordering::AcqRel);
        self.activity
            .used_at
            .store(self.clock.now().as_millis(), Ordering::Relaxed);
        self.faults.panic();
        let Execute { request, answering } = execute;
        self.execute(request, answering);
    }
}

impl Handler<StopIfIdle> for ConversationActor {
    type Result = ();

    fn handle(&mut self, _stop: StopIfIdle, ctx: &mut Self::Context) {
        if self.is_durable() && self.slots.leave(self.id, &self.activity) {
            ctx.stop();
        }
    }
}

impl ConversationActor {
    /// Takes the state from the views. An actor is rebuilt, never repaired. What is not yet there
    /// cannot be decided on: then the next command tries again.
    fn load(&mut self) {
        let present = self.workspace.present_conversation(self.id);
        (self.state, self.generation) =
            present.map_or((None, 0), |present| (present.state, present.generation));
    }

    /// Whether the views have everything that this actor has sequenced.
    fn is_durable(&self) -> bool {
        let fold = self.workspace.views().read();
        let shown = fold.rows.get(&self.id).map(|row| row.conversation.version);
        shown == self.state.as_ref().map(|state| state.version)
            || self.generation != self.workspace.generation()
    }

    fn execute(&mut self, request: Request, answering: Answering<Reply>) {
        if self.generation != self.workspace.generation() {
            self.load();
        }
        if self.generation == 0 {
            answering.fail(self.workspace.reloading("the conversation"));
            return;
        }
        let attempt = Attempt {
            workspace: &self.workspace,
            conversation: self.id,
            before: self.state.as_ref(),
            turns: None,
            generation: self.generation,
            request: &request,
            faults: &self.faults,
        };
        match attempt.carry_out(answering) {
            Outcome::Sequenced(after) => self.state = Some(after),
            Outcome::Answered => {}
            Outcome::Superseded => self.generation = 0,
            Outcome::NeedsTurnOf(team, answering) => {
                // The team's actor creates it, so what is held here is not the present state.
                self.generation = 0;
                let answering = *answering;
                let execute = Execute { request, answering };
                self.teams.carry(&self.workspace, team, self.id, execute);
            }
        }
    }
}
