//! People and deeds as other objects refer to them.

use serde::Serialize;
use utoipa::ToSchema;

use super::time::WireTime;
use crate::domain::conversation::{AssignedBy, Author, Conversation, Handoff};
use crate::domain::directory::Directory;
use crate::domain::{OperationId, TokenId, UserId};

/// A person, as others refer to them.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Person)]
pub(crate) struct PersonBody<'a> {
    /// Their id.
    #[schema(value_type = String, example = "usr_0199d4a2c7a87c0e8a1b2c3d4e5f6071")]
    pub id: UserId,
    /// Their name.
    pub name: &'a str,
}

impl<'a> PersonBody<'a> {
    /// A person by their id.
    #[must_use]
    pub(crate) fn of(id: UserId, directory: &'a Directory) -> Self {
        Self {
            id,
            name: directory.user(id).map_or("", |user| &user.name),
        }
    }
}

/// Who made the last change of assignee, and how.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AssignedBy)]
pub(crate) struct AssignedByBody<'a> {
    /// `user`, `take_over`, `rule`, `round_robin` or `bulk`.
    pub kind: &'static str,
    /// Their id; of a rule, the rule's.
    pub id: String,
    /// Their name; of a rule, the one that it had.
    pub name: &'a str,
    /// The team among which it went round: its id, or `default`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub team: Option<String>,
    /// The number of the turn that it spent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub turn: Option<u64>,
    /// The operation that it was an item of.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, nullable = false)]
    pub operation: Option<OperationId>,
}

impl<'a> AssignedByBody<'a> {
    /// The wire's form.
    #[must_use]
    pub(crate) fn of(by: &'a AssignedBy, directory: &'a Directory) -> Self {
        let person = |id: UserId| (id.to_string(), PersonBody::of(id, directory).name);
        let (kind, (id, name)) = match by {
            AssignedBy::User { id } => ("user", person(*id)),
            AssignedBy::TakeOver { id } => ("take_over", person(*id)),
            AssignedBy::Rule { rule, name } => ("rule", (rule.to_string(), &**name)),
            AssignedBy::RoundRobin { rule, name, .. } => {
                ("round_robin", (rule.to_string(), &**name))
            }
            AssignedBy::Bulk { id, .. } => ("bulk", person(*id)),
        };
        let turn = by.turn();
        Self {
            kind,
            id,
            name,
            team: turn.map(|(team, _)| team.to_string()),
            turn: turn.map(|(_, turn)| turn),
            operation: by.operation(),
        }
    }
}

/// Who wrote a message.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Author)]
pub(crate) struct AuthorBody<'a> {
    /// `customer`, `user` or `ai`.
    pub kind: &'static str,
    /// The id of the person, or of the token that speaks for the AI; none for the customer.
    #[schema(required = true, value_type = Option<String>)]
    pub id: Option<AuthorId>,
    /// The name.
    pub name: &'a str,
}

/// The id of whoever wrote a message.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(crate) enum AuthorId {
    /// A person's.
    User(UserId),
    /// That of the token which speaks for the AI.
    Token(TokenId),
}

impl<'a> AuthorBody<'a> {
    /// The wire's form.
    #[must_use]
    pub(crate) fn of(
        author: &'a Author,
        conversation: &'a Conversation,
        directory: &'a Directory,
    ) -> Self {
        match author {
            Author::Customer => Self {
                kind: "customer",
                id: None,
                name: &conversation.facts.customer.name,
            },
            Author::User { id } => Self {
                kind: "user",
                id: Some(AuthorId::User(*id)),
                name: PersonBody::of(*id, directory).name,
            },
            Author::Ai { id, name } => Self {
                kind: "ai",
                id: id.map(AuthorId::Token),
                name,
            },
        }
    }
}

/// The take over.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Handoff)]
pub(crate) struct HandoffBody<'a> {
    /// Who took over.
    pub by: PersonBody<'a>,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: WireTime,
}

impl<'a> HandoffBody<'a> {
    /// The wire's form.
    #[must_use]
    pub(crate) fn of(handoff: Handoff, directory: &'a Directory) -> Self {
        Self {
            by: PersonBody::of(handoff.by, directory),
            at: WireTime(handoff.at),
        }
    }
}

/// What every conflict about an assignee tells: who has it, since when, and by whom.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CurrentAssignee)]
pub(crate) struct CurrentBody<'a> {
    /// Who has it now.
    #[schema(required = true)]
    pub assignee: Option<PersonBody<'a>>,
    /// When that last changed, also to nobody.
    #[schema(required = true, value_type = Option<String>, format = DateTime)]
    pub assigned_at: Option<WireTime>,
    /// Who changed it.
    #[schema(required = true)]
    pub assigned_by: Option<AssignedByBody<'a>>,
    /// The conversation's version.
    pub version: u64,
}

impl<'a> CurrentBody<'a> {
    /// The wire's form.
    #[must_use]
    pub(crate) fn of(conversation: &'a Conversation, directory: &'a Directory) -> Self {
        let last = conversation.last_assignment.as_ref();
        Self {
            assignee: conversation
                .assignee
                .map(|id| PersonBody::of(id, directory)),
            assigned_at: last.map(|last| WireTime(last.at)),
            assigned_by: last.map(|last| AssignedByBody::of(&last.by, directory)),
            version: conversation.version,
        }
    }
}
