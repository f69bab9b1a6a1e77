//! The seven filters, and which of them a conversation is in (S02).

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::domain::UserId;
use crate::domain::conversation::{Conversation, Status};

/// A list of conversations that a dashboard shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Filter {
    /// Open, and the AI handles it now.
    AiQueue,
    /// Open.
    All,
    /// Open, with no assignee.
    Unassigned,
    /// Open, and assigned to the viewer.
    Mine,
    /// The viewer was mentioned in a note; any status.
    Mentions,
    /// The AI sent a reply; any status.
    AiHandled,
    /// Closed.
    Closed,
}

impl Filter {
    /// Every filter, in the order of the sidebar.
    pub const ALL: [Self; 7] = [
        Self::AiQueue,
        Self::All,
        Self::Unassigned,
        Self::Mine,
        Self::Mentions,
        Self::AiHandled,
        Self::Closed,
    ];

    /// The key on the wire and in the dashboard's URL.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::AiQueue => "ai_queue",
            Self::All => "all",
            Self::Unassigned => "unassigned",
            Self::Mine => "mine",
            Self::Mentions => "mentions",
            Self::AiHandled => "ai_handled",
            Self::Closed => "closed",
        }
    }

    /// The filter of that key.
    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|filter| filter.key() == key)
    }
}

/// The lists that a conversation belongs to, whoever looks.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Membership {
    /// In `ai_queue`.
    pub ai_queue: bool,
    /// In `all`.
    pub all: bool,
    /// In `unassigned`.
    pub unassigned: bool,
    /// In `ai_handled`.
    pub ai_handled: bool,
    /// In `closed`.
    pub closed: bool,
    /// In `mine` of this person.
    pub mine: Option<UserId>,
    /// Owned by this person, whatever its status.
    pub owner: Option<UserId>,
    /// In `mentions` of these people.
    pub mentions: Arc<BTreeSet<UserId>>,
}

impl Membership {
    /// Where the conversation belongs.
    #[must_use]
    pub fn of(conversation: &Conversation) -> Self {
        let open = conversation.status == Status::Open;
        Self {
            ai_queue: open && conversation.ai.handling,
            all: open,
            unassigned: open && conversation.assignee.is_none(),
            ai_handled: conversation.ai.sent_count > 0,
            closed: conversation.status == Status::Closed,
            mine: conversation.assignee.filter(|_| open),
            owner: conversation.assignee,
            mentions: Arc::clone(&conversation.mentioned),
        }
    }

    /// Whether it is in the list as this person sees it; nobody sees no `mine` and no `mentions`.
    #[must_use]
    pub fn is_in(&self, filter: Filter, viewer: Option<UserId>) -> bool {
        match filter {
            Filter::AiQueue => self.ai_queue,
            Filter::All => self.all,
            Filter::Unassigned => self.unassigned,
            Filter::Mine => viewer.is_some() && self.mine == viewer,
            Filter::Mentions => viewer.is_some_and(|viewer| self.mentions.contains(&viewer)),
            Filter::AiHandled => self.ai_handled,
            Filter::Closed => self.closed,
        }
    }
}
