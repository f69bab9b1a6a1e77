//! Standard output: the report, as text or as JSON. Progress and remarks go to standard error.

use std::{
    io::{self, Write},
    time::Duration,
};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::Value;

use crate::error::LoadError;

/// Writes text to standard output.
pub fn print(text: &str) -> Result<(), LoadError> {
    write_to(&mut io::stdout().lock(), text)
}

/// Writes a remark to standard error.
pub fn remark(text: &str) -> Result<(), LoadError> {
    write_to(&mut io::stderr().lock(), &format!("{text}\n"))
}

/// Writes a report to standard output as JSON.
pub fn print_json(report: &Value) -> Result<(), LoadError> {
    print(&format!("{}\n", serde_json::to_string_pretty(report)?))
}

/// A progress bar that is drawn on a terminal only.
pub fn progress(length: u64, what: &'static str) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(length), ProgressDrawTarget::stderr());
    let template = "{msg} {wide_bar} {pos}/{len} {per_sec} {eta}";
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar.set_message(what);
    bar.enable_steady_tick(Duration::from_millis(250));
    bar
}

fn write_to(stream: &mut impl Write, text: &str) -> Result<(), LoadError> {
    stream
        .write_all(text.as_bytes())
        .and_then(|()| stream.flush())
        .map_err(|source| LoadError::file("the report cannot be written", source))
}
