//! A message to a person as the outbox keeps it.
//!
//! It is on disk until it is sent: names and fields are read by later versions of this program.

use std::fmt::Write as _;

use bytes::{BufMut, Bytes, BytesMut};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::domain::notifications::{NotificationKind, Preference};
use crate::domain::{ConversationId, NotificationId, Timestamp, UserId, WorkspaceId};
use crate::metrics::DeliveryChannel;
use crate::outbox::Key;

/// What the keys of letters begin with, and the byte after it.
const LETTERS: u8 = b'l';

/// A way to people outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Medium {
    /// Mail.
    Email,
    /// A direct message in Slack.
    Slack,
}

impl Medium {
    /// Every one.
    pub const ALL: [Self; 2] = [Self::Email, Self::Slack];

    /// Its place among them.
    pub(super) const fn index(self) -> usize {
        match self {
            Self::Email => 0,
            Self::Slack => 1,
        }
    }

    /// As it is counted.
    pub(super) const fn label(self) -> DeliveryChannel {
        match self {
            Self::Email => DeliveryChannel::Email,
            Self::Slack => DeliveryChannel::Slack,
        }
    }

    /// Its name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Slack => "slack",
        }
    }

    /// Whether somebody wants to be told in this way.
    #[must_use]
    pub const fn is_wanted(self, preference: Preference) -> bool {
        match self {
            Self::Email => preference.email,
            Self::Slack => preference.slack,
        }
    }
}

/// The id of a letter: made of what it is for, so that it cannot be made twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct LetterId([u8; 16]);

/// What goes into one letter.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Grouping {
    /// One notification.
    Single {
        /// Which.
        notification: NotificationId,
    },
    /// All notifications of one kind in a bulk operation.
    Bulk {
        /// Which operation, as its id is written.
        operation: String,
        /// Which kind.
        of: NotificationKind,
    },
    /// All notifications of one kind in an hour.
    Hourly {
        /// Which kind.
        of: NotificationKind,
    },
    /// All notifications of a day.
    Daily,
}

/// One thing that a letter tells. What it says is written down when it happens, so that no letter
/// needs the log again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// The notification.
    pub notification: NotificationId,
    /// What it is of.
    pub kind: NotificationKind,
    /// The conversation.
    pub conversation: ConversationId,
    /// The conversation's version then.
    pub version: u64,
    /// The conversation's subject, or its beginning.
    pub subject: String,
    /// What happened, in a sentence.
    pub title: String,
    /// The beginning of the message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preview: Option<String>,
    /// When.
    pub at: Timestamp,
}

/// See the module.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Letter {
    /// Its id.
    pub id: LetterId,
    /// How it is sent.
    pub medium: Medium,
    /// To whom.
    pub user: UserId,
    /// What goes into it.
    pub grouping: Grouping,
    /// When the first thing in it happened.
    pub opened_at: Timestamp,
    /// When it is to be sent.
    pub due: Timestamp,
    /// What it tells, oldest first.
    pub told: Vec<Told>,
    /// How many further things there were no room for.
    #[serde(default)]
    pub more: u64,
    /// Attempts that failed.
    #[serde(default)]
    pub failed: u32,
    /// Whether it was sent, and is only kept so that it is not sent again.
    #[serde(default)]
    pub is_sent: bool,
}

impl LetterId {
    /// That of what goes out to one person in one way. `due` tells one digest from the next.
    pub(super) fn of(
        (workspace, user, medium): (WorkspaceId, UserId, Medium),
        grouping: &Grouping,
        due: Timestamp,
    ) -> Self {
        let due = match grouping {
            Grouping::Single { .. } | Grouping::Bulk { .. } => Timestamp::EPOCH,
            Grouping::Hourly { .. } | Grouping::Daily => due,
        };
        let what = match grouping {
            Grouping::Single { notification } => format!("single {notification}"),
            Grouping::Bulk { operation, of } => format!("bulk {operation} {}", of.as_str()),
            Grouping::Hourly { of } => format!("hourly {}", of.as_str()),
            Grouping::Daily => "daily".to_owned(),
        };
        let (medium, due) = (medium.as_str(), due.as_millis());
        let digest = Sha256::digest(format!("{workspace} {user} {medium} {what} {due}"));
        let (first, _rest) = digest.split_first_chunk().unwrap_or((&[0; 16], &[]));
        Self(*first)
    }

    /// The key of its row.
    pub(super) fn key(self) -> Key {
        let mut bytes = BytesMut::with_capacity(17);
        bytes.put_u8(LETTERS);
        bytes.put_slice(&self.0);
        Key(bytes.freeze())
    }

    /// As hexadecimal digits.
    #[must_use]
    pub fn to_hex(self) -> String {
        self.0.iter().fold(String::new(), |mut text, byte| {
            // Writing to a string does not fail.
            write!(text, "{byte:02x}").ok();
            text
        })
    }
}

/// The keys between which all letters lie.
pub(super) fn letter_keys() -> (Key, Key) {
    let at = |byte: u8| Key(Bytes::copy_from_slice(&[byte]));
    (at(LETTERS), at(LETTERS + 1))
}

impl Letter {
    /// Whether more can go into it: not once it was tried, nor when its time has come.
    pub(super) fn is_open(&self, now: Timestamp) -> bool {
        let is_collecting = match self.grouping {
            Grouping::Single { .. } => false,
            Grouping::Bulk { .. } => true,
            Grouping::Hourly { .. } | Grouping::Daily => now < self.due,
        };
        is_collecting && self.failed == 0 && !self.is_sent
    }

    /// Puts one more thing in, or counts it when there is no room.
    pub(super) fn add(&mut self, told: Told, max: usize) {
        if self.told.len() < max {
            self.told.push(told);
        } else {
            self.more = self.more.saturating_add(1);
        }
    }
}
