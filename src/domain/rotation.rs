//! Whose turn it is: the members of a team in the order of their next turn.
//!
//! Least recently served (B45): last turn, then old member before newcomer, then the point at which
//! they joined, then id. A turn is spent by the event that assigns, and by nothing else; so a rotation
//! is a fold of the log, and there is no other record of it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{TeamId, UserId};

/// Among whom conversations go round.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TeamRef {
    /// Everybody in the workspace.
    Default,
    /// The members of a team.
    Team(TeamId),
}

impl TeamRef {
    /// The name of the team that nobody has to make, on the wire and in the log.
    pub const DEFAULT: &'static str = "default";
}

impl fmt::Display for TeamRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str(Self::DEFAULT),
            Self::Team(id) => fmt::Display::fmt(id, f),
        }
    }
}

impl FromStr for TeamRef {
    type Err = super::IdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == Self::DEFAULT {
            return Ok(Self::Default);
        }
        text.parse().map(Self::Team)
    }
}

impl Serialize for TeamRef {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for TeamRef {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// A member, and the point of the directory's history at which they joined: whoever was removed and
/// added again has another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Member {
    /// Who.
    pub user: UserId,
    /// The revision of the directory that made them a member.
    pub joined: u64,
}

/// A member's place. The order of its fields is the order of the rotation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Place {
    /// The last turn that they had; for a newcomer the last one that the team had when they joined.
    pub last_turn: u64,
    /// Whether they have had no turn since they joined: behind whoever had that last turn.
    pub is_newcomer: bool,
    /// See [`Member::joined`].
    pub joined: u64,
    /// Who.
    pub user: UserId,
}

/// See the module.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "StoredRotation", into = "StoredRotation")]
pub struct Rotation {
    turn: u64,
    /// The revision of the directory whose members these are.
    revision: u64,
    queue: BTreeSet<Place>,
    places: BTreeMap<UserId, Place>,
}

impl Rotation {
    /// The last turn that was spent; 0 before the first.
    #[must_use]
    pub const fn turn(&self) -> u64 {
        self.turn
    }

    /// The number of the next turn.
    #[must_use]
    pub const fn next_turn(&self) -> u64 {
        self.turn.saturating_add(1)
    }

    /// Takes in who has joined and left since, as of a revision of the directory.
    ///
    /// It must be called before each turn with the directory at that point of the log: then whoever
    /// joined between two turns stands behind everybody who waited there. Nothing is lost by doing
    /// it more often.
    pub fn follow<I: IntoIterator<Item = Member>>(
        &mut self,
        revision: u64,
        members: impl FnOnce() -> I,
    ) {
        if revision == self.revision {
            return;
        }
        self.revision = revision;
        let mut left = std::mem::take(&mut self.places);
        for member in members() {
            let stays = left
                .remove(&member.user)
                .filter(|place| place.joined == member.joined);
            let place = stays.unwrap_or(Place {
                last_turn: self.turn,
                is_newcomer: true,
                joined: member.joined,
                user: member.user,
            });
            self.places.insert(member.user, place);
        }
        self.queue = self.places.values().copied().collect();
    }

    /// The members in the order of their next turn.
    pub fn order(&self) -> impl Iterator<Item = &Place> {
        self.queue.iter()
    }

    /// How many members there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.queue.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    /// The first in that order who may be assigned. Who is passed over keeps their place, so one turn
    /// waits for them, and not a backlog.
    #[must_use]
    pub fn next(&self, is_eligible: impl Fn(UserId) -> bool) -> Option<UserId> {
        self.order()
            .map(|place| place.user)
            .find(|user| is_eligible(*user))
    }

    /// Somebody had the next turn.
    pub fn take(&mut self, user: UserId) {
        self.turn = self.next_turn();
        if let Some(place) = self.places.get_mut(&user) {
            self.queue.remove(place);
            place.last_turn = self.turn;
            place.is_newcomer = false;
            self.queue.insert(*place);
        }
    }
}

/// A rotation in a snapshot.
#[derive(Serialize, Deserialize)]
struct StoredRotation {
    turn: u64,
    revision: u64,
    queue: BTreeSet<Place>,
}

