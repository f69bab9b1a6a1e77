//! A password from standard input, so that it stands in no list of processes and no shell history.

use std::io::{self, BufRead as _, Read as _};
use std::sync::Arc;

use super::error::CliError;
use crate::auth::Passwords;
use crate::config::AuthConfig;

/// Far more than the longest password that a configuration may permit takes.
const LINE_BYTES_MAX: u64 = 64 * 1024;

/// Reads one line, and checks its length as the API does.
pub(super) fn read(config: &AuthConfig) -> Result<String, CliError> {
    let mut text = String::new();
    io::stdin()
        .lock()
        .take(LINE_BYTES_MAX)
        .read_line(&mut text)
        .map_err(CliError::io("cannot read a password from standard input"))?;
    let password = text.trim_end_matches(['\r', '\n']);
    check(config, password)?;
    Ok(password.to_owned())
}

/// The hash of a password from standard input, if one is wanted.
pub(super) async fn hashed(
    wanted: bool,
    config: &AuthConfig,
    passwords: &Passwords,
) -> Result<Option<Arc<str>>, CliError> {
    if !wanted {
        return Ok(None);
    }
    Ok(Some(passwords.hash(read(config)?).await?))
}

fn check(config: &AuthConfig, password: &str) -> Result<(), CliError> {
    let permitted = config.password_chars();
    if permitted.contains(&password.chars().count()) {
        return Ok(());
    }
    let (min, max) = permitted.into_inner();
    Err(CliError::Refused(format!(
        "a password has from {min} to {max} characters"
    )))
}
