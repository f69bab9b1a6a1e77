//! One actor a conversation: it serializes every command on it.
//!
//! Its state includes what is sequenced but not yet durable, so the next command is decided at
//! once and a thousand clicks share a few flushes. The answers wait; the actor does not.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};

use actix::{Actor, ActorContext, ActorFutureExt, AsyncContext, Context, Handler, WrapFuture};

use super::conversations::Slots;
use super::messages::{Answering, Done, Execute, Reply, StopIfIdle};
use crate::clock::Clock;
use crate::commit::{CommandFailure, NotSequenced, Promise, Proposal, Section, Workspace};
use crate::domain::conversation::{
    Command, Conversation, ConversationEvent, Message, Rejection, Request, decide,
};
use crate::domain::directory::Directory;
use crate::domain::{ConversationId, Timestamp};
use crate::faults::ActorFaults;

/// What the registry and the actor both know.
#[derive(Debug, Default)]
pub(super) struct Activity {
    /// Commands sent and not yet handled.
    pub(super) waiting: AtomicUsize,
    /// When the last command was handled, in milliseconds.
    pub(super) used_at: AtomicI64,
}

/// How an attempt to carry a command out ended.
enum Step {
    /// It has its position; the answer waits for it.
    Sequenced(Arc<Conversation>),
    /// The directory was old: decide again, in the section.
    Again,
    /// Nothing is to be written, and this is to be answered.
    Refused(Reply),
    /// It could not be queued.
    Failed(CommandFailure),
    /// The state is not the present one.
    Superseded,
}

/// See the module.
#[derive(Debug)]
pub(super) struct ConversationActor {
    pub(super) id: ConversationId,
    pub(super) workspace: Arc<Workspace>,
    pub(super) activity: Arc<Activity>,
    pub(super) slots: Arc<Slots>,
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
        self.execute(&request, answering);
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

    /// Decides and sequences, without an await in between. Decided first on the directory at hand;
    /// when that turns out to be old, once more inside the critical section, where it cannot change.
    fn execute(&mut self, request: &Request, answering: Answering<Reply>) {
        if self.generation != self.workspace.generation() {
            self.load();
        }
        if self.generation == 0 {
            answering.fail(self.workspace.reloading("the conversation"));
            return;
        }
        let workspace = Arc::clone(&self.workspace);
        let mut answering = Some(answering);
        let mut section = None;
        let step = loop {
            match self.attempt(&workspace, request, &mut section, &mut answering) {
                Step::Again => {}
                step => break step,
            }
        };
        drop(section);
        let answer = match step {
            Step::Sequenced(after) => {
                self.state = Some(after);
                return;
            }
            Step::Refused(reply) => Ok(reply),
            Step::Failed(failure) => Err(failure),
            Step::Again | Step::Superseded => {
                self.generation = 0;
                Err(self.workspace.reloading("the conversation"))
            }
        };
        match (answering, answer) {
            (Some(answering), Ok(reply)) => {
                workspace.answer(self.generation, answering.promise(reply));
            }
            (Some(answering), Err(failure)) => answering.fail(failure),
            (None, _) => {}
        }
    }

    /// Decides once, and proposes what was decided.
    fn attempt<'a>(
        &self,
        workspace: &'a Arc<Workspace>,
        request: &Request,
        section: &mut Option<Section<'a>>,
        answering: &mut Option<Answering<Reply>>,
    ) -> Step {
        let directory = workspace.directory();
        let decision = match decide(self.state.as_deref(), request, &directory) {
            Ok(decision) if decision.events.is_empty() => {
                let done = Done {
                    changed: false,
                    message: None,
                };
                return Step::Refused(self.reply(directory, Ok(done)));
            }
            Ok(decision) => decision,
            Err(rejection) => return Step::Refused(self.reply(directory, Err(rejection))),
        };
        let proposal = Proposal {
            conversation: self.id,
            before: self.state.as_deref(),
            revision: directory.revision(),
            generation: self.generation,
            actor: request.caller.actor(),
            events: decision.events,
        };
        let message = added_message(&request.command, &proposal.events);
        let promise = |after: &Arc<Conversation>, at: Timestamp| {
            let message = message.map(|message| (message, at));
            let done = Done {
                changed: decision.changed,
                message,
            };
            let reply = reply(Some(after), Arc::clone(&directory), Ok(done));
            answering
                .take()
                .map_or_else(Promise::default, |answering| answering.promise(reply))
        };
        if section.is_none() && self.faults.directory_moves() {
            *section = Some(workspace.enter());
            return Step::Again;
        }
        let section = section.get_or_insert_with(|| workspace.enter());
        match section.propose(proposal, promise) {
            Ok(after) => Step::Sequenced(after),
            Err(NotSequenced::Stale) => Step::Again,
            Err(NotSequenced::Superseded) => Step::Superseded,
            Err(NotSequenced::Failed(failure)) => Step::Failed(failure),
            Err(NotSequenced::ExternalIdTaken(owner)) => {
                Step::Refused(self.reply(directory, Err(Rejection::ExternalIdTaken(owner))))
            }
        }
    }

    fn reply(&self, directory: Arc<Directory>, outcome: Result<Done, Rejection>) -> Reply {
        reply(self.state.as_ref(), directory, outcome)
    }
}

fn reply(
    conversation: Option<&Arc<Conversation>>,
    directory: Arc<Directory>,
    outcome: Result<Done, Rejection>,
) -> Reply {
    Reply {
        conversation: conversation.cloned(),
        directory,
        outcome,
    }
}

/// The message to tell about, when adding one is what was asked.
fn added_message(command: &Command, events: &[ConversationEvent]) -> Option<Message> {
    if !matches!(command, Command::AddMessage(_) | Command::AddNote(_)) {
        return None;
    }
    events.iter().find_map(ConversationEvent::message).cloned()
}
