//! Ochre assigns conversations: one owner each, one order, nothing lost.

pub mod domain;
pub mod journal;
