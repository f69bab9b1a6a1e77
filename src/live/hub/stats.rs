//! The view `stats`: the numbers of the workspace, worked out only while somebody watches them.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use super::super::frames;
use super::super::moments;
use super::super::peer::{Frame, SessionId};
use super::super::view::View;
use super::turn::offer_all;
use super::{Hub, Watched, Watchers};
use crate::domain::Timestamp;
use crate::domain::stats::Stats;

/// The numbers go out at most this often.
const STATS_EVERY: Duration = Duration::from_secs(1);

/// The numbers of the workspace, while somebody watches them.
#[derive(Debug)]
pub(super) struct StatsTopic {
    pub(super) watched: Watched,
    /// What all watchers hold, but for the moment; nothing while some hold something else.
    sent: Option<Stats>,
    sent_at: Instant,
    /// Who began just now, and when.
    begun: HashMap<SessionId, Instant>,
}

impl Hub {
    /// Begins for a session with the numbers that it is sent.
    pub(super) fn watch_stats(&mut self, session: SessionId, stats: &Stats) {
        let now = self.tools.clock.instant();
        let watched = self.watched_from_now(&"stats");
        let topic = self.stats.get_or_insert_with(|| StatsTopic {
            watched,
            sent: Some(timeless(stats.clone())),
            sent_at: now,
            begun: HashMap::new(),
        });
        if topic.sent.as_ref() != Some(&timeless(stats.clone())) {
            topic.sent = None;
        }
        topic.begun.insert(session, now);
    }

    /// The numbers, where they changed. Whoever began less than a second ago is told the next time.
    pub(super) fn send_stats(&mut self, now: Instant) {
        let Some(topic) = &mut self.stats else {
            return;
        };
        if now < moments::after(topic.sent_at, STATS_EVERY) {
            return;
        }
        topic.sent_at = now;
        topic
            .begun
            .retain(|_, begun| now < moments::after(*begun, STATS_EVERY));
        let stats = self.feed.views.stats(self.tools.clock.now());
        let numbers = timeless(stats.clone());
        if topic.sent.as_ref() == Some(&numbers) {
            return;
        }
        topic.sent = topic.begun.is_empty().then_some(numbers);
        let begun = &topic.begun;
        let others = topic.watched.by.iter();
        let watchers: Watchers = others
            .filter(|(session, _)| !begun.contains_key(*session))
            .map(|(session, peer)| (*session, peer.clone()))
            .collect();
        let text = frames::stats(&stats, &self.feed.views.directory());
        let full = offer_all(&watchers, &Frame::new(Some(View::Stats), text), now);
        self.settle(View::Stats, full);
    }
}

/// The numbers without their moment, which always changes.
fn timeless(stats: Stats) -> Stats {
    Stats {
        at: Timestamp::EPOCH,
        ..stats
    }
}
