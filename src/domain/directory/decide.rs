//! From a directory command to events, or to a rejection.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::command::{
    CreateToken, CreateUser, CreateWorkspace, DirectoryCommand, DirectoryRequest, StartSession,
    SwitchAutopilot, TokenHolder, UpdateProfile, UpdateUser,
};
use super::event::DirectoryEvent;
use super::routing;
use super::state::{Directory, DirectoryFold};
use super::{DirectoryRejection, Role, UserStatus, WebhookCommand};
use crate::domain::notifications::{NotificationKind, PreferenceChoice};
use crate::domain::{Caller, TokenId, UserId};

/// What a command leads to; empty when things are as asked already.
pub(super) type Decision = Result<Vec<DirectoryEvent>, DirectoryRejection>;

/// Decides a request on the fold of everything before it.
///
/// # Errors
/// The rejection, when the answer is no; then nothing happens.
pub fn decide(fold: &DirectoryFold, request: &DirectoryRequest) -> Decision {
    let directory = &*fold.directory;
    let rank = rank(directory, &request.caller)?;
    match &request.command {
        DirectoryCommand::CreateWorkspace(create) => {
            rank.system("workspaces are made on the command line")?;
            create_workspace(directory, create)
        }
        DirectoryCommand::CreateUser(create) => {
            rank.administers()?;
            create_user(directory, create)
        }
        DirectoryCommand::UpdateUser(update) => {
            rank.administers()?;
            update_user(directory, update)
        }
        DirectoryCommand::UpdateProfile(update) => update_profile(directory, update, rank.user()?),
        DirectoryCommand::ChooseNotifications { preferences } => {
            choose_notifications(directory, preferences, rank.user()?)
        }
        DirectoryCommand::ReadNotification {
            notification,
            unread,
        } => {
            let (user, notification) = (rank.user()?, *notification);
            let unread = unread.ok_or(DirectoryRejection::NotFound)?;
            let read = DirectoryEvent::NotificationRead { user, notification };
            Ok(unread.then_some(read).into_iter().collect())
        }
        DirectoryCommand::ReadNotifications { unread } => {
            let user = rank.user()?;
            let read = DirectoryEvent::NotificationsRead { user };
            Ok(unread.then_some(read).into_iter().collect())
        }
        DirectoryCommand::CreateToken(create) => create_token(fold, create, rank),
        DirectoryCommand::RevokeToken { token } => revoke_token(fold, *token, rank),
        DirectoryCommand::StartSession(start) => start_session(fold, start, rank),
        DirectoryCommand::EndSession { hash } => Ok(fold
            .credentials
            .session(*hash)
            .map(|session| DirectoryEvent::SessionEnded { hash: session.hash })
            .into_iter()
            .collect()),
        DirectoryCommand::Webhook(command) => {
            match command {
                // Only whoever tells them knows.
                WebhookCommand::Disable { .. } => rank.system("only the server itself does this"),
                WebhookCommand::Create { .. }
                | WebhookCommand::Update { .. }
                | WebhookCommand::Delete { .. } => rank.administers(),
            }?;
            fold.webhooks.decide(command)
        }
        DirectoryCommand::SwitchAutopilot(switch) => {
            rank.administers()?;
            Ok(switch_autopilot(directory, switch))
        }
        DirectoryCommand::ReplaceRules(replace) => {
            rank.administers()?;
            routing::replace_rules(directory, replace)
        }
        DirectoryCommand::CreateTeam(create) => {
            rank.administers()?;
            routing::create_team(directory, create)
        }
        DirectoryCommand::UpdateTeam(update) => {
            rank.administers()?;
            routing::update_team(directory, update)
        }
    }
}

/// What the caller is here, at this point of the order.
#[derive(Clone, Copy)]
enum Rank {
    System,
    Person(UserId, Role),
    Service,
}

fn rank(directory: &Directory, caller: &Caller) -> Result<Rank, DirectoryRejection> {
    match caller {
        Caller::System => Ok(Rank::System),
        Caller::Service { .. } => Ok(Rank::Service),
        Caller::User(id) => directory
            .user(*id)
            .filter(|user| user.status == UserStatus::Active)
            .map(|user| Rank::Person(*id, user.role))
            .ok_or(DirectoryRejection::CallerGone),
    }
}

