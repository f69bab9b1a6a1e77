//! The door: the listening socket, and the descriptors for whoever comes in.

use std::net::{SocketAddr, TcpListener};

use actix_web::rt;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use super::AppError;
use crate::config::LiveConfig;

/// Connections that the kernel may hold for us while the workers are busy; it caps it by its own
/// `net.core.somaxconn`.
const BACKLOG: u32 = 4096;

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

/// Every connection is a descriptor, and the usual soft limit of 1024 is far below what the
/// configuration permits.
pub(super) fn raise_descriptor_limit() {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit {
        current: limit.maximum,
        maximum: limit.maximum,
    };
    if let Err(error) = setrlimit(Resource::Nofile, raised) {
        tracing::warn!(%error, "the limit of open files could not be raised");
    }
}

/// What the limit of open files leaves for connections.
#[derive(Debug, Clone, Copy)]
pub(super) struct Descriptors {
    /// Websockets.
    pub(super) sockets_max: usize,
    /// Second handles, by which a connection that stalls is cut.
    pub(super) second_handles_max: usize,
}

impl Descriptors {
    /// Three of five for the sockets themselves and two for second handles; some are left for
    /// everything else. What the configuration asks for goes before.
    pub(super) fn of(live: &LiveConfig) -> Self {
        const OTHERS: u64 = 1024;
        const MIN: usize = 16;
        let files = getrlimit(Resource::Nofile).maximum;
        let left = files.map_or(usize::MAX, |files| {
            usize::try_from(files.saturating_sub(OTHERS)).unwrap_or(usize::MAX)
        });
        let fifth = (left / 5).max(MIN);
        let sockets_max = match live.sockets_max {
            0 => fifth.saturating_mul(3),
            asked => asked,
        };
        Self {
            sockets_max,
            second_handles_max: left
                .saturating_sub(sockets_max)
                .min(fifth.saturating_mul(2)),
        }
    }
}
