//! Order and durability: the sequencer gives positions, the committer makes them durable, and
//! every answer waits for the position that it speaks of.

mod answer;
mod committer;
mod fingerprint;
mod idempotency;
mod order;
mod outbox;
mod present;
mod proposal;
mod queue;
mod remembered;
mod sequencer;
mod snapshots;
mod store;

pub use answer::{CommandFailure, Release};
pub use fingerprint::Fingerprint;
pub use idempotency::{Begun, Idempotency, KeyOwner, Remember, StoredAnswer, Ticket};
pub use present::Present;
pub use proposal::{DirectoryProposal, NotSequenced, Promise, Proposal};
pub use queue::{Gathering, QueueLimits};
pub use sequencer::{Section, Workspace};
pub use store::{OpenError, Store, StoreLimits, Workspaces};
