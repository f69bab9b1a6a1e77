//! One socket of the stand-in's live view.

use std::time::Duration;

use actix::{Actor, ActorContext, AsyncContext, Handler, StreamHandler};
use actix_web::{HttpRequest, HttpResponse, web};
use actix_web_actors::ws;

use crate::{
    Shared, bearer,
    live::{Heard, Say},
    lock,
};

const MAILBOX: usize = 100_000;

pub(crate) struct Socket {
    desk: Shared,
    token: Option<String>,
    session: Option<u64>,
}

pub(crate) async fn upgrade(
    request: HttpRequest,
    stream: web::Payload,
    desk: Shared,
) -> Result<HttpResponse, actix_web::Error> {
    let socket = Socket {
        token: bearer(&request).map(str::to_owned),
        desk,
        session: None,
    };
    ws::WsResponseBuilder::new(socket, &request, stream)
        .protocols(&["ochre.live.v1"])
        .start()
}

impl Socket {
    /// Opens the session, or closes the socket when nobody has the token.
    fn enter(&mut self, token: &str, context: &mut ws::WebsocketContext<Self>) {
        let desk = &mut *lock(&self.desk);
        let Some(viewer) = desk.world.user_of(token) else {
            context.close(Some(ws::CloseCode::Other(4001).into()));
            context.stop();
            return;
        };
        let socket = context.address().recipient();
        self.session = Some(desk.live.open(socket, viewer, &desk.world));
    }
}

impl Actor for Socket {
    type Context = ws::WebsocketContext<Self>;

    fn started(&mut self, context: &mut Self::Context) {
        context.set_mailbox_capacity(MAILBOX);
        if let Some(token) = self.token.take() {
            self.enter(&token, context);
        }
        let every = Duration::from_millis(lock(&self.desk).faults.beacon_ms);
        context.run_interval(every, |socket, _context| {
            let desk = &mut *lock(&socket.desk);
            if let Some(session) = socket.session {
                desk.live.beacon(session, &desk.world);
            }
        });
    }

    fn stopped(&mut self, _context: &mut Self::Context) {
        if let Some(session) = self.session {
            lock(&self.desk).live.close(session);
        }
    }
}

impl Handler<Say> for Socket {
    type Result = ();

    fn handle(&mut self, Say(text): Say, context: &mut Self::Context) {
        context.text(text);
    }
}

impl StreamHandler<Result<ws::Message, ws::ProtocolError>> for Socket {
    fn handle(
        &mut self,
        message: Result<ws::Message, ws::ProtocolError>,
        context: &mut Self::Context,
    ) {
        match (message, self.session) {
            (Ok(ws::Message::Text(text)), Some(session)) => {
                let desk = &mut *lock(&self.desk);
                desk.live.hear(session, &text, &desk.world);
            }
            (Ok(ws::Message::Text(text)), None) => {
                let heard: Heard = serde_json::from_str(&text).unwrap_or_default();
                self.enter(&heard.token, context);
            }
            (Ok(ws::Message::Ping(bytes)), _) => context.pong(&bytes),
            (Ok(ws::Message::Close(_)) | Err(_), _) => context.stop(),
            (Ok(_), _) => {}
        }
    }
}
