//! Changes made one after the other, or so many at a time, each of which goes to every socket.

use futures_util::future::join_all;

use crate::{error::LoadError, numbers::count, raw::RawConnection, target::Target};

/// One connection and the two requests that it sends in turn.
#[derive(Debug)]
struct Bell {
    connection: RawConnection,
    requests: [Vec<u8>; 2],
    rung: usize,
}

/// Connections that make changes.
#[derive(Debug)]
pub(super) struct Bells {
    target: Target,
    bells: Vec<Bell>,
    next: usize,
}

impl Bells {
    /// One for each pair of requests.
    pub(super) async fn new(target: &Target, pairs: Vec<[Vec<u8>; 2]>) -> Result<Self, LoadError> {
        let mut bells = Vec::with_capacity(pairs.len());
        for requests in pairs {
            let connection = RawConnection::open(target).await.map_err(failed)?;
            bells.push(Bell {
                connection,
                requests,
                rung: 0,
            });
        }
        let target = target.clone();
        Ok(Self {
            target,
            bells,
            next: 0,
        })
    }

    /// Connects anew: what lies idle for long is closed by the server.
    pub(super) async fn connect(&mut self) -> Result<(), LoadError> {
        for bell in &mut self.bells {
            bell.connection = RawConnection::open(&self.target).await.map_err(failed)?;
        }
        Ok(())
    }

    /// Makes so many changes at once, at most one a connection; gives how many were made.
    pub(super) async fn ring(&mut self, changes: usize) -> Result<u64, LoadError> {
        let length = self.bells.len();
        let first = self.next;
        self.next = (first + changes).checked_rem(length).unwrap_or(0);
        // Those from the next one on, and then from the start again.
        let (before, from) = self.bells.split_at_mut(first.min(length));
        let chosen = from.iter_mut().chain(before).take(changes);
        let rung = join_all(chosen.map(Bell::ring)).await;
        for changed in &rung {
            if let Err(what) = changed {
                return Err(LoadError::Unfit(what.clone()));
            }
        }
        Ok(count(rung.len()))
    }
}

impl Bell {
    async fn ring(&mut self) -> Result<(), String> {
        let request = self.requests.iter().cycle().nth(self.rung % 2);
        self.rung += 1;
        let request = request.map(Vec::as_slice).unwrap_or_default();
        match self.connection.exchange(request).await {
            Ok(reply) if reply.status == 200 && reply.changed => Ok(()),
            Ok(reply) => Err(format!(
                "a change was answered {} changed: {}",
                reply.status, reply.changed
            )),
            Err(error) => Err(format!("a change had no answer: {error}")),
        }
    }
}

fn failed(source: std::io::Error) -> LoadError {
    LoadError::file("the connections of those who make changes", source)
}
