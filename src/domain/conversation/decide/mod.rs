//! From a command to events, or to a rejection. Pure: the same inputs decide the same.

mod ai_reply;
mod assign;
mod bulk;
mod create;
mod edit;
mod messages;
mod rights;
mod take_over;
mod undo;

use super::command::{Command, Request};
use super::event::ConversationEvent;
use super::rejection::Rejection;
use super::state::Conversation;
use super::values::AssignedBy;
use crate::domain::directory::Directory;

pub use create::{Creation, decide_creation};

/// What a command leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// What happens, in order, in one commit. Empty: nothing does, and no version is spent.
    pub events: Vec<ConversationEvent>,
    /// What the caller is told: whether the thing they asked for changed something.
    pub changed: bool,
}

impl Decision {
    /// Nothing happens, since things are as asked.
    #[must_use]
    pub const fn unchanged() -> Self {
        Self {
            events: Vec::new(),
            changed: false,
        }
    }

    /// The events happen; something changed if there is one.
    #[must_use]
    pub const fn of(events: Vec<ConversationEvent>) -> Self {
        let changed = !events.is_empty();
        Self { events, changed }
    }
}

/// Decides a request on a conversation (`None`: it does not exist) and a directory.
///
/// The caller's right is checked first, then existence, then the version they saw, then the rest;
/// so somebody without the right learns nothing about the conversation. The rule who may do what
/// is the article's "Permissions". A creation is decided as the first one of its workspace; see
/// [`decide_creation`] for the others.
///
/// # Errors
/// The rejection, when the answer is no; then nothing happens.
pub fn decide(
    conversation: Option<&Conversation>,
    request: &Request,
    directory: &Directory,
) -> Result<Decision, Rejection> {
    rights::check(conversation, request, directory)?;
    if let Command::Create(create) = &request.command {
        return create::decide_first(conversation, create, directory);
    }
    let conversation = conversation.ok_or(Rejection::NotFound)?;
    if request
        .expected_versions
        .as_ref()
        .is_some_and(|versions| !versions.contains(&conversation.version))
    {
        return Err(Rejection::VersionMismatch);
    }
    let caller = request.caller.user();
    match &request.command {
        // Decided above; a conversation is created once.
        Command::Create(_) => Ok(Decision::unchanged()),
        Command::AddMessage(message) => messages::add(conversation, message, caller),
        Command::AddNote(note) => {
            let author = caller.ok_or(Rejection::Forbidden("only people write notes"))?;
            messages::note(note, author, directory, "mentions")
                .map(|event| Decision::of(vec![event]))
        }
        Command::Edit(edit) => edit::decide(conversation, edit),
        Command::Assign(assign) => {
            let caller = person(caller)?;
            let by = AssignedBy::User { id: caller };
            assign::assign(conversation, assign, (caller, by), directory)
        }
        Command::Claim => assign::claim(conversation, person(caller)?, directory),
        Command::TakeOver => take_over::decide(conversation, person(caller)?, directory),
        Command::Undo { version } => {
            let id = person(caller)?;
            undo::decide(conversation, *version, AssignedBy::User { id }, directory)
        }
        Command::OfferAiReply(offer) => Ok(ai_reply::decide(
            conversation,
            offer,
            &request.caller,
            directory,
        )),
        Command::InBulk(item) => bulk::decide(conversation, item, person(caller)?, directory),
    }
}

/// Assignment is for people: `rights` has refused everybody else before.
fn person(caller: Option<crate::domain::UserId>) -> Result<crate::domain::UserId, Rejection> {
    caller.ok_or(Rejection::Forbidden("only people assign conversations"))
}