impl Rank {
    fn administers(self) -> Result<(), DirectoryRejection> {
        match self {
            Self::System => Ok(()),
            Self::Person(_, role) if role.administers() => Ok(()),
            Self::Person(..) | Self::Service => Err(DirectoryRejection::Forbidden(
                "only owners and admins may do this",
            )),
        }
    }

    fn system(self, otherwise: &'static str) -> Result<(), DirectoryRejection> {
        match self {
            Self::System => Ok(()),
            Self::Person(..) | Self::Service => Err(DirectoryRejection::Forbidden(otherwise)),
        }
    }

    fn user(self) -> Result<UserId, DirectoryRejection> {
        match self {
            Self::Person(id, _) => Ok(id),
            Self::System | Self::Service => {
                Err(DirectoryRejection::Forbidden("only people have a profile"))
            }
        }
    }

    /// Everybody sees to what is their own; the rest is for owners and admins.
    fn owns_or_administers(self, holder: &TokenHolder) -> Result<(), DirectoryRejection> {
        match (self, holder) {
            (Self::Person(caller, _), TokenHolder::User { id }) if caller == *id => Ok(()),
            (Self::System | Self::Person(..) | Self::Service, _) => self.administers(),
        }
    }
}

/// Once for a log; the first person of a workspace is its owner.
fn create_workspace(directory: &Directory, create: &CreateWorkspace) -> Decision {
    if directory.revision() > 0 {
        return Err(DirectoryRejection::Forbidden(
            "the workspace exists already",
        ));
    }
    let owner = CreateUser {
        role: Role::Owner,
        ..create.owner.clone()
    };
    let mut events = vec![DirectoryEvent::WorkspaceCreated {
        name: Arc::clone(&create.name),
        time_zone: Arc::clone(&create.time_zone),
    }];
    events.extend(create_user(directory, &owner)?);
    Ok(events)
}

fn create_user(directory: &Directory, create: &CreateUser) -> Decision {
    if directory.user_by_email(&create.email).is_some() {
        return Err(DirectoryRejection::EmailTaken);
    }
    if directory.users().len() >= create.users_max {
        let max = create.users_max;
        return Err(DirectoryRejection::TooMany {
            what: "users of a workspace",
            max,
        });
    }
    Ok(vec![DirectoryEvent::UserCreated {
        user: create.id,
        name: Arc::clone(&create.name),
        email: Arc::clone(&create.email),
        role: create.role,
        password_hash: create.password_hash.clone(),
    }])
}

fn update_user(directory: &Directory, update: &UpdateUser) -> Decision {
    let user = directory
        .user(update.id)
        .ok_or(DirectoryRejection::NotFound)?;
    let role = update.role.unwrap_or(user.role);
    let status = update.status.unwrap_or(user.status);
    let stays = role == Role::Owner && status == UserStatus::Active;
    if user.is_active_owner() && !stays && directory.other_active_owners(update.id) == 0 {
        return Err(DirectoryRejection::LastOwner);
    }
    let user_id = update.id;
    let name = update.name.as_ref().filter(|name| **name != user.name);
    let renamed = name.map(|name| DirectoryEvent::UserRenamed {
        user: user_id,
        name: Arc::clone(name),
    });
    let role = (role != user.role).then_some(DirectoryEvent::RoleChanged {
        user: user_id,
        role,
    });
    let status = (status != user.status).then_some(DirectoryEvent::UserStatusChanged {
        user: user_id,
        status,
    });
    Ok([renamed, role, status].into_iter().flatten().collect())
}

