//! Seeded randomness (`SplitMix64`): a seed means the same choices with every version of every
//! crate.

use std::time::Duration;

/// A sequence of pseudo-random numbers that is fixed by its seed.
#[derive(Debug, Clone)]
pub struct Dice {
    state: u64,
}

impl Dice {
    /// The sequence of this seed.
    pub fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    /// An independent sequence for one of several actors of the same run.
    pub fn fork(seed: u64, actor: usize) -> Self {
        let actor = u64::try_from(actor).unwrap_or(u64::MAX);
        let mut parent = Self::new(seed ^ actor.wrapping_mul(0xD6E8_FEB8_6659_FD93));
        Self::new(parent.roll())
    }

    /// The next number.
    pub fn roll(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below `bound`, or 0 when `bound` is 0.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.roll().checked_rem(bound).unwrap_or(0)
    }

    /// One of these, or nothing when there is none.
    pub fn pick<'items, T>(&mut self, items: &'items [T]) -> Option<&'items T> {
        let bound = u64::try_from(items.len()).unwrap_or(u64::MAX);
        items.get(usize::try_from(self.below(bound)).unwrap_or(0))
    }

    /// A duration between the two, both included.
    pub fn between(&mut self, least: Duration, most: Duration) -> Duration {
        let span = u64::try_from(most.saturating_sub(least).as_micros()).unwrap_or(u64::MAX);
        least.saturating_add(Duration::from_micros(self.below(span.saturating_add(1))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_seed_is_one_sequence() {
        let (mut one, mut two) = (Dice::new(7), Dice::new(7));
        assert_eq!(
            (0..5).map(|_| one.roll()).collect::<Vec<_>>(),
            (0..5).map(|_| two.roll()).collect::<Vec<_>>()
        );
        assert_ne!(Dice::fork(7, 0).roll(), Dice::fork(7, 1).roll());
    }

    #[test]
    fn a_duration_stays_within_its_bounds() {
        let mut dice = Dice::new(1);
        let (least, most) = (Duration::from_millis(50), Duration::from_millis(400));
        assert!(
            (0..1_000)
                .map(|_| dice.between(least, most))
                .all(|d| d >= least && d <= most)
        );
    }
}
