//! Who is asking: secrets, passwords, and the caller behind a request.

mod passwords;
mod secrets;

pub use passwords::{PasswordError, Passwords};
pub use secrets::{Secret, SecretKind};
