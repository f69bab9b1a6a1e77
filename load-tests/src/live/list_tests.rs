//! Every rule of a list: the chain, the beacon, the total, the horizon and pages.

use super::*;
use crate::live::{digest, frame::Head};

fn row(number: u32, version: u64) -> Row {
    active(number, version, number)
}

fn active(number: u32, version: u64, second: u32) -> Row {
    Row {
        id: format!("conv_{number}"),
        version,
        last_activity_at: format!("2026-01-01T00:{:02}:{:02}.000Z", second / 60, second % 60),
        assigned_at: None,
    }
}

/// Rows 1 … `members`, of which the newest hundred are sent.
fn snapshot(members: u32, seq: u64) -> Snapshot {
    Snapshot {
        view: "all".to_owned(),
        seq,
        total: u64::from(members),
        items: (1..=members)
            .rev()
            .take(100)
            .map(|number| row(number, 1))
            .collect(),
        history: Vec::new(),
    }
}

fn change(prev: u64, seq: u64, total: u64) -> Change {
    Change {
        view: "all".to_owned(),
        seq,
        prev,
        total,
        ..Change::default()
    }
}

/// The beacon of a server with these members, newest first.
fn beacon(seq: u64, members: &[Row]) -> Beacon {
    let sum = |rows: usize| {
        let rows = members.iter().take(rows);
        hexadecimal(digest::sum(rows.map(|row| (row.id.as_str(), row.version))))
    };
    let total = count(members.len());
    Beacon {
        view: "all".to_owned(),
        seq,
        total,
        hash: sum(members.len()),
        head: Head {
            count: total.min(HEAD),
            hash: sum(100),
        },
    }
}

fn all(members: u32) -> Vec<Row> {
    (1..=members).rev().map(|number| row(number, 1)).collect()
}

fn holding(members: u32) -> List {
    let (mut list, mut found) = (List::new(1_000), Vec::new());
    list.snapshot(&snapshot(members, 10), &mut found);
    assert!(found.is_empty(), "{found:?}");
    list
}

/// Applies a frame that has to be right.
fn apply(list: &mut List, change: &Change) -> Taken {
    let mut found = Vec::new();
    let taken = list.change(change, &mut found);
    assert!(found.is_empty(), "{found:?}");
    taken
}

#[test]
fn the_next_frame_is_applied_and_an_old_one_ignored() {
    let mut list = holding(3);
    assert_eq!(apply(&mut list, &change(8, 10, 9)), Taken::Ignored);
    assert_eq!(list.total(), 3);
    let next = Change {
        enter: vec![row(9, 1)],
        update: vec![row(2, 2)],
        leave: vec!["conv_1".to_owned(), "conv_77".to_owned()],
        ..change(9, 12, 3)
    };
    assert_eq!(apply(&mut list, &next), Taken::Applied);
    let held: Vec<_> = list.rows().iter().collect();
    assert_eq!(held, [("conv_9", 1), ("conv_3", 1), ("conv_2", 2)]);
    assert_eq!(list.position(), Some(12));
}

#[test]
fn a_frame_that_goes_on_from_further_is_a_gap_and_changes_nothing() {
    let mut list = holding(3);
    let later = Change {
        leave: vec!["conv_1".to_owned()],
        ..change(11, 12, 2)
    };
    assert_eq!(apply(&mut list, &later), Taken::Gap);
    assert_eq!((list.position(), list.rows().len()), (Some(10), 3));
}

#[test]
fn nothing_is_applied_before_the_snapshot() {
    let mut list = List::new(1_000);
    assert_eq!(apply(&mut list, &change(0, 1, 5)), Taken::Ignored);
    let mut found = Vec::new();
    assert_eq!(
        list.beacon(&beacon(5, &all(3)), &mut found),
        Checked::Nothing
    );
    assert_eq!((list.position(), found.len()), (None, 0));
}

