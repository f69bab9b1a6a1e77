//! What the server acknowledged about each conversation, as its clients wrote it down.

use std::collections::HashMap;

use crate::numbers::count;

/// A change of owner that was answered with `changed: true`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acknowledged {
    /// The conversation's version in the answer.
    pub version: u64,
    /// The owner that was asked for.
    pub owner: Option<String>,
    /// Who asked.
    pub actor: String,
}

/// A refusal that named the present owner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// The version at which that is so.
    pub version: u64,
    /// The owner that it named.
    pub owner: Option<String>,
}

/// All that is known about one conversation.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ledger {
    /// In the order in which each client got its answers, not in the order of versions.
    pub acknowledged: Vec<Acknowledged>,
    /// Likewise.
    pub refused: Vec<Refused>,
    /// Answers that contradict their own request.
    pub contradictions: Vec<String>,
}

/// The ledgers of many conversations, by their ids.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ledgers {
    by_conversation: HashMap<String, Ledger>,
}

impl Ledgers {
    /// The ledger of a conversation, a new one at its first mention.
    pub fn of(&mut self, conversation: &str) -> &mut Ledger {
        self.by_conversation
            .entry(conversation.to_owned())
            .or_default()
    }

    /// Takes in what another client wrote down.
    pub fn merge(&mut self, other: Self) {
        for (conversation, ledger) in other.by_conversation {
            let own = self.of(&conversation);
            own.acknowledged.extend(ledger.acknowledged);
            own.refused.extend(ledger.refused);
            own.contradictions.extend(ledger.contradictions);
        }
    }

    /// How many changes of owner were acknowledged in all.
    pub fn acknowledged(&self) -> u64 {
        let ledgers = self.by_conversation.values();
        ledgers.map(|ledger| count(ledger.acknowledged.len())).sum()
    }

    /// The conversations that have one.
    pub fn conversations(&self) -> Vec<String> {
        let mut ids: Vec<String> = self.by_conversation.keys().cloned().collect();
        ids.sort();
        ids
    }
}
