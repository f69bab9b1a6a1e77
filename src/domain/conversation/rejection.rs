//! Why the domain says no. A rejection is an answer, not a failure: it is never logged as an error.

use crate::domain::ConversationId;

/// The reason; what else the answer tells comes from the state it was decided on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// There is no such conversation in this workspace.
    #[error("there is no such conversation")]
    NotFound,
    /// The caller was deactivated after they were authenticated.
    #[error("the caller is no longer an active user of this workspace")]
    CallerGone,
    /// The caller's role or scopes do not permit it.
    #[error("{0}")]
    Forbidden(&'static str),
    /// The conversation is not at the version that the caller saw.
    #[error("the conversation is at another version")]
    VersionMismatch,
    /// Somebody else has it.
    #[error("somebody else has it")]
    AlreadyAssigned,
    /// It is not owned by whom the caller expects.
    #[error("its assignee is not the expected one")]
    AssigneeChanged,
    /// The assignee is unknown here, not active, or of a role that is not assigned to.
    #[error("not an active user of this workspace who may be assigned")]
    AssigneeNotEligible,
    /// The AI does not handle it.
    #[error("the AI does not handle it")]
    NotInAiQueue,
    /// Another person took it over before.
    #[error("another person took it over")]
    AlreadyTakenOver,
    /// The version made no change of assignee, or a later one did.
    #[error("no change of assignee at that version is still the last one")]
    NothingToUndo,
    /// The external id belongs to another conversation.
    #[error("the external id is taken")]
    ExternalIdTaken(ConversationId),
    /// A user named in the body is unknown here.
    #[error("not a user of this workspace")]
    InvalidReference {
        /// Which field of the body names them.
        field: &'static str,
    },
    /// The conversation would have more custom fields than permitted.
    #[error("more than {max} custom fields")]
    TooManyCustomFields {
        /// How many are permitted.
        max: usize,
    },
}
