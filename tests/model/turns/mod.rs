//! Every interleaving of a few creations that take turns of one team, changes of the directory,
//! appends that fail, panics and kills; decided and followed by the real domain, ordered as
//! `commit::order` and `actors::team` do it.
//!
//! Changes of the directory are one step here: how its own actor works is searched elsewhere.

mod acting;
mod model;
mod scope;
mod searches;
mod state;
