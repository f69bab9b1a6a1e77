//! Random appends, failures and reopenings, compared with a journal in memory.

use std::sync::Arc;

use bytes::Bytes;
use proptest::prelude::{Strategy, any, prop_oneof};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use super::conformance::{ONE, OnDisk, TWO, append, key, noise};
use super::{Journal, MemoryJournal, SideKey, SledJournal, Snapshot};
use crate::domain::WorkspaceId;

#[derive(Debug, Clone)]
struct Part {
    stale: bool,
    sizes: Vec<usize>,
    side: Vec<(u8, Option<usize>)>,
}

#[derive(Debug, Clone)]
enum Step {
    Append {
        one: Option<Part>,
        two: Option<Part>,
    },
    Snapshot {
        bytes: usize,
    },
    Reopen,
    BreakAndRecover,
}

fn size() -> impl Strategy<Value = usize> {
    prop_oneof![6 => 0..400_usize, 2 => 3_900..8_100_usize, 1 => 60_000..200_000_usize]
}

fn part() -> impl Strategy<Value = Part> {
    let side = (0..12_u8, proptest::option::weighted(0.7, size()));
    (
        proptest::bool::weighted(0.05),
        proptest::collection::vec(size(), 0..12),
        proptest::collection::vec(side, 0..4),
    )
        .prop_map(|(stale, sizes, side)| Part { stale, sizes, side })
}

fn step() -> impl Strategy<Value = Step> {
    let parts = (proptest::option::of(part()), proptest::option::of(part()));
    prop_oneof![
        12 => parts.prop_map(|(one, two)| Step::Append { one, two }),
        1 => (0..300_000_usize).prop_map(|bytes| Step::Snapshot { bytes }),
        1 => any::<()>().prop_map(|()| Step::Reopen),
        1 => any::<()>().prop_map(|()| Step::BreakAndRecover),
    ]
}

fn side_key(number: u8) -> SideKey {
    // Keys of which one is the beginning of another, with bytes of every kind.
    SideKey(Bytes::from(vec![number % 4; usize::from(number) * 20]))
}

fn compare(found: &dyn Journal, model: &dyn Journal) {
    assert_eq!(found.workspaces().unwrap(), model.workspaces().unwrap());
    let (from, to) = (key(""), SideKey(Bytes::from_static(&[255])));
    for workspace in [ONE, TWO] {
        let head = model.head(workspace).unwrap();
        assert_eq!(found.head(workspace).unwrap(), head);
        for (after, limit) in [(0, usize::MAX), (head / 2, 3), (head.saturating_sub(1), 9)] {
            let read = found.read(workspace, after, limit).unwrap();
            assert!(
                read == model.read(workspace, after, limit).unwrap(),
                "after {after}"
            );
        }
        for limit in [3, usize::MAX] {
            let rows = found.side_range(workspace, &from, &to, limit).unwrap();
            assert!(rows == model.side_range(workspace, &from, &to, limit).unwrap());
        }
    }
    assert!(found.load_snapshot(ONE).unwrap() == model.load_snapshot(ONE).unwrap());
}

fn run(steps: Vec<Step>) {
    let backend = OnDisk::new();
    let mut journal = SledJournal::open(backend.options()).unwrap();
    let model: Arc<dyn Journal> = Arc::new(MemoryJournal::new());
    for (seed, step) in (1..).zip(steps) {
        match step {
            Step::Append { one, two } => {
                let entry = |workspace: WorkspaceId, part: Option<Part>| {
                    let part = part?;
                    let head = model.head(workspace).unwrap() + u64::from(part.stale);
                    let bytes = |size: &usize| noise(*size, seed + u64::try_from(*size).unwrap());
                    let side = part.side.iter();
                    let side = side.map(|(k, v)| (side_key(*k), v.as_ref().map(bytes)));
                    let records = part.sizes.iter().map(bytes).collect();
                    Some(append(workspace, head, records, side.collect()))
                };
                let batch: Vec<_> = [entry(ONE, one), entry(TWO, two)]
                    .into_iter()
                    .flatten()
                    .collect();
                assert_eq!(
                    journal.append(&batch).unwrap(),
                    model.append(&batch).unwrap()
                );
            }
            Step::Snapshot { bytes } => {
                let seq = model.head(ONE).unwrap();
                let snapshot = Snapshot {
                    seq,
                    bytes: noise(bytes, seed),
                };
                journal.save_snapshot(ONE, &snapshot).unwrap();
                model.save_snapshot(ONE, &snapshot).unwrap();
            }
            Step::Reopen => {
                drop(journal);
                journal = SledJournal::open(backend.options()).unwrap();
            }
            Step::BreakAndRecover => {
                journal.fail_next_sync();
                let side = (0..12).map(|k| (side_key(k), (k % 2 == 0).then(|| noise(9_000, seed))));
                let head = model.head(ONE).unwrap();
                let batch = [append(ONE, head, vec![noise(20_000, seed)], side.collect())];
                assert!(journal.append(&batch).is_err());
                compare(&journal, &*model);
                journal.recover().unwrap();
            }
        }
        compare(&journal, &*model);
    }
    drop(journal);
    compare(
        &SledJournal::open_existing(backend.options()).unwrap(),
        &*model,
    );
}

#[test]
fn random_histories_read_as_the_model_says() {
    let seed: [u8; 32] = match std::env::var("OCHRE_TEST_SEED") {
        Ok(text) => noise(32, text.parse().unwrap())
            .as_ref()
            .try_into()
            .unwrap(),
        Err(_) => {
            let number = u64::from(std::process::id());
            println!("OCHRE_TEST_SEED={number} repeats this run");
            noise(32, number).as_ref().try_into().unwrap()
        }
    };
    let config = Config {
        cases: 12,
        failure_persistence: None,
        ..Config::default()
    };
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &seed);
    let mut runner = TestRunner::new_with_rng(config, rng);
    let steps = proptest::collection::vec(step(), 1..40);
    runner
        .run(&steps, |steps| {
            run(steps);
            Ok(())
        })
        .unwrap();
}
