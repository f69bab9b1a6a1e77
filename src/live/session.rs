//! A websocket: frames in, frames out. The only file that names `actix_web_actors`.
//!
//! It knows nothing of views. What its client says goes to the hub of the workspace; what waits for
//! it goes out in one write.

use std::io::ErrorKind;
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use actix::{Actor, ActorContext, Addr, AsyncContext, Handler, Message, StreamHandler};
use actix_http::ws::Item;
use actix_web::{HttpRequest, HttpResponse, web};
use actix_web_actors::ws::{self, CloseCode, CloseReason, ProtocolError, WebsocketContext};

use super::client_frame::{ClientFrame, Unreadable};
use super::frames::{self, ErrorCode};
use super::hub::Arrival;
use super::hub_actor::{Attach, Detach, Heard, HubActor};
use super::moments;
use super::pace::Pace;
use super::peer::{Peer, SessionId, Taken, Wake};
use super::socket::Socket;
use super::{Live, Seat};
use crate::auth::{Principal, Secret};
use crate::metrics::Closed;

/// The subprotocol, as a client may name it.
const PROTOCOL: &str = "ochre.live.v1";

/// How many signs of life a client may miss.
const MISSED_MAX: u32 = 3;

/// How often a socket that has not said who it is is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// Finds whoever shows a secret, if they may watch.
pub type Authenticate = Box<dyn Fn(&Secret) -> Option<Principal>>;

/// Something waits in the queue.
#[derive(Debug, Message)]
#[rtype(result = "()")]
struct Waiting;

struct WakeSession(Addr<Session>);

impl Wake for WakeSession {
    fn wake(&self) -> bool {
        // There is at most one such message at a time, so a mailbox is never full of them.
        !matches!(
            self.0.try_send(Waiting),
            Err(actix::dev::SendError::Closed(_))
        )
    }
}

/// Whom it serves.
enum Stage {
    /// It waits for the frame that says so.
    Unknown { until: Instant },
    /// They are known to the hub.
    Known {
        peer: Arc<Peer>,
        hub: Addr<HubActor>,
    },
}

/// See the module.
struct Session {
    id: SessionId,
    live: Arc<Live>,
    stage: Stage,
    arriving: Option<Principal>,
    authenticate: Authenticate,
    socket: Weak<Socket>,
    pace: Pace,
    heard_at: Instant,
    /// A text that comes in pieces.
    pieces: Option<Vec<u8>>,
    closed: Closed,
    _seat: Seat,
}

/// Turns a request into a websocket.
///
/// # Errors
/// When it is not the beginning of one.
pub fn open(
    live: &Arc<Live>,
    seat: Seat,
    principal: Option<Principal>,
    authenticate: Authenticate,
    (request, stream): (&HttpRequest, web::Payload),
) -> Result<HttpResponse, actix_web::Error> {
    let socket = request.conn_data::<Arc<Socket>>().map(Arc::downgrade);
    let limits = live.limits();
    let now = live.clock().instant();
    let until = moments::after(now, limits.authentication_timeout());
    let session = Session {
        id: live.next_session(),
        live: Arc::clone(live),
        stage: Stage::Unknown { until },
        arriving: principal,
        authenticate,
        socket: socket.unwrap_or_default(),
        pace: Pace::new(limits.frames_per_second_max),
        heard_at: now,
        pieces: None,
        closed: Closed::ByClient,
        _seat: seat,
    };
    ws::WsResponseBuilder::new(session, request, stream)
        .protocols(&[PROTOCOL])
        .frame_size(limits.frame_bytes_max)
        .start()
}

