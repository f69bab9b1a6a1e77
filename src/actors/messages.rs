//! What is sent to an actor, and what comes back.

use std::sync::Arc;

use actix::Message;
use tokio::sync::oneshot;

use crate::commit::{CommandFailure, Promise, Release, StoredAnswer, Ticket};
use crate::domain::ai_gate::Verdict;
use crate::domain::conversation::{Conversation, Message as Written, Rejection, Request};
use crate::domain::directory::{
    Directory, DirectoryEvent, DirectoryRejection, DirectoryRequest, User, Webhook,
};
use crate::domain::{ConversationId, TeamId, Timestamp, UserId};
use crate::views::RuleTallies;

/// What a conversation answers, once all that it speaks of is durable.
#[derive(Debug, Clone)]
pub struct Reply {
    /// The conversation after the command, or as it stood when the command was refused; none if
    /// there is none.
    pub conversation: Option<Arc<Conversation>>,
    /// The directory on which it was decided; names come from it.
    pub directory: Arc<Directory>,
    /// Whether something changed, or why not.
    pub outcome: Result<Done, Rejection>,
}

/// What a command did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Done {
    /// Whether the thing asked for changed something.
    pub changed: bool,
    /// The message or note that it added, and when.
    pub message: Option<(Written, Timestamp)>,
    /// What became of a reply that the AI offered.
    pub verdict: Option<Verdict>,
}

/// What a directory answers, once all that it speaks of is durable.
#[derive(Debug, Clone)]
pub struct DirectoryReply {
    /// The directory after the command.
    pub directory: Arc<Directory>,
    /// The person that the command was about, if it was about one.
    pub about: Option<UserId>,
    /// The team that it was about, if it was about one.
    pub about_team: Option<TeamId>,
    /// How often the rules matched, if it was about them.
    pub tallies: RuleTallies,
    /// The webhook that the command was about, as it is after it.
    pub webhook: Option<Arc<Webhook>>,
    /// What happened, and when; empty when things were as asked. Or why not.
    pub outcome: Result<(Vec<DirectoryEvent>, Timestamp), DirectoryRejection>,
}

impl DirectoryReply {
    /// The person that the command was about, as they are after it.
    #[must_use]
    pub fn person(&self) -> Option<&User> {
        let user = self.about.and_then(|id| self.directory.user(id));
        user.map(|user| &**user)
    }
}

/// A request that carries an `Idempotency-Key`: its ticket, and how its answer is written out.
pub struct Keyed<R> {
    /// The right to carry it out.
    pub ticket: Ticket,
    /// How the answer is written out.
    pub write: fn(&R, &str) -> StoredAnswer,
    /// The id of the request, which the answer may name.
    pub request_id: Arc<str>,
}

impl<R> std::fmt::Debug for Keyed<R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Keyed")
            .field("ticket", &self.ticket)
            .finish_non_exhaustive()
    }
}

/// Where an answer goes, and how it is remembered.
#[derive(Debug)]
pub struct Answering<R> {
    /// The key, if the request has one.
    pub keyed: Option<Keyed<R>>,
    /// Whoever asked.
    pub to: oneshot::Sender<Result<R, CommandFailure>>,
}

impl<R: Clone + Send + Sync + 'static> Answering<R> {
    /// Promises an answer; it is given when its position is durable, and remembered in the same append.
    #[must_use]
    pub fn promise(self, reply: R) -> Promise {
        let Self { keyed, to } = self;
        let remember = keyed.map(
            |Keyed {
                 ticket,
                 write,
                 request_id,
             }| {
                let reply = reply.clone();
                ticket.remember(move || write(&reply, &request_id))
            },
        );
        // Nobody listens any more when the client has hung up; that changes nothing.
        let release = Release::new(move |given| drop(to.send(given.map(|()| reply))));
        Promise {
            remember,
            release: Some(release),
        }
    }

    /// Says at once that there is no answer.
    pub fn fail(self, failure: CommandFailure) {
        drop(self.to.send(Err(failure)));
    }
}

/// A command for a conversation.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub(super) struct Execute {
    /// What is asked, and by whom.
    pub request: Request,
    /// Where the answer goes.
    pub answering: Answering<Reply>,
}

/// A creation for a team's actor, which takes a turn of its rotation.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub(super) struct ExecuteTurn {
    /// The conversation to be created; nobody knows its id yet.
    pub conversation: ConversationId,
    /// The command.
    pub execute: Execute,
}

/// A command for a workspace's directory.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub(super) struct ExecuteDirectory {
    /// What is asked, and by whom.
    pub request: DirectoryRequest,
    /// Where the answer goes.
    pub answering: Answering<DirectoryReply>,
}

/// Asks an actor to leave memory if nothing keeps it.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub(super) struct StopIfIdle;
