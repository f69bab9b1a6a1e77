//! A reply that the AI offers: what the gate says, recorded whatever it is.

use std::sync::Arc;

use super::super::command::OfferAiReply;
use super::super::event::ConversationEvent;
use super::super::state::Conversation;
use super::super::values::{Author, Message, MessageKind};
use super::Decision;
use crate::domain::Caller;
use crate::domain::ai_gate::{AiOutcome, judge};
use crate::domain::directory::Directory;

/// The reply is judged on the state at its place in the conversation's order, so that one which
/// comes while a take over is being committed is either before it in the log or suppressed (B52).
pub(super) fn decide(
    conversation: &Conversation,
    offer: &OfferAiReply,
    caller: &Caller,
    directory: &Directory,
) -> Decision {
    let verdict = judge(conversation, directory.autopilot(), &offer.score);
    let (body, reason, score) = (Arc::clone(&offer.body), verdict.reason, offer.score.clone());
    let what = match verdict.outcome {
        AiOutcome::Sent => Some(ConversationEvent::AiReplySent {
            message: message(offer, caller),
            score,
        }),
        AiOutcome::Drafted => Some(ConversationEvent::AiDraftSaved {
            body,
            reason,
            score,
        }),
        AiOutcome::Suppressed => Some(ConversationEvent::AiReplySuppressed {
            body,
            reason,
            score,
        }),
        AiOutcome::Silent => None,
    };
    let ended = verdict
        .ends_handling()
        .then(|| ConversationEvent::AiHandlingEnded {
            outcome: verdict.outcome,
            reason,
            score: offer.score.clone(),
        });
    Decision::of(what.into_iter().chain(ended).collect())
}

fn message(offer: &OfferAiReply, caller: &Caller) -> Message {
    let (id, name) = match caller {
        Caller::Service { token, name, .. } => (Some(*token), Arc::clone(name)),
        Caller::User(_) | Caller::System => (None, Arc::from("AI")),
    };
    Message {
        id: offer.id,
        kind: MessageKind::Ai,
        author: Author::Ai { id, name },
        body: Arc::clone(&offer.body),
        mentions: Vec::new(),
    }
}
