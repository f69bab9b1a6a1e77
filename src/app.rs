//! The composition root: builds every part, owns the server, and stops both in the right order.
//!
//! Nothing else builds components. The journal, the clock and the listener come from outside, so
//! that tests own them.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use actix_web::dev::{ServerHandle, Service as _};
use actix_web::http::ConnectionType;
use actix_web::middleware::from_fn;
use actix_web::rt::task::JoinHandle;
use actix_web::{HttpServer, rt, web};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::actors::{Conversations, Directories};
use crate::api::{self, Guards, State};
use crate::auth::{PasswordError, Passwords};
use crate::clock::Clock;
use crate::commit::{OpenError, Store, StoreLimits};
use crate::config::{Config, JournalEngine};
use crate::faults::FaultPlan;
use crate::journal::{Journal, JournalError, MemoryJournal, SledJournal, SledOptions};
use crate::metrics::Metrics;

/// Connections that the kernel may hold for us while the workers are busy; it caps it by its own
/// `net.core.somaxconn`.
const BACKLOG: u32 = 4096;

/// How often the end of the requests under way is looked for while the server stops.
const DRAIN_POLL: Duration = Duration::from_millis(5);

/// The sweep for idle conversations is never more frequent than this.
const SWEEP_EVERY_MIN: Duration = Duration::from_secs(1);

