//! The dashboard: a page of plain modules that talks only to the public API.
//!
//! The files of `assets` are inside the binary. Whoever changes one runs a debug build, which reads them
//! from the folder instead.

mod bundle;
mod serve;
#[cfg(test)]
mod tests;

pub use bundle::Bundle;
pub use serve::{CONTENT_SECURITY_POLICY, routes};