impl Actor for Session {
    type Context = WebsocketContext<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        self.live.metrics().live().opened();
        match self.arriving.take() {
            Some(principal) => self.arrive(&principal, ctx),
            None => {
                ctx.run_interval(LOOK_EVERY, |session, ctx| session.look(ctx));
            }
        }
        ctx.run_interval(self.live.limits().heartbeat(), |session, ctx| {
            session.beat(ctx);
        });
    }

    fn stopped(&mut self, _ctx: &mut Self::Context) {
        if let Stage::Known { peer, hub } = &self.stage {
            // One that was cut could not say why.
            self.closed = peer.take().close.unwrap_or(self.closed);
            // If the hub has no room for the news, it finds out by itself.
            peer.end();
            hub.try_send(Detach(self.id)).ok();
        }
        self.live.metrics().live().closed(self.closed);
    }
}

impl Session {
    /// Goes to the hub of the workspace.
    fn arrive(&mut self, principal: &Principal, ctx: &mut WebsocketContext<Self>) {
        let wake = Box::new(WakeSession(ctx.address()));
        let limits = self.live.queue_limits();
        let peer = Arc::new(Peer::new(self.id, limits, wake, self.socket.clone()));
        let hub = self.live.hub(principal);
        let arrival = Arrival {
            peer: Arc::clone(&peer),
            user: principal.caller.user(),
            credential: principal.credential,
        };
        if hub.try_send(Attach(arrival)).is_err() {
            // There is no room at the hub, or it has just panicked: they come back in a moment.
            self.close(Closed::Restart, ctx);
            return;
        }
        self.stage = Stage::Known { peer, hub };
    }

    /// Whether the time to say who it is has run out. No hub knows of it, so that it finds out by
    /// itself that the server stops.
    fn look(&mut self, ctx: &mut WebsocketContext<Self>) {
        let Stage::Unknown { until } = self.stage else {
            return;
        };
        if self.live.is_stopping() {
            self.close(Closed::Restart, ctx);
        } else if until <= self.live.clock().instant() {
            self.close(Closed::NotAuthenticated, ctx);
        }
    }

    /// Asks for a sign of life, and ends when there has been none for long.
    fn beat(&mut self, ctx: &mut WebsocketContext<Self>) {
        let silent = self
            .live
            .clock()
            .instant()
            .saturating_duration_since(self.heard_at);
        let is_lost = matches!(&self.stage, Stage::Known { hub, .. } if !hub.connected());
        if is_lost {
            // Its hub has panicked: nothing would ever be told here.
            self.close(Closed::Restart, ctx);
            return;
        }
        if silent >= self.live.limits().heartbeat().saturating_mul(MISSED_MAX) {
            ctx.stop();
        } else {
            ctx.ping(b"");
        }
    }

    fn close(&mut self, code: Closed, ctx: &mut WebsocketContext<Self>) {
        self.closed = code;
        ctx.close(reason(code));
        ctx.stop();
    }

    fn hear(&mut self, text: &str, ctx: &mut WebsocketContext<Self>) {
        match (ClientFrame::parse(text), &self.stage) {
            (Ok(ClientFrame::Auth { token }), Stage::Unknown { .. }) => {
                match (self.authenticate)(&Secret::received(&token)) {
                    Some(principal) => self.arrive(&principal, ctx),
                    None => self.close(Closed::NotAuthenticated, ctx),
                }
            }
            (_, Stage::Unknown { .. }) => self.close(Closed::NotAuthenticated, ctx),
            (Ok(frame), Stage::Known { hub, .. }) => {
                let session = self.id;
                if hub.try_send(Heard { session, frame }).is_err() {
                    self.close(Closed::Restart, ctx);
                }
            }
            (Err(Unreadable::Bad(detail)), _) => refuse(ErrorCode::BadFrame, &detail, ctx),
            (Err(Unreadable::UnknownType(found)), _) => {
                let shown: String = found.chars().take(50).collect();
                let detail = format!("there is no frame of the type {shown:?}");
                refuse(ErrorCode::UnknownType, &detail, ctx);
            }
        }
    }

