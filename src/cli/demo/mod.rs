//! `ochre demo`: a server with a made-up workspace in which something happens all the time.
//!
//! Everything goes through the same registries as a client's commands, in process. What it tells
//! outside stays inside: mail is caught, and its webhook leads to itself.

mod dice;
mod machine;
mod mail;
mod newest;
mod pages;
mod people;
mod receiver;
mod routing;
mod scenes;
mod trickle;
mod words;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use actix_web::rt::{self, System};
use ipnet::IpNet;
use tempfile::TempDir;

use self::mail::MailCatcher;
use self::pages::Pages;
use self::people::{Cast, PASSWORD, SignIn};
use self::receiver::Receiver;
use super::args::DemoArgs;
use super::error::CliError;
use super::serve::{Signals, announce, open, settings, stop};
use super::{offline, output};
use crate::app::{Additions, App, RunningApp, bind};
use crate::auth::Secret;
use crate::config::Config;
use crate::notify::Channel;
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
        let address = listener.local_addr();
        let address = address.map_err(CliError::io("cannot tell where the demo listens"))?;
        let app = open(with_itself(config, address), &data.folder, &faults)?;
        let (mut cast, sign_ins) = fill(&app).await?;
        let ai = cast.ai_token(&app).await?;
        let pages = outside(&app, &cast, address).await?;
        let mail: Arc<dyn Channel> = Arc::<MailCatcher>::clone(&pages.mail);
        let additions = Additions {
            email: Some(mail),
            routes: Some(Arc::new(pages)),
        };
        let running = app.with(additions).serve(listener)?;
        tell(&running, &cast, &sign_ins)?;
        tell_more(address, &ai)?;
        announce(&running)?;
        let trickle = rt::spawn(trickle::run(running.state().clone(), cast));
        signals.received().await;
        trickle.abort();
        stop(running, &mut signals).await
    })
}

/// The configuration with what lets the demo tell itself: links to its own address, and a webhook
/// without TLS to this machine. The latter only while nobody else can reach the demo, whose password
/// everybody knows.
fn with_itself(mut config: Config, address: SocketAddr) -> Config {
    if config.server.public_url.is_empty() {
        config.server.public_url = format!("http://{address}");
    }
    if address.ip().is_loopback() {
        config.webhooks.plain_http = true;
        let network = IpNet::from(address.ip()).to_string();
        config.webhooks.permitted_networks.push(network);
    }
    config
}

/// Where the demo sees what it tells outside.
async fn outside(app: &App, cast: &Cast, address: SocketAddr) -> Result<Pages, CliError> {
    let clock = &app.state().clock;
    let mail = Arc::new(MailCatcher::new(Arc::clone(clock)));
    let webhooks = Arc::new(Receiver::new(Arc::clone(clock)));
    if address.ip().is_loopback() {
        webhooks.subscribe(app, cast, address).await?;
    } else {
        webhooks.forget_earlier(app, cast).await?;
    }
    Ok(Pages { mail, webhooks })
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
        routing::arrange(app, &cast).await?;
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
    routing::arrange(app, &cast).await?;
    scenes::play_routed(app, &cast).await?;
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

/// The rest of what a visitor may want to know.
fn tell_more(address: SocketAddr, ai: &Secret) -> Result<(), CliError> {
    output::line(format_args!(
        "service made-up AI, which offers replies to conversations"
    ))?;
    output::line(format_args!("  bearer    {}\n", ai.reveal()))?;
    output::line(format_args!("What was told outside, in a browser:"))?;
    output::line(format_args!("  mail      http://{address}{}", pages::MAIL))?;
    output::line(format_args!(
        "  webhooks  http://{address}{}\n",
        receiver::PATH
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn webhooks_to_this_machine_are_permitted_only_while_nobody_else_reaches_the_demo() {
        for (listen, plain_http, permitted) in [
            ("127.0.0.1:8080", true, vec!["127.0.0.1/32"]),
            ("[::1]:8080", true, vec!["::1/128"]),
            ("0.0.0.0:8080", false, vec![]),
            ("192.0.2.1:8080", false, vec![]),
        ] {
            let config = Config::load(None, std::iter::empty()).unwrap();
            let webhooks = with_itself(config, listen.parse().unwrap()).webhooks;
            assert_eq!(webhooks.plain_http, plain_http, "{listen}");
            assert_eq!(webhooks.permitted_networks, permitted, "{listen}");
        }
    }
}
