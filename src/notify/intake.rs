//! From a commit to the letters that it leads to. Pure, but for what it is given.

use std::time::Duration;

use super::channel::Channels;
use super::digest;
use super::letter::{Grouping, Letter, LetterId, Medium, Told as ToldInLetter};
use super::pending::Pending;
use crate::config::NotifyConfig;
use crate::domain::directory::{Directory, DirectoryEvent, User};
use crate::domain::notifications::{Cadence, Cause, Notice, NotificationKind, notices};
use crate::domain::{
    Commit, CommitBody, ConversationCommit, NotificationId, Timestamp, UserId, WorkspaceId,
};
use crate::outbox::Changes;
use crate::views::{Change, Told};
use crate::wire::Said;

/// How many characters of a subject a letter keeps.
const SUBJECT_CHARS: usize = 200;

/// How long nothing more of an operation must have come before its letter is sent: it is the only one.
const OPERATION_QUIET: Duration = Duration::from_secs(5);

/// What is needed to make letters.
pub(super) struct Intake<'a> {
    pub(super) workspace: WorkspaceId,
    pub(super) directory: &'a Directory,
    pub(super) channels: &'a Channels,
    pub(super) config: &'a NotifyConfig,
    pub(super) now: Timestamp,
}

impl Intake<'_> {
    /// Takes a commit in.
    pub(super) fn take(
        &self,
        told: &Told,
        pending: &mut Pending,
        changes: &mut Changes,
    ) -> Result<(), serde_json::Error> {
        match (&told.commit.body, &told.change) {
            (CommitBody::Conversation(body), Some(change)) => {
                self.conversation(&told.commit, (body, change), pending, changes)
            }
            (CommitBody::Directory { events }, _) => {
                for event in events {
                    if let DirectoryEvent::TimeZoneChanged { user, .. } = event {
                        self.move_digests(*user, pending, changes)?;
                    }
                }
                Ok(())
            }
            (
                CommitBody::Conversation(_)
                | CommitBody::Operation { .. }
                | CommitBody::Epoch { .. },
                _,
            ) => Ok(()),
        }
    }

    fn conversation(
        &self,
        commit: &Commit,
        (body, change): (&ConversationCommit, &Change),
        pending: &mut Pending,
        changes: &mut Changes,
    ) -> Result<(), serde_json::Error> {
        if commit.at.saturating_add(self.config.outdated_after()) < self.now {
            return Ok(());
        }
        let cause = Cause {
            actor: &commit.actor,
            events: &body.events,
            after: &change.after,
            directory: self.directory,
        };
        for notice in notices(cause) {
            let Some(user) = self.directory.user(notice.user) else {
                continue;
            };
            for medium in Medium::ALL {
                if self.is_told(user, notice.kind, medium) {
                    let grouping = grouping(notice, (commit, body), user);
                    let told = in_letter(notice, commit, change, self.directory);
                    self.tell((user, medium, grouping), told, pending, changes)?;
                }
            }
        }
        Ok(())
    }

    fn is_told(&self, user: &User, kind: NotificationKind, medium: Medium) -> bool {
        let preference = user.notifications.of(kind);
        let is_reachable = match medium {
            Medium::Email => true,
            Medium::Slack => user.slack_user_id.is_some(),
        };
        self.channels.get(medium).is_some() && medium.is_wanted(preference) && is_reachable
    }

    /// Puts something into the letter that it belongs in.
    pub(super) fn tell(
        &self,
        (user, medium, grouping): (&User, Medium, Grouping),
        told: ToldInLetter,
        pending: &mut Pending,
        changes: &mut Changes,
    ) -> Result<(), serde_json::Error> {
        let group = (user.id, medium, grouping);
        let due = self.due(&group.2, told.kind, told.at, user);
        let open = pending.open(&group, self.now).cloned();
        let mut letter = match open {
            Some(open) => open,
            None => {
                let (user, medium, grouping) = group;
                let id = LetterId::of((self.workspace, user, medium), &grouping, due);
                // It is in it already, or it is too late for it.
                if pending.get(id).is_some() {
                    return Ok(());
                }
                Letter {
                    id,
                    medium,
                    user,
                    grouping,
                    opened_at: told.at,
                    due,
                    told: Vec::new(),
                    more: 0,
                    failed: 0,
                    is_sent: false,
                }
            }
        };
        if matches!(letter.grouping, Grouping::Bulk { .. }) {
            // It goes on for as long as the operation does.
            letter.due = letter.due.max(due);
        }
        letter.add(told, self.config.digest_items_max);
        pending.put(letter, changes)
    }

    fn due(
        &self,
        grouping: &Grouping,
        kind: NotificationKind,
        at: Timestamp,
        user: &User,
    ) -> Timestamp {
        match grouping {
            Grouping::Single { .. } if kind == NotificationKind::Assignment => {
                at.saturating_add(self.config.settle())
            }
            Grouping::Single { .. } => at,
            Grouping::Bulk { .. } => at.saturating_add(self.config.settle().max(OPERATION_QUIET)),
            Grouping::Hourly { .. } => digest::next_hour(at.max(self.now), &self.zone(user)),
            Grouping::Daily => digest::next_morning(at.max(self.now), &self.zone(user)),
        }
    }

    fn zone(&self, user: &User) -> jiff::tz::TimeZone {
        let own = user.time_zone.as_deref();
        digest::zone(own.unwrap_or_else(|| self.directory.time_zone()))
    }

    /// Somebody lives by another clock now, and so do the digests that wait for them.
    fn move_digests(
        &self,
        user: UserId,
        pending: &mut Pending,
        changes: &mut Changes,
    ) -> Result<(), serde_json::Error> {
        let Some(person) = self.directory.user(user) else {
            return Ok(());
        };
        for mut letter in pending.of(user) {
            let is_digest = matches!(letter.grouping, Grouping::Hourly { .. } | Grouping::Daily);
            if is_digest && letter.is_open(self.now) {
                let kind = NotificationKind::Mention;
                letter.due = self.due(&letter.grouping, kind, letter.opened_at, person);
                pending.put(letter, changes)?;
            }
        }
        Ok(())
    }
}

fn grouping(
    notice: Notice,
    (commit, body): (&Commit, &ConversationCommit),
    user: &User,
) -> Grouping {
    let of = notice.kind;
    match user.notifications.of(of).cadence {
        Cadence::Instant => match body.operation.map(|operation| operation.to_string()) {
            Some(operation) => Grouping::Bulk { operation, of },
            None => Grouping::Single {
                notification: NotificationId::of(commit.seq, notice.user, of),
            },
        },
        Cadence::Hourly => Grouping::Hourly { of: notice.kind },
        Cadence::Daily => Grouping::Daily,
    }
}

fn in_letter(
    notice: Notice,
    commit: &Commit,
    change: &Change,
    directory: &Directory,
) -> ToldInLetter {
    let said = Said::of(notice.kind, commit, &change.after, directory);
    let facts = &change.after.facts;
    ToldInLetter {
        notification: NotificationId::of(commit.seq, notice.user, notice.kind),
        kind: notice.kind,
        conversation: facts.id,
        version: change.after.version,
        subject: facts.subject.chars().take(SUBJECT_CHARS).collect(),
        title: match said.reason {
            Some(reason) => format!("{} ({reason})", said.title),
            None => said.title,
        },
        preview: said.preview,
        at: commit.at,
    }
}
