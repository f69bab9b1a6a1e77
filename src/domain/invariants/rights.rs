//! Who did something had the right to, by the fold of everything before the commit.
//!
//! The log does not keep a service's scopes, and its token may be revoked while what it asked for is
//! under way: of a service only that is refused which no scope permits.

use crate::domain::ai_gate::Verdict;
use crate::domain::conversation::{AssignedBy, ConversationEvent, MessageKind};
use crate::domain::directory::{
    Credentials, Directory, DirectoryEvent, DirectoryFold, TokenHolder, User, UserStatus,
    WebhookChange,
};
use crate::domain::{Actor, TokenId, UserId};

/// What is wrong, in words.
type Permitted = Result<(), String>;

/// Agents and above do everything with conversations, viewers write notes, services never assign. What
/// the rules make of a new conversation is nobody's own doing, and happens nowhere else.
pub(super) fn conversation(
    actor: &Actor,
    events: &[ConversationEvent],
    directory: &Directory,
) -> Permitted {
    let is_creation = matches!(events, [ConversationEvent::Created(_), ..]);
    let by_rule = |event: &ConversationEvent| is_creation && follows_from_rules(event);
    let rules = events
        .iter()
        .filter_map(assigned_by)
        .any(|by| by.rule().is_some());
    require(is_creation || !rules, || {
        "a rule assigns what was there before".to_owned()
    })?;
    match actor {
        Actor::System => Ok(()),
        Actor::Service { .. } => {
            let all = events
                .iter()
                .all(|event| for_services(event) || by_rule(event));
            require(all, || "no scope of a service permits it".to_owned())
        }
        Actor::User { id } => {
            let user = active(*id, directory)?;
            let is_note = |event: &_| matches!(event, ConversationEvent::NoteAdded { .. });
            let is_ai = Verdict::recorded(events).is_some();
            require(!is_ai, || format!("{id} speaks for the AI"))?;
            let permitted = user.role.may_be_assigned() || events.iter().all(is_note);
            let role = user.role.as_str();
            require(permitted, || format!("{id} has the role {role}"))?;
            let own = events.iter().filter_map(decided_by).all(|by| by == *id);
            require(own, || {
                format!("{id} assigns it in the name of somebody else")
            })
        }
    }
}

/// Agents and above act on many conversations at once.
pub(super) fn operation(actor: &Actor, directory: &Directory) -> Permitted {
    match actor {
        Actor::System => Ok(()),
        Actor::Service { .. } => Err("a service acts on many conversations".to_owned()),
        Actor::User { id } => {
            let role = active(*id, directory)?.role;
            require(role.may_be_assigned(), || {
                format!("{id} has the role {}", role.as_str())
            })
        }
    }
}

/// Owners and admins do everything with the directory, everybody else what is their own.
pub(super) fn directory(
    actor: &Actor,
    events: &[DirectoryEvent],
    fold: &DirectoryFold,
) -> Permitted {
    match actor {
        Actor::System => Ok(()),
        Actor::Service { .. } => {
            let theirs = |event| matches!(whose(event, &fold.credentials), Whose::Bearer);
            require(events.iter().all(theirs), || {
                "a service changes the directory".to_owned()
            })
        }
        Actor::User { id } => {
            let user = active(*id, &fold.directory)?;
            let permitted = |event: &DirectoryEvent| match whose(event, &fold.credentials) {
                Whose::Person(owner) if owner == *id => true,
                Whose::Person(_) | Whose::Workspace => user.role.administers(),
                Whose::PersonAlone(owner) => owner == *id,
                Whose::Bearer => true,
                Whose::Server => false,
            };
            let role = user.role.as_str();
            require(events.iter().all(permitted), || {
                format!("{id} has the role {role}")
            })
        }
    }
}

/// Whom a change of the directory belongs to.
enum Whose {
    /// That person, and those who administer.
    Person(UserId),
    /// Nobody but that person.
    PersonAlone(UserId),
    /// Those who administer.
    Workspace,
    /// Whoever knows the secret.
    Bearer,
    /// The server itself.
    Server,
}

