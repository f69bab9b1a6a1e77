//! Take over: the AI's hand-off stamp and the owner, tied together at one moment.

use super::super::event::ConversationEvent;
use super::super::rejection::Rejection;
use super::super::state::Conversation;
use super::Decision;
use crate::domain::UserId;
use crate::domain::directory::Directory;

/// In the contract's order: the caller already did, another person did, the AI does not handle it.
pub(super) fn decide(
    conversation: &Conversation,
    caller: UserId,
    directory: &Directory,
) -> Result<Decision, Rejection> {
    if let Some(handoff) = conversation.ai.handoff {
        return if handoff.by == caller {
            Ok(Decision::unchanged())
        } else {
            Err(Rejection::AlreadyTakenOver)
        };
    }
    if !conversation.ai.handling {
        return Err(Rejection::NotInAiQueue);
    }
    if !directory.may_be_assigned(caller) {
        return Err(Rejection::AssigneeNotEligible);
    }
    let previous = conversation.assignee;
    Ok(Decision::of(vec![ConversationEvent::TakenOver {
        by: caller,
        previous,
    }]))
}
