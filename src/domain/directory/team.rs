//! A team: people among whom conversations go round.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::domain::rotation::Member;
use crate::domain::{TeamId, Timestamp, UserId};

/// See the module.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Team {
    /// Its id.
    pub id: TeamId,
    /// Its name.
    pub name: Arc<str>,
    /// When it was made.
    pub created_at: Timestamp,
    /// Who is in it, and the revision of the directory that made them a member.
    members: BTreeMap<UserId, u64>,
}

impl Team {
    /// A team of nobody.
    pub(super) const fn new(id: TeamId, name: Arc<str>, created_at: Timestamp) -> Self {
        Self {
            id,
            name,
            created_at,
            members: BTreeMap::new(),
        }
    }

    /// Its members, by id.
    pub fn members(&self) -> impl ExactSizeIterator<Item = Member> {
        let member = |(user, joined): (&UserId, &u64)| Member {
            user: *user,
            joined: *joined,
        };
        self.members.iter().map(member)
    }

    /// Whether somebody is in it.
    #[must_use]
    pub fn has(&self, user: UserId) -> bool {
        self.members.contains_key(&user)
    }

    /// People leave and join. Whoever is in it already stays where they are.
    pub(super) fn change_members(&mut self, added: &[UserId], removed: &[UserId], revision: u64) {
        for user in removed {
            self.members.remove(user);
        }
        for user in added {
            self.members.entry(*user).or_insert(revision);
        }
    }
}
