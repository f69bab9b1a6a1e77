//! Scenarios of a directory: every command, every answer.

mod autopilot;
mod people;
mod profile;
mod sessions;
mod tokens;
mod webhooks;
mod workspace;

use super::{DirectoryRejection, SecretHash};

const ONLY_ADMINISTRATORS: DirectoryRejection =
    DirectoryRejection::Forbidden("only owners and admins may do this");

const fn hash(byte: u8) -> SecretHash {
    SecretHash([byte; 32])
}
