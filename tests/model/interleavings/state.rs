//! One moment of a workspace: the journal, the views, the order, the actors, and what clients know.

use ochre_assign::domain::Commit;
use ochre_assign::domain::conversation::{Conversation, ConversationEvent};
use ochre_assign::domain::directory::{Directory, DirectoryEvent, DirectoryFold};

use super::known::Known;

/// A commit, and the client whose command led to it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Entry {
    pub(crate) commit: Known<Commit>,
    pub(crate) by: usize,
}

/// Commits in their order, without those that every search begins with.
pub(crate) type Log = Vec<Entry>;

#[derive(Debug, Clone, PartialEq, Hash)]
pub(crate) struct State {
    /// What the journal acknowledged.
    pub(crate) durable: Log,
    /// What a failed append left behind it.
    pub(crate) in_doubt: Log,
    pub(crate) views: Views,
    pub(crate) sequencer: Sequencer,
    pub(crate) queue: Vec<Item>,
    pub(crate) committer: Committer,
    /// One for each conversation, then the directory's.
    pub(crate) actors: Vec<Actor>,
    pub(crate) clients: Vec<Client>,
    /// What may still go wrong.
    pub(crate) left: Budget,
    pub(crate) seen: Seen,
}

#[derive(Debug, Clone, PartialEq, Hash)]
pub(crate) struct Views {
    pub(crate) applied: usize,
    pub(crate) conversations: Vec<Known<Conversation>>,
    pub(crate) directory: Known<DirectoryFold>,
}

#[derive(Debug, Clone, PartialEq, Hash)]
pub(crate) struct Sequencer {
    /// All that is ordered: what is durable, and what is on its way.
    pub(crate) order: Log,
    pub(crate) versions: Vec<u64>,
    pub(crate) directory: Known<Directory>,
    /// How long the order was when the directory last changed.
    pub(crate) directory_at: usize,
    pub(crate) generation: u8,
    /// Whether the queue takes items in.
    pub(crate) open: bool,
}

#[derive(Debug, Clone, PartialEq, Hash)]
pub(crate) struct Item {
    pub(crate) effect: Option<Effect>,
    pub(crate) release: Release,
}

#[derive(Debug, Clone, PartialEq, Hash)]
pub(crate) struct Effect {
    pub(crate) entry: Entry,
    /// The conversation after it, when it is about one.
    pub(crate) after: Option<(usize, Known<Conversation>)>,
}

#[derive(Debug, Clone, PartialEq, Hash)]
pub(crate) enum Release {
    /// Tells a client.
    Answer { client: usize, told: Told },
    /// Lets an actor load. One that was started since is another.
    Load { actor: usize, incarnation: u8 },
}

/// What a client was told, and the order that the answer speaks of.
#[derive(Debug, Clone, PartialEq, Hash)]
pub(crate) struct Told {
    pub(crate) answer: Answer,
    pub(crate) basis: Log,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Answer {
    /// Something changed: the last commit of the basis.
    Done,
    /// A refusal, or that things were as asked.
    Said(String),
    Unavailable,
    Overloaded,
    Lost,
}

#[derive(Debug, Clone, PartialEq, Hash)]
pub(crate) enum Client {
    /// The command waits in the mailbox.
    Asking,
    /// An actor has it, or its answer waits.
    Waiting,
    Told(Told),
}

/// ```text
/// Idle ▶ Took ▶ Appended ▶ Applied ▶ Idle
///          └ Failed ▶ Shut ▶ Voided ▶ Down ▶ Recovered ▶ CaughtUp ▶ Rebuilt ▶ Idle
/// ```
#[derive(Debug, Clone, PartialEq, Hash)]
pub(crate) enum Committer {
    Idle,
    Took(Vec<Item>),
    Appended(Vec<Item>),
    Applied(Vec<Item>),
    Failed(Vec<Item>),
    Shut(Vec<Item>),
    Voided(Vec<Item>),
    Down,
    Recovered,
    CaughtUp,
    Rebuilt,
}

#[derive(Debug, Clone, PartialEq, Hash)]
pub(crate) struct Actor {
    pub(crate) doing: Doing,
    pub(crate) held: Held,
    /// The generation that it belongs to; 0 when it is not to be decided on.
    pub(crate) generation: u8,
    pub(crate) incarnation: u8,
}

#[derive(Debug, Clone, PartialEq, Hash)]
pub(crate) enum Doing {
    /// There is none.
    Absent,
    /// It waits until the views have applied what was sequenced before it.
    Waiting,
    /// It is about to load, perhaps for the sake of a command.
    Loading(Option<usize>),
    /// It has looked at the order, and will now take the state from the views.
    Reading {
        client: Option<usize>,
        generation: u8,
        sequenced: u64,
    },
    Free,
    /// It has decided, and will now enter the critical section.
    Decided {
        client: usize,
        decided: Decided,
        basis: Log,
    },
}

#[derive(Debug, Clone, PartialEq, Hash)]
pub(crate) enum Held {
    Nothing,
    Conversation(Known<Conversation>),
    Directory {
        fold: Known<DirectoryFold>,
        at: usize,
    },
}

#[derive(Debug, Clone, PartialEq, Hash)]
pub(crate) enum Decided {
    Conversation {
        events: Known<Vec<ConversationEvent>>,
        revision: u64,
    },
    Directory(Known<Vec<DirectoryEvent>>),
    Said(String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Budget {
    /// Appends that fail.
    pub(crate) failures: u8,
    /// Actors that panic.
    pub(crate) panics: u8,
    /// Actors that stop since nothing keeps them.
    pub(crate) stops: u8,
    /// Processes that are killed.
    pub(crate) kills: u8,
}

/// What no later state shows any more.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub(crate) struct Seen {
    pub(crate) stale: bool,
    pub(crate) superseded: bool,
    pub(crate) killed: bool,
}

impl State {
    pub(crate) fn tell(&mut self, client: usize, answer: Answer, basis: Log) {
        self.clients[client] = Client::Told(Told { answer, basis });
    }

    pub(crate) fn fail(&mut self, release: Release, failure: &Answer) {
        match release {
            Release::Answer { client, .. } => self.tell(client, failure.clone(), Log::new()),
            // It may look for itself: what it finds is either present or refused.
            Release::Load { actor, incarnation } => self.let_load(actor, incarnation),
        }
    }

    pub(crate) fn give(&mut self, release: Release) {
        match release {
            Release::Answer { client, told } => self.clients[client] = Client::Told(told),
            Release::Load { actor, incarnation } => self.let_load(actor, incarnation),
        }
    }

    fn let_load(&mut self, actor: usize, incarnation: u8) {
        let actor = &mut self.actors[actor];
        if actor.incarnation == incarnation && actor.doing == Doing::Waiting {
            actor.doing = Doing::Loading(None);
        }
    }

    /// Puts an item into the queue, or says why not.
    pub(crate) fn push(&mut self, item: Item, items_max: usize) -> Result<(), Box<(Item, Answer)>> {
        if !self.sequencer.open {
            Err(Box::new((item, Answer::Unavailable)))
        } else if self.queue.len() >= items_max {
            Err(Box::new((item, Answer::Overloaded)))
        } else {
            self.queue.push(item);
            Ok(())
        }
    }
}
