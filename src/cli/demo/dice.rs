//! Chance for the demo, from the one clock.

use std::sync::Arc;

use crate::clock::Clock;

/// Throws of dice.
#[derive(Debug, Clone)]
pub(super) struct Dice(pub(super) Arc<dyn Clock>);

impl Dice {
    /// A number below `sides`; 0 when there are none. The bias of the remainder is no matter here.
    pub(super) fn below(&self, sides: usize) -> usize {
        let mut bytes = [0; 4];
        self.0.random_bytes(&mut bytes);
        let thrown = usize::try_from(u32::from_le_bytes(bytes)).unwrap_or(0);
        thrown.checked_rem(sides).unwrap_or(0)
    }

    /// One of several.
    pub(super) fn pick<'a, T>(&self, of: &'a [T]) -> Option<&'a T> {
        of.get(self.below(of.len()))
    }
}
