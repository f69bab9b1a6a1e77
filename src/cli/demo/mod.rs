//! `ochre demo`: a server with a made-up workspace in which something happens all the time.
//!
//! Everything goes through the same registries as a client's commands, in process.

mod dice;
mod people;
mod scenes;
mod trickle;
mod words;

use std::path::PathBuf;
use std::sync::Arc;

use actix_web::rt::{self, System};
use tempfile::TempDir;

use self::people::{Cast, PASSWORD, SignIn};
use super::args::DemoArgs;
use super::error::CliError;
use super::serve::{Signals, announce, open, settings, stop};
use super::{offline, output};
use crate::app::{App, RunningApp, bind};
use crate::telemetry;

/// Runs the demo until a signal ends it.
pub(super) fn run(args: &DemoArgs) -> Result<(), CliError> {
    let (config, faults) = settings(args.config.as_deref(), args.listen)?;
    telemetry::init(&config.telemetry)?;
    let data = Data::new(args.data.as_ref())?;
    System::new().block_on(async {
        let mut signals = Signals::new()?;
        let listen = config.server.listen;
        // First of all, since whoever waits for the port should not wait for the people.
        let listener = bind(listen)?;
        let app = open(config, &data.folder, &faults)?;
        let (cast, sign_ins) = fill(&app).await?;
        let running = app.serve(listener)?;
        tell(&running, &cast, &sign_ins)?;
        announce(&running)?;
        let trickle = rt::spawn(trickle::run(running.state().clone(), cast));
        signals.received().await;
        trickle.abort();
        stop(running, &mut signals).await
    })
}

/// Where the demo keeps its data, for as long as it runs or for good.
struct Data {
    folder: PathBuf,
    /// Removed when dropped.
    _temporary: Option<TempDir>,
}

impl Data {
    fn new(folder: Option<&PathBuf>) -> Result<Self, CliError> {
        if let Some(folder) = folder {
            let (folder, _temporary) = (folder.clone(), None);
            return Ok(Self { folder, _temporary });
        }
        let temporary = TempDir::with_prefix("ochre-demo-")
            .map_err(CliError::io("cannot make a temporary folder"))?;
        Ok(Self {
            folder: temporary.path().to_owned(),
            _temporary: Some(temporary),
        })
    }
}

/// Makes the workspace with its people and conversations, unless it is there already.
async fn fill(app: &App) -> Result<(Cast, Vec<SignIn>), CliError> {
    let all = app.state().store.workspaces().all();
    let known = all
        .iter()
        .find(|one| &*offline::name_of(one) == people::WORKSPACE);
    if let Some(workspace) = known {
        let cast = Cast::found(Arc::clone(workspace))?;
        let sign_ins = cast.sign_ins(app).await?;
        return Ok((cast, sign_ins));
    }
    if !all.is_empty() {
        return Err(CliError::Refused(
            "the data folder belongs to somebody: the demo needs a new one, or its own".to_owned(),
        ));
    }
    let cast = Cast::hired(app).await?;
    let sign_ins = cast.sign_ins(app).await?;
    scenes::play(app, &cast).await?;
    Ok((cast, sign_ins))
}

fn tell(running: &RunningApp, cast: &Cast, sign_ins: &[SignIn]) -> Result<(), CliError> {
    let address = running.address();
    let conversations = cast.workspace.views().read().rows.len();
    output::line(format_args!(
        "The workspace {:?} has {conversations} conversations, and new ones come in.\n",
        people::WORKSPACE
    ))?;
    for SignIn { person, token } in sign_ins {
        let (role, name, email) = (person.role.as_str(), person.name, person.email);
        output::line(format_args!("{role:<7} {name}"))?;
        output::line(format_args!("  email     {email}"))?;
        output::line(format_args!("  password  {PASSWORD}"))?;
        output::line(format_args!("  token     {}", token.reveal()))?;
        output::line(format_args!(
            "  curl -H 'Authorization: Bearer {}' http://{address}/v1/me\n",
            token.reveal()
        ))?;
    }
    if !address.ip().is_loopback() {
        output::note("Others can reach this address, and everybody knows the password.");
    }
    Ok(())
}
