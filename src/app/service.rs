//! The service: loaded, then with its door open, then stopped in the right order.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use actix_web::dev::{ServerHandle, Service as _};
use actix_web::middleware::from_fn;
use actix_web::rt::task::JoinHandle;
use actix_web::{HttpServer, rt, web};

use super::AppError;
use super::additions::{Additions, Routes};
use super::endpoints;
use super::listener::{Descriptors, raise_descriptor_limit};
use super::progress::ToSessions;
use super::requests::{Requests, UnderWay};
use crate::actors::{Conversations, Directories};
use crate::api::{self, Guards, State};
use crate::auth::Passwords;
use crate::bulk::{Bulk, BulkParts};
use crate::clock::Clock;
use crate::commit::{Store, StoreLimits};
use crate::config::Config;
use crate::dashboard::Bundle;
use crate::faults::ActorFaults;
use crate::journal::Journal;
use crate::live::{Live, LiveParts, SecondHandles};
use crate::metrics::Metrics;
use crate::notify::{Channels, Notifications, NotifyParts};
use crate::outbox::Consumer;
use crate::webhooks::Webhooks;

/// The sweep for idle conversations is never more frequent than this.
const SWEEP_EVERY_MIN: Duration = Duration::from_secs(1);

/// What the service is built from.
#[derive(Debug, Clone)]
pub struct Parts {
    /// The configuration in force.
    pub config: Config,
    /// Where commits become durable.
    pub journal: Arc<dyn Journal>,
    /// Time and randomness.
    pub clock: Arc<dyn Clock>,
    /// What is to go wrong beside the journal: nothing, but in fault tests.
    pub faults: ActorFaults,
}

/// The service without its door: loaded, and nobody can call it from outside.
#[derive(Debug)]
pub struct App {
    state: web::Data<State>,
    channels: Channels,
    routes: Option<Arc<dyn Routes>>,
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
    /// What webhooks ask of the directory.
    endpoints: JoinHandle<()>,
    notifications: Notifications,
}

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
            faults,
        } = parts;
        let channels = Channels::of(&config.notify)?;
        let metrics = Arc::new(Metrics::new());
        let store = Store::open(
            journal,
            Arc::clone(&clock),
            Arc::clone(&metrics),
            StoreLimits::of(&config),
        )?;
        let live = Arc::new(Live::new(LiveParts {
            limits: config.live.clone(),
            sockets_max: Descriptors::of(&config.live).sockets_max,
            clock: Arc::clone(&clock),
            metrics: Arc::clone(&metrics),
            journal: Arc::clone(store.journal()),
            access: Arc::clone(store.access()),
            faults: faults.clone(),
        }));
        let conversations = Conversations::new(
            Arc::clone(&clock),
            Arc::clone(&metrics),
            config.actors.clone(),
        );
        let conversations = Arc::new(conversations.with_faults(faults));
        let bulk = Bulk::new(BulkParts {
            conversations: Arc::clone(&conversations),
            clock: Arc::clone(&clock),
            metrics: Arc::clone(&metrics),
            limits: config.bulk.clone(),
            keep_keys: config.idempotency.keep(),
            watcher: Arc::new(ToSessions(Arc::clone(&live))),
        });
        let state = State {
            store: Arc::new(store),
            conversations,
            bulk,
            directories: Directories::new(config.actors.mailbox_messages_max),
            passwords: Passwords::new(&config.auth, Arc::clone(&clock))?,
            guards: Guards::new(&config, Arc::clone(&clock)),
            live,
            webhooks: Arc::new(Webhooks::new(&config.webhooks)),
            config: Arc::new(config),
            clock,
            metrics,
        };
        Ok(Self {
            state: web::Data::new(state),
            channels,
            routes: None,
        })
    }

    /// The same service with more to it.
    #[must_use]
    pub fn with(self, additions: Additions) -> Self {
        let channels = match additions.email {
            Some(email) => self.channels.with_email(email),
            None => self.channels,
        };
        Self {
            state: self.state,
            channels,
            routes: additions.routes,
        }
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
        let Self {
            state,
            channels,
            routes,
        } = self;
        let address = listener.local_addr()?;
        raise_descriptor_limit();
        state.store.start_epoch()?;
        let endpoints = start_webhooks(&state)?;
        let notifications = notifications(&state, &channels)?;
        let requests = Arc::new(Requests::default());
        let dashboard = web::Data::new(Bundle::embedded());
        let server = {
            let (state, requests) = (state.clone(), Arc::clone(&requests));
            HttpServer::new(move || {
                let requests = Arc::clone(&requests);
                let more = routes.clone();
                actix_web::App::new()
                    .app_data(state.clone())
                    .app_data(dashboard.clone())
                    // Boxed, since a connection keeps room for the largest answer under way.
                    .wrap(from_fn(|request, next| Box::pin(api::edge(request, next))))
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
                    .configure(|routes| {
                        if let Some(more) = &more {
                            more.configure(routes);
                        }
                    })
            })
        };
        let settings = &state.config.server;
        let live = &state.config.live;
        let handles = Descriptors::of(live).second_handles_max;
        let handles = SecondHandles::new(handles, live.stalled_after());
        let workers = settings.worker_count();
        let server = server
            .workers(workers)
            .on_connect(move |connection, data| handles.keep(connection, data))
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
            endpoints,
            notifications,
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
        self.state.live.stop().await;
        // Workers end one by one, and the actors on them: so none ends while a request on another
        // may still need one.
        let timeout = self.state.config.server.shutdown_timeout();
        let drained = rt::time::timeout(timeout, self.requests.drained())
            .await
            .is_ok();
        self.handle.stop(drained).await;
        self.served.await??;
        let webhooks = Arc::clone(&self.state.webhooks);
        rt::task::spawn_blocking(move || webhooks.stop()).await?;
        self.endpoints.abort();
        self.notifications.stop().await;
        let store = Arc::clone(&self.state.store);
        drop(self.state);
        rt::task::spawn_blocking(move || store.stop()).await?;
        Ok(())
    }
}

/// Begins to tell webhooks, on a thread of their own.
fn start_webhooks(state: &web::Data<State>) -> Result<JoinHandle<()>, AppError> {
    let (endpoints, served) = endpoints::serve(state.clone());
    let store = Arc::clone(&state.store);
    let sources = move || store.sources(Consumer::Webhooks);
    let clock = Arc::clone(&state.clock);
    state.webhooks.start(sources, endpoints, clock)?;
    Ok(served)
}

/// Starts telling people outside.
fn notifications(state: &State, channels: &Channels) -> Result<Notifications, AppError> {
    let parts = NotifyParts {
        config: Arc::new(state.config.notify.clone()),
        public_url: state.config.server.public_url.as_str().into(),
        clock: Arc::clone(&state.clock),
        metrics: Arc::clone(&state.metrics),
    };
    let sources = state.store.sources(Consumer::Notifications);
    Ok(Notifications::start(sources, channels, &parts)?)
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
