//! A second handle on a connection, by which it can be cut from outside.
//!
//! A session whose client has stopped reading is not run any more, so that it cannot end itself.

use std::any::Any;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;

use actix_web::dev::Extensions;
use actix_web::rt::net::TcpStream;
use rustix::net::{Shutdown, shutdown};

/// See the module. It costs a descriptor, for as long as the connection has its own.
#[derive(Debug)]
pub struct Socket(OwnedFd);

impl Socket {
    /// Keeps a second handle on a connection with the data of that connection; for
    /// `HttpServer::on_connect`.
    pub fn keep(connection: &dyn Any, data: &mut Extensions) {
        let Some(stream) = connection.downcast_ref::<TcpStream>() else {
            return;
        };
        match stream.as_fd().try_clone_to_owned() {
            Ok(second) => {
                data.insert(Arc::new(Self(second)));
            }
            Err(error) => tracing::debug!(%error, "a connection can only end by itself"),
        }
    }

    pub(super) fn shut_down(&self) {
        // A connection that has already ended is what was wanted.
        shutdown(&self.0, Shutdown::Both).ok();
    }
}
