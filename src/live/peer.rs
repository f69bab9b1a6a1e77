//! What waits for one session, and how it is woken, dropped and shut down. Shared by the hub, which
//! fills it, and the session, which empties it.
//!
//! A session whose client does not read is not run at all by the framework beneath it, so nothing
//! here waits for it: its queue has a limit in bytes and frames, beyond which first a view goes and
//! then the socket. Only what a view begins with may exceed it, once, and the news that one goes.

use std::collections::VecDeque;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use bytestring::ByteString;
use parking_lot::Mutex;

use super::frames;
use super::latency::Latency;
use super::moments;
use super::socket::Socket;
use super::view::View;
use crate::metrics::{Closed, ResyncReason};

/// How long the news that a view was dropped may wait before another such news ends the session: what
/// happens in one moment says nothing of whether a client reads.
const NEWS_WAIT: Duration = Duration::from_secs(2);

/// Which session.
pub(super) type SessionId = u64;

/// A frame that many sessions share.
#[derive(Debug)]
pub(super) struct Frame {
    /// The view that it is about.
    pub(super) view: Option<View>,
    /// What is sent.
    pub(super) text: ByteString,
    /// Measures how long it takes to the last of them.
    pub(super) _latency: Option<Latency>,
}

impl Frame {
    pub(super) fn new(view: Option<View>, text: String) -> Arc<Self> {
        let (text, _latency) = (text.into(), None);
        Arc::new(Self {
            view,
            text,
            _latency,
        })
    }
}

/// How much may wait.
#[derive(Debug, Clone, Copy)]
pub(super) struct QueueLimits {
    pub(super) bytes_max: usize,
    pub(super) frames_max: usize,
}

/// How the owner of the queue is told that there is something in it.
pub(super) trait Wake: Send + Sync {
    /// Tells it; false when it is gone.
    fn wake(&self) -> bool;
}

/// What became of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Offered {
    /// It waits, or it will be dropped with a session that ends anyway.
    Taken,
    /// There was no room for it.
    Full,
    /// The session is gone.
    Gone,
}

/// What waited for a session when a turn began.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Waited {
    Nothing,
    Something,
}

/// What a session takes when it is woken.
#[derive(Debug, Default)]
pub(super) struct Taken {
    pub(super) frames: VecDeque<Arc<Frame>>,
    pub(super) close: Option<Closed>,
}

#[derive(Debug, Default)]
struct Queue {
    frames: VecDeque<Arc<Frame>>,
    bytes: usize,
    /// Since when something waits.
    since: Option<Instant>,
    /// Since when the news that a view was dropped waits.
    news_since: Option<Instant>,
    woken: bool,
    close: Option<Closed>,
}

/// See the module.
pub(super) struct Peer {
    pub(super) id: SessionId,
    queue: Mutex<Queue>,
    limits: QueueLimits,
    wake: Box<dyn Wake>,
    socket: Weak<Socket>,
    ended: AtomicBool,
}

impl fmt::Debug for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Peer")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

impl Peer {
    pub(super) fn new(
        id: SessionId,
        limits: QueueLimits,
        wake: Box<dyn Wake>,
        socket: Weak<Socket>,
    ) -> Self {
        let queue = Mutex::new(Queue::default());
        Self {
            id,
            queue,
            limits,
            wake,
            socket,
            ended: AtomicBool::new(false),
        }
    }

    /// Notes that the session is no more.
    pub(super) fn end(&self) {
        self.ended.store(true, Ordering::Release);
    }

    /// Whether the session is no more.
    pub(super) fn has_ended(&self) -> bool {
        self.ended.load(Ordering::Acquire)
    }

    /// Puts a frame at the end of what waits.
    pub(super) fn offer(&self, frame: &Arc<Frame>, now: Instant) -> Offered {
        let mut queue = self.queue.lock();
        if queue.close.is_some() {
            return Offered::Taken;
        }
        let bytes = queue.bytes.saturating_add(frame.text.len());
        let room = bytes <= self.limits.bytes_max && queue.frames.len() < self.limits.frames_max;
        // One that is alone in the queue goes through whatever its size: there is no smaller one.
        if !room && !queue.frames.is_empty() {
            return Offered::Full;
        }
        queue.push(frame, now);
        self.rouse(queue)
    }

