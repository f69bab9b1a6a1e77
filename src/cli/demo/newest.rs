//! The newest of something, in memory.

use std::collections::VecDeque;

use parking_lot::Mutex;

/// How many are kept; the oldest make room.
pub(super) const KEPT_MAX: usize = 100;

/// Something that is known by an id.
pub(super) trait Known: Clone {
    fn id(&self) -> &str;
}

/// See the module.
#[derive(Debug)]
pub(super) struct Newest<T>(Mutex<VecDeque<T>>);

impl<T> Default for Newest<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T: Known> Newest<T> {
    /// Keeps one more, unless it is there: whoever sends it may send it again.
    pub(super) fn keep(&self, one: T) {
        let mut kept = self.0.lock();
        if kept.iter().any(|other| other.id() == one.id()) {
            return;
        }
        kept.push_front(one);
        kept.truncate(KEPT_MAX);
    }

    /// All of them, newest first.
    pub(super) fn all(&self) -> Vec<T> {
        self.0.lock().iter().cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Known for String {
        fn id(&self) -> &str {
            self
        }
    }

    #[test]
    fn the_oldest_make_room_and_nothing_is_kept_twice() {
        let newest = Newest::default();
        for number in 0..KEPT_MAX + 3 {
            newest.keep(number.to_string());
            newest.keep(number.to_string());
        }
        let all = newest.all();
        assert_eq!(all.len(), KEPT_MAX);
        assert_eq!(all.first().unwrap(), &(KEPT_MAX + 2).to_string());
        assert_eq!(all.last().unwrap(), "3");
    }
}
