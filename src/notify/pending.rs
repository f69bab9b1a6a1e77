//! The letters that wait to be sent: the rows of the outbox, held in memory as well.
//!
//! Memory is changed first and then written. When that fails memory is not to be believed any more,
//! and everything is loaded again.

use std::collections::{BTreeMap, BTreeSet};

use super::letter::{Grouping, Letter, LetterId, Medium, letter_keys};
use crate::domain::{Timestamp, UserId};
use crate::outbox::{Changes, Key, Outbox, OutboxError};

/// How many rows are read at a time.
const ROWS: usize = 1024;

/// For whom, how and for what a letter collects.
pub(super) type Group = (UserId, Medium, Grouping);

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Pending {
    letters: BTreeMap<LetterId, Letter>,
    due: BTreeSet<(Timestamp, LetterId)>,
    newest: BTreeMap<Group, LetterId>,
}

impl Pending {
    /// What is durable. Blocks.
    pub(super) fn load(outbox: &dyn Outbox) -> Result<Self, OutboxError> {
        let mut pending = Self::default();
        let (mut from, to) = letter_keys();
        loop {
            let rows = outbox.range(&from, &to, ROWS)?;
            let Some((last, _)) = rows.last() else {
                return Ok(pending);
            };
            from = after(last);
            for (key, value) in rows {
                match serde_json::from_slice::<Letter>(&value) {
                    Ok(letter) => pending.insert(letter),
                    // A later version of this program may have written it.
                    Err(error) => tracing::error!(?key, %error, "a letter cannot be read"),
                }
            }
        }
    }

    /// How many letters there are, those included that are kept after they were sent.
    pub(super) fn len(&self) -> usize {
        self.letters.len()
    }

    pub(super) fn get(&self, id: LetterId) -> Option<&Letter> {
        self.letters.get(&id)
    }

    /// Writes a letter, in place of what there was under its id.
    pub(super) fn put(
        &mut self,
        letter: Letter,
        changes: &mut Changes,
    ) -> Result<(), serde_json::Error> {
        changes.put(letter.id.key(), serde_json::to_vec(&letter)?);
        self.insert(letter);
        Ok(())
    }

    pub(super) fn remove(&mut self, id: LetterId, changes: &mut Changes) {
        changes.remove(id.key());
        self.forget(id);
    }

    /// The letter that collects for a group, if there is one.
    pub(super) fn open(&self, group: &Group, now: Timestamp) -> Option<&Letter> {
        let letter = self.letters.get(self.newest.get(group)?)?;
        letter.is_open(now).then_some(letter)
    }

    /// The letters of one person that collect.
    pub(super) fn of(&self, user: UserId) -> Vec<Letter> {
        let of_user = self.letters.values().filter(|letter| letter.user == user);
        of_user.cloned().collect()
    }

    /// Those whose time has come, the oldest first.
    pub(super) fn due(&self, now: Timestamp) -> impl Iterator<Item = &Letter> {
        let due = self.due.iter().take_while(move |(due, _)| *due <= now);
        due.filter_map(|(_, id)| self.letters.get(id))
    }

    fn insert(&mut self, letter: Letter) {
        self.forget(letter.id);
        let group = (letter.user, letter.medium, letter.grouping.clone());
        self.due.insert((letter.due, letter.id));
        if !matches!(letter.grouping, Grouping::Single { .. }) {
            // Of two letters of one group the later one collects.
            let newest = self.newest.get(&group).and_then(|id| self.letters.get(id));
            if newest.is_none_or(|newest| newest.due <= letter.due) {
                self.newest.insert(group, letter.id);
            }
        }
        self.letters.insert(letter.id, letter);
    }

    fn forget(&mut self, id: LetterId) {
        let Some(letter) = self.letters.remove(&id) else {
            return;
        };
        self.due.remove(&(letter.due, id));
        let group = (letter.user, letter.medium, letter.grouping);
        if self.newest.get(&group) == Some(&id) {
            self.newest.remove(&group);
        }
    }
}

/// The first key after one.
pub(super) fn after(key: &Key) -> Key {
    let mut bytes = key.0.to_vec();
    bytes.push(0);
    Key(bytes.into())
}
