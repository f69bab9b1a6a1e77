//! What a hub does from time to time: beacons, counts, presence, rights, and sockets that stall.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::super::frames::{self, Sums, Written};
use super::super::moments;
use super::super::peer::{Frame, SessionId};
use super::super::view::{Topic, View};
use super::turn::offer_all;
use super::{HEAD_ROWS, Hub, Watched};
use crate::auth::still_holds;
use crate::domain::UserId;
use crate::metrics::{Closed, ResyncReason};
use crate::views::{Filter, Row, RowSum, WorkspaceFold};

/// How long a session that was told to end may take to do so.
pub(in super::super) const CLOSE_GRACE: Duration = Duration::from_secs(2);

/// How many views are read for their beacons at a time.
const BEACONS_MAX: usize = 512;

/// Somebody's counts go out at most this often.
const COUNTS_EVERY: Duration = Duration::from_millis(250);

/// Credentials that expire by themselves are looked for this often.
const RIGHTS_EVERY: Duration = Duration::from_secs(1);

impl Hub {
    /// See the module. Called several times a second while somebody is there.
    pub(in super::super) fn care(&mut self) {
        let now = self.tools.clock.instant();
        self.send_beacons(now);
        self.send_counts(now);
        self.send_stats(now);
        self.end_graces(now);
        self.end_stalled(now);
        self.cut_closing(now);
        if self
            .rights_at
            .is_none_or(|at| moments::after(at, RIGHTS_EVERY) <= now)
        {
            self.rights_at = Some(now);
            self.check_rights();
        }
    }

    /// Who was deactivated or signed out, or whose credential expired, is closed.
    pub(super) fn check_rights(&mut self) {
        let now = self.tools.clock.now();
        let directory = self.feed.views.directory();
        let access = &self.feed.access;
        let lost: Vec<_> = self
            .members
            .values()
            .filter(|member| !still_holds(access, &directory, now, member.credential))
            .filter(|member| !member.peer.is_closing())
            .map(|member| Arc::clone(&member.peer))
            .collect();
        for peer in lost {
            self.close(&peer, Closed::SignedOut);
        }
    }

    /// What each view that is due should hold, at one position up to which all has been sent.
    fn send_beacons(&mut self, now: Instant) {
        let due = self.due_beacons(now);
        if due.is_empty() {
            return;
        }
        let sums: Vec<(Topic, Sums)> = {
            let fold = self.feed.views.read();
            due.into_iter()
                .map(|topic| (topic, sums(&fold, topic)))
                .collect()
        };
        let Some(position) = sums.first().map(|(_, sums)| sums.seq) else {
            return;
        };
        let mut written = Written::new(self.feed.views.directory());
        if !self.advance(position, &mut written) {
            return;
        }
        let next = moments::after(now, self.tools.limits.beacon_every());
        for (topic, sums) in sums {
            self.send_beacon(topic, &sums, next);
        }
    }

    /// The views whose time has come, not more than one lock should be held for: the rest is still due
    /// the next time.
    fn due_beacons(&self, now: Instant) -> Vec<Topic> {
        let is_due = |watched: &Watched| watched.beacon_at <= now;
        let lists = self.lists.iter().filter(|(_, one)| is_due(&one.watched));
        let conversations = self.conversations.iter();
        let conversations = conversations.filter(|(_, one)| is_due(&one.watched));
        let counts = self.counts.iter().filter(|(_, one)| is_due(&one.watched));
        let stats = self.stats.iter().filter(|one| is_due(&one.watched));
        lists
            .map(|((filter, viewer), _)| Topic::List(*filter, *viewer))
            .chain(conversations.map(|(id, _)| Topic::Conversation(*id)))
            .chain(counts.map(|(viewer, _)| Topic::Counts(*viewer)))
            .chain(stats.map(|_| Topic::Stats))
            .take(BEACONS_MAX)
            .collect()
    }

    fn send_beacon(&mut self, topic: Topic, sums: &Sums, next: Instant) {
        let now = self.tools.clock.instant();
        let Some(watched) = self.watched(topic) else {
            return;
        };
        watched.beacon_at = next;
        if let Topic::List(filter, viewer) = topic
            && let Some(list) = self.lists.get(&(filter, viewer))
            && list.fold.total() != sums.total
        {
            self.heal((filter, viewer), sums.total);
            return;
        }
        let view = topic.view();
        let frame = Frame::new(Some(view), frames::beacon(view, sums));
        let watched = self.watched(topic);
        let full = watched.map(|watched| offer_all(&watched.by, &frame, now));
        self.settle(view, full.unwrap_or_default());
    }

