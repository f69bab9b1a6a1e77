//! `ochre check`: good stores, damaged ones, and those that somebody else has written.

use std::path::Path;

use ochre_assign::domain::{Actor, Commit, CommitBody, EpochId, Timestamp, WorkspaceId};
use ochre_assign::journal::{Append, Journal, SledJournal, SledOptions, codec};
use ochre_assign::views::WorkspaceFold;

use crate::program::{Place, Ran};

fn open(data: &Path) -> (SledJournal, WorkspaceId, u64) {
    let journal = SledJournal::open_existing(SledOptions::new(data)).unwrap();
    let workspace = *journal.workspaces().unwrap().first().unwrap();
    let head = journal.head(workspace).unwrap();
    (journal, workspace, head)
}

#[test]
fn a_good_store_is_counted_and_left_as_it_is() {
    let place = Place::new();
    let data = place.store("data");
    let first = Ran::new("check", &data, [""; 0]).ok();
    assert!(first.contains("every invariant holds"), "{first}");
    assert_eq!(Ran::new("check", &data, [""; 0]).ok(), first);
    let (_journal, _workspace, head) = open(&data);
    assert_eq!(head, 2, "a check writes nothing");
}

#[test]
fn a_log_that_breaks_an_invariant_is_found_with_its_position() {
    let place = Place::new();
    let data = place.store("data");
    {
        let (journal, workspace, head) = open(&data);
        let epoch = EpochId::from_u128(1);
        let commit = Commit {
            seq: head + 1,
            at: Timestamp::EPOCH,
            actor: Actor::System,
            body: CommitBody::Epoch { epoch },
        };
        let append = Append {
            workspace,
            expected_head: head,
            records: vec![codec::encode(&commit).unwrap()],
            side: Vec::new(),
        };
        journal.append(&[append]).unwrap();
    }
    let checked = Ran::new("check", &data, [""; 0]);
    assert!(checked.error.contains("ws_"), "{checked:?}");
    checked.fails("ONE_ORDER does not hold at position 3");
}

#[test]
fn a_snapshot_that_is_not_the_fold_is_found() {
    let place = Place::new();
    let data = place.store("data");
    {
        let (journal, workspace, _head) = open(&data);
        let (mut fold, _) = WorkspaceFold::load(&journal, workspace).unwrap();
        journal
            .save_snapshot(workspace, &fold.to_snapshot().unwrap())
            .unwrap();
        drop(journal);
        Ran::new("check", &data, [""; 0]).ok();

        let (journal, workspace, _head) = open(&data);
        fold.numbers = 7;
        let wrong = fold.to_snapshot().unwrap();
        journal.save_snapshot(workspace, &wrong).unwrap();
    }
    let checked = Ran::new("check", &data, [""; 0]);
    checked.fails("VIEW_IS_FOLD does not hold at position 2");
}

#[test]
fn a_flipped_byte_is_found() {
    let place = Place::new();
    let data = place.store("data");
    let file = data.join("journal/db");
    let mut bytes = std::fs::read(&file).unwrap();
    let name = b"maya@example.com";
    let places: Vec<usize> = bytes
        .windows(name.len())
        .enumerate()
        .filter(|(_, window)| window == name)
        .map(|(at, _)| at)
        .collect();
    assert!(!places.is_empty());
    for at in places {
        bytes[at] ^= 1;
    }
    std::fs::write(&file, bytes).unwrap();
    let checked = Ran::new("check", &data, [""; 0]);
    checked.fails("damaged");
}