#[test]
fn a_beacon_checks_all_members_when_all_are_held() {
    let mut list = holding(3);
    let mut found = Vec::new();
    assert_eq!(list.beacon(&beacon(15, &all(3)), &mut found), Checked::All);
    assert_eq!((list.position(), found.len()), (Some(15), 0));
    // A beacon speaks for all commits up to its own, so the next frame goes on from there.
    assert_eq!(apply(&mut list, &change(15, 16, 3)), Taken::Applied);
    let other = [row(3, 1), row(2, 2), row(1, 1)];
    assert_eq!(list.beacon(&beacon(17, &other), &mut found), Checked::Wrong);
    assert!(found[0].contains("has the head"), "{found:?}");
    assert!(found[1].contains("has the hash"), "{found:?}");
}

#[test]
fn a_beacon_checks_the_newest_hundred_when_more_are_not_held() {
    let mut list = holding(150);
    assert!(!list.is_whole());
    let mut found = Vec::new();
    let mut members = all(150);
    assert_eq!(
        list.beacon(&beacon(10, &members), &mut found),
        Checked::Head
    );
    // Row 51 is the hundredth, row 50 is not held.
    members[100].version = 9;
    assert_eq!(
        list.beacon(&beacon(10, &members), &mut found),
        Checked::Head
    );
    assert!(found.is_empty(), "{found:?}");
    members[99].version = 9;
    assert_eq!(
        list.beacon(&beacon(10, &members), &mut found),
        Checked::Wrong
    );
}

#[test]
fn a_beacon_of_the_past_checks_nothing() {
    let mut found = Vec::new();
    let checked = holding(3).beacon(&beacon(9, &all(1)), &mut found);
    assert_eq!((checked, found.len()), (Checked::Nothing, 0));
}

#[test]
fn wrong_totals_are_found() {
    for (total, what) in [(2, "the total is 2"), (4, "the total is 4")] {
        let (mut list, mut found) = (holding(3), Vec::new());
        list.change(&change(10, 11, total), &mut found);
        assert!(found[0].contains(what), "{found:?}");
    }
    let (mut list, mut found) = (holding(150), Vec::new());
    list.change(&change(10, 11, 151), &mut found);
    assert!(found.is_empty(), "it cannot be known yet");
    list.beacon(&beacon(11, &all(150)), &mut found);
    assert!(found[0].contains("total of 150, held 151"), "{found:?}");
}

#[test]
fn a_wrong_head_count_is_found() {
    let (mut list, mut found) = (holding(3), Vec::new());
    let mut beacon = beacon(10, &all(3));
    beacon.head.count = 2;
    assert_eq!(list.beacon(&beacon, &mut found), Checked::Wrong);
}

#[test]
fn rows_below_the_horizon_are_left_out() {
    let mut list = holding(150);
    let below = Change {
        update: vec![row(50, 2)],
        enter: vec![row(51, 2)],
        ..change(10, 11, 150)
    };
    apply(&mut list, &below);
    assert_eq!(list.rows().version("conv_50"), None);
    assert_eq!(list.rows().version("conv_51"), Some(2));
    // A message moves it up, into what is held.
    let up = Change {
        update: vec![active(50, 3, 200)],
        ..change(11, 12, 150)
    };
    apply(&mut list, &up);
    assert_eq!(list.rows().iter().next(), Some(("conv_50", 3)));
}

#[test]
fn a_page_is_wanted_when_fewer_than_a_hundred_are_left() {
    let mut list = holding(150);
    assert!(!list.wants_page());
    let leave = Change {
        leave: vec!["conv_150".to_owned()],
        ..change(10, 11, 149)
    };
    apply(&mut list, &leave);
    assert!(list.wants_page());
    let mut found = Vec::new();
    let rows: Vec<_> = all(149);
    assert_eq!(
        list.beacon(&beacon(11, &rows), &mut found),
        Checked::Nothing
    );
    assert_eq!(list.page(&rows, 10, 149, &mut found), Taken::Ignored);
    assert_eq!(list.page(&rows, 13, 149, &mut found), Taken::Applied);
    assert!(list.is_whole() && !list.wants_page());
    // What the page knows already says nothing new; what spans it goes on.
    assert_eq!(list.change(&change(11, 13, 1), &mut found), Taken::Ignored);
    assert_eq!(
        list.change(&change(11, 14, 149), &mut found),
        Taken::Applied
    );
    assert_eq!(list.beacon(&beacon(14, &rows), &mut found), Checked::All);
    assert!(found.is_empty(), "{found:?}");
}

