//! Carrying a command out: decide, enter the critical section, propose; without an await in between.
//!
//! The actor of a conversation does it for every command on it, the actor of a team for creations that
//! take a turn of its rotation.

use std::sync::Arc;

use super::messages::{Answering, Done, Reply};
use crate::commit::{CommandFailure, NotSequenced, Promise, Proposal, Section, Workspace};
use crate::domain::ai_gate::Verdict;
use crate::domain::conversation::{
    Command, Conversation, ConversationEvent, Creation, Decision, Message, Rejection, Request,
    decide, decide_creation,
};
use crate::domain::directory::Directory;
use crate::domain::rotation::{Rotation, TeamRef};
use crate::domain::routing::Intake;
use crate::domain::{ConversationId, Timestamp};
use crate::faults::ActorFaults;

/// How a command ended.
pub(super) enum Outcome {
    /// It has its position; the answer waits for it.
    Sequenced(Arc<Conversation>),
    /// It changes nothing, and has its answer or will get it.
    Answered,
    /// What the actor holds is not the present state, and has to be loaded again.
    Superseded,
    /// A creation that takes a turn of another team: only that team's actor can carry it out.
    NeedsTurnOf(TeamRef, Box<Answering<Reply>>),
}

/// How one decision ended.
enum Step {
    Sequenced(Arc<Conversation>),
    /// What it was decided on has changed: decide again, in the section.
    Again,
    /// Nothing is to be written, and this is to be answered.
    Refused(Reply),
    /// It could not be queued.
    Failed(CommandFailure),
    Superseded,
    NeedsTurnOf(TeamRef),
}

/// A command, and what the actor holds that carries it out.
pub(super) struct Attempt<'a> {
    pub(super) workspace: &'a Arc<Workspace>,
    pub(super) conversation: ConversationId,
    /// The conversation as it stands.
    pub(super) before: Option<&'a Arc<Conversation>>,
    /// The rotation of the actor's team.
    pub(super) turns: Option<(TeamRef, &'a mut Rotation)>,
    /// The generation that both belong to.
    pub(super) generation: u64,
    pub(super) request: &'a Request,
    pub(super) faults: &'a ActorFaults,
}

impl Attempt<'_> {
    /// Decided first on the directory at hand; when that turns out to be old, once more inside the
    /// critical section, where it cannot change.
    pub(super) fn carry_out(mut self, answering: Answering<Reply>) -> Outcome {
        let workspace = Arc::clone(self.workspace);
        let mut answering = Some(answering);
        let mut section = None;
        let step = loop {
            match self.step(&workspace, &mut section, &mut answering) {
                Step::Again => {}
                step => break step,
            }
        };
        drop(section);
        let (answer, outcome) = match (step, answering) {
            (Step::Sequenced(after), _) => return Outcome::Sequenced(after),
            (Step::NeedsTurnOf(team), Some(answering)) => {
                return Outcome::NeedsTurnOf(team, Box::new(answering));
            }
            (Step::Refused(reply), Some(answering)) => {
                workspace.answer(self.generation, answering.promise(reply));
                return Outcome::Answered;
            }
            (Step::Failed(failure), answering) => ((failure, answering), Outcome::Answered),
            (step, answering) => {
                debug_assert!(matches!(step, Step::Superseded), "an answer is given once");
                let failure = workspace.reloading("the conversation");
                ((failure, answering), Outcome::Superseded)
            }
        };
        if let (failure, Some(answering)) = answer {
            answering.fail(failure);
        }
        outcome
    }

    /// Decides once, and proposes what was decided.
    fn step<'s>(
        &mut self,
        workspace: &'s Arc<Workspace>,
        section: &mut Option<Section<'s>>,
        answering: &mut Option<Answering<Reply>>,
    ) -> Step {
        let directory = workspace.directory();
        let decision = match self.decide(section.as_ref(), &directory) {
            Ok(Creation::NeedsTurnOf(team)) => return Step::NeedsTurnOf(team),
            Ok(Creation::Decided(decision)) if decision.events.is_empty() => {
                let done = Done {
                    changed: false,
                    message: None,
                    verdict: None,
                };
                return Step::Refused(self.reply(directory, Ok(done)));
            }
            Ok(Creation::Decided(decision)) => decision,
            Err(rejection) => {
                let contention = workspace.views().contention();
                contention.refused(self.conversation, &rejection, workspace.now());
                return Step::Refused(self.reply(directory, Err(rejection)));
            }
        };
        let Decision { events, changed } = decision;
        let turn = events.iter().find_map(ConversationEvent::turn);
        let message = added_message(&self.request.command, &events);
        let verdict = Verdict::recorded(&events).map(|(verdict, _score)| verdict);
        let proposal = Proposal {
            conversation: self.conversation,
            before: self.before.map(|before| &**before),
            revision: directory.revision(),
            generation: self.generation,
            actor: self.request.caller.actor(),
            operation: self.request.command.operation(),
            events,
        };
        let promise = |after: &Arc<Conversation>, at: Timestamp| {
            let message = message.map(|message| (message, at));
            let done = Done {
                changed,
                message,
                verdict,
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
            Ok(after) => {
                // Only now: a turn is spent by the event that has its position.
                if let (Some((.., user)), Some((_, rotation))) = (turn, &mut self.turns) {
                    rotation.take(user);
                }
                Step::Sequenced(after)
            }
            Err(NotSequenced::Stale) => Step::Again,
            Err(NotSequenced::Superseded) => Step::Superseded,
            Err(NotSequenced::Failed(failure)) => Step::Failed(failure),
            Err(NotSequenced::ExternalIdTaken(owner)) => {
                Step::Refused(self.reply(directory, Err(Rejection::ExternalIdTaken(owner))))
            }
        }
    }

    fn decide(
        &mut self,
        section: Option<&Section<'_>>,
        directory: &Directory,
    ) -> Result<Creation, Rejection> {
        let before = self.before.map(|before| &**before);
        let Command::Create(create) = &self.request.command else {
            return decide(before, self.request, directory).map(Creation::Decided);
        };
        let first_message = match section {
            Some(section) => section.is_first_of(&create.customer),
            None => self.workspace.enter().is_first_of(&create.customer),
        };
        // Whoever joined or left since the last turn did so before the next.
        let rotation = self.turns.as_mut().map(|(team, rotation)| {
            rotation.follow(directory.revision(), || directory.members(*team));
            (*team, &**rotation)
        });
        let intake = Intake {
            first_message,
            rotation,
        };
        decide_creation(before, self.request, directory, &intake)
    }

    fn reply(&self, directory: Arc<Directory>, outcome: Result<Done, Rejection>) -> Reply {
        reply(self.before, directory, outcome)
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
    let adds = matches!(
        command,
        Command::AddMessage(_) | Command::AddNote(_) | Command::OfferAiReply(_)
    );
    if !adds {
        return None;
    }
    events.iter().find_map(ConversationEvent::message).cloned()
}
