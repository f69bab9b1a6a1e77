//! The hub as an actor: when it takes its turns.

use std::time::{Duration, Instant};

use actix::{
    Actor, ActorFutureExt as _, AsyncContext, Context, Handler, Message, MessageResult,
    SpawnHandle, StreamHandler, WrapFuture as _,
};
use actix_web::rt::task::spawn_blocking;
use futures_util::stream;

use super::client_frame::ClientFrame;
use super::hub::{Arrival, Feed, Hub, Share, Tools};
use super::peer::SessionId;
use crate::domain::UserId;

/// How often the hub looks after what is not a commit.
const CARE_EVERY: Duration = Duration::from_millis(250);

/// How many times the time that a turn took must pass before the next one: so that the hub leaves
/// most of a processor to the rest.
const REST: u32 = 3;

/// See the module.
#[derive(Debug)]
pub(super) struct HubActor {
    hub: Hub,
    feed: Feed,
    tools: Tools,
    /// When the last turn ended, and how long the next one must wait after it.
    rested_at: Option<Instant>,
    tick: Duration,
    is_due: bool,
    /// What runs only while somebody is there.
    watching: Vec<SpawnHandle>,
}

/// A session that has said who it is.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub(super) struct Attach(pub(super) Arrival);

/// A session that has ended.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub(super) struct Detach(pub(super) SessionId);

/// What a session heard from its client.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub(super) struct Heard {
    pub(super) session: SessionId,
    pub(super) frame: ClientFrame,
}

/// Something for one person's eyes, beside the views.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub(super) struct Tell {
    pub(super) to: UserId,
    pub(super) frame: String,
}

/// Ends a share of the sessions because the server stops; answers how many there still are, and the
/// share that is left over.
#[derive(Debug, Message)]
#[rtype(result = "(usize, Share)")]
pub(super) struct Restart(pub(super) Share);

impl HubActor {
    pub(super) fn new(feed: Feed, tools: Tools) -> Self {
        Self {
            hub: Hub::new(feed.clone(), tools.clone()),
            tick: tools.limits.tick(),
            feed,
            tools,
            rested_at: None,
            is_due: false,
            watching: Vec::new(),
        }
    }

    /// Follows the bus and the clock while somebody is there, and neither while nobody is.
    fn watch(&mut self, ctx: &mut Context<Self>) {
        if self.hub.is_empty() {
            for handle in self.watching.drain(..) {
                ctx.cancel_future(handle);
            }
        } else if self.watching.is_empty() {
            let heads = stream::unfold(self.feed.bus.watch(), |mut heads| async move {
                heads.changed().await.ok()?;
                Some((Stirred, heads))
            });
            self.watching.push(ctx.add_stream(heads));
            let care = ctx.run_interval(CARE_EVERY, |actor, ctx| {
                actor.hub.care();
                if actor.hub.has_more() || actor.hub.has_postponed() {
                    actor.schedule(ctx);
                }
            });
            self.watching.push(care);
        }
    }

    /// Takes a turn now, or as soon as the last one is long enough ago.
    fn schedule(&mut self, ctx: &mut Context<Self>) {
        if self.is_due {
            return;
        }
        let now = self.tools.clock.instant();
        let since = self.rested_at.map(|at| now.saturating_duration_since(at));
        let wait = since.map_or(Duration::ZERO, |since| self.tick.saturating_sub(since));
        if wait.is_zero() {
            self.take_turn(ctx);
            return;
        }
        self.is_due = true;
        ctx.run_later(wait, |actor, ctx| {
            actor.is_due = false;
            actor.take_turn(ctx);
        });
    }

    fn take_turn(&mut self, ctx: &mut Context<Self>) {
        let began = self.tools.clock.instant();
        self.hub.turn();
        let ended = self.tools.clock.instant();
        let rest = ended.saturating_duration_since(began).saturating_mul(REST);
        let limits = &self.tools.limits;
        self.tick = rest.min(limits.tick_max()).max(limits.tick());
        self.rested_at = Some(ended);
        self.read_log(ctx);
        if self.hub.has_more() {
            self.schedule(ctx);
        }
    }

    /// Has the log read, beside this thread, for those who cannot begin without it.
    fn read_log(&mut self, ctx: &mut Context<Self>) {
        while let Some(reading) = self.hub.take_needs() {
            let lost = reading.lost();
            let read = spawn_blocking(move || reading.read());
            let read = async move { read.await.unwrap_or(lost) };
            let read = read.into_actor(self).map(|answers, actor, ctx| {
                actor.hub.found(answers);
                actor.schedule(ctx);
            });
            ctx.spawn(read);
        }
    }
}

/// More is durable.
#[derive(Debug)]
struct Stirred;

impl Actor for HubActor {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.set_mailbox_capacity(self.tools.limits.hub_messages_max);
    }
}

impl StreamHandler<Stirred> for HubActor {
    fn handle(&mut self, _stirred: Stirred, ctx: &mut Self::Context) {
        self.schedule(ctx);
    }

    fn finished(&mut self, _ctx: &mut Self::Context) {
        // The bus lives as long as the workspace, which this actor holds.
    }
}

impl Handler<Attach> for HubActor {
    type Result = ();

    fn handle(&mut self, Attach(arrival): Attach, ctx: &mut Self::Context) {
        self.hub.attach(arrival);
        self.watch(ctx);
    }
}

impl Handler<Detach> for HubActor {
    type Result = ();

    fn handle(&mut self, Detach(session): Detach, ctx: &mut Self::Context) {
        self.hub.detach(session);
        self.watch(ctx);
    }
}

impl Handler<Heard> for HubActor {
    type Result = ();

    fn handle(&mut self, Heard { session, frame }: Heard, ctx: &mut Self::Context) {
        if self.hub.hear(session, frame) {
            self.schedule(ctx);
        }
    }
}

impl Handler<Tell> for HubActor {
    type Result = ();

    fn handle(&mut self, Tell { to, frame }: Tell, _ctx: &mut Self::Context) {
        self.hub.tell(to, &frame);
    }
}

impl Handler<Restart> for HubActor {
    type Result = MessageResult<Restart>;

    fn handle(&mut self, Restart(share): Restart, _ctx: &mut Self::Context) -> Self::Result {
        let rest = self.hub.restart(share);
        self.hub.care();
        MessageResult((self.hub.sessions(), rest))
    }
}
