//! `ochre serve`: the server, until a signal ends it.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use actix_web::rt::System;
use actix_web::rt::signal::unix::{Signal, SignalKind, signal};

use super::args::ServeArgs;
use super::error::CliError;
use super::output;
use crate::app::{App, Parts, RunningApp, bind, open_journal};
use crate::clock::SystemClock;
use crate::config::{Config, process_environment};
use crate::faults::FaultPlan;
use crate::telemetry;

/// The signals that end the server.
pub(super) struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

/// Runs the server.
pub(super) fn run(args: &ServeArgs) -> Result<(), CliError> {
    let (config, faults) = settings(args.config.as_deref(), args.listen)?;
    telemetry::init(&config.telemetry)?;
    System::new().block_on(async {
        // Before anything that takes time, so that a signal is never met by the default action.
        let mut signals = Signals::new()?;
        let listen = config.server.listen;
        let app = open(config, &args.data, &faults)?;
        if app.state().store.workspaces().all().is_empty() {
            tracing::warn!("there is no workspace yet: stop, and create one with `ochre init`");
        }
        let running = app.serve(bind(listen)?)?;
        announce(&running)?;
        signals.received().await;
        stop(running, &mut signals).await
    })
}

/// The configuration in force, with what the command line says above it, and the planned faults.
pub(super) fn settings(
    file: Option<&Path>,
    listen: Option<SocketAddr>,
) -> Result<(Config, FaultPlan), CliError> {
    let mut config = Config::load(file, process_environment())?;
    config.server.listen = listen.unwrap_or(config.server.listen);
    let faults = FaultPlan::from_environment(process_environment())?;
    Ok((config, faults))
}

/// The service on a data folder, with its door still closed.
pub(super) fn open(config: Config, data: &Path, faults: &FaultPlan) -> Result<App, CliError> {
    let journal = open_journal(&config, data, faults)?;
    let clock = Arc::new(SystemClock);
    let parts = Parts {
        config,
        journal,
        clock,
        faults: faults.actors(),
    };
    Ok(App::open(parts)?)
}

/// The one line that scripts wait for.
pub(super) fn announce(running: &RunningApp) -> Result<(), CliError> {
    output::line(format_args!("listening on http://{}", running.address()))
}

/// Stops gracefully; a second signal ends the wait, and what is not yet acknowledged is not told.
pub(super) async fn stop(running: RunningApp, signals: &mut Signals) -> Result<(), CliError> {
    tracing::info!("stopping");
    tokio::select! {
        stopped = running.stop() => Ok(stopped?),
        () = signals.received() => {
            Err(CliError::Refused("stopped at once by a second signal".to_owned()))
        }
    }
}

impl Signals {
    pub(super) fn new() -> Result<Self, CliError> {
        let listen = |kind| signal(kind).map_err(CliError::io("cannot listen for signals"));
        Ok(Self {
            terminate: listen(SignalKind::terminate())?,
            interrupt: listen(SignalKind::interrupt())?,
        })
    }

    /// Waits for the next one.
    pub(super) async fn received(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}
