//! The other side of the comparison: a broadcast on the same websocket stack and nothing else. An
//! actor for each connection, and a hub that gives all of them the same text.

use std::{collections::HashMap, io};

use actix::{
    Actor, ActorContext, Addr, AsyncContext, Context, Handler, Message, Recipient, StreamHandler,
    prelude::SendError,
};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use actix_web_actors::ws;
use bytestring::ByteString;
use clap::Args;
use serde_json::json;

use crate::{error::LoadError, output};

const MAILBOX: usize = 64;

/// Serve a broadcast that does nothing else
#[derive(Debug, Args)]
pub struct BareArgs {
    /// How many worker threads
    #[arg(long, default_value_t = 2)]
    workers: usize,
    /// How many bytes a frame has
    #[arg(long, default_value_t = 900)]
    frame_bytes: usize,
}

/// Serves until it is ended.
pub fn serve(args: &BareArgs) -> Result<(), LoadError> {
    let failed = |source| LoadError::file("the bare server", source);
    actix_web::rt::System::new()
        .block_on(listen(args))
        .map_err(failed)
}

async fn listen(args: &BareArgs) -> io::Result<()> {
    let hub = Hub {
        sockets: HashMap::new(),
        next: 0,
        seq: 0,
        frame_bytes: args.frame_bytes,
    };
    let hub = web::Data::new(hub.start());
    let server = HttpServer::new(move || {
        App::new()
            .app_data(hub.clone())
            .route("/v1/live", web::get().to(upgrade))
            .route("/broadcast", web::put().to(broadcast))
    })
    .workers(args.workers)
    .max_connections(100_000)
    .bind("127.0.0.1:0")?;
    for address in server.addrs() {
        output::print(&format!("listening on http://{address}\n")).map_err(io::Error::other)?;
    }
    server.run().await
}

async fn upgrade(
    request: HttpRequest,
    stream: web::Payload,
    hub: web::Data<Addr<Hub>>,
) -> Result<HttpResponse, actix_web::Error> {
    let socket = Socket {
        hub: hub.get_ref().clone(),
        number: None,
    };
    ws::WsResponseBuilder::new(socket, &request, stream)
        .protocols(&["ochre.live.v1"])
        .start()
}

/// The body is read, since a connection with an unread one is closed.
async fn broadcast(hub: web::Data<Addr<Hub>>, _body: web::Bytes) -> HttpResponse {
    match hub.send(Broadcast).await {
        Ok(refused) => HttpResponse::Ok().json(json!({"a": refused, "changed": refused == 0})),
        Err(_closed) => HttpResponse::InternalServerError().finish(),
    }
}

/// A frame for everybody; answered with how many mailboxes were full.
#[derive(Debug, Message)]
#[rtype(result = "u64")]
struct Broadcast;

#[derive(Debug, Message)]
#[rtype(result = "u64")]
struct Join(Recipient<Frame>);

#[derive(Debug, Message)]
#[rtype(result = "()")]
struct Leave(u64);

#[derive(Debug, Clone, Message)]
#[rtype(result = "()")]
struct Frame(ByteString);

struct Hub {
    sockets: HashMap<u64, Recipient<Frame>>,
    next: u64,
    seq: u64,
    frame_bytes: usize,
}

impl Actor for Hub {
    type Context = Context<Self>;
}

impl Handler<Join> for Hub {
    type Result = u64;

    fn handle(&mut self, Join(socket): Join, _context: &mut Self::Context) -> u64 {
        self.next += 1;
        self.sockets.insert(self.next, socket);
        self.next
    }
}

impl Handler<Leave> for Hub {
    type Result = ();

    fn handle(&mut self, Leave(socket): Leave, _context: &mut Self::Context) {
        self.sockets.remove(&socket);
    }
}

impl Handler<Broadcast> for Hub {
    type Result = u64;

    fn handle(&mut self, _broadcast: Broadcast, _context: &mut Self::Context) -> u64 {
        self.seq += 1;
        let frame = Frame(text(self.seq, self.frame_bytes).into());
        let sockets = self.sockets.values();
        // Those that are just closing are not missed.
        let is_full = |sent| matches!(sent, Err(SendError::Full(_)));
        let refused = sockets.filter(|socket| is_full(socket.try_send(frame.clone())));
        crate::numbers::count(refused.count())
    }
}

struct Socket {
    hub: Addr<Hub>,
    number: Option<u64>,
}

impl Actor for Socket {
    type Context = ws::WebsocketContext<Self>;

    fn started(&mut self, context: &mut Self::Context) {
        context.set_mailbox_capacity(MAILBOX);
        let join = self.hub.send(Join(context.address().recipient()));
        let joined = actix::fut::wrap_future::<_, Self>(join);
        context.spawn(actix::fut::ActorFutureExt::map(
            joined,
            |number, socket, _context| socket.number = number.ok(),
        ));
    }

    fn stopped(&mut self, _context: &mut Self::Context) {
        if let Some(number) = self.number {
            // A hub that is gone keeps no sockets.
            drop(self.hub.try_send(Leave(number)));
        }
    }
}

impl Handler<Frame> for Socket {
    type Result = ();

    fn handle(&mut self, Frame(text): Frame, context: &mut Self::Context) {
        context.text(text);
    }
}

impl StreamHandler<Result<ws::Message, ws::ProtocolError>> for Socket {
    fn handle(
        &mut self,
        message: Result<ws::Message, ws::ProtocolError>,
        context: &mut Self::Context,
    ) {
        match message {
            Ok(ws::Message::Ping(bytes)) => context.pong(&bytes),
            Ok(ws::Message::Close(_)) | Err(_) => context.stop(),
            Ok(_) => {}
        }
    }
}

/// Text of that length which begins as a `change` does.
fn text(seq: u64, bytes: usize) -> String {
    let prev = seq.saturating_sub(1);
    let mut text =
        format!(r#"{{"type":"change","view":"all","seq":{seq},"prev":{prev},"filler":""#);
    let filler = bytes.saturating_sub(text.len() + 2);
    text.push_str(&"x".repeat(filler));
    text.push_str("\"}");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_has_the_length_and_is_json() {
        let text = text(12, 900);
        assert_eq!(text.len(), 900);
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!((&value["seq"], &value["prev"]), (&json!(12), &json!(11)));
    }
}
