//! The only place that writes for people: results to standard output, the rest to standard error.

use std::fmt::Display;
use std::io::{self, Write as _};

use indicatif::{ProgressBar, ProgressStyle};
use serde_json::Value;

use super::error::{CliError, sentence};

/// Prints a line to standard output, and does not keep it back: somebody may wait for it.
pub(super) fn line(text: impl Display) -> Result<(), CliError> {
    let mut out = io::stdout().lock();
    writeln!(out, "{text}")
        .and_then(|()| out.flush())
        .map_err(CliError::io("cannot write to standard output"))
}

/// Prints JSON on one line.
pub(super) fn json(value: &Value) -> Result<(), CliError> {
    line(value)
}

/// Prints rows with their columns below each other.
pub(super) fn table<const N: usize>(
    titles: [&str; N],
    rows: &[[String; N]],
) -> Result<(), CliError> {
    let titles = titles.map(str::to_owned);
    let mut widths = [0; N];
    for row in std::iter::once(&titles).chain(rows) {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    for row in std::iter::once(&titles).chain(rows) {
        let cells: Vec<String> = row
            .iter()
            .zip(widths)
            .map(|(cell, width)| format!("{cell:<width$}"))
            .collect();
        line(cells.join("  ").trim_end())?;
    }
    Ok(())
}

/// Says why a command failed.
pub(super) fn failure(error: &CliError) {
    note(format_args!("ochre: {}", sentence(error)));
}

/// Says something besides the result. When standard error is closed, nobody wants to hear it.
pub(super) fn note(text: impl Display) {
    drop(writeln!(io::stderr().lock(), "{text}"));
}

/// Shows how far long work has come, on a terminal only.
pub(super) fn progress(total: u64, what: &'static str) -> ProgressBar {
    let bar = ProgressBar::new(total);
    let style = ProgressStyle::with_template("{msg} {wide_bar} {human_pos}/{human_len} {eta}");
    if let Ok(style) = style {
        bar.set_style(style);
    }
    bar.set_message(what);
    bar
}
