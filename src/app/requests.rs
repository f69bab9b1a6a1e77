//! The requests under way: the server stops once there are none.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use actix_web::dev::ServiceResponse;
use actix_web::http::ConnectionType;
use actix_web::rt;

/// How often the end of the requests under way is looked for while the server stops.
const DRAIN_POLL: Duration = Duration::from_millis(5);

/// The requests under way, and whether new connections are to be discouraged.
#[derive(Debug, Default)]
pub(super) struct Requests {
    under_way: AtomicUsize,
    pub(super) stopping: AtomicBool,
}

/// One request under way, however it ends.
pub(super) struct UnderWay(Arc<Requests>);

impl Requests {
    pub(super) async fn drained(&self) {
        while self.under_way.load(Ordering::Acquire) > 0 {
            rt::time::sleep(DRAIN_POLL).await;
        }
    }
}

impl UnderWay {
    pub(super) fn begin(requests: &Arc<Requests>) -> Self {
        requests.under_way.fetch_add(1, Ordering::AcqRel);
        Self(Arc::clone(requests))
    }

    /// While the server stops, a connection ends with its answer.
    pub(super) fn answered<B>(self, answer: &mut ServiceResponse<B>) {
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