#[test]
fn a_page_of_the_same_commit_has_to_agree() {
    let (mut list, mut found) = (holding(150), Vec::new());
    list.page(&all(150), 10, 150, &mut found);
    assert!(found.is_empty(), "{found:?}");
    let mut rows = all(150);
    rows[7].version = 2;
    list.page(&rows, 10, 150, &mut found);
    assert!(found[0].contains("HTTP lists"), "{found:?}");
}

#[test]
fn a_list_that_grows_too_long_lets_the_oldest_go() {
    let (mut list, mut found) = (List::new(120), Vec::new());
    list.snapshot(&snapshot(100, 10), &mut found);
    let enter = Change {
        enter: (101..=150).map(|number| row(number, 1)).collect(),
        ..change(10, 11, 150)
    };
    list.change(&enter, &mut found);
    assert_eq!((list.rows().len(), list.is_whole()), (120, false));
    assert_eq!(
        list.beacon(&beacon(11, &all(150)), &mut found),
        Checked::Head
    );
    assert!(found.is_empty(), "{found:?}");
}

#[test]
fn snapshots_are_judged() {
    let judged = |snapshot: &Snapshot| {
        let mut found = Vec::new();
        holding(3).snapshot(snapshot, &mut found);
        found.join("; ")
    };
    let mut short = snapshot(150, 20);
    short.items.pop();
    assert!(judged(&short).contains("a snapshot of 99 rows, of 150 in all"));
    let mut mixed = snapshot(3, 20);
    mixed.items.swap(0, 1);
    assert!(judged(&mixed).contains("not in their order"));
    assert!(judged(&snapshot(3, 9)).contains("after position 10"));
    assert_eq!(judged(&snapshot(3, 10)), "");
}

#[test]
fn a_row_neither_goes_back_nor_moves_down() {
    let (mut list, mut found) = (holding(150), Vec::new());
    let forward = Change {
        update: vec![row(150, 5)],
        ..change(10, 11, 150)
    };
    list.change(&forward, &mut found);
    assert!(found.is_empty());
    let back = Change {
        update: vec![row(150, 4), active(149, 2, 0)],
        ..change(11, 12, 150)
    };
    list.change(&back, &mut found);
    assert!(
        found[0].contains("went back from version 5 to 4"),
        "{found:?}"
    );
    assert!(found[1].contains("moved down"), "{found:?}");
}

#[test]
fn a_resume_is_answered_from_the_position() {
    let (mut list, mut found) = (holding(3), Vec::new());
    list.resume();
    // Nothing was missed.
    assert_eq!(list.change(&change(10, 10, 3), &mut found), Taken::Ignored);
    list.resume();
    assert_eq!(list.change(&change(10, 14, 3), &mut found), Taken::Applied);
    assert!(found.is_empty(), "{found:?}");
    list.resume();
    list.change(&change(13, 15, 3), &mut found);
    assert!(found[0].contains("a resume from 14"), "{found:?}");
}

#[test]
fn a_frame_that_folds_too_much_is_found() {
    let (mut list, mut found) = (holding(3), Vec::new());
    let leave = (0..201).map(|number| format!("conv_x{number}")).collect();
    let much = Change {
        leave,
        ..change(10, 11, 3)
    };
    list.change(&much, &mut found);
    assert!(found[0].contains("201 conversations"), "{found:?}");
}
