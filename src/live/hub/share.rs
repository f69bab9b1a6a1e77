//! How a stop is spread over time and over the hubs. Pure.

/// Which part of the sessions ends in one round of a stop, over all hubs together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) struct Share {
    /// How many rounds there are, this one included.
    rounds: usize,
    /// What the hubs before this one left over, in parts of a session.
    over: usize,
}

impl Share {
    /// The whole of a round, of which so many are left.
    pub(in super::super) fn of_round(left: usize) -> Self {
        let rounds = left.max(1);
        let over = rounds.saturating_sub(1);
        Self { rounds, over }
    }

    /// How many of these sessions end, and what is left over.
    pub(super) const fn of(self, sessions: usize) -> (usize, Self) {
        let parts = self.over.saturating_add(sessions);
        let over = parts.checked_rem(self.rounds);
        let some = parts.checked_div(self.rounds);
        match (some, over) {
            (Some(some), Some(over)) => (some, Self { over, ..self }),
            (None, _) | (_, None) => (sessions, self),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many sessions of each hub end in each round.
    fn ends(mut hubs: Vec<usize>, rounds: usize) -> Vec<Vec<usize>> {
        let mut ends = Vec::new();
        for left in (1..=rounds).rev() {
            let mut share = Share::of_round(left);
            let mut round = Vec::new();
            for open in &mut hubs {
                let (some, rest) = share.of(*open);
                let some = some.min(*open);
                *open -= some;
                share = rest;
                round.push(some);
            }
            ends.push(round);
        }
        assert!(hubs.iter().all(|open| *open == 0), "{hubs:?}");
        ends
    }

    #[test]
    fn each_hub_ends_its_sessions_over_the_whole_time() {
        let ends = ends(vec![100, 10, 40], 10);
        for round in ends {
            assert_eq!(round, [10, 1, 4]);
        }
    }

    #[test]
    fn many_hubs_with_a_session_each_do_not_end_at_once() {
        for round in ends(vec![1; 40], 20) {
            assert_eq!(round.iter().sum::<usize>(), 2);
        }
        let first = &ends(vec![1; 3], 20)[0];
        assert_eq!(first.iter().sum::<usize>(), 1, "and none waits for nothing");
    }
}