    /// Puts a text together that comes in pieces.
    fn piece(&mut self, item: Item, ctx: &mut WebsocketContext<Self>) {
        let max = self.live.limits().frame_bytes_max;
        let (more, is_last) = match item {
            Item::FirstText(first) => {
                self.pieces = Some(Vec::new());
                (first, false)
            }
            Item::FirstBinary(_) => {
                self.pieces = None;
                refuse(ErrorCode::BadFrame, "frames are text", ctx);
                return;
            }
            Item::Continue(more) => (more, false),
            Item::Last(more) => (more, true),
        };
        let Some(mut pieces) = self.pieces.take() else {
            return;
        };
        if pieces.len().saturating_add(more.len()) > max {
            self.close(Closed::LimitBroken, ctx);
            return;
        }
        pieces.extend_from_slice(&more);
        if !is_last {
            self.pieces = Some(pieces);
            return;
        }
        match std::str::from_utf8(&pieces) {
            Ok(text) => self.hear(text, ctx),
            Err(_) => break_off(CloseCode::Invalid, ctx),
        }
    }
}

impl Handler<Waiting> for Session {
    type Result = ();

    fn handle(&mut self, Waiting: Waiting, ctx: &mut Self::Context) {
        let Stage::Known { peer, .. } = &self.stage else {
            return;
        };
        let Taken { frames, close } = peer.take();
        let bytes = frames.iter().map(|frame| frame.text.len()).sum();
        self.live.metrics().live().sent(frames.len(), bytes);
        for frame in frames {
            ctx.text(frame.text.clone());
        }
        if let Some(code) = close {
            self.close(code, ctx);
        }
    }
}

impl StreamHandler<Result<ws::Message, ProtocolError>> for Session {
    fn handle(&mut self, message: Result<ws::Message, ProtocolError>, ctx: &mut Self::Context) {
        let now = self.live.clock().instant();
        self.heard_at = now;
        if !self.pace.admits(now) {
            self.close(Closed::LimitBroken, ctx);
            return;
        }
        match message {
            Ok(ws::Message::Text(text)) => self.hear(&text, ctx),
            Ok(ws::Message::Binary(_)) => refuse(ErrorCode::BadFrame, "frames are text", ctx),
            Ok(ws::Message::Continuation(item)) => self.piece(item, ctx),
            Ok(ws::Message::Ping(payload)) => ctx.pong(&payload),
            Ok(ws::Message::Pong(_) | ws::Message::Nop) => {}
            Ok(ws::Message::Close(reason)) => {
                ctx.close(reason);
                ctx.stop();
            }
            Err(ProtocolError::Overflow) => self.close(Closed::LimitBroken, ctx),
            Err(error) => {
                tracing::debug!(session = self.id, %error, "a websocket broke");
                // What the framework could not read as text arrives as such an error.
                let is_text =
                    matches!(&error, ProtocolError::Io(error) if error.kind() == ErrorKind::Other);
                let code = if is_text {
                    CloseCode::Invalid
                } else {
                    CloseCode::Protocol
                };
                break_off(code, ctx);
            }
        }
    }

    fn finished(&mut self, ctx: &mut Self::Context) {
        ctx.stop();
    }
}

/// Ends what is no websocket any more.
fn break_off(code: CloseCode, ctx: &mut WebsocketContext<Session>) {
    ctx.close(Some(CloseReason::from(code)));
    ctx.stop();
}

fn refuse(code: ErrorCode, detail: &str, ctx: &mut WebsocketContext<Session>) {
    ctx.text(frames::error(code, detail, None));
}

/// The code of the contract, and words for whoever reads it in a browser.
fn reason(closed: Closed) -> Option<CloseReason> {
    let (code, words) = match closed {
        Closed::ByClient => return None,
        Closed::NotAuthenticated => (4001, "not authenticated"),
        Closed::SignedOut => (4003, "deactivated or signed out"),
        Closed::TooSlow => (4008, "too slow"),
        Closed::LimitBroken => (4009, "a limit was broken"),
        Closed::Restart => (4012, "the server restarts"),
    };
    Some(CloseReason {
        code: CloseCode::Other(code),
        description: Some(words.to_owned()),
    })
}