    /// Whether what a view begins with may be put behind what waits. The limit is the queue's, unless
    /// nothing waited when the turn began, or waits now.
    pub(super) fn has_room_for(&self, frames: &[Arc<Frame>], waited: Waited) -> bool {
        let queue = self.queue.lock();
        let bytes: usize = frames.iter().map(|frame| frame.text.len()).sum();
        let fits = queue.bytes.saturating_add(bytes) <= self.limits.bytes_max
            && queue.frames.len().saturating_add(frames.len()) <= self.limits.frames_max;
        fits || waited == Waited::Nothing || queue.frames.is_empty()
    }

    /// Puts what a view begins with at the end of what waits, all of it; whether there is room for it
    /// was asked before.
    pub(super) fn begin(&self, frames: &[Arc<Frame>], now: Instant) {
        let mut queue = self.queue.lock();
        if queue.close.is_none() {
            for frame in frames {
                queue.push(frame, now);
            }
            self.rouse(queue);
        }
    }

    /// Takes a view away: what waits of it, and, in its place, the news. False when the last such news
    /// has waited for long, and nothing helps.
    pub(super) fn drop_view(&self, view: View, reason: ResyncReason, now: Instant) -> bool {
        let mut queue = self.queue.lock();
        if queue.close.is_some() {
            return true;
        }
        queue.forget(view);
        let since = *queue.news_since.get_or_insert(now);
        let news = Frame::new(Some(view), frames::resync(view, reason));
        queue.push(&news, now);
        self.rouse(queue);
        now < moments::after(since, NEWS_WAIT)
    }

    /// Drops what waits of a view that the session has given back, or that begins again.
    pub(super) fn forget(&self, view: View) {
        self.queue.lock().forget(view);
    }

    /// Ends the session: what waits is dropped, and the code is sent if the client still reads.
    pub(super) fn close(&self, code: Closed) {
        let mut queue = self.queue.lock();
        if queue.close.is_none() {
            queue.frames.clear();
            queue.bytes = 0;
            queue.close = Some(code);
            self.rouse(queue);
        }
    }

    /// Whether it was told to end.
    pub(super) fn is_closing(&self) -> bool {
        self.queue.lock().close.is_some()
    }

    /// With what it was told to end.
    pub(super) fn closed_with(&self) -> Option<Closed> {
        self.queue.lock().close
    }

    /// Cuts the connection, for a session that is not run any more.
    pub(super) fn cut(&self) {
        if let Some(socket) = self.socket.upgrade() {
            socket.shut_down();
        }
    }

    /// Since when something waits.
    pub(super) fn waits_since(&self) -> Option<Instant> {
        self.queue.lock().since
    }

    /// Takes everything that waits.
    pub(super) fn take(&self) -> Taken {
        let mut queue = self.queue.lock();
        queue.bytes = 0;
        queue.since = None;
        queue.news_since = None;
        queue.woken = false;
        Taken {
            frames: std::mem::take(&mut queue.frames),
            close: queue.close,
        }
    }

    /// Wakes the session unless it was woken and has not come yet.
    fn rouse(&self, mut queue: parking_lot::MutexGuard<'_, Queue>) -> Offered {
        if std::mem::replace(&mut queue.woken, true) {
            return Offered::Taken;
        }
        drop(queue);
        if self.wake.wake() {
            Offered::Taken
        } else {
            Offered::Gone
        }
    }
}

impl Queue {
    fn push(&mut self, frame: &Arc<Frame>, now: Instant) {
        self.bytes = self.bytes.saturating_add(frame.text.len());
        self.frames.push_back(Arc::clone(frame));
        self.since.get_or_insert(now);
    }

    fn forget(&mut self, view: View) {
        self.frames.retain(|frame| frame.view != Some(view));
        self.bytes = self.frames.iter().map(|frame| frame.text.len()).sum();
    }
}
