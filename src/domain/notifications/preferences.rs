//! How somebody wants to be told, for each kind.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::NotificationKind;
use crate::domain::conversation::named;

named! {
    /// How often email and Slack may speak of a kind.
    Cadence {
        /// At once.
        Instant = "instant",
        /// One message a kind at the end of an hour in which there was something.
        Hourly = "hourly",
        /// One message for all such kinds at 08:00 in the person's time zone.
        Daily = "daily",
    }
}

/// How somebody wants to be told of one kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preference {
    /// In the application; always at once.
    pub in_app: bool,
    /// By email.
    pub email: bool,
    /// By a direct message in Slack, once an account is linked.
    pub slack: bool,
    /// How often by email and in Slack.
    pub cadence: Cadence,
}

impl Preference {
    /// What holds for whoever chose nothing (S08).
    #[must_use]
    pub const fn out_of_the_box(kind: NotificationKind) -> Self {
        let email = match kind {
            NotificationKind::Assignment | NotificationKind::Mention => true,
            NotificationKind::ConversationReply
            | NotificationKind::NewUnassigned
            | NotificationKind::AiAutoSent => false,
        };
        Self {
            in_app: true,
            email,
            slack: false,
            cadence: Cadence::Instant,
        }
    }
}

/// What somebody chooses for one kind; what is `None` stays.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PreferenceChoice {
    /// In the application.
    pub in_app: Option<bool>,
    /// By email.
    pub email: Option<bool>,
    /// In Slack.
    pub slack: Option<bool>,
    /// How often by email and in Slack.
    pub cadence: Option<Cadence>,
}

impl PreferenceChoice {
    /// What holds once it is made.
    #[must_use]
    pub fn over(self, before: Preference) -> Preference {
        Preference {
            in_app: self.in_app.unwrap_or(before.in_app),
            email: self.email.unwrap_or(before.email),
            slack: self.slack.unwrap_or(before.slack),
            cadence: self.cadence.unwrap_or(before.cadence),
        }
    }
}

/// The preferences of one person; of a kind that they chose nothing for, the usual one holds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct NotificationPreferences {
    chosen: BTreeMap<NotificationKind, Preference>,
}

impl NotificationPreferences {
    /// What holds for a kind.
    #[must_use]
    pub fn of(&self, kind: NotificationKind) -> Preference {
        let chosen = self.chosen.get(&kind).copied();
        chosen.unwrap_or_else(|| Preference::out_of_the_box(kind))
    }

    /// What holds for each kind.
    pub fn all(&self) -> impl Iterator<Item = (NotificationKind, Preference)> {
        let kinds = NotificationKind::ALL.iter();
        kinds.map(|kind| (*kind, self.of(*kind)))
    }

    /// Takes choices over those made before.
    pub fn choose(&mut self, chosen: &BTreeMap<NotificationKind, Preference>) {
        self.chosen.extend(chosen);
    }
}
