//! One actor a workspace: it serializes every change of people, tokens, sessions and switches.

use std::sync::Arc;

use actix::{Actor, ActorFutureExt, AsyncContext, Context, Handler, WrapFuture};

use super::messages::{Answering, DirectoryReply, ExecuteDirectory};
use crate::commit::{DirectoryProposal, NotSequenced, Promise, Workspace};
use crate::domain::Timestamp;
use crate::domain::directory::{
    DirectoryCommand, DirectoryEvent, DirectoryFold, DirectoryRejection, DirectoryRequest, decide,
};
use crate::views::RuleTallies;

/// See the module.
#[derive(Debug)]
pub(super) struct DirectoryActor {
    pub(super) workspace: Arc<Workspace>,
    pub(super) fold: DirectoryFold,
    /// The generation that the fold belongs to; 0 while it is not loaded.
    pub(super) generation: u64,
    /// The position of the last change that the fold has.
    pub(super) at: u64,
}

impl Actor for DirectoryActor {
    type Context = Context<Self>;

    /// Loads the fold once the views have applied everything sequenced so far.
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

impl Handler<ExecuteDirectory> for DirectoryActor {
    type Result = ();

    fn handle(&mut self, execute: ExecuteDirectory, _ctx: &mut Self::Context) {
        let ExecuteDirectory { request, answering } = execute;
        self.execute(&request, answering);
    }
}

impl DirectoryActor {
    /// Takes the fold from the views. What is not yet there cannot be decided on: then the next
    /// command tries again.
    fn load(&mut self) {
        match self.workspace.present_directory() {
            Some(present) => {
                self.fold = present.state;
                self.generation = present.generation;
                self.at = present.at;
            }
            None => self.generation = 0,
        }
    }

    /// Answers about rules tell how often they matched.
    fn tallies(&self, command: &DirectoryCommand) -> RuleTallies {
        let fold = self.workspace.views().read();
        match command {
            DirectoryCommand::ReplaceRules(_) => fold.routing.tallies.clone(),
            _ => RuleTallies::new(),
        }
    }

    fn execute(&mut self, request: &DirectoryRequest, answering: Answering<DirectoryReply>) {
        if self.generation != self.workspace.generation() {
            self.load();
        }
        if self.generation == 0 {
            answering.fail(self.workspace.reloading("the directory"));
            return;
        }
        let workspace = Arc::clone(&self.workspace);
        let tallies = self.tallies(&request.command);
        let events = match decide(&self.fold, request) {
            Ok(events) if !events.is_empty() => events,
            other => {
                // A refusal or no change; it tells of the last position sequenced so far.
                let outcome = other.map(|events| (events, workspace.views().read().at));
                let promise = answering.promise(reply(request, &self.fold, tallies, outcome));
                workspace.answer(self.generation, promise);
                return;
            }
        };
        let mut answering = Some(answering);
        let mut next = self.fold.clone();
        let told = events.clone();
        let then = |at: Timestamp| {
            told.iter()
                .for_each(|event: &DirectoryEvent| next.apply(event, at));
            let reply = reply(request, &next, tallies, Ok((told, at)));
            let promise = answering
                .take()
                .map_or_else(Promise::default, |answering| answering.promise(reply));
            (Arc::clone(&next.directory), promise)
        };
        let proposal = DirectoryProposal {
            generation: self.generation,
            at: self.at,
            actor: request.caller.actor(),
            events,
        };
        let proposed = workspace.enter().propose_directory(proposal, then);
        match proposed {
            Ok(seq) => {
                self.fold = next;
                self.at = seq;
            }
            Err(NotSequenced::Failed(failure)) => {
                if let Some(answering) = answering {
                    answering.fail(failure);
                }
            }
            Err(
                NotSequenced::Stale | NotSequenced::Superseded | NotSequenced::ExternalIdTaken(_),
            ) => {
                self.generation = 0;
                if let Some(answering) = answering {
                    answering.fail(self.workspace.reloading("the directory"));
                }
            }
        }
    }
}

/// The answer to a request, given the directory after it.
fn reply(
    request: &DirectoryRequest,
    fold: &DirectoryFold,
    tallies: RuleTallies,
    outcome: Result<(Vec<DirectoryEvent>, Timestamp), DirectoryRejection>,
) -> DirectoryReply {
    let webhook = request.webhook().and_then(|id| fold.webhooks.get(id));
    DirectoryReply {
        directory: Arc::clone(&fold.directory),
        about: request.about(),
        about_team: request.about_team(),
        tallies,
        webhook: webhook.map(Arc::clone),
        outcome,
    }
}
