//! The actors: one a conversation, one a team for its rotation, one a workspace for its directory, and
//! their registries.
//!
//! A command makes three hops between threads at most: to the actor (none when it lives on the
//! worker that took the request), from the actor's handler into the queue to the disk, and from
//! the committer back to the worker. The last two are shared by everything in a batch.

mod attempt;
mod conversation;
mod conversations;
mod directories;
mod directory;
mod messages;
mod team;
mod teams;

pub use conversations::Conversations;
pub use directories::Directories;
pub use messages::{Answering, DirectoryReply, Done, Keyed, Reply};
