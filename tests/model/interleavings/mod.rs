//! Every interleaving of a few commands, decided by the real domain and ordered, made durable and
//! answered as `commit` and `actors` do it, step by step; with appends that fail, actors that
//! panic, and processes that are killed.
//!
//! A step of the model is what the code does in one go as others see it: a critical section, a
//! load of the directory, an append, the answers of a batch. A test for each way to break a rule
//! shows that the search would notice.

mod acting;
mod committing;
mod known;
mod model;
mod properties;
mod scope;
mod searches;
mod state;

pub(crate) use known::Known;
