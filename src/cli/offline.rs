//! Commands on a data folder whose server is stopped: the same actors, as the system itself.

use std::path::Path;
use std::sync::Arc;

use actix_web::rt::System;

use super::error::CliError;
use crate::app::{App, Parts, open_existing_folder, open_folder};
use crate::clock::SystemClock;
use crate::commit::Workspace;
use crate::config::{Config, TelemetryConfig, process_environment};
use crate::domain::directory::{Directory, DirectoryCommand, DirectoryEvent, DirectoryRequest};
use crate::domain::{Caller, WorkspaceId};
use crate::faults::ActorFaults;
use crate::journal::JournalError;
use crate::telemetry;

/// Whether the folder may be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Folder {
    /// It is created if missing.
    Create,
    /// It must be there.
    Existing,
}

/// The configuration of a command that is no server: defaults and environment, and a quiet log.
pub(super) fn configuration() -> Result<Config, CliError> {
    let config = Config::load(None, process_environment())?;
    telemetry::init(&TelemetryConfig {
        log: "warn".to_owned(),
        format: config.telemetry.format,
        requests: config.telemetry.requests,
    })?;
    Ok(config)
}

/// What is administered in a folder can be administered through the server that has it open.
fn or_through_server(error: JournalError) -> CliError {
    match error {
        JournalError::Locked { .. } => {
            CliError::Refused(format!("{error}, or go through it with --url"))
        }
        error => CliError::Journal(error),
    }
}

/// Opens the folder and runs `work` on it inside an actix system; then everything is closed.
pub(super) fn run<T>(
    data: &Path,
    folder: Folder,
    work: impl AsyncFnOnce(Arc<App>) -> Result<T, CliError>,
) -> Result<T, CliError> {
    let config = configuration()?;
    System::new().block_on(async {
        let journal = match folder {
            Folder::Create => open_folder(&config, data)?,
            Folder::Existing => open_existing_folder(&config, data).map_err(or_through_server)?,
        };
        let parts = Parts {
            config,
            journal,
            clock: Arc::new(SystemClock),
            faults: ActorFaults::default(),
        };
        let app = Arc::new(App::open(parts)?);
        let done = work(Arc::clone(&app)).await;
        app.state().store.stop();
        done
    })
}

/// The workspace that is meant: by id or name, or the only one.
pub(super) fn workspace(app: &App, wanted: Option<&str>) -> Result<Arc<Workspace>, CliError> {
    let all = app.state().store.workspaces().all();
    let names = || {
        let named = all
            .iter()
            .map(|one| format!("{:?} ({})", name_of(one), one.id()));
        named.collect::<Vec<_>>().join(", ")
    };
    match (wanted, all.as_slice()) {
        (_, []) => Err(CliError::Refused(
            "the data folder has no workspace: create one with `ochre init`".to_owned(),
        )),
        (None, [only]) => Ok(Arc::clone(only)),
        (None, _) => Err(CliError::Usage(format!(
            "the data folder has several workspaces, choose one with --workspace: {}",
            names()
        ))),
        (Some(wanted), _) => {
            let id = wanted.parse::<WorkspaceId>().ok();
            let is_meant = |one: &&Arc<Workspace>| id == Some(one.id()) || &*name_of(one) == wanted;
            let found = all.iter().find(is_meant).cloned();
            found.ok_or_else(|| {
                CliError::Refused(format!(
                    "there is no workspace {wanted:?}; there are {}",
                    names()
                ))
            })
        }
    }
}

/// The name of a workspace.
pub(super) fn name_of(workspace: &Workspace) -> Arc<str> {
    Arc::clone(workspace.views().directory().name())
}

/// Carries a directory command out and returns once it is durable.
pub(super) async fn execute(
    app: &App,
    workspace: &Arc<Workspace>,
    caller: Caller,
    command: DirectoryCommand,
) -> Result<(Arc<Directory>, Vec<DirectoryEvent>), CliError> {
    let request = DirectoryRequest { caller, command };
    let directories = &app.state().directories;
    let reply = directories.execute(workspace, request, None).await?;
    let (events, _at) = reply.outcome?;
    Ok((reply.directory, events))
}
