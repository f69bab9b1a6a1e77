//! A histogram of latencies that takes any duration.

use std::time::Duration;

use hdrhistogram::Histogram;

use crate::numbers::microseconds;

/// Latencies in microseconds, to three digits.
#[derive(Debug, Default)]
pub struct Latency {
    /// `None` until something is recorded.
    histogram: Option<Histogram<u64>>,
}

impl Latency {
    /// Records one.
    pub fn record(&mut self, latency: Duration) {
        if let Some(histogram) = self.histogram() {
            let recorded = histogram.record(microseconds(latency));
            debug_assert!(recorded.is_ok(), "histograms that resize take any value");
        }
    }

    /// Takes in what another client recorded.
    pub fn merge(&mut self, other: &Self) {
        if let (Some(other), Some(own)) = (&other.histogram, self.histogram()) {
            let added = own.add(other);
            debug_assert!(added.is_ok(), "histograms that resize can be added");
        }
    }

    /// How many were recorded.
    pub fn count(&self) -> u64 {
        self.histogram.as_ref().map_or(0, Histogram::len)
    }

    /// The latency that this many percent do not exceed, in microseconds.
    pub fn percentile(&self, percent: f64) -> u64 {
        self.histogram
            .as_ref()
            .map_or(0, |histogram| histogram.value_at_percentile(percent))
    }

    /// The longest, in microseconds.
    pub fn max(&self) -> u64 {
        self.histogram.as_ref().map_or(0, Histogram::max)
    }

    fn histogram(&mut self) -> Option<&mut Histogram<u64>> {
        if self.histogram.is_none() {
            // Resizes by itself, so a value is never refused.
            self.histogram = Histogram::new(3).ok();
        }
        self.histogram.as_mut()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn merging_keeps_every_value() {
        let (mut sum, mut one) = (Latency::default(), Latency::default());
        one.record(Duration::from_millis(2));
        one.record(Duration::from_secs(100));
        sum.merge(&one);
        sum.merge(&Latency::default());
        assert_eq!(sum.count(), 2);
        assert!(sum.max() >= 100_000_000);
        assert!((1_990..=2_010).contains(&sum.percentile(50.0)));
    }
}
