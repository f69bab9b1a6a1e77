//! Operations on many conversations at once: what was asked, and what became of each item.
//!
//! An operation is not one commit. Its beginning is one, with all that is needed to carry it out; each
//! item is one of its conversation, with the operation's id; its end is one, with the outcomes that left
//! no commit of their own. So the log alone says how far it came, whatever happened to the server.

use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::conversation::{Rejection, named};
use super::directory::Directory;
use super::{ConversationId, OperationId, UserId};

/// What happened to an operation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum OperationEvent {
    /// It was accepted; nothing of it has happened yet.
    Started(Arc<Started>),
    /// Every item has its outcome.
    Finished(Finished),
}

/// See [`OperationEvent::Started`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Started {
    /// Its id.
    pub operation: OperationId,
    /// What is to be done, on what.
    pub work: Work,
    /// The `Idempotency-Key` of the request, by which it can be taken up again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub idempotency_key: Option<Arc<str>>,
    /// How many operations the workspace keeps from here on, this one included.
    pub kept_max: usize,
}

/// What an operation does. Items have an order, and none occurs twice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Work {
    /// Give conversations to somebody, or to nobody.
    Assign(AssignMany),
    /// Take back what an operation changed.
    Undo {
        /// That operation.
        operation: OperationId,
        /// What it changed.
        items: Vec<Changed>,
    },
}

/// See [`Work::Assign`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AssignMany {
    /// The conversations.
    pub items: Vec<ItemName>,
    /// The key of the filter that they were taken from, if they were not named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filter: Option<Arc<str>>,
    /// To whom; `None` is nobody.
    pub assignee: Option<UserId>,
    /// Only those that nobody has.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub only_unassigned: bool,
    /// A note that each of them gets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<NoteToAll>,
}

/// A note that every item gets, under an id of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoteToAll {
    /// The text.
    pub body: Arc<str>,
    /// Whom it mentions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mentions: Vec<UserId>,
}

/// A conversation as a request names it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum ItemName {
    /// By an id, of this workspace or of none that it knows.
    Id(ConversationId),
    /// By a text that is no id at all.
    Text(Arc<str>),
}

/// A conversation that an operation changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changed {
    /// Which.
    pub conversation: ConversationId,
    /// The version that made the change.
    pub version: u64,
}

/// See [`OperationEvent::Finished`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finished {
    /// Which one.
    pub operation: OperationId,
    /// What became of the items that the log does not show as changed, by their places.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub outcomes: Vec<(usize, ItemOutcome)>,
}

/// What became of an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum ItemOutcome {
    /// Its assignee changed.
    Changed {
        /// The version that made the change.
        version: u64,
    },
    /// Its assignee was the wanted one.
    Unchanged {
        /// The version that was found, or made by the note.
        version: u64,
    },
    /// It was refused.
    Failed {
        /// Why.
        code: ItemFailure,
    },
}

named! {
    /// Why an item was refused: the codes that a request for it alone would have got.
    ItemFailure {
        /// There is no such conversation.
        NotFound = "not_found",
        /// Somebody has it already.
        AlreadyAssigned = "already_assigned",
        /// The assignee is not one who may be assigned any more.
        AssigneeNotEligible = "assignee_not_eligible",
        /// Somebody has changed it since.
        NothingToUndo = "nothing_to_undo",
        /// The caller may not do it any more.
        Forbidden = "forbidden",
        /// The caller was deactivated meanwhile.
        Unauthenticated = "unauthenticated",
        /// Somebody whom the note mentions is unknown.
        InvalidReference = "invalid_reference",
        /// A fault of the server; what became of it is not known.
        Internal = "internal",
    }
}

impl OperationEvent {
    /// Which operation it is about.
    #[must_use]
    pub fn operation(&self) -> OperationId {
        match self {
            Self::Started(started) => started.operation,
            Self::Finished(finished) => finished.operation,
        }
    }

