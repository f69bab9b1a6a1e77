//! The options that every workload against a running server has, and how a workload ends.

use std::{process::ExitCode, time::Duration};

use clap::Args;

use crate::{error::LoadError, people::Office};

/// Which server, and who may make users there.
#[derive(Debug, Args)]
pub struct OfficeArgs {
    /// The server, which has to be on this machine
    #[arg(long, value_name = "http://127.0.0.1:PORT")]
    url: String,
    /// A token of an owner or an admin, for making people and conversations
    #[arg(
        long,
        env = "OCHRE_TOKEN",
        hide_env_values = true,
        value_name = "TOKEN"
    )]
    admin_token: String,
    /// For how long a request is repeated while the server is away or overloaded
    #[arg(long, default_value_t = 30, value_name = "SECONDS")]
    patience: u64,
}

impl OfficeArgs {
    /// The server they name.
    pub fn office(&self) -> Result<Office, LoadError> {
        Ok(Office {
            target: self.url.parse()?,
            admin: self.admin_token.clone(),
            patience: Duration::from_secs(self.patience),
        })
    }
}

/// Whether what a workload found is as it must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It is.
    Pass,
    /// It is not.
    Fail,
}

impl Verdict {
    /// A pass when this holds.
    pub fn of(holds: bool) -> Self {
        if holds { Self::Pass } else { Self::Fail }
    }
}

impl From<Verdict> for ExitCode {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Pass => Self::SUCCESS,
            Verdict::Fail => Self::FAILURE,
        }
    }
}
