//! How many files this process may have open.

use rustix::{
    io::Errno,
    process::{Resource, Rlimit, getrlimit, setrlimit},
};

use crate::error::LoadError;

/// For everything but the sockets.
const OTHERS: u64 = 200;
/// A server may hold a second descriptor of each socket.
const DESCRIPTORS_OF_A_SOCKET: u64 = 2;

/// Raises the limit as far as it goes, beyond the hard limit where that is allowed; fails when so
/// many sockets do not fit under it here. Children inherit it.
pub fn allow_sockets(sockets: usize) -> Result<(), LoadError> {
    let sockets = crate::numbers::count(sockets);
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    let for_servers = sockets
        .saturating_mul(DESCRIPTORS_OF_A_SOCKET)
        .saturating_add(OTHERS);
    if maximum.is_some_and(|maximum| maximum < for_servers) && raise(Some(for_servers)).is_ok() {
        return Ok(());
    }
    raise(maximum)
        .map_err(|error| LoadError::file("raising the limit of open files", error.into()))?;
    let wanted = sockets.saturating_add(OTHERS);
    match maximum {
        Some(maximum) if maximum < wanted => Err(LoadError::Unfit(format!(
            "{sockets} sockets need {wanted} open files, the limit is {maximum}"
        ))),
        _ => Ok(()),
    }
}

fn raise(limit: Option<u64>) -> Result<(), Errno> {
    let raised = Rlimit {
        current: limit,
        maximum: limit,
    };
    setrlimit(Resource::Nofile, raised)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_sockets_fit() {
        assert!(allow_sockets(1).is_ok());
        assert!(
            allow_sockets(usize::MAX).is_err() || getrlimit(Resource::Nofile).maximum.is_none()
        );
    }
}