    /// A list that was not what its views say begins again. It never happens; if it does, it is
    /// noticed here before anybody else does.
    fn heal(&mut self, list: (Filter, Option<UserId>), total: usize) {
        let Some(topic) = self.lists.get(&list) else {
            return;
        };
        let told = topic.fold.total();
        let watchers: Vec<SessionId> = topic.watched.by.keys().copied().collect();
        tracing::error!(
            list = list.0.key(),
            told,
            total,
            "SAME_FOR_ALL did not hold for a list"
        );
        debug_assert_eq!(told, total, "SAME_FOR_ALL: {}", list.0.key());
        for session in watchers {
            self.drop_view(session, View::List(list.0), ResyncReason::TooFar);
        }
    }

    /// Everybody's seven numbers, where they changed.
    fn send_counts(&mut self, now: Instant) {
        let too_soon = self
            .counts_at
            .is_some_and(|at| now < moments::after(at, COUNTS_EVERY));
        if !self.counts_are_old || too_soon {
            return;
        }
        self.counts_are_old = false;
        self.counts_at = Some(now);
        let numbers: Vec<_> = {
            let fold = self.feed.views.read();
            let viewers = self.counts.keys();
            viewers
                .map(|viewer| (*viewer, fold.counts(*viewer)))
                .collect()
        };
        for (viewer, counts) in numbers {
            let Some(topic) = self.counts.get_mut(&viewer) else {
                continue;
            };
            let values: Vec<usize> = counts.values().copied().collect();
            if topic.sent != values {
                topic.sent = values;
                let frame = Frame::new(Some(View::Counts), frames::counts(&counts));
                let full = offer_all(&topic.watched.by, &frame, now);
                self.settle(View::Counts, full);
            }
        }
    }

    /// A socket that takes nothing of what waits for it is closed.
    fn end_stalled(&mut self, now: Instant) {
        let patience = self.tools.limits.stalled_after();
        let stalled: Vec<_> = self
            .members
            .values()
            .map(|member| &member.peer)
            .filter(|peer| {
                let since = peer.waits_since();
                since.is_some_and(|since| moments::after(since, patience) <= now)
                    && !peer.is_closing()
            })
            .map(Arc::clone)
            .collect();
        for peer in stalled {
            self.close(&peer, Closed::TooSlow);
        }
    }

    /// A session that was told to end and did not is cut.
    fn cut_closing(&mut self, now: Instant) {
        self.closing.retain(|(at, peer)| {
            if *at <= now {
                peer.cut();
            }
            *at > now
        });
        let gone: Vec<SessionId> = self
            .members
            .values()
            .filter(|member| member.peer.has_ended())
            .map(|member| member.peer.id)
            .collect();
        for session in gone {
            self.detach(session);
        }
    }
}

/// What a beacon says of a topic.
fn sums(fold: &WorkspaceFold, topic: Topic) -> Sums {
    let seq = fold.head;
    match topic {
        Topic::List(filter, viewer) => {
            let rows = fold.indexes.rows(filter, viewer);
            let newest = rows.keys().iter().rev().take(HEAD_ROWS);
            let sums = newest
                .filter_map(|key| fold.rows.get(&key.id))
                .map(|row| row.sum);
            Sums {
                seq,
                total: rows.len(),
                sum: rows.sum(),
                head_count: rows.len().min(HEAD_ROWS),
                head_sum: sums.fold(RowSum::default(), RowSum::plus),
            }
        }
        Topic::Conversation(id) => {
            let sum = fold.rows.get(&id).map(|row: &Row| row.sum);
            let total = usize::from(sum.is_some());
            let sum = sum.unwrap_or_default();
            Sums {
                seq,
                total,
                sum,
                head_count: total,
                head_sum: sum,
            }
        }
        Topic::Counts(_) | Topic::Stats => Sums {
            seq,
            total: 0,
            sum: RowSum::default(),
            head_count: 0,
            head_sum: RowSum::default(),
        },
    }
}