fn update_profile(directory: &Directory, update: &UpdateProfile, id: UserId) -> Decision {
    let user = directory.user(id).ok_or(DirectoryRejection::NotFound)?;
    let name = update.name.as_ref().filter(|name| **name != user.name);
    let zone = update
        .time_zone
        .as_ref()
        .filter(|zone| user.time_zone.as_ref() != Some(*zone));
    let slack = update
        .slack_user_id
        .as_ref()
        .filter(|slack| **slack != user.slack_user_id);
    let events = [
        name.map(|name| DirectoryEvent::UserRenamed {
            user: id,
            name: Arc::clone(name),
        }),
        update
            .password_hash
            .as_ref()
            .map(|hash| DirectoryEvent::PasswordChanged {
                user: id,
                password_hash: Arc::clone(hash),
                keep_session: update.session,
            }),
        zone.map(|zone| DirectoryEvent::TimeZoneChanged {
            user: id,
            time_zone: Arc::clone(zone),
        }),
        slack.map(|slack| DirectoryEvent::SlackAccountChanged {
            user: id,
            slack_user_id: slack.clone(),
        }),
    ];
    Ok(events.into_iter().flatten().collect())
}

fn choose_notifications(
    directory: &Directory,
    choices: &BTreeMap<NotificationKind, PreferenceChoice>,
    user: UserId,
) -> Decision {
    let present = &directory
        .user(user)
        .ok_or(DirectoryRejection::NotFound)?
        .notifications;
    let chosen = choices.iter().filter_map(|(kind, choice)| {
        let before = present.of(*kind);
        let after = choice.over(before);
        (after != before).then_some((*kind, after))
    });
    let preferences: BTreeMap<_, _> = chosen.collect();
    let differs = !preferences.is_empty();
    let changed = DirectoryEvent::NotificationPreferencesChanged { user, preferences };
    Ok(differs.then_some(changed).into_iter().collect())
}

fn create_token(fold: &DirectoryFold, create: &CreateToken, rank: Rank) -> Decision {
    rank.owns_or_administers(&create.holder)?;
    let (what, present, max) = match &create.holder {
        TokenHolder::User { id } if fold.directory.user(*id).is_none() => {
            return Err(DirectoryRejection::InvalidReference { field: "user" });
        }
        TokenHolder::User { id } => (
            "tokens of a user",
            fold.credentials.tokens_of(*id),
            create.tokens_per_user_max,
        ),
        TokenHolder::Service { .. } => (
            "tokens of services",
            fold.credentials.tokens_of_services(),
            create.service_tokens_max,
        ),
    };
    if present >= max {
        return Err(DirectoryRejection::TooMany { what, max });
    }
    Ok(vec![DirectoryEvent::TokenCreated {
        token: create.id,
        name: Arc::clone(&create.name),
        holder: create.holder.clone(),
        hash: create.hash,
    }])
}

/// Who may not revoke a token gets one answer whether it exists or not.
fn revoke_token(fold: &DirectoryFold, token: TokenId, rank: Rank) -> Decision {
    match fold.credentials.token(token) {
        Some(known) => rank.owns_or_administers(&known.holder)?,
        None => {
            rank.administers()?;
            return Err(DirectoryRejection::NotFound);
        }
    }
    Ok(vec![DirectoryEvent::TokenRevoked { token }])
}

fn start_session(fold: &DirectoryFold, start: &StartSession, rank: Rank) -> Decision {
    if rank.user()? != start.user {
        return Err(DirectoryRejection::Forbidden("a session is one's own"));
    }
    let in_the_way =
        fold.credentials
            .sessions_in_the_way(start.user, start.now, start.sessions_per_user_max);
    let mut events: Vec<_> = in_the_way
        .into_iter()
        .map(|hash| DirectoryEvent::SessionEnded { hash })
        .collect();
    events.push(DirectoryEvent::SessionStarted {
        user: start.user,
        hash: start.hash,
        expires_at: start.expires_at,
    });
    Ok(events)
}

/// The switch and what goes with it, in one commit.
fn switch_autopilot(directory: &Directory, switch: &SwitchAutopilot) -> Vec<DirectoryEvent> {
    let before = directory.autopilot();
    let after = before.after(switch);
    let switched = (after.enabled != before.enabled).then_some(DirectoryEvent::AutopilotSwitched {
        enabled: after.enabled,
    });
    let differs = after.while_on != before.while_on || after.while_off != before.while_off;
    let set = differs.then_some(DirectoryEvent::AutopilotSet {
        while_on: after.while_on,
        while_off: after.while_off,
    });
    switched.into_iter().chain(set).collect()
}
