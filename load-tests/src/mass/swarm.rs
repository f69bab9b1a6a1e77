//! Many sockets on a thread of their own.

use std::{
    io,
    sync::Arc,
    thread::{self, JoinHandle},
};

use tokio::{
    runtime::Builder,
    sync::{mpsc, oneshot},
    task::JoinSet,
};

use super::{
    counted::Counted,
    socket::{MassSocket, Wish},
};
use crate::error::LoadError;

/// How many connect at a time.
const CONNECTING: usize = 32;

/// Whether sockets read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reading {
    /// At once.
    Always,
    /// Never, after they have subscribed.
    Never,
}

/// Sockets that live until this value ends.
#[derive(Debug)]
pub struct Swarm {
    /// What they count.
    pub counted: Arc<Counted>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Swarm {
    /// Opens a socket for each wish; all are open when this returns.
    pub async fn open(wishes: Vec<Wish>, reading: Reading) -> Result<Self, LoadError> {
        let failed = |source| LoadError::file("the sockets", source);
        let counted = Arc::new(Counted::new(wishes.len()));
        let (stop, stopped) = oneshot::channel();
        let (opened, is_open) = oneshot::channel();
        let shared = Arc::clone(&counted);
        let run = move || live(wishes, reading, &shared, opened, stopped);
        let thread = thread::Builder::new().name("swarm".to_owned()).spawn(run);
        let thread = thread.map_err(failed)?;
        let swarm = Self {
            counted,
            stop: Some(stop),
            thread: Some(thread),
        };
        let opened = is_open.await.unwrap_or_else(|_gone| {
            Err(io::Error::other("their thread ended before they were open"))
        });
        opened.map_err(failed)?;
        Ok(swarm)
    }
}

impl Drop for Swarm {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let ended = thread.join();
            debug_assert!(ended.is_ok(), "the thread of the sockets does not panic");
        }
    }
}

fn live(
    wishes: Vec<Wish>,
    reading: Reading,
    counted: &Arc<Counted>,
    opened: oneshot::Sender<io::Result<()>>,
    stopped: oneshot::Receiver<()>,
) {
    let runtime = match Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            drop(opened.send(Err(error)));
            return;
        }
    };
    runtime.block_on(async {
        let mut readers = JoinSet::new();
        let all = open_all(wishes, reading, counted, &mut readers).await;
        if opened.send(all).is_ok() {
            // The other half is dropped to stop this.
            drop(stopped.await);
        }
    });
}

async fn open_all(
    wishes: Vec<Wish>,
    reading: Reading,
    counted: &Arc<Counted>,
    readers: &mut JoinSet<()>,
) -> io::Result<()> {
    let wishes = Arc::new(wishes);
    let mut connecting = JoinSet::new();
    let (open, mut sockets) = mpsc::unbounded_channel();
    for first in 0..CONNECTING {
        let (wishes, open) = (Arc::clone(&wishes), open.clone());
        connecting.spawn(async move {
            let own = wishes.iter().enumerate().skip(first).step_by(CONNECTING);
            for (number, wish) in own {
                let socket = MassSocket::open(wish, number).await?;
                if open.send(socket).is_err() {
                    break;
                }
            }
            Ok::<_, io::Error>(())
        });
    }
    drop(open);
    while let Some(socket) = sockets.recv().await {
        let counted = Arc::clone(counted);
        readers.spawn(async move {
            match reading {
                Reading::Always => socket.read(&counted).await,
                Reading::Never => drop(socket.hold().await),
            }
        });
    }
    for ended in connecting.join_all().await {
        ended?;
    }
    Ok(())
}
