//! The gate that each reply of the AI comes to, decided inside the conversation at the moment of
//! sending (S06). It fails closed: whatever does not pass is not sent.
//!
//! The first that hits decides:
//!
//! ```text
//! a person took it over ───────────────────────▶ suppressed  handed_off
//! not handled by the AI, or not open ──────────▶ suppressed  not_handling
//! a label or a tag is on the bypass list ──────▶ suppressed  bypass      ends AI handling
//! its mode is off ─────────────────────────────▶ silent      mode        ends AI handling
//! Autopilot is off, or its mode is draft ──────▶ drafted     mode        ends AI handling
//! less confident than the silence floor ───────▶ silent      confidence  ends AI handling
//! less confident than the auto-send floor ─────▶ drafted     confidence  ends AI handling
//! else ────────────────────────────────────────▶ sent        confidence
//! ```

use serde::{Deserialize, Serialize};

use super::conversation::{AiMode, Conversation, ConversationEvent, Status, named};
use super::directory::Autopilot;

named! {
    /// What becomes of a reply that the AI offers.
    AiOutcome {
        /// It went to the customer.
        Sent = "sent",
        /// It is kept for a person to look at.
        Drafted = "drafted",
        /// It is not kept; a person has to answer.
        Silent = "silent",
        /// It was held back.
        Suppressed = "suppressed",
    }
}

named! {
    /// What decided it.
    AiReason {
        /// A person had taken the conversation over.
        HandedOff = "handed_off",
        /// The AI does not handle the conversation, or it is not open.
        NotHandling = "not_handling",
        /// A label of the reply or a tag of the conversation is for people.
        Bypass = "bypass",
        /// What the AI may do here: the conversation's mode, or Autopilot's switch.
        Mode = "mode",
        /// How confident the AI is, against the floors.
        Confidence = "confidence",
    }
}

/// What became of a reply, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verdict {
    /// What.
    pub outcome: AiOutcome,
    /// Why.
    pub reason: AiReason,
}

/// How the AI itself judges a reply that it offers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AiScore {
    /// How confident it is, in percent.
    pub confidence: u8,
    /// What it thinks that the conversation is about.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub labels: Vec<String>,
}

/// Decides on a reply, as the conversation and Autopilot stand.
#[must_use]
pub fn judge(conversation: &Conversation, autopilot: &Autopilot, score: &AiScore) -> Verdict {
    let verdict = |outcome, reason| Verdict { outcome, reason };
    let settings = autopilot.settings();
    let ai = &conversation.ai;
    let words = || score.labels.iter().chain(conversation.tags.iter());
    if ai.handoff.is_some() {
        verdict(AiOutcome::Suppressed, AiReason::HandedOff)
    } else if !ai.handling || conversation.status != Status::Open {
        verdict(AiOutcome::Suppressed, AiReason::NotHandling)
    } else if words().any(|word| settings.bypasses(word)) {
        verdict(AiOutcome::Suppressed, AiReason::Bypass)
    } else if ai.mode == AiMode::Off {
        verdict(AiOutcome::Silent, AiReason::Mode)
    } else if !autopilot.enabled || ai.mode == AiMode::Draft {
        verdict(AiOutcome::Drafted, AiReason::Mode)
    } else if score.confidence < settings.silence_floor {
        verdict(AiOutcome::Silent, AiReason::Confidence)
    } else if score.confidence < settings.auto_send_floor {
        verdict(AiOutcome::Drafted, AiReason::Confidence)
    } else {
        verdict(AiOutcome::Sent, AiReason::Confidence)
    }
}

impl Verdict {
    /// Whether the conversation needs a person from now on: after a draft, a silence or a bypass.
    #[must_use]
    pub fn ends_handling(self) -> bool {
        match self.outcome {
            AiOutcome::Drafted | AiOutcome::Silent => true,
            AiOutcome::Suppressed => self.reason == AiReason::Bypass,
            AiOutcome::Sent => false,
        }
    }

    /// The verdict that the events of one commit record, and on which score, if they are about a
    /// reply of the AI. So an answer and the log cannot tell two stories.
    #[must_use]
    pub fn recorded(events: &[ConversationEvent]) -> Option<(Self, &AiScore)> {
        let found = |outcome, reason, score| Some((Self { outcome, reason }, score));
        events.iter().find_map(|event| match event {
            ConversationEvent::AiReplySent { score, .. } => {
                found(AiOutcome::Sent, AiReason::Confidence, score)
            }
            ConversationEvent::AiDraftSaved { reason, score, .. } => {
                found(AiOutcome::Drafted, *reason, score)
            }
            ConversationEvent::AiReplySuppressed { reason, score, .. } => {
                found(AiOutcome::Suppressed, *reason, score)
            }
            ConversationEvent::AiHandlingEnded {
                outcome,
                reason,
                score,
            } => found(*outcome, *reason, score),
            ConversationEvent::Created(_)
            | ConversationEvent::MessageAdded { .. }
            | ConversationEvent::NoteAdded { .. }
            | ConversationEvent::Assigned { .. }
            | ConversationEvent::Unassigned { .. }
            | ConversationEvent::TakenOver { .. }
            | ConversationEvent::StatusChanged { .. }
            | ConversationEvent::PriorityChanged { .. }
            | ConversationEvent::TagsChanged { .. }
            | ConversationEvent::CustomFieldsChanged { .. } => None,
        })
    }
}
