//! Who is asking: secrets, passwords, and the caller behind a request.

mod passwords;
mod principal;
mod secrets;

pub use passwords::{PasswordError, Passwords};
pub use principal::{Principal, authenticate};
pub use secrets::{Secret, SecretKind};
