//! What people were told in the application: the newest notifications of each, folded from the log.
//!
//! Only where the log has them is kept here; what one says is read from its commit.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::domain::conversation::Conversation;
use crate::domain::directory::{Directory, DirectoryEvent};
use crate::domain::notifications::{Cause, NotificationKind, notices};
use crate::domain::{Commit, ConversationCommit, ConversationId, NotificationId, UserId};

/// How many notifications a fold keeps of one person; the configuration may ask for fewer.
pub const INBOX_MAX: usize = 1000;

/// One notification.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// What it is of.
    pub kind: NotificationKind,
    /// The conversation that it is about.
    pub conversation: ConversationId,
    /// Whether its recipient has read it.
    pub read: bool,
}

/// Somebody was just told something in the application.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Notified {
    /// Who.
    pub user: UserId,
    /// Which notification.
    pub id: NotificationId,
    /// What it is of.
    pub kind: NotificationKind,
    /// How many they have not read, this one included.
    pub unread: usize,
}

/// The notifications of one person.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Inbox {
    kept: BTreeMap<NotificationId, Kept>,
    unread: usize,
}

/// The notifications of everybody.
#[derive(Debug, PartialEq, Eq)]
pub struct Inboxes {
    of: HashMap<UserId, Inbox>,
    nothing: Inbox,
    kept_max: usize,
}

/// The notifications of one person as a snapshot has them.
pub(super) type StoredInbox = (UserId, Vec<(NotificationId, Kept)>);

impl Default for Inboxes {
    fn default() -> Self {
        Self {
            of: HashMap::new(),
            nothing: Inbox::default(),
            kept_max: INBOX_MAX,
        }
    }
}

impl Inbox {
    /// The newest first, from before one of them if there is one.
    pub fn newest(
        &self,
        before: Option<NotificationId>,
    ) -> impl Iterator<Item = (NotificationId, Kept)> {
        let end = before.unwrap_or(NotificationId::from_u128(u128::MAX));
        let kept = self.kept.range(..end).rev();
        kept.map(|(id, kept)| (*id, *kept))
    }

    /// One of them.
    #[must_use]
    pub fn find(&self, id: NotificationId) -> Option<Kept> {
        self.kept.get(&id).copied()
    }

    /// How many are not read.
    #[must_use]
    pub const fn unread(&self) -> usize {
        self.unread
    }

    fn insert(&mut self, id: NotificationId, kept: Kept) {
        self.unread = self.unread.saturating_add(usize::from(!kept.read));
        self.kept.insert(id, kept);
    }

    fn keep(&mut self, max: usize) {
        while self.kept.len() > max {
            let oldest = self.kept.pop_first();
            let unread = oldest.is_some_and(|(_, kept)| !kept.read);
            self.unread = self.unread.saturating_sub(usize::from(unread));
        }
    }

    fn read(&mut self, id: NotificationId) {
        if let Some(kept) = self.kept.get_mut(&id).filter(|kept| !kept.read) {
            kept.read = true;
            self.unread = self.unread.saturating_sub(1);
        }
    }

    fn read_all(&mut self) {
        self.kept.values_mut().for_each(|kept| kept.read = true);
        self.unread = 0;
    }
}

impl Inboxes {
    /// Those of one person.
    #[must_use]
    pub fn of(&self, user: UserId) -> &Inbox {
        self.of.get(&user).unwrap_or(&self.nothing)
    }

    /// From now on keeps only the newest so many of each person; never more than [`INBOX_MAX`].
    pub fn keep(&mut self, kept_max: usize) {
        self.kept_max = kept_max.min(INBOX_MAX);
        let max = self.kept_max;
        self.of.values_mut().for_each(|inbox| inbox.keep(max));
    }

    /// Adds what a commit tells people in the application, as their preferences then were.
    pub(super) fn tell(
        &mut self,
        commit: &Commit,
        body: &ConversationCommit,
        after: &Arc<Conversation>,
        directory: &Directory,
    ) -> Vec<Notified> {
        let cause = Cause {
            actor: &commit.actor,
            events: &body.events,
            after,
            directory,
        };
        let mut notified = Vec::new();
        for notice in notices(cause) {
            let (user, kind) = (notice.user, notice.kind);
            let person = directory.user(user);
            if !person.is_some_and(|person| person.notifications.of(kind).in_app) {
                continue;
            }
            let id = NotificationId::of(commit.seq, user, kind);
            let inbox = self.of.entry(user).or_default();
            inbox.insert(
                id,
                Kept {
                    kind,
                    conversation: body.conversation,
                    read: false,
                },
            );
            inbox.keep(self.kept_max);
            notified.push(Notified {
                user,
                id,
                kind,
                unread: inbox.unread,
            });
        }
        notified
    }

    /// Folds a change of the directory in.
    pub(super) fn apply(&mut self, event: &DirectoryEvent) {
        match event {
            DirectoryEvent::NotificationRead { user, notification } => {
                self.of
                    .get_mut(user)
                    .into_iter()
                    .for_each(|inbox| inbox.read(*notification));
            }
            DirectoryEvent::NotificationsRead { user } => {
                self.of.get_mut(user).into_iter().for_each(Inbox::read_all);
            }
            DirectoryEvent::WorkspaceCreated { .. }
            | DirectoryEvent::UserCreated { .. }
            | DirectoryEvent::UserRenamed { .. }
            | DirectoryEvent::RoleChanged { .. }
            | DirectoryEvent::UserStatusChanged { .. }
            | DirectoryEvent::PasswordChanged { .. }
            | DirectoryEvent::TimeZoneChanged { .. }
            | DirectoryEvent::SlackAccountChanged { .. }
            | DirectoryEvent::NotificationPreferencesChanged { .. }
            | DirectoryEvent::TokenCreated { .. }
            | DirectoryEvent::TokenRevoked { .. }
            | DirectoryEvent::SessionStarted { .. }
            | DirectoryEvent::SessionEnded { .. }
            | DirectoryEvent::AutopilotSwitched { .. }
            | DirectoryEvent::AutopilotSet { .. }
            | DirectoryEvent::WebhookChanged { .. }
            | DirectoryEvent::RulesReplaced { .. }
            | DirectoryEvent::TeamCreated { .. }
            | DirectoryEvent::TeamRenamed { .. }
            | DirectoryEvent::TeamMembersChanged { .. } => {}
        }
    }

    pub(super) fn to_stored(&self) -> Vec<StoredInbox> {
        let stored = |(user, inbox): (&UserId, &Inbox)| {
            let kept = inbox.kept.iter().map(|(id, kept)| (*id, *kept));
            (*user, kept.collect())
        };
        self.of.iter().map(stored).collect()
    }

    pub(super) fn from_stored(stored: Vec<StoredInbox>) -> Self {
        let mut inboxes = Self::default();
        for (user, kept) in stored {
            let inbox = inboxes.of.entry(user).or_default();
            kept.into_iter()
                .for_each(|(id, kept)| inbox.insert(id, kept));
        }
        inboxes
    }
}