fn whose(event: &DirectoryEvent, credentials: &Credentials) -> Whose {
    match event {
        DirectoryEvent::WorkspaceCreated { .. } => Whose::Server,
        DirectoryEvent::UserCreated { .. }
        | DirectoryEvent::RoleChanged { .. }
        | DirectoryEvent::UserStatusChanged { .. }
        | DirectoryEvent::AutopilotSwitched { .. }
        | DirectoryEvent::AutopilotSet { .. }
        | DirectoryEvent::RulesReplaced { .. }
        | DirectoryEvent::TeamCreated { .. }
        | DirectoryEvent::TeamRenamed { .. }
        | DirectoryEvent::TeamMembersChanged { .. } => Whose::Workspace,
        DirectoryEvent::WebhookChanged { change, .. } => match change {
            WebhookChange::Disabled { .. } => Whose::Server,
            WebhookChange::Created { .. }
            | WebhookChange::Updated { .. }
            | WebhookChange::SecretRotated
            | WebhookChange::Deleted => Whose::Workspace,
        },
        DirectoryEvent::UserRenamed { user, .. } => Whose::Person(*user),
        DirectoryEvent::PasswordChanged { user, .. }
        | DirectoryEvent::TimeZoneChanged { user, .. }
        | DirectoryEvent::SlackAccountChanged { user, .. }
        | DirectoryEvent::NotificationPreferencesChanged { user, .. }
        | DirectoryEvent::NotificationRead { user, .. }
        | DirectoryEvent::NotificationsRead { user }
        | DirectoryEvent::SessionStarted { user, .. } => Whose::PersonAlone(*user),
        DirectoryEvent::TokenCreated { holder, .. } => held_by(Some(holder)),
        DirectoryEvent::TokenRevoked { token } => held_by(holder(*token, credentials)),
        DirectoryEvent::SessionEnded { .. } => Whose::Bearer,
    }
}

fn holder(token: TokenId, credentials: &Credentials) -> Option<&TokenHolder> {
    credentials.token(token).map(|token| &token.holder)
}

fn held_by(holder: Option<&TokenHolder>) -> Whose {
    match holder {
        Some(TokenHolder::User { id }) => Whose::Person(*id),
        Some(TokenHolder::Service { .. }) | None => Whose::Workspace,
    }
}

fn for_services(event: &ConversationEvent) -> bool {
    match event {
        ConversationEvent::Created(_)
        | ConversationEvent::StatusChanged { .. }
        | ConversationEvent::AiReplySent { .. }
        | ConversationEvent::AiReplySuppressed { .. }
        | ConversationEvent::AiDraftSaved { .. }
        | ConversationEvent::AiHandlingEnded { .. } => true,
        ConversationEvent::MessageAdded { message } => message.kind == MessageKind::Customer,
        ConversationEvent::NoteAdded { .. }
        | ConversationEvent::Assigned { .. }
        | ConversationEvent::Unassigned { .. }
        | ConversationEvent::TakenOver { .. }
        | ConversationEvent::PriorityChanged { .. }
        | ConversationEvent::TagsChanged { .. }
        | ConversationEvent::CustomFieldsChanged { .. } => false,
    }
}

/// Whether the rules may have made it of a new conversation.
fn follows_from_rules(event: &ConversationEvent) -> bool {
    match event {
        ConversationEvent::Assigned { by, .. } => by.rule().is_some(),
        ConversationEvent::PriorityChanged { .. } | ConversationEvent::TagsChanged { .. } => true,
        ConversationEvent::Created(_)
        | ConversationEvent::MessageAdded { .. }
        | ConversationEvent::NoteAdded { .. }
        | ConversationEvent::Unassigned { .. }
        | ConversationEvent::TakenOver { .. }
        | ConversationEvent::StatusChanged { .. }
        | ConversationEvent::CustomFieldsChanged { .. }
        | ConversationEvent::AiReplySent { .. }
        | ConversationEvent::AiReplySuppressed { .. }
        | ConversationEvent::AiDraftSaved { .. }
        | ConversationEvent::AiHandlingEnded { .. } => false,
    }
}

/// The person whom a change of assignee names as the one who decided it; none when a rule did.
fn decided_by(event: &ConversationEvent) -> Option<UserId> {
    if let ConversationEvent::TakenOver { by, .. } = event {
        return Some(*by);
    }
    assigned_by(event).and_then(AssignedBy::user)
}

fn assigned_by(event: &ConversationEvent) -> Option<&AssignedBy> {
    match event {
        ConversationEvent::Assigned { by, .. } | ConversationEvent::Unassigned { by, .. } => {
            Some(by)
        }
        ConversationEvent::TakenOver { .. }
        | ConversationEvent::Created(_)
        | ConversationEvent::MessageAdded { .. }
        | ConversationEvent::NoteAdded { .. }
        | ConversationEvent::StatusChanged { .. }
        | ConversationEvent::PriorityChanged { .. }
        | ConversationEvent::TagsChanged { .. }
        | ConversationEvent::CustomFieldsChanged { .. }
        | ConversationEvent::AiReplySent { .. }
        | ConversationEvent::AiReplySuppressed { .. }
        | ConversationEvent::AiDraftSaved { .. }
        | ConversationEvent::AiHandlingEnded { .. } => None,
    }
}

fn active(id: UserId, directory: &Directory) -> Result<&User, String> {
    directory
        .user(id)
        .filter(|user| user.status == UserStatus::Active)
        .map(AsRef::as_ref)
        .ok_or_else(|| format!("{id} is not active"))
}

fn require(holds: bool, detail: impl FnOnce() -> String) -> Permitted {
    if holds { Ok(()) } else { Err(detail()) }
}
