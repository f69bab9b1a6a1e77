//! How a connection whose client has stopped reading is ended. The session on it is not run any more,
//! so it cannot end itself: the hub cuts it by a second handle, and the kernel gives it up after a
//! while in any case.

use std::any::Any;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use actix_web::dev::Extensions;
use actix_web::rt::net::TcpStream;
use rustix::net::sockopt::set_tcp_user_timeout;
use rustix::net::{Shutdown, shutdown};

/// The second handles that may still be made: each costs a descriptor. A connection that gets none is
/// ended by the kernel alone.
#[derive(Debug)]
pub struct SecondHandles {
    left: AtomicUsize,
    /// For how long data that was sent may go without being taken.
    patience: Duration,
}

/// A second handle on a connection, for as long as the connection has its own.
#[derive(Debug)]
pub(super) struct Socket {
    second: OwnedFd,
    of: Arc<SecondHandles>,
}

impl SecondHandles {
    /// So many, and none beyond.
    #[must_use]
    pub fn new(left: usize, patience: Duration) -> Arc<Self> {
        let left = AtomicUsize::new(left);
        Arc::new(Self { left, patience })
    }

    /// Keeps a handle with the data of a connection; for `HttpServer::on_connect`.
    pub fn keep(self: &Arc<Self>, connection: &dyn Any, data: &mut Extensions) {
        let Some(stream) = connection.downcast_ref::<TcpStream>() else {
            return;
        };
        let patience = u32::try_from(self.patience.as_millis()).unwrap_or(u32::MAX);
        if let Err(error) = set_tcp_user_timeout(stream, patience) {
            tracing::debug!(%error, "a connection waits for its client for as long as the kernel does");
        }
        let less = |left: usize| left.checked_sub(1);
        let taken = self
            .left
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, less);
        if taken.is_err() {
            return;
        }
        match stream.as_fd().try_clone_to_owned() {
            Ok(second) => {
                let of = Arc::clone(self);
                data.insert(Arc::new(Socket { second, of }));
            }
            Err(error) => {
                self.left.fetch_add(1, Ordering::AcqRel);
                tracing::debug!(%error, "a connection has no second handle");
            }
        }
    }
}

impl Socket {
    pub(super) fn shut_down(&self) {
        // A connection that has already ended is what was wanted.
        shutdown(&self.second, Shutdown::Both).ok();
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.of.left.fetch_add(1, Ordering::AcqRel);
    }
}
