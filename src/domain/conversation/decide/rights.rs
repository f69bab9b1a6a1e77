//! Who may what, decided on the directory as it stands at the command's place in the order.

use super::super::command::{Command, Request, Sender};
use super::super::rejection::Rejection;
use super::super::state::Conversation;
use super::super::values::Status;
use crate::domain::directory::{Directory, UserStatus};
use crate::domain::{Caller, Scope};

/// Refuses a caller without the right.
pub(super) fn check(
    conversation: Option<&Conversation>,
    request: &Request,
    directory: &Directory,
) -> Result<(), Rejection> {
    match &request.caller {
        Caller::System => Ok(()),
        Caller::User(id) => {
            let user = directory.user(*id).ok_or(Rejection::CallerGone)?;
            if user.status != UserStatus::Active {
                return Err(Rejection::CallerGone);
            }
            if matches!(request.command, Command::OfferAiReply(_)) {
                return Err(Rejection::Forbidden("only a service speaks for the AI"));
            }
            // Viewers read everything and may write internal notes; all else is for agents and above.
            if user.role.may_be_assigned() || matches!(request.command, Command::AddNote(_)) {
                Ok(())
            } else {
                Err(Rejection::Forbidden(
                    "viewers may read and write notes only",
                ))
            }
        }
        Caller::Service { .. } => check_service(conversation, request),
    }
}

fn check_service(conversation: Option<&Conversation>, request: &Request) -> Result<(), Rejection> {
    let permitted = match &request.command {
        Command::Create(_) => request.caller.has_scope(Scope::Inbound),
        Command::AddMessage(message) => {
            message.sender == Sender::Customer && request.caller.has_scope(Scope::Inbound)
        }
        Command::Edit(edit) => {
            let only_closes = edit.status == Some(Status::Closed)
                && edit.priority.is_none()
                && edit.tags.is_none()
                && edit.custom_fields.is_empty();
            // A conversation that does not exist is answered as such, later.
            let handled = conversation.is_none_or(|conversation| conversation.ai.handling);
            only_closes && handled && request.caller.has_scope(Scope::Ai)
        }
        Command::OfferAiReply(_) => request.caller.has_scope(Scope::Ai),
        Command::AddNote(_)
        | Command::Assign(_)
        | Command::Claim
        | Command::TakeOver
        | Command::Undo { .. }
        | Command::InBulk(_) => false,
    };
    if permitted {
        Ok(())
    } else {
        Err(Rejection::Forbidden("the token's scopes do not permit it"))
    }
}