impl From<Rotation> for StoredRotation {
    fn from(rotation: Rotation) -> Self {
        Self {
            turn: rotation.turn,
            revision: rotation.revision,
            queue: rotation.queue,
        }
    }
}

impl From<StoredRotation> for Rotation {
    fn from(stored: StoredRotation) -> Self {
        Self {
            turn: stored.turn,
            revision: stored.revision,
            places: stored
                .queue
                .iter()
                .map(|place| (place.user, *place))
                .collect(),
            queue: stored.queue,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn user(id: u128) -> UserId {
        UserId::from_u128(id)
    }

    fn members(of: &[(u128, u64)]) -> Vec<Member> {
        let member = |&(id, joined)| Member {
            user: user(id),
            joined,
        };
        of.iter().map(member).collect()
    }

    fn order(rotation: &Rotation) -> Vec<u128> {
        rotation.order().map(|place| place.user.as_u128()).collect()
    }

    fn picks(rotation: &mut Rotation, count: usize, eligible: &[u128]) -> Vec<u128> {
        let mut picks = Vec::new();
        for _ in 0..count {
            let next = rotation.next(|user| eligible.contains(&user.as_u128()));
            let Some(next) = next else { break };
            rotation.take(next);
            picks.push(next.as_u128());
        }
        picks
    }

    #[test]
    fn turns_go_round_in_the_order_of_joining_then_of_ids() {
        let mut rotation = Rotation::default();
        rotation.follow(1, || members(&[(1, 7), (2, 5), (3, 5)]));
        assert_eq!(picks(&mut rotation, 7, &[1, 2, 3]), [2, 3, 1, 2, 3, 1, 2]);
        assert_eq!(rotation.turn(), 7);
    }

    #[test]
    fn a_newcomer_goes_behind_everybody_who_waits() {
        let mut rotation = Rotation::default();
        rotation.follow(1, || members(&[(1, 1), (2, 1), (3, 1)]));
        assert_eq!(picks(&mut rotation, 2, &[1, 2, 3]), [1, 2]);
        rotation.follow(2, || members(&[(0, 2), (1, 1), (2, 1), (3, 1)]));
        assert_eq!(order(&rotation), [3, 1, 2, 0]);
        assert_eq!(picks(&mut rotation, 5, &[0, 1, 2, 3]), [3, 1, 2, 0, 3]);
    }

    #[test]
    fn who_is_skipped_keeps_one_turn_waiting_and_no_backlog() {
        let mut rotation = Rotation::default();
        rotation.follow(1, || members(&[(1, 1), (2, 1), (3, 1)]));
        assert_eq!(picks(&mut rotation, 6, &[2, 3]), [2, 3, 2, 3, 2, 3]);
        assert_eq!(picks(&mut rotation, 4, &[1, 2, 3]), [1, 2, 3, 1]);
    }

    #[test]
    fn only_who_was_removed_and_added_again_is_a_newcomer() {
        let mut rotation = Rotation::default();
        rotation.follow(1, || members(&[(1, 1), (2, 1), (3, 1)]));
        assert_eq!(picks(&mut rotation, 3, &[1, 2, 3]), [1, 2, 3]);
        rotation.follow(4, || members(&[(1, 4), (2, 1), (3, 1)]));
        assert_eq!(order(&rotation), [2, 3, 1]);
        rotation.follow(5, || members(&[(2, 1), (3, 1)]));
        assert_eq!(order(&rotation), [2, 3]);
    }

    #[test]
    fn it_reads_back_as_it_was_written() {
        let mut rotation = Rotation::default();
        rotation.follow(3, || members(&[(1, 1), (2, 3)]));
        picks(&mut rotation, 1, &[1, 2]);
        let text = serde_json::to_string(&rotation).unwrap();
        assert_eq!(serde_json::from_str::<Rotation>(&text).unwrap(), rotation);
        for name in ["default", "team_00000000000000000000000000000007"] {
            let team: TeamRef = name.parse().unwrap();
            assert_eq!(team.to_string(), name);
        }
        assert!("everybody".parse::<TeamRef>().is_err());
    }
}
