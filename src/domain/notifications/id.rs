//! The id of a notification: made of what it follows from, so that it needs no record of its own.

use super::NotificationKind;
use crate::domain::{NotificationId, UserId};

impl NotificationId {
    /// What the commit at a position tells this person in this way. Ids of later commits are
    /// greater; of the person there are the 56 bits that are random in their id, which is enough to
    /// tell apart those whom one commit concerns.
    #[must_use]
    pub fn of(seq: u64, user: UserId, kind: NotificationKind) -> Self {
        const USER_BITS: u128 = (1 << 56) - 1;
        let user = user.as_u128() & USER_BITS;
        Self::from_u128((u128::from(seq) << 64) | (user << 8) | u128::from(kind.number()))
    }

    /// The position of the commit.
    #[must_use]
    pub fn seq(self) -> u64 {
        u64::try_from(self.as_u128() >> 64).unwrap_or(u64::MAX)
    }
}
