//! Why a command failed, and how that is said: one sentence on standard error.

use std::error::Error;
use std::io;
use std::process::ExitCode;

use super::config_command::ConfigCommandError;
use crate::app::AppError;
use crate::auth::PasswordError;
use crate::commit::CommandFailure;
use crate::config::ConfigError;
use crate::domain::WorkspaceId;
use crate::domain::conversation::Rejection;
use crate::domain::directory::DirectoryRejection;
use crate::faults::FaultsError;
use crate::journal::JournalError;
use crate::telemetry::TelemetryError;

/// The exit status of a command that was used in a way that makes no sense.
const WRONG_USAGE: u8 = 2;

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub(super) enum CliError {
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error(transparent)]
    ConfigCommand(#[from] ConfigCommandError),
    #[error(transparent)]
    Telemetry(#[from] TelemetryError),
    #[error(transparent)]
    Faults(#[from] FaultsError),
    #[error(transparent)]
    App(#[from] AppError),
    #[error(transparent)]
    Journal(#[from] JournalError),
    #[error(transparent)]
    Command(#[from] CommandFailure),
    #[error(transparent)]
    Directory(#[from] DirectoryRejection),
    #[error(transparent)]
    Conversation(#[from] Rejection),
    #[error(transparent)]
    Password(#[from] PasswordError),
    /// What is stored cannot be what this program stored.
    #[error("workspace {workspace}: {detail}")]
    Damaged {
        workspace: WorkspaceId,
        detail: String,
    },
    /// Something outside of us could not be done.
    #[error("{what}")]
    Io { what: String, source: io::Error },
    /// Something that was asked for cannot be done; the sentence says why.
    #[error("{0}")]
    Refused(String),
    /// The arguments do not fit what is there.
    #[error("{0}")]
    Usage(String),
}

impl CliError {
    /// For `map_err` on an operation of the system.
    pub(super) fn io(what: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let what = what.into();
        move |source| Self::Io { what, source }
    }

    pub(super) fn exit_code(&self) -> ExitCode {
        match self {
            Self::Usage(_) => ExitCode::from(WRONG_USAGE),
            _ => ExitCode::FAILURE,
        }
    }
}

/// The error and its causes as one sentence; a cause that the text before it tells already is left out.
pub(super) fn sentence(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let more = error.to_string();
        if !text.contains(&more) {
            text.push_str(": ");
            text.push_str(&more);
        }
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn causes_are_told_once() {
        let cause = io::Error::other("the disk is full");
        let error = CliError::io("cannot write backup.jsonl")(cause);
        assert_eq!(
            sentence(&error),
            "cannot write backup.jsonl: the disk is full"
        );
        let transparent = CliError::Command(CommandFailure::Lost);
        assert_eq!(sentence(&transparent), "the answer was lost");
    }
}
