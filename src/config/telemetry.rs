//! `[telemetry]`: the log.

use serde::{Deserialize, Serialize};

/// What is logged, and how.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TelemetryConfig {
    /// Levels, in the syntax of `EnvFilter`.
    pub log: String,
    /// For whom.
    pub format: LogFormat,
    /// Which requests get a line.
    pub requests: RequestLog,
}

/// Which requests are logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", try_from = "String")]
pub enum RequestLog {
    /// Those that the server failed to answer, or refused since there were too many.
    Failures,
    /// Every one.
    All,
}

impl TryFrom<String> for RequestLog {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        match text.as_str() {
            "failures" => Ok(Self::Failures),
            "all" => Ok(Self::All),
            other => Err(format!("must be \"failures\" or \"all\", not {other:?}")),
        }
    }
}

/// The forms of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", try_from = "String")]
pub enum LogFormat {
    /// Text on a terminal, JSON elsewhere.
    Auto,
    /// For people.
    Text,
    /// For machines.
    Json,
}

impl TryFrom<String> for LogFormat {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        match text.as_str() {
            "auto" => Ok(Self::Auto),
            "text" => Ok(Self::Text),
            "json" => Ok(Self::Json),
            other => Err(format!(
                "must be \"auto\", \"text\" or \"json\", not {other:?}"
            )),
        }
    }
}
