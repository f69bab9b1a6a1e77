//! The server that the agents work on: one that runs already, or one of our own that is killed now and
//! then.

use std::{path::PathBuf, time::Duration};

use clap::Args;
use tempfile::TempDir;
use tokio::time::sleep;

use crate::{
    clock,
    error::LoadError,
    people::Office,
    process::{Ochre, Server, environment_variable},
};

/// Which server.
#[derive(Debug, Args)]
pub(super) struct HostArgs {
    /// The server, which has to be on this machine
    #[arg(
        long,
        value_name = "http://127.0.0.1:PORT",
        required_unless_present = "server",
        conflicts_with = "server"
    )]
    url: Option<String>,
    /// A token of an owner or an admin, for making people and conversations
    #[arg(
        long,
        env = "OCHRE_TOKEN",
        hide_env_values = true,
        value_name = "TOKEN",
        required_unless_present = "server"
    )]
    admin_token: Option<String>,
    /// Instead: the `ochre` program, started with a data folder of its own, and checked at the end
    #[arg(long, value_name = "PATH")]
    server: Option<PathBuf>,
    /// How often that server is killed with SIGKILL and started again meanwhile
    #[arg(long, default_value_t = 0, value_name = "N", requires = "server")]
    kills: u32,
    /// A variable of that server's environment; may be given more than once
    #[arg(long, value_name = "KEY=VALUE", value_parser = environment_variable, requires = "server")]
    server_env: Vec<(String, String)>,
    /// For how long a request is repeated while the server is away or overloaded
    #[arg(long, default_value_t = 30, value_name = "SECONDS")]
    patience: u64,
}

/// See the module.
#[derive(Debug)]
pub(super) struct Host {
    /// How it is reached; that does not change when it is killed.
    pub(super) office: Office,
    own: Option<Own>,
}

#[derive(Debug)]
struct Own {
    ochre: Ochre,
    server: Server,
    kills: u32,
    _folder: TempDir,
}

/// What became of a server of our own.
#[derive(Debug, Default)]
pub(super) struct Lives {
    /// How often it was killed.
    pub(super) kills: u32,
    /// The longest time from a death until it listened again.
    pub(super) slowest_restart: Duration,
    /// What `ochre check` found wrong, or that it did not stop in order.
    pub(super) violation: Option<String>,
}

impl Host {
    /// The server that the arguments name.
    pub(super) async fn start(args: &HostArgs) -> Result<Self, LoadError> {
        let patience = Duration::from_secs(args.patience);
        let Some(program) = &args.server else {
            let (url, admin) = (args.url.clone(), args.admin_token.clone());
            let office = Office {
                target: url.unwrap_or_default().parse()?,
                admin: admin.unwrap_or_default(),
                patience,
            };
            return Ok(Self { office, own: None });
        };
        let folder =
            tempfile::tempdir().map_err(|source| LoadError::file("a temporary folder", source))?;
        let ochre = Ochre::new(program, folder.path(), args.server_env.clone());
        let admin = ochre.init().await?;
        let server = ochre.serve().await?;
        let office = Office {
            target: server.target.clone(),
            admin,
            patience,
        };
        let own = Own {
            ochre,
            server,
            kills: args.kills,
            _folder: folder,
        };
        let own = Some(own);
        Ok(Self { office, own })
    }

    /// Kills a server of our own as often as told, at even distances over the time.
    pub(super) async fn live(&mut self, length: Duration) -> Result<Lives, LoadError> {
        let mut lives = Lives::default();
        let Some(own) = &mut self.own else {
            return Ok(lives);
        };
        let pause = length / own.kills.saturating_add(1);
        while lives.kills < own.kills {
            sleep(pause).await;
            own.server.kill_at_once().await?;
            let died = clock::now();
            own.server = own.ochre.serve_again(&self.office.target).await?;
            lives.slowest_restart = lives.slowest_restart.max(died.elapsed());
            lives.kills += 1;
        }
        Ok(lives)
    }

    /// Stops a server of our own, and has its store checked.
    pub(super) async fn end(self, lives: &mut Lives) {
        let Some(Own { ochre, server, .. }) = self.own else {
            return;
        };
        lives.violation = match server.stop().await {
            Ok(()) => ochre.check().await.err().map(|error| error.to_string()),
            Err(error) => Some(error.to_string()),
        };
    }
}
