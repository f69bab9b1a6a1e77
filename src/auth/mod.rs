//! Who is asking: secrets, passwords, failed sign-ins, and the caller behind a request.

mod attempts;
mod passwords;
mod principal;
mod secrets;

pub use attempts::{Attempts, TooManyFailures};
pub use passwords::{PasswordError, Passwords};
pub use principal::{Principal, authenticate, still_holds};
pub use secrets::{Secret, SecretKind};
