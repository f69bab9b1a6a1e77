//! Counters by label, registered once and found by position: no lock and no hashing when counting.

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use super::labels::Label;

/// A name and a value of a label.
type Pair = (&'static str, &'static str);

/// A counter for each value of a label.
#[derive(Debug)]
pub(super) struct CountersBy<L> {
    counters: Vec<Counter>,
    label: std::marker::PhantomData<L>,
}

impl<L: Label> CountersBy<L> {
    pub(super) fn register(registry: &mut Registry, name: &str, help: &str) -> Self {
        let family = Family::<[Pair; 1], Counter>::default();
        registry.register(name, help, family.clone());
        Self {
            counters: L::ALL
                .iter()
                .map(|value| family.get_or_create_owned(&[(L::NAME, value.text())]))
                .collect(),
            label: std::marker::PhantomData,
        }
    }

    pub(super) fn increment(&self, value: L) {
        if let Some(counter) = self.counters.get(value.index()) {
            counter.inc();
        }
    }
}

/// A counter for each pair of values of two labels.
#[derive(Debug)]
pub(super) struct CountersByPair<L, M> {
    counters: Vec<Vec<Counter>>,
    labels: std::marker::PhantomData<(L, M)>,
}

impl<L: Label, M: Label> CountersByPair<L, M> {
    pub(super) fn register(registry: &mut Registry, name: &str, help: &str) -> Self {
        let family = Family::<[Pair; 2], Counter>::default();
        registry.register(name, help, family.clone());
        let counter = |first: L, second: M| {
            family.get_or_create_owned(&[(L::NAME, first.text()), (M::NAME, second.text())])
        };
        let row = |first: &L| {
            M::ALL
                .iter()
                .map(|second| counter(*first, *second))
                .collect()
        };
        Self {
            counters: L::ALL.iter().map(row).collect(),
            labels: std::marker::PhantomData,
        }
    }

    pub(super) fn increment(&self, first: L, second: M) {
        let row = self.counters.get(first.index());
        if let Some(counter) = row.and_then(|row| row.get(second.index())) {
            counter.inc();
        }
    }
}

/// A gauge for each value of a label.
#[derive(Debug)]
pub(super) struct GaugesBy<L> {
    gauges: Vec<Gauge>,
    label: std::marker::PhantomData<L>,
}

impl<L: Label> GaugesBy<L> {
    pub(super) fn register(registry: &mut Registry, name: &str, help: &str) -> Self {
        let family = Family::<[Pair; 1], Gauge>::default();
        registry.register(name, help, family.clone());
        let gauge = |value: &L| family.get_or_create_owned(&[(L::NAME, value.text())]);
        Self {
            gauges: L::ALL.iter().map(gauge).collect(),
            label: std::marker::PhantomData,
        }
    }

    pub(super) fn add(&self, value: L, change: i64) {
        if let Some(gauge) = self.gauges.get(value.index()) {
            gauge.inc_by(change);
        }
    }
}
