//! What ends a workload before it has a result.

use std::io;

use crate::{
    client::{ClientError, Reply},
    process::ProcessError,
    replay::{LogError, MappingError, StateError},
    target::TargetError,
};

/// A workload that could not be carried out; a workload with a bad result is not one of these.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The address is not taken.
    #[error(transparent)]
    Target(#[from] TargetError),
    /// A request without an answer.
    #[error("{what}: {source}")]
    Unanswered {
        /// Which request.
        what: String,
        /// What happened to it.
        source: ClientError,
    },
    /// The server did not answer for longer than we were told to wait.
    #[error("{what}: no answer that settles it for {waited_seconds} s; the last was: {last}")]
    OutOfPatience {
        /// Which request.
        what: String,
        /// For how long it was repeated.
        waited_seconds: u64,
        /// The last thing that happened.
        last: String,
    },
    /// An answer that the workload cannot go on from.
    #[error("{what}: unexpected answer {status} {code} {detail}")]
    Unexpected {
        /// Which request.
        what: String,
        /// Its status.
        status: u16,
        /// Its code.
        code: String,
        /// Its words.
        detail: String,
    },
    /// The workspace is not fit for the workload.
    #[error("{0}")]
    Unfit(String),
    /// The mapping file.
    #[error(transparent)]
    Mapping(#[from] MappingError),
    /// The log.
    #[error(transparent)]
    Log(#[from] LogError),
    /// The state file.
    #[error(transparent)]
    State(#[from] StateError),
    /// The server as a child process.
    #[error(transparent)]
    Process(#[from] ProcessError),
    /// A file of ours.
    #[error("{what}: {source}")]
    File {
        /// Which one, and what for.
        what: String,
        /// What happened.
        source: io::Error,
    },
    /// A report that JSON cannot hold.
    #[error("the report cannot be written: {0}")]
    Report(#[from] serde_json::Error),
    /// A task of this program panicked.
    #[error("a client ended before its work: {0}")]
    Task(#[from] tokio::task::JoinError),
}

impl LoadError {
    /// An answer that the workload cannot go on from.
    pub fn unexpected(what: impl Into<String>, reply: &Reply) -> Self {
        let problem = reply.problem();
        Self::Unexpected {
            what: what.into(),
            status: reply.status.as_u16(),
            code: problem.code,
            detail: problem.detail,
        }
    }

    /// A request without an answer.
    pub fn unanswered(what: impl Into<String>, source: ClientError) -> Self {
        Self::Unanswered {
            what: what.into(),
            source,
        }
    }

    /// A file that could not be read or written.
    pub fn file(what: impl Into<String>, source: io::Error) -> Self {
        Self::File {
            what: what.into(),
            source,
        }
    }
}
