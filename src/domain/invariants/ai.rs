//! What became of each reply of the AI is what the gate said at that point of the log.

use super::Invariant;
use crate::domain::ai_gate::{Verdict, judge};
use crate::domain::conversation::{Conversation, ConversationEvent};
use crate::domain::directory::Autopilot;

/// A commit about a reply of the AI says what the gate says, and all of it; any other says nothing.
pub(super) fn gated(
    events: &[ConversationEvent],
    before: Option<&Conversation>,
    autopilot: &Autopilot,
) -> Result<(), (Invariant, String)> {
    let refused = |detail: &str| Err((Invariant::AiGate, detail.to_owned()));
    let Some((recorded, score)) = Verdict::recorded(events) else {
        return Ok(());
    };
    let Some(conversation) = before else {
        return refused("the AI replies to what did not exist before");
    };
    let verdict = judge(conversation, autopilot, score);
    if recorded != verdict {
        let (outcome, reason) = (verdict.outcome.as_str(), verdict.reason.as_str());
        return refused(&format!("the gate says {outcome}, {reason}"));
    }
    let ends = |event: &_| matches!(event, ConversationEvent::AiHandlingEnded { .. });
    if events.iter().any(ends) != verdict.ends_handling() {
        return refused(
            "the end of the AI's handling does not follow from what became of its reply",
        );
    }
    Ok(())
}
