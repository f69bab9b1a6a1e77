//! The made-up AI: what it would answer, and how sure it is of that.

use super::dice::Dice;
use super::words::AI_REPLIES;
use crate::domain::MessageId;
use crate::domain::ai_gate::AiScore;
use crate::domain::conversation::OfferAiReply;

/// Sure enough to be sent, with the floors that Autopilot begins with.
const CERTAIN: [u8; 4] = [97, 94, 91, 88];

/// Kept for a person to look at, or not even that.
const DOUBTFUL: [u8; 4] = [72, 31, 64, 55];

/// A label that Autopilot leaves to people.
const FOR_PEOPLE: &str = "bug";

/// Every so manieth doubtful reply carries that label.
const FOR_PEOPLE_EVERY: usize = 3;

/// A reply that the AI would send.
#[derive(Debug)]
pub(super) struct Offer {
    body: &'static str,
    confidence: u8,
    labels: Vec<String>,
}

impl Offer {
    /// One that is sent, unless a person was faster.
    pub(super) fn certain(index: usize) -> Self {
        Self {
            body: nth(&AI_REPLIES, index),
            confidence: nth(&CERTAIN, index),
            labels: Vec::new(),
        }
    }

    /// One after which a person has to look.
    pub(super) fn doubtful(index: usize) -> Self {
        let for_people = index.is_multiple_of(FOR_PEOPLE_EVERY);
        let labels = for_people.then(|| FOR_PEOPLE.to_owned());
        Self {
            body: nth(&AI_REPLIES, index),
            confidence: nth(&DOUBTFUL, index),
            labels: labels.into_iter().collect(),
        }
    }

    /// Any; more often one that it is sure of.
    pub(super) fn any(dice: &Dice) -> Self {
        let index = dice.below(1_000);
        match dice.below(5) {
            0 | 1 => Self::doubtful(index),
            _ => Self::certain(index),
        }
    }

    /// What is asked of the conversation.
    pub(super) fn command(self, id: MessageId) -> OfferAiReply {
        OfferAiReply {
            id,
            body: self.body.into(),
            score: AiScore {
                confidence: self.confidence,
                labels: self.labels,
            },
        }
    }
}

fn nth<T: Copy + Default>(of: &[T], index: usize) -> T {
    let place = index.checked_rem(of.len()).unwrap_or(0);
    of.get(place).copied().unwrap_or_default()
}
