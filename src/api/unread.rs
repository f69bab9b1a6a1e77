//! Bodies that nobody read to their end: after the answer, the connection ends.
//!
//! Once the reader of a body in chunks is gone, the framework reads on for as long as the client
//! likes, and only then closes the connection, whatever the answer said. As long as the reader is
//! there, it stops reading when the answer is sent, waits a moment for the client, and closes. So
//! the answer keeps the reader.

use std::cell::RefCell;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use actix_web::HttpMessage;
use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::{Payload, ServiceRequest};
use actix_web::web::Bytes;
use futures_util::Stream;

/// The body of a request, which outlives who reads it.
pub(super) struct KeptBody {
    _payload: Rc<RefCell<Payload>>,
}

/// The other half: what the handler reads.
struct Reader(Rc<RefCell<Payload>>);

/// An answer with the body of its request.
struct Answer {
    body: BoxBody,
    _request: KeptBody,
}

impl KeptBody {
    /// Of a request that has one.
    pub(super) fn of(request: &mut ServiceRequest) -> Option<Self> {
        let payload = request.take_payload();
        if matches!(payload, Payload::None) {
            return None;
        }
        let shared = Rc::new(RefCell::new(payload));
        let reader = Reader(Rc::clone(&shared));
        request.set_payload(Payload::Stream {
            payload: Box::pin(reader),
        });
        Some(Self { _payload: shared })
    }

    /// The answer's body, with which this one goes.
    pub(super) fn until_sent(self, body: BoxBody) -> BoxBody {
        BoxBody::new(Answer {
            body,
            _request: self,
        })
    }
}

impl Stream for Reader {
    type Item = <Payload as Stream>::Item;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Pin::new(&mut *self.0.borrow_mut()).poll_next(context)
    }
}

impl MessageBody for Answer {
    type Error = <BoxBody as MessageBody>::Error;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        Pin::new(&mut self.body).poll_next(context)
    }
}
