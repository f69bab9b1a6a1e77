//! What all sockets of a swarm count together, and how it is waited for.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use tokio::{sync::Notify, time::timeout};

use super::frames::number;
use crate::numbers::count;

/// Counts of all sockets.
#[derive(Debug, Default)]
pub struct Counted {
    sockets: AtomicU64,
    /// `change` and `event` frames.
    deliveries: AtomicU64,
    bytes: AtomicU64,
    /// Frames that go on from further than the one before ended.
    gaps: AtomicU64,
    resyncs: AtomicU64,
    /// Sockets that the server has ended.
    ended: AtomicU64,
    /// The commit that is waited for, and how many sockets have had it.
    target: AtomicU64,
    arrived: AtomicU64,
    all_arrived: Notify,
}

/// What one socket remembers.
#[derive(Debug, Default)]
pub struct Place {
    position: u64,
    counted_for: u64,
}

/// What a frame asks its socket to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heard {
    /// Nothing.
    Nothing,
    /// Subscribe again.
    Resync,
}

impl Counted {
    /// Counts of so many sockets.
    pub fn new(sockets: usize) -> Self {
        let counted = Self::default();
        counted.sockets.store(count(sockets), Ordering::Relaxed);
        counted
    }

    /// Counts one text frame.
    pub fn text(&self, place: &mut Place, start: &[u8], bytes: u64) -> Heard {
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
        if contains(start, b"\"resync\"") {
            self.resyncs.fetch_add(1, Ordering::Relaxed);
            place.position = 0;
            return Heard::Resync;
        }
        let is_change = contains(start, b"\"change\"") || contains(start, b"\"event\"");
        // A beacon too speaks for all commits up to its own.
        let speaks = contains(start, b"\"snapshot\"") || contains(start, b"\"beacon\"");
        if !is_change && !speaks {
            return Heard::Nothing;
        }
        if is_change {
            self.deliveries.fetch_add(1, Ordering::Relaxed);
        }
        let prev = number(start, "prev").filter(|_| is_change);
        let Some(seq) = number(start, "seq").filter(|_| prev.is_some() || !is_change) else {
            // It stands further behind, so what follows cannot be judged.
            place.position = 0;
            return Heard::Nothing;
        };
        if let Some(prev) = prev {
            let is_gap = prev > place.position && place.position > 0;
            self.gaps.fetch_add(u64::from(is_gap), Ordering::Relaxed);
        }
        place.position = place.position.max(seq);
        self.arrive(place);
        Heard::Nothing
    }

    /// Counts a socket that is no more.
    pub fn end(&self) {
        self.ended.fetch_add(1, Ordering::Relaxed);
        self.all_arrived.notify_one();
    }

    /// From now on this commit is waited for. To be said before it is made.
    pub fn expect(&self, seq: u64) {
        self.arrived.store(0, Ordering::SeqCst);
        self.target.store(seq, Ordering::SeqCst);
    }

    /// Waits until every socket that lives has had it; gives how many have not, after that long.
    pub async fn arrival(&self, limit: Duration) -> u64 {
        let all = async {
            while self.missing() > 0 {
                self.all_arrived.notified().await;
            }
        };
        // Whether it was in time shows in what is missing.
        drop(timeout(limit, all).await);
        self.missing()
    }

    fn missing(&self) -> u64 {
        let sockets = self.sockets.load(Ordering::SeqCst);
        let living = sockets.saturating_sub(self.ended());
        living.saturating_sub(self.arrived.load(Ordering::SeqCst))
    }

    fn arrive(&self, place: &mut Place) {
        let target = self.target.load(Ordering::SeqCst);
        if target == 0 || place.counted_for == target || place.position < target {
            return;
        }
        place.counted_for = target;
        let arrived = self.arrived.fetch_add(1, Ordering::SeqCst) + 1;
        if arrived + self.ended() >= self.sockets.load(Ordering::SeqCst) {
            self.all_arrived.notify_one();
        }
    }

    /// How many changes came.
    pub fn deliveries(&self) -> u64 {
        self.deliveries.load(Ordering::Relaxed)
    }

    /// How many bytes of text frames came.
    pub fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    /// How many frames had a gap before them.
    pub fn gaps(&self) -> u64 {
        self.gaps.load(Ordering::Relaxed)
    }

    /// How many subscriptions the server has dropped.
    pub fn resyncs(&self) -> u64 {
        self.resyncs.load(Ordering::Relaxed)
    }

    /// How many sockets the server has ended.
    pub fn ended(&self) -> u64 {
        self.ended.load(Ordering::Relaxed)
    }
}

fn contains(start: &[u8], what: &[u8]) -> bool {
    start.windows(what.len()).any(|window| window == what)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(prev: u64, seq: u64) -> Vec<u8> {
        format!(r#"{{"type":"change","view":"all","seq":{seq},"prev":{prev},"enter":[]"#).into()
    }

    #[test]
    fn the_last_socket_completes_the_arrival() {
        let counted = Counted::new(2);
        let (mut one, mut other) = (Place::default(), Place::default());
        counted.expect(5);
        counted.text(&mut one, &change(3, 4), 10);
        counted.text(&mut one, &change(4, 5), 10);
        counted.text(&mut one, &change(5, 6), 10);
        assert_eq!(counted.missing(), 1);
        counted.text(&mut other, &change(3, 7), 10);
        assert_eq!((counted.missing(), counted.deliveries()), (0, 4));
        assert_eq!((counted.bytes(), counted.gaps()), (40, 0));
        counted.expect(8);
        assert_eq!(counted.missing(), 2);
        counted.end();
        assert_eq!(counted.missing(), 1);
    }

    #[test]
    fn a_gap_is_counted_and_a_resync_begins_anew() {
        let counted = Counted::new(1);
        let mut place = Place::default();
        counted.text(&mut place, &change(3, 4), 10);
        counted.text(&mut place, &change(5, 6), 10);
        let beacon = br#"{"type":"beacon","view":"all","seq":8,"total":1"#;
        counted.text(&mut place, beacon, 10);
        counted.text(&mut place, &change(8, 9), 10);
        assert_eq!(counted.gaps(), 1);
        let resync = br#"{"type":"resync","view":"all","reason":"slow"}"#;
        assert_eq!(counted.text(&mut place, resync, 10), Heard::Resync);
        counted.text(&mut place, &change(12, 13), 10);
        assert_eq!((counted.gaps(), counted.resyncs()), (1, 1));
    }
}
