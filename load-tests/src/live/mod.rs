//! A client of the live view: its frames, the state that it holds of a view, and the websocket.
//!
//! [`frame`], [`rows`], [`list`] and [`thread`] are pure: they know the contract and nothing of
//! sockets, so that every rule of it has a test.

pub mod digest;
pub mod frame;
pub mod list;
pub mod meter;
pub mod request;
pub mod rows;
pub mod socket;
pub mod thread;
pub mod view;
