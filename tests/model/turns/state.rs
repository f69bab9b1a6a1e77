//! One moment: the log, the order ahead of it, the team's actor, and what clients know.

use ochre_assign::domain::Commit;
use ochre_assign::domain::conversation::ConversationEvent;
use ochre_assign::domain::directory::Directory;
use ochre_assign::domain::rotation::Rotation;

use crate::interleavings::Known;

/// Commits in their order, without those that every search begins with.
pub(crate) type Log = Vec<Known<Commit>>;

#[derive(Debug, Clone, PartialEq, Hash)]
pub(crate) struct State {
    /// What the journal acknowledged.
    pub(crate) durable: Log,
    /// How much of it the views show.
    pub(crate) applied: usize,
    /// All that is ordered: what is durable, and what is on its way.
    pub(crate) order: Log,
    /// The directory as of the last position of the order.
    pub(crate) directory: Known<Directory>,
    /// The last turn of the order.
    pub(crate) turn: u64,
    pub(crate) generation: u8,
    pub(crate) actor: Actor,
    pub(crate) clients: Vec<Client>,
    /// Which changes of the directory were made.
    pub(crate) changed: Vec<bool>,
    pub(crate) left: Budget,
    pub(crate) seen: Seen,
}

#[derive(Debug, Clone, PartialEq, Hash)]
pub(crate) struct Actor {
    pub(crate) doing: Doing,
    pub(crate) rotation: Known<Rotation>,
    /// The generation that the rotation belongs to; 0 when no turn is to be given on it.
    pub(crate) generation: u8,
}

#[derive(Debug, Clone, PartialEq, Hash)]
pub(crate) enum Doing {
    Absent,
    /// It waits until the views show so much, or until that is void.
    Waiting {
        until: usize,
        generation: u8,
    },
    /// It has looked at the order, and will now take the rotation from the views.
    Reading {
        generation: u8,
        turn: u64,
    },
    Free,
    /// It has decided, and will now enter the critical section.
    Decided {
        client: usize,
        events: Known<Vec<ConversationEvent>>,
        revision: u64,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Client {
    Asking,
    /// The actor has the command.
    Asked,
    /// It has its position, counted without the commits that every search begins with.
    Sequenced(usize),
    Done(usize),
    /// Refused, or not stored.
    Failed,
    /// The answer was lost.
    Lost,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Budget {
    pub(crate) failures: u8,
    pub(crate) panics: u8,
    pub(crate) kills: u8,
}

/// What no later state shows any more.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub(crate) struct Seen {
    pub(crate) stale: bool,
    pub(crate) superseded: bool,
    pub(crate) refused: bool,
    pub(crate) void: bool,
}
