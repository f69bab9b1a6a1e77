//! A service of one's own for every test, the people in it, and a client.

mod app;
mod client;
mod desk;
mod event_stream;
mod mail;
mod receiver;
mod routing;
mod slack;
mod socket;

use std::future::Future;

use futures_util::future::join_all;

pub(crate) use app::{Person, Setup, TestApp};
pub(crate) use client::{Answer, Ask, delete, exchange, get, patch, post, put};
pub(crate) use desk::ids;
pub(crate) use mail::{MailServer, Manners};
pub(crate) use receiver::{Received, Receiver};
pub(crate) use routing::{everything_round, subject_to};
pub(crate) use slack::{Mood, SlackServer};
pub(crate) use socket::{Knock, Socket};

/// Runs all at once, and gives what came of each in order.
pub(crate) async fn at_once<F: Future>(futures: impl IntoIterator<Item = F>) -> Vec<F::Output> {
    join_all(futures).await
}