    /// About how many bytes it takes.
    #[must_use]
    pub fn weight(&self) -> usize {
        const ITEM: usize = 64;
        match self {
            Self::Started(started) => {
                let note = match &started.work {
                    Work::Assign(AssignMany { note, .. }) => note.as_ref(),
                    Work::Undo { .. } => None,
                };
                let note = note.map_or(0, |note| note.body.len());
                started.work.len().saturating_mul(ITEM).saturating_add(note)
            }
            Self::Finished(finished) => finished.outcomes.len().saturating_mul(ITEM),
        }
    }
}

impl Work {
    /// How many items there are.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Assign(assign) => assign.items.len(),
            Self::Undo { items, .. } => items.len(),
        }
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The items in their order.
    #[must_use]
    pub fn names(&self) -> Vec<ItemName> {
        match self {
            Self::Assign(assign) => assign.items.clone(),
            Self::Undo { items, .. } => {
                let name = |changed: &Changed| ItemName::Id(changed.conversation);
                items.iter().map(name).collect()
            }
        }
    }

    /// Whether the same is asked: the same operation taken back, or the same assignment of the same
    /// conversations, where those of a filter are the ones that were in it when it was first asked.
    #[must_use]
    pub fn asks_the_same_as(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Undo { operation, .. }, Self::Undo { operation: of, .. }) => operation == of,
            (Self::Assign(one), Self::Assign(another)) => {
                one.filter == another.filter
                    && (one.filter.is_some() || one.items == another.items)
                    && one.assignee == another.assignee
                    && one.only_unassigned == another.only_unassigned
                    && one.note == another.note
            }
            (Self::Assign(_), Self::Undo { .. }) | (Self::Undo { .. }, Self::Assign(_)) => false,
        }
    }

    /// Refuses work whose every item would be refused, before any is touched. Whether the caller may
    /// do it is asked of the conversations' own rules.
    ///
    /// # Errors
    /// The rejection that each item would get.
    pub fn check(&self, directory: &Directory) -> Result<(), Rejection> {
        let Self::Assign(assign) = self else {
            return Ok(());
        };
        if assign
            .assignee
            .is_some_and(|user| !directory.may_be_assigned(user))
        {
            return Err(Rejection::AssigneeNotEligible);
        }
        let mut mentions = assign.note.iter().flat_map(|note| &note.mentions);
        if mentions.any(|user| directory.user(*user).is_none()) {
            let field = "note.mentions";
            return Err(Rejection::InvalidReference { field });
        }
        Ok(())
    }
}

impl ItemName {
    /// A conversation as a request names it.
    #[must_use]
    pub fn of(text: &str) -> Self {
        text.parse()
            .map_or_else(|_| Self::Text(text.into()), Self::Id)
    }

    /// The id, if it is one.
    #[must_use]
    pub const fn id(&self) -> Option<ConversationId> {
        match self {
            Self::Id(id) => Some(*id),
            Self::Text(_) => None,
        }
    }
}

impl Serialize for ItemName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Id(id) => id.serialize(serializer),
            Self::Text(text) => serializer.serialize_str(text),
        }
    }
}

impl<'de> Deserialize<'de> for ItemName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Ok(Self::of(&text))
    }
}

impl From<&Rejection> for ItemFailure {
    fn from(rejection: &Rejection) -> Self {
        match rejection {
            Rejection::NotFound => Self::NotFound,
            Rejection::CallerGone => Self::Unauthenticated,
            Rejection::Forbidden(_) => Self::Forbidden,
            Rejection::AlreadyAssigned => Self::AlreadyAssigned,
            Rejection::AssigneeNotEligible => Self::AssigneeNotEligible,
            Rejection::NothingToUndo => Self::NothingToUndo,
            Rejection::InvalidReference { .. } => Self::InvalidReference,
            // No item asks for what these refuse.
            Rejection::VersionMismatch
            | Rejection::AssigneeChanged
            | Rejection::NotInAiQueue
            | Rejection::AlreadyTakenOver
            | Rejection::ExternalIdTaken(_)
            | Rejection::TooManyCustomFields { .. } => Self::Internal,
        }
    }
}
