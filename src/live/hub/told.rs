//! What people are told in the application goes to every session of theirs.

use std::sync::Arc;

use super::super::frames::{self, Written};
use super::super::peer::{Frame, Offered, Peer};
use super::Hub;
use crate::domain::Commit;
use crate::metrics::Closed;
use crate::views::Change;
use crate::wire::Found;

impl Hub {
    /// Sends the notifications of a commit. What a welcome has counted already is not sent after it.
    pub(super) fn tell_people(&mut self, commit: &Commit, change: &Change, written: &Written) {
        let now = self.tools.clock.instant();
        for notified in &change.notified {
            let Some(sessions) = self.sessions.get(&notified.user) else {
                continue;
            };
            let found = Found {
                id: notified.id,
                kind: notified.kind,
                read: false,
                commit,
                conversation: &change.after,
            };
            let text = frames::notification(found, notified.unread, written.directory());
            let frame = Frame::new(None, text);
            let members = sessions.iter().filter_map(|id| self.members.get(id));
            let offered = members
                .filter(|member| member.welcomed_at < commit.seq)
                .map(|member| (&member.peer, member.peer.offer(&frame, now)));
            let full: Vec<Arc<Peer>> = offered
                .filter(|(_, offered)| *offered == Offered::Full)
                .map(|(peer, _)| Arc::clone(peer))
                .collect();
            for peer in full {
                self.close(&peer, Closed::TooSlow);
            }
        }
    }
}