/// Why the service could not be built, started or stopped.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// The data folder cannot be used.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The logs in it cannot be loaded.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// Passwords cannot be hashed as configured.
    #[error(transparent)]
    Passwords(#[from] PasswordError),
    /// The address is not free, or not ours.
    #[error("cannot listen on {address}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
    /// The server could not be started, or broke.
    #[error("the server failed")]
    Server(#[from] io::Error),
    /// A task of ours ended before its time.
    #[error("a task of the server was lost")]
    Task(#[from] rt::task::JoinError),
}

/// What the service is built from.
#[derive(Debug, Clone)]
pub struct Parts {
    /// The configuration in force.
    pub config: Config,
    /// Where commits become durable.
    pub journal: Arc<dyn Journal>,
    /// Time and randomness.
    pub clock: Arc<dyn Clock>,
}

/// The service without its door: loaded, and nobody can call it from outside.
#[derive(Debug)]
pub struct App {
    state: web::Data<State>,
}

/// The service with its door open.
#[derive(Debug)]
pub struct RunningApp {
    address: SocketAddr,
    state: web::Data<State>,
    requests: Arc<Requests>,
    handle: ServerHandle,
    served: JoinHandle<io::Result<()>>,
    sweeper: JoinHandle<()>,
}

/// The requests under way, and whether new connections are to be discouraged.
#[derive(Debug, Default)]
struct Requests {
    under_way: AtomicUsize,
    stopping: AtomicBool,
}

/// One request under way, however it ends.
struct UnderWay(Arc<Requests>);

impl App {
    /// Loads every workspace of the journal and builds what works on them.
    ///
    /// # Errors
    /// When a log cannot be loaded, or the configuration asks for the impossible.
    pub fn open(parts: Parts) -> Result<Self, AppError> {
        let Parts {
            config,
            journal,
            clock,
        } = parts;
        let metrics = Arc::new(Metrics::new());
        let store = Store::open(
            journal,
            Arc::clone(&clock),
            Arc::clone(&metrics),
            StoreLimits::of(&config),
        )?;
        let state = State {
            store: Arc::new(store),
            conversations: Conversations::new(
                Arc::clone(&clock),
                Arc::clone(&metrics),
                config.actors.clone(),
            ),
            directories: Directories::new(config.actors.mailbox_messages_max),
            passwords: Passwords::new(&config.auth, Arc::clone(&clock))?,
            guards: Guards::new(&config, Arc::clone(&clock)),
            config: Arc::new(config),
            clock,
            metrics,
        };
        Ok(Self {
            state: web::Data::new(state),
        })
    }

    /// Builds the service and opens its door; see [`App::open`] and [`App::serve`].
    ///
    /// # Errors
    /// As both.
    pub fn start(parts: Parts, listener: TcpListener) -> Result<RunningApp, AppError> {
        Self::open(parts)?.serve(listener)
    }

    /// The parts that commands go through.
    #[must_use]
    pub const fn state(&self) -> &web::Data<State> {
        &self.state
    }

    /// Records the start in every log, then accepts connections. Called inside an actix system.
    ///
    /// # Errors
    /// When the start cannot be recorded, or the listener not be used.
    pub fn serve(self, listener: TcpListener) -> Result<RunningApp, AppError> {
        let state = self.state;
        let address = listener.local_addr()?;
        raise_descriptor_limit();
        state.store.start_epoch()?;
        let requests = Arc::new(Requests::default());
        let server = {
            let (state, requests) = (state.clone(), Arc::clone(&requests));
            HttpServer::new(move || {
                let requests = Arc::clone(&requests);
                actix_web::App::new()
                    .app_data(state.clone())
                    .wrap(from_fn(api::edge))
                    .wrap_fn(move |request, service| {
                        let under_way = UnderWay::begin(&requests);
                        let answer = service.call(request);
                        async move {
                            let mut answer = answer.await?;
                            under_way.answered(&mut answer);
                            Ok(answer)
                        }
                    })
                    .configure(api::configure)
            })
        };
        let settings = &state.config.server;
        let workers = settings.worker_count();
        let server = server
            .workers(workers)
            .max_connections(settings.connections_max.div_ceil(workers).max(1))
            .keep_alive(settings.keep_alive())
            .client_request_timeout(settings.request_head_timeout())
            .shutdown_timeout(settings.shutdown_timeout_seconds)
            .tcp_nodelay(true)
            .disable_signals()
            .listen(listener)?
            .run();
        Ok(RunningApp {
            address,
            requests,
            handle: server.handle(),
            served: rt::spawn(server),
            sweeper: rt::spawn(sweep(state.clone())),
            state,
        })
    }

    /// Answers what is queued and ends the threads; for those who never opened the door.
    pub fn close(self) {
        self.state.store.stop();
    }
}

impl RunningApp {
    /// Where it accepts connections.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// The parts that commands go through, for whoever works beside HTTP.
    #[must_use]
    pub const fn state(&self) -> &web::Data<State> {
        &self.state
    }

    /// Stops accepting, lets requests under way finish for as long as configured, then carries out
    /// and answers what is queued. The journal is closed with the last part that holds it.
    ///
    /// # Errors
    /// When the server had failed before.
    pub async fn stop(self) -> Result<(), AppError> {
        self.sweeper.abort();
        self.requests.stopping.store(true, Ordering::Release);
        self.handle.pause().await;
        // Workers end one by one, and the actors on them: so none ends while a request on another
        // may still need one.
        let timeout = self.state.config.server.shutdown_timeout();
        let drained = rt::time::timeout(timeout, self.requests.drained())
            .await
            .is_ok();
        self.handle.stop(drained).await;
        self.served.await??;
        let store = Arc::clone(&self.state.store);
        drop(self.state);
        rt::task::spawn_blocking(move || store.stop()).await?;
        Ok(())
    }
}

impl Requests {
    async fn drained(&self) {
        while self.under_way.load(Ordering::Acquire) > 0 {
            rt::time::sleep(DRAIN_POLL).await;
        }
    }
}

impl UnderWay {
    fn begin(requests: &Arc<Requests>) -> Self {
        requests.under_way.fetch_add(1, Ordering::AcqRel);
        Self(Arc::clone(requests))
    }

    /// While the server stops, a connection ends with its answer.
    fn answered<B>(self, answer: &mut actix_web::dev::ServiceResponse<B>) {
        if self.0.stopping.load(Ordering::Acquire) {
            let head = answer.response_mut().head_mut();
            head.set_connection_type(ConnectionType::Close);
        }
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.under_way.fetch_sub(1, Ordering::AcqRel);
    }
}

/// Opens the journal that the configuration names, in the data folder; creates it if missing.
///
/// # Errors
/// When the folder is not ours, in use, damaged, or cannot be written.
pub fn open_journal(
    config: &Config,
    data: &Path,
    faults: &FaultPlan,
) -> Result<Arc<dyn Journal>, JournalError> {
    let journal: Arc<dyn Journal> = match config.journal.engine {
        JournalEngine::Memory => Arc::new(MemoryJournal::new()),
        JournalEngine::Sled => {
            let mut options = sled_options(config, data);
            options.fdatasync = !faults.skip_fdatasync;
            Arc::new(SledJournal::open(options)?)
        }
    };
    Ok(faults.wrap(journal))
}

/// Opens the journal of a data folder, for a command on the folder itself; creates it if missing.
///
/// # Errors
/// As [`open_journal`].
pub fn open_folder(config: &Config, data: &Path) -> Result<Arc<dyn Journal>, JournalError> {
    Ok(Arc::new(SledJournal::open(sled_options(config, data))?))
}

/// The same for a folder that must be there already.
///
/// # Errors
/// As [`open_journal`], and when there is none.
pub fn open_existing_folder(
    config: &Config,
    data: &Path,
) -> Result<Arc<dyn Journal>, JournalError> {
    let options = sled_options(config, data);
    Ok(Arc::new(SledJournal::open_existing(options)?))
}

/// Listens on an address, with room for a crowd that comes at once. Called inside an actix system.
///
/// # Errors
/// When the address is not free, or not ours.
pub fn bind(address: SocketAddr) -> Result<TcpListener, AppError> {
    let bind = || {
        let socket = if address.is_ipv4() {
            rt::net::TcpSocket::new_v4()?
        } else {
            rt::net::TcpSocket::new_v6()?
        };
        socket.set_reuseaddr(true)?;
        socket.bind(address)?;
        socket.listen(BACKLOG)?.into_std()
    };
    bind().map_err(|source| AppError::Listen { address, source })
}

fn sled_options(config: &Config, data: &Path) -> SledOptions {
    SledOptions {
        cache_bytes: config.journal.cache_bytes,
        probe_bytes: config.journal.probe_bytes,
        ..SledOptions::new(data)
    }
}

/// Asks conversations that nobody used for a while to leave memory, again and again.
async fn sweep(state: web::Data<State>) {
    let every = (state.config.actors.idle_stop() / 2).max(SWEEP_EVERY_MIN);
    let mut ticks = rt::time::interval(every);
    loop {
        ticks.tick().await;
        state.conversations.sweep();
    }
}

/// Every connection is a descriptor, and the usual soft limit of 1024 is far below what the
/// configuration permits.
fn raise_descriptor_limit() {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit {
        current: limit.maximum,
        maximum: limit.maximum,
    };
    if let Err(error) = setrlimit(Resource::Nofile, raised) {
        tracing::warn!(%error, "the limit of open files could not be raised");
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::{Ipv4Addr, TcpStream};

    use super::*;
    use crate::clock::ManualClock;
    use crate::domain::Timestamp;

    fn parts() -> Parts {
        let start = Timestamp::from_millis(1_700_000_000_000);
        Parts {
            config: Config::load(None, std::iter::empty()).unwrap(),
            journal: Arc::new(MemoryJournal::new()),
            clock: Arc::new(ManualClock::starting_at(start)),
        }
    }

    #[actix_web::test]
    async fn it_answers_until_it_is_stopped() {
        let listener = bind((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
        let running = App::start(parts(), listener).unwrap();
        let address = running.address();
        let asked = rt::task::spawn_blocking(move || {
            let mut stream = TcpStream::connect(address)?;
            stream.write_all(b"GET /nothing HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")?;
            let mut answer = String::new();
            stream.read_to_string(&mut answer)?;
            Ok::<_, io::Error>(answer)
        });
        let answer = asked.await.unwrap().unwrap();
        assert!(answer.starts_with("HTTP/1.1 404 "), "{answer}");
        running.stop().await.unwrap();
        assert!(TcpStream::connect(address).is_err());
    }

    #[actix_web::test]
    async fn a_connection_that_says_nothing_does_not_hold_up_the_stop() {
        let listener = bind((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
        let running = App::start(parts(), listener).unwrap();
        let silent = TcpStream::connect(running.address()).unwrap();
        let stopped = rt::time::timeout(Duration::from_secs(5), running.stop()).await;
        stopped.unwrap().unwrap();
        drop(silent);
    }

    #[actix_web::test]
    async fn an_address_in_use_is_named() {
        let listener = bind((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
        let address = listener.local_addr().unwrap();
        let refused = bind(address).unwrap_err();
        assert!(refused.to_string().contains(&address.to_string()));
    }
}
