//! Tells everybody of the people whose name, role or status has changed.

use std::sync::Arc;

use super::super::frames;
use super::super::peer::{Frame, Offered};
use super::Hub;
use crate::domain::directory::{User, UserStatus};
use crate::metrics::Closed;

impl Hub {
    /// Tells of everybody who is not as they were when they were last told of. It compares the people
    /// and does not read events, so that it is right whatever the hub has missed.
    pub(super) fn tell_of_people(&mut self) {
        let directory = self.feed.views.directory();
        let before = std::mem::replace(&mut self.told_of, Arc::clone(&directory));
        for user in directory.users() {
            if before.user(user.id).is_some_and(|old| is_told(old, user)) {
                continue;
            }
            if user.status == UserStatus::Deactivated {
                self.forget_person(user.id);
            }
            self.announce(&Frame::new(None, frames::user(user)));
        }
        self.rights_are_old = true;
    }

    /// Sends a frame to everybody.
    fn announce(&mut self, frame: &Arc<Frame>) {
        let now = self.tools.clock.instant();
        let offered = self
            .members
            .values()
            .map(|member| (&member.peer, member.peer.offer(frame, now)));
        let full: Vec<_> = offered
            .filter(|(_, offered)| *offered == Offered::Full)
            .map(|(peer, _)| Arc::clone(peer))
            .collect();
        for peer in full {
            self.close(&peer, Closed::TooSlow);
        }
    }
}

/// Whether whoever knows the one knows the other.
fn is_told(old: &Arc<User>, new: &Arc<User>) -> bool {
    let told = |user: &User| (Arc::clone(&user.name), user.role, user.status);
    Arc::ptr_eq(old, new) || told(old) == told(new)
}
