//! What a dashboard looks at, and the topic behind it that it shares with others.

use std::fmt;

use crate::domain::{ConversationId, UserId};
use crate::metrics::ViewKind;
use crate::views::Filter;

/// What a client names: the key of a filter, `conversation:<id>`, `counts`, `stats`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum View {
    /// A list.
    List(Filter),
    /// One conversation, with everything that happens to it.
    Conversation(ConversationId),
    /// The numbers of the seven lists.
    Counts,
    /// The numbers of the workspace.
    Stats,
}

impl View {
    /// The view of that name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match (text, text.strip_prefix("conversation:")) {
            ("counts", _) => Some(Self::Counts),
            ("stats", _) => Some(Self::Stats),
            (_, Some(id)) => id.parse().ok().map(Self::Conversation),
            (_, None) => Filter::from_key(text).map(Self::List),
        }
    }

    /// What everybody who sees the same shares.
    #[must_use]
    pub fn topic(self, viewer: Option<UserId>) -> Topic {
        match self {
            Self::List(filter @ (Filter::Mine | Filter::Mentions)) => Topic::List(filter, viewer),
            Self::List(filter) => Topic::List(filter, None),
            Self::Conversation(id) => Topic::Conversation(id),
            Self::Counts => Topic::Counts(viewer),
            Self::Stats => Topic::Stats,
        }
    }

    pub(super) const fn kind(self) -> ViewKind {
        match self {
            Self::List(_) => ViewKind::List,
            Self::Conversation(_) => ViewKind::Conversation,
            Self::Counts => ViewKind::Counts,
            Self::Stats => ViewKind::Stats,
        }
    }
}

impl fmt::Display for View {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::List(filter) => f.write_str(filter.key()),
            Self::Conversation(id) => write!(f, "conversation:{id}"),
            Self::Counts => f.write_str("counts"),
            Self::Stats => f.write_str("stats"),
        }
    }
}

/// What is worked out once for all who watch it. `mine`, `mentions` and `counts` are somebody's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Topic {
    /// A list, as this person sees it.
    List(Filter, Option<UserId>),
    /// One conversation.
    Conversation(ConversationId),
    /// The numbers of the lists, as this person sees them.
    Counts(Option<UserId>),
    /// The numbers of the workspace.
    Stats,
}

impl Topic {
    /// What its watchers call it.
    #[must_use]
    pub const fn view(self) -> View {
        match self {
            Self::List(filter, _) => View::List(filter),
            Self::Conversation(id) => View::Conversation(id),
            Self::Counts(_) => View::Counts,
            Self::Stats => View::Stats,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_view_reads_as_it_is_written() {
        let id = ConversationId::from_u128(7);
        let lists = Filter::ALL.map(View::List);
        for view in lists
            .into_iter()
            .chain([View::Conversation(id), View::Counts, View::Stats])
        {
            assert_eq!(View::parse(&view.to_string()), Some(view));
        }
        for text in [
            "",
            "All",
            "conversation:",
            "conversation:usr_1",
            "count",
            "stats:x",
        ] {
            assert_eq!(View::parse(text), None, "{text}");
        }
    }

    #[test]
    fn only_what_is_somebodys_depends_on_who_looks() {
        let viewer = Some(UserId::from_u128(1));
        assert_eq!(
            View::List(Filter::All).topic(viewer),
            Topic::List(Filter::All, None)
        );
        assert_eq!(
            View::List(Filter::Mine).topic(viewer),
            Topic::List(Filter::Mine, viewer)
        );
        assert_eq!(View::Counts.topic(viewer), Topic::Counts(viewer));
        assert_eq!(View::Stats.topic(viewer), Topic::Stats);
    }
}
