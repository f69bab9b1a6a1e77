//! The log: text for people on a terminal, JSON for machines, always on standard error.

mod request;

use std::io::{self, IsTerminal as _};

use tracing_subscriber::EnvFilter;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::config::{LogFormat, TelemetryConfig};

use request::WithRequest;
pub use request::in_request;

/// What is not logged unless the configuration names it: the framework calls each request that is
/// no HTTP an error of its own, and anybody can send those.
const QUIET: &str = "actix_http::h1::dispatcher=off";

/// Why there is no log.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// `telemetry.log` does not say what to log.
    #[error("telemetry.log cannot be understood")]
    Filter(#[from] tracing_subscriber::filter::ParseError),
    /// Somebody else has started the log of this process.
    #[error("the log was already started")]
    Started(#[from] tracing_subscriber::util::TryInitError),
}

/// Starts the log of this process; once.
///
/// # Errors
/// When the filter cannot be understood, or the log was already started.
pub fn init(config: &TelemetryConfig) -> Result<(), TelemetryError> {
    // What is said last about the same part holds.
    let filter = EnvFilter::builder().parse(format!("{QUIET},{}", config.log))?;
    let terminal = io::stderr().is_terminal();
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .with_ansi(terminal);
    match format_for(config.format, terminal) {
        LogFormat::Json => {
            let log = log.json().flatten_event(true);
            log.map_event_format(WithRequest).finish().try_init()?;
        }
        LogFormat::Text | LogFormat::Auto => {
            log.map_event_format(WithRequest).finish().try_init()?;
        }
    }
    Ok(())
}

fn format_for(format: LogFormat, terminal: bool) -> LogFormat {
    match format {
        LogFormat::Auto if terminal => LogFormat::Text,
        LogFormat::Auto => LogFormat::Json,
        chosen => chosen,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::RequestLog;

    #[test]
    fn automatic_is_text_on_a_terminal_and_json_elsewhere() {
        assert_eq!(format_for(LogFormat::Auto, true), LogFormat::Text);
        assert_eq!(format_for(LogFormat::Auto, false), LogFormat::Json);
        assert_eq!(format_for(LogFormat::Json, true), LogFormat::Json);
        assert_eq!(format_for(LogFormat::Text, false), LogFormat::Text);
    }

    #[test]
    fn a_bad_filter_and_a_second_start_are_errors() {
        let config = |log: &str| TelemetryConfig {
            log: log.to_owned(),
            format: LogFormat::Auto,
            requests: RequestLog::Failures,
        };
        let refused = init(&config("ochre=loudest"));
        assert!(matches!(refused, Err(TelemetryError::Filter(_))));
        // Whether this is the first start depends on whether tests share a process; the next is not.
        drop(init(&config("off")));
        let again = init(&config("off"));
        assert!(matches!(again, Err(TelemetryError::Started(_))));
    }
}
