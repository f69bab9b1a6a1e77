//! Whatever a log names is known at that point, and nothing comes into being twice.

use crate::domain::conversation::{AssignedBy, Author, ConversationEvent, Message};
use crate::domain::directory::{
    Directory, DirectoryEvent, DirectoryFold, Team, TokenHolder, WebhookChange,
};
use crate::domain::routing::{Action, Rule};
use crate::domain::{Actor, RuleId, TeamId, UserId, WebhookId};

/// What is wrong, in words.
type Known = Result<(), String>;

/// A decision that comes to nothing makes no commit.
pub(super) fn not_empty<E>(events: &[E]) -> Known {
    require(!events.is_empty(), || "it says nothing".to_owned())
}

pub(super) fn actor(actor: &Actor, fold: &DirectoryFold) -> Known {
    match actor {
        Actor::User { id } => user(*id, &fold.directory),
        // A token may be revoked while what it asked for is under way.
        Actor::Service { .. } | Actor::System => Ok(()),
    }
}

pub(super) fn conversation(event: &ConversationEvent, directory: &Directory) -> Known {
    match event {
        ConversationEvent::MessageAdded { message: it }
        | ConversationEvent::NoteAdded { message: it }
        | ConversationEvent::AiReplySent { message: it, .. } => message(it, directory),
        ConversationEvent::Assigned { by, .. } | ConversationEvent::Unassigned { by, .. } => {
            match by {
                AssignedBy::User { id }
                | AssignedBy::TakeOver { id }
                | AssignedBy::Bulk { id, .. } => user(*id, directory),
                AssignedBy::Rule { rule: id, .. } => rule(*id, directory),
                AssignedBy::RoundRobin { rule: id, team, .. } => {
                    rule(*id, directory)?;
                    let known = directory.has_team(*team);
                    require(known, || format!("{team} is not known"))
                }
            }
        }
        // Who takes over was found eligible before.
        ConversationEvent::TakenOver { .. }
        | ConversationEvent::Created(_)
        | ConversationEvent::StatusChanged { .. }
        | ConversationEvent::PriorityChanged { .. }
        | ConversationEvent::TagsChanged { .. }
        | ConversationEvent::CustomFieldsChanged { .. }
        | ConversationEvent::AiReplySuppressed { .. }
        | ConversationEvent::AiDraftSaved { .. }
        | ConversationEvent::AiHandlingEnded { .. } => Ok(()),
    }
}

fn message(message: &Message, directory: &Directory) -> Known {
    match &message.author {
        Author::User { id } => user(*id, directory)?,
        // The token may be revoked while what it sent is under way.
        Author::Customer | Author::Ai { .. } => {}
    }
    message
        .mentions
        .iter()
        .try_for_each(|id| user(*id, directory))
}

pub(super) fn directory(event: &DirectoryEvent, fold: &DirectoryFold) -> Known {
    let directory = &*fold.directory;
    match event {
        DirectoryEvent::WorkspaceCreated { .. } => {
            let fresh = directory.revision() == 0;
            require(fresh, || "the workspace exists already".to_owned())
        }
        DirectoryEvent::UserCreated { user, email, .. } => {
            let fresh = directory.user(*user).is_none();
            require(fresh, || format!("{user} exists already"))?;
            let free = directory.user_by_email(email).is_none();
            require(free, || format!("the address of {user} is taken"))
        }
        DirectoryEvent::UserRenamed { user: id, .. }
        | DirectoryEvent::RoleChanged { user: id, .. }
        | DirectoryEvent::UserStatusChanged { user: id, .. }
        | DirectoryEvent::PasswordChanged { user: id, .. }
        | DirectoryEvent::TimeZoneChanged { user: id, .. }
        | DirectoryEvent::SlackAccountChanged { user: id, .. }
        | DirectoryEvent::NotificationPreferencesChanged { user: id, .. }
        | DirectoryEvent::NotificationRead { user: id, .. }
        | DirectoryEvent::NotificationsRead { user: id }
        | DirectoryEvent::SessionStarted { user: id, .. } => user(*id, directory),
        DirectoryEvent::TokenCreated { token, holder, .. } => {
            let fresh = fold.credentials.token(*token).is_none();
            require(fresh, || format!("{token} exists already"))?;
            match holder {
                TokenHolder::User { id } => user(*id, directory),
                TokenHolder::Service { .. } => Ok(()),
            }
        }
        DirectoryEvent::TokenRevoked { token } => {
            require(fold.credentials.token(*token).is_some(), || {
                format!("{token} is not known")
            })
        }
        DirectoryEvent::SessionEnded { hash } => {
            require(fold.credentials.session(*hash).is_some(), || {
                "a session that is not known ends".to_owned()
            })
        }
        DirectoryEvent::WebhookChanged { webhook, change } => {
            webhook_change(*webhook, change, fold)
        }
        DirectoryEvent::AutopilotSwitched { .. } | DirectoryEvent::AutopilotSet { .. } => Ok(()),
        DirectoryEvent::RulesReplaced { version, rules } => {
            let expected = directory.rules().version.saturating_add(1);
            require(*version == expected, || {
                format!("the rules go to version {version} where {expected} was expected")
            })?;
            rules.iter().try_for_each(|rule| target(rule, directory))
        }
        DirectoryEvent::TeamCreated { team, members, .. } => {
            let fresh = directory.team(*team).is_none();
            require(fresh, || format!("{team} exists already"))?;
            members.iter().try_for_each(|id| user(*id, directory))
        }
        DirectoryEvent::TeamRenamed { team: id, .. } => team(*id, directory).map(|_| ()),
        DirectoryEvent::TeamMembersChanged {
            team: id,
            added,
            removed,
        } => {
            let team = team(*id, directory)?;
            added.iter().try_for_each(|id| user(*id, directory))?;
            let gone = removed.iter().find(|id| !team.has(**id));
            require(gone.is_none(), || {
                format!("{gone:?} leaves {id} without having been in it")
            })
        }
    }
}

/// A webhook comes into being once, and nothing else happens to one that is not there.
fn webhook_change(webhook: WebhookId, change: &WebhookChange, fold: &DirectoryFold) -> Known {
    let is_new = matches!(change, WebhookChange::Created { .. });
    let fits = fold.webhooks.get(webhook).is_none() == is_new;
    require(fits, || {
        format!("{webhook} exists already, or is not known")
    })
}

/// Whom a rule names is known; whether they may be assigned is seen when it matches.
fn target(rule: &Rule, directory: &Directory) -> Known {
    match &rule.then {
        Action::AssignUser { user: id } => user(*id, directory),
        Action::RoundRobin { team } => {
            require(directory.has_team(*team), || format!("{team} is not known"))
        }
        Action::SetPriority { .. } | Action::AddTag { .. } => Ok(()),
    }
}

fn rule(id: RuleId, directory: &Directory) -> Known {
    let known = directory.rules().rule(id).is_some();
    require(known, || format!("{id} is not known"))
}

fn team(id: TeamId, directory: &Directory) -> Result<&Team, String> {
    let team = directory.team(id).map(AsRef::as_ref);
    team.ok_or_else(|| format!("{id} is not known"))
}

fn user(id: UserId, directory: &Directory) -> Known {
    let known = directory.user(id).is_some();
    require(known, || format!("{id} is not known"))
}

fn require(holds: bool, detail: impl FnOnce() -> String) -> Known {
    if holds { Ok(()) } else { Err(detail()) }
}
