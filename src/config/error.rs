//! What can be wrong with a configuration; everything wrong is said at once.

use std::fmt;
use std::path::PathBuf;

/// Why there is no configuration to run with.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("the configuration file {} cannot be read", file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The text is not TOML.
    #[error("{origin} is not TOML: {reason}")]
    Syntax {
        /// The file, or the built-in defaults.
        origin: String,
        /// What does not fit, with its line.
        reason: String,
    },
    /// Keys or values are wrong.
    #[error("{}", listed(problems))]
    Invalid {
        /// All of them, in the order of their keys.
        problems: Vec<Problem>,
    },
}

/// One thing that is wrong with one key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// The key as `section.key`.
    pub key: String,
    /// Where its value was set: a file or an environment variable; nothing for a default.
    pub origin: Option<String>,
    /// What is wrong, as a clause.
    pub reason: String,
}

impl Problem {
    /// A problem whose origin the caller does not know.
    pub(super) fn new(key: &str, reason: impl Into<String>) -> Self {
        Self {
            key: key.to_owned(),
            origin: None,
            reason: reason.into(),
        }
    }

    /// The same problem, with the place where the value was set.
    pub(super) fn set_in(mut self, origin: Option<&String>) -> Self {
        self.origin = origin.cloned();
        self
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { key, reason, .. } = self;
        match &self.origin {
            Some(origin) => write!(f, "{key} ({origin}): {reason}"),
            None => write!(f, "{key}: {reason}"),
        }
    }
}

fn listed(problems: &[Problem]) -> String {
    let mut text = String::from("the configuration is not valid:");
    for problem in problems {
        text.push_str("\n  ");
        text.push_str(&problem.to_string());
    }
    text
}
