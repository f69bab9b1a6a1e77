//! Notifications: what a commit has to tell somebody, and how they want to be told. Pure.
//!
//! A notification is no event of its own. It follows from a commit, so that it can neither be lost
//! nor doubled, and so does its id.

mod id;
mod policy;
mod preferences;

use serde::{Deserialize, Serialize};

use crate::domain::conversation::named;

pub use policy::{Cause, Notice, notices};
pub use preferences::{Cadence, NotificationPreferences, Preference, PreferenceChoice};

named! {
    /// What somebody is told of (S08).
    NotificationKind {
        /// A conversation was given to them by somebody else.
        Assignment = "assignment",
        /// Somebody mentioned them in a note.
        Mention = "mention",
        /// The customer wrote again on a conversation of theirs.
        ConversationReply = "conversation_reply",
        /// A conversation came into being and belongs to nobody.
        NewUnassigned = "new_unassigned",
        /// The AI answered on a conversation of theirs.
        AiAutoSent = "ai_auto_sent",
    }
}

impl NotificationKind {
    /// Its number in ids; never changed, never given twice.
    const fn number(self) -> u8 {
        match self {
            Self::Assignment => 1,
            Self::Mention => 2,
            Self::ConversationReply => 3,
            Self::NewUnassigned => 4,
            Self::AiAutoSent => 5,
        }
    }
}

#[cfg(test)]
mod tests;
