//! The directory as the fold of its events.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::autopilot::Autopilot;
use super::credentials::Credentials;
use super::event::DirectoryEvent;
use super::team::Team;
use super::user::{Ineligible, User, UserStatus, email_key};
use super::webhook::Webhooks;
use crate::domain::notifications::NotificationPreferences;
use crate::domain::rotation::{Member, TeamRef};
use crate::domain::routing::RuleSet;
use crate::domain::{TeamId, Timestamp, UserId};

/// What every decision looks at: people and switches. One immutable value, swapped whole.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Directory {
    name: Arc<str>,
    time_zone: Arc<str>,
    users: BTreeMap<UserId, Arc<User>>,
    by_email: BTreeMap<String, UserId>,
    autopilot: Autopilot,
    rules: Arc<RuleSet>,
    teams: BTreeMap<TeamId, Arc<Team>>,
    /// Counts the changes, so that a decision made on an older value can be told.
    revision: u64,
}

impl Directory {
    /// The workspace's name.
    #[must_use]
    pub fn name(&self) -> &Arc<str> {
        &self.name
    }

    /// The IANA time zone in which the workspace's days begin.
    #[must_use]
    pub fn time_zone(&self) -> &Arc<str> {
        &self.time_zone
    }

    /// How many changes led to this value.
    #[must_use]
    pub const fn revision(&self) -> u64 {
        self.revision
    }

    /// The AI's switch.
    #[must_use]
    pub const fn autopilot(&self) -> &Autopilot {
        &self.autopilot
    }

    /// One person, whatever their status.
    #[must_use]
    pub fn user(&self, id: UserId) -> Option<&Arc<User>> {
        self.users.get(&id)
    }

    /// The person with this address.
    #[must_use]
    pub fn user_by_email(&self, email: &str) -> Option<&Arc<User>> {
        self.by_email
            .get(&email_key(email))
            .and_then(|id| self.users.get(id))
    }

    /// Everybody, in the order in which they were added.
    pub fn users(&self) -> impl ExactSizeIterator<Item = &Arc<User>> {
        self.users.values()
    }

    /// Whether a conversation can be given to this person: active, and of a role that is assigned to.
    #[must_use]
    pub fn may_be_assigned(&self, id: UserId) -> bool {
        self.user(id).is_some_and(|user| user.is_eligible())
    }

    /// Why a conversation cannot be given to somebody; nothing when it can.
    #[must_use]
    pub fn ineligible(&self, id: UserId) -> Option<Ineligible> {
        self.user(id)
            .map_or(Some(Ineligible::Unknown), |user| user.ineligible())
    }

    /// The rules of routing.
    #[must_use]
    pub const fn rules(&self) -> &Arc<RuleSet> {
        &self.rules
    }

    /// The same with other rules.
    #[must_use]
    pub fn with_rules(&self, rules: RuleSet) -> Self {
        Self {
            rules: Arc::new(rules),
            ..self.clone()
        }
    }

    /// A team that somebody made.
    #[must_use]
    pub fn team(&self, id: TeamId) -> Option<&Arc<Team>> {
        self.teams.get(&id)
    }

    /// All of those, in the order in which they were made.
    pub fn teams(&self) -> impl ExactSizeIterator<Item = &Arc<Team>> {
        self.teams.values()
    }

    /// Whether there is such a team.
    #[must_use]
    pub fn has_team(&self, team: TeamRef) -> bool {
        match team {
            TeamRef::Default => true,
            TeamRef::Team(id) => self.teams.contains_key(&id),
        }
    }

    /// Who is in a team, by id; in the default one everybody, whatever their status or role, so that
    /// nobody loses their place by being away. Nobody is in a team that there is not.
    #[must_use]
    pub fn members(&self, team: TeamRef) -> Vec<Member> {
        match team {
            TeamRef::Default => self
                .users()
                .map(|user| Member {
                    user: user.id,
                    joined: user.joined,
                })
                .collect(),
            TeamRef::Team(id) => self
                .team(id)
                .map_or_else(Vec::new, |team| team.members().collect()),
        }
    }

    /// Whether a team has somebody who may be assigned.
    #[must_use]
    pub fn has_eligible_member(&self, team: TeamRef) -> bool {
        let members = self.members(team);
        members
            .iter()
            .any(|member| self.may_be_assigned(member.user))
    }

    /// Whether somebody is left who runs the workspace.
    #[must_use]
    pub fn has_active_owner(&self) -> bool {
        self.users().any(|user| user.is_active_owner())
    }

    /// How many active owners there are besides this person.
    pub(super) fn other_active_owners(&self, id: UserId) -> usize {
        self.users()
            .filter(|user| user.id != id && user.is_active_owner())
            .count()
    }

    fn add_team(&mut self, mut team: Team, members: &[UserId]) {
        team.change_members(members, &[], self.revision);
        self.teams.insert(team.id, Arc::new(team));
    }

    fn edit_team(&mut self, id: TeamId, edit: impl FnOnce(&mut Team, u64)) {
        if let Some(team) = self.teams.get_mut(&id) {
            edit(Arc::make_mut(team), self.revision);
        }
    }

    fn add_user(&mut self, user: User) {
        self.by_email.insert(email_key(&user.email), user.id);
        self.users.insert(user.id, Arc::new(user));
    }

    fn edit(&mut self, id: UserId, edit: impl FnOnce(&mut User)) {
        if let Some(user) = self.users.get_mut(&id) {
            edit(Arc::make_mut(user));
        }
    }
}

/// The directory with its credentials: everything that directory events fold into.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DirectoryFold {
    /// People and switches.
    pub directory: Arc<Directory>,
    /// Tokens and sessions.
    pub credentials: Credentials,
    /// Who is told outside.
    #[serde(default)]
    pub webhooks: Webhooks,
}

impl DirectoryFold {
    /// Folds one event of a commit made at `at`.
    pub fn apply(&mut self, event: &DirectoryEvent, at: Timestamp) {
        self.credentials.apply(event, at);
        if let DirectoryEvent::WebhookChanged { webhook, change } = event {
            self.webhooks.apply(*webhook, change, at);
        }
        // Signing in and out, who is told, and reading leave what decisions look at alone.
        if !matches!(
            event,
            DirectoryEvent::NotificationRead { .. }
                | DirectoryEvent::NotificationsRead { .. }
                | DirectoryEvent::TokenCreated { .. }
                | DirectoryEvent::TokenRevoked { .. }
                | DirectoryEvent::SessionStarted { .. }
                | DirectoryEvent::SessionEnded { .. }
                | DirectoryEvent::WebhookChanged { .. }
        ) {
            let directory = Arc::make_mut(&mut self.directory);
            directory.revision = directory.revision.saturating_add(1);
            apply_to_directory(directory, event, at);
        }
    }
}

fn apply_to_directory(directory: &mut Directory, event: &DirectoryEvent, at: Timestamp) {
    match event {
        DirectoryEvent::WorkspaceCreated { name, time_zone } => {
            directory.name = Arc::clone(name);
            directory.time_zone = Arc::clone(time_zone);
        }
        DirectoryEvent::UserCreated {
            user,
            name,
            email,
            role,
            password_hash,
        } => {
            let created = User {
                id: *user,
                name: Arc::clone(name),
                email: Arc::clone(email),
                role: *role,
                status: UserStatus::Active,
                created_at: at,
                password_hash: password_hash.clone(),
                time_zone: None,
                slack_user_id: None,
                joined: directory.revision,
                notifications: NotificationPreferences::default(),
            };
            directory.add_user(created);
        }
        DirectoryEvent::UserRenamed { user, name } => {
            directory.edit(*user, |one| one.name = Arc::clone(name));
        }
        DirectoryEvent::RoleChanged { user, role } => directory.edit(*user, |one| one.role = *role),
        DirectoryEvent::UserStatusChanged { user, status } => {
            directory.edit(*user, |one| one.status = *status);
        }
        DirectoryEvent::PasswordChanged {
            user,
            password_hash,
            ..
        } => {
            directory.edit(*user, |one| {
                one.password_hash = Some(Arc::clone(password_hash));
            });
        }
        DirectoryEvent::TimeZoneChanged { user, time_zone } => {
            directory.edit(*user, |one| one.time_zone = Some(Arc::clone(time_zone)));
        }
        DirectoryEvent::SlackAccountChanged {
            user,
            slack_user_id,
        } => {
            directory.edit(*user, |one| one.slack_user_id.clone_from(slack_user_id));
        }
        DirectoryEvent::NotificationPreferencesChanged { user, preferences } => {
            directory.edit(*user, |one| one.notifications.choose(preferences));
        }
        DirectoryEvent::AutopilotSwitched { .. } | DirectoryEvent::AutopilotSet { .. } => {
            directory.autopilot.apply(event);
        }
        DirectoryEvent::RulesReplaced { .. }
        | DirectoryEvent::TeamCreated { .. }
        | DirectoryEvent::TeamRenamed { .. }
        | DirectoryEvent::TeamMembersChanged { .. } => apply_to_routing(directory, event, at),
        DirectoryEvent::NotificationRead { .. }
        | DirectoryEvent::NotificationsRead { .. }
        | DirectoryEvent::TokenCreated { .. }
        | DirectoryEvent::TokenRevoked { .. }
        | DirectoryEvent::SessionStarted { .. }
        | DirectoryEvent::SessionEnded { .. }
        | DirectoryEvent::WebhookChanged { .. } => {}
    }
}

/// The part about rules and teams.
fn apply_to_routing(directory: &mut Directory, event: &DirectoryEvent, at: Timestamp) {
    match event {
        DirectoryEvent::RulesReplaced { version, rules } => {
            let (version, items) = (*version, Vec::clone(rules));
            directory.rules = Arc::new(RuleSet { version, items });
        }
        DirectoryEvent::TeamCreated {
            team,
            name,
            members,
        } => {
            let team = Team::new(*team, Arc::clone(name), at);
            directory.add_team(team, members);
        }
        DirectoryEvent::TeamRenamed { team, name } => {
            directory.edit_team(*team, |one, _| one.name = Arc::clone(name));
        }
        DirectoryEvent::TeamMembersChanged {
            team,
            added,
            removed,
        } => directory.edit_team(*team, |one, revision| {
            one.change_members(added, removed, revision);
        }),
        DirectoryEvent::WorkspaceCreated { .. }
        | DirectoryEvent::UserCreated { .. }
        | DirectoryEvent::UserRenamed { .. }
        | DirectoryEvent::RoleChanged { .. }
        | DirectoryEvent::UserStatusChanged { .. }
        | DirectoryEvent::PasswordChanged { .. }
        | DirectoryEvent::TimeZoneChanged { .. }
        | DirectoryEvent::SlackAccountChanged { .. }
        | DirectoryEvent::TokenCreated { .. }
        | DirectoryEvent::TokenRevoked { .. }
        | DirectoryEvent::SessionStarted { .. }
        | DirectoryEvent::SessionEnded { .. }
        | DirectoryEvent::AutopilotSwitched { .. }
        | DirectoryEvent::AutopilotSet { .. }
        | DirectoryEvent::WebhookChanged { .. }
        | DirectoryEvent::NotificationPreferencesChanged { .. }
        | DirectoryEvent::NotificationRead { .. }
        | DirectoryEvent::NotificationsRead { .. } => {}
    }
}
