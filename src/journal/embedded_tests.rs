//! What only the embedded journal can get wrong: its folder, its files, and the disk under them.

use std::fs;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::process::Command;

use bytes::Bytes;

use super::conformance::{ONE, OnDisk, TWO, append, key, noise, records};
use super::{
    Appended, Journal, JournalError, RECORD_BYTES_MAX, Seq, SledJournal, SledOptions, Snapshot,
};
use crate::domain::WorkspaceId;

fn blobs(options: &SledOptions) -> usize {
    fs::read_dir(options.folder.join("journal/blobs"))
        .unwrap()
        .count()
}

fn write(journal: &SledJournal, workspace: WorkspaceId, records: Vec<Bytes>) -> Seq {
    let head = journal.head(workspace).unwrap();
    match journal
        .append(&[append(workspace, head, records, Vec::new())])
        .unwrap()[..]
    {
        [Appended::Durable { head }] => head,
        ref other => panic!("{other:?}"),
    }
}

fn error_of(opened: Result<SledJournal, JournalError>) -> JournalError {
    let error = opened.unwrap_err();
    println!("{error}");
    error
}

#[test]
fn the_largest_records_make_no_blobs() {
    let backend = OnDisk::new();
    let journal = SledJournal::open(backend.options()).unwrap();
    for round in 0..6 {
        for workspace in [ONE, TWO] {
            write(
                &journal,
                workspace,
                vec![noise(RECORD_BYTES_MAX, round), noise(3_900, round)],
            );
        }
        assert_eq!(blobs(&backend.options()), 0);
    }
}

#[test]
fn rows_of_every_size_make_no_blobs_though_they_come_and_go() {
    let backend = OnDisk::new();
    let journal = SledJournal::open(backend.options()).unwrap();
    let sizes = [10, 300, 3_960, 3_600, 12_000, 300_000, 40_000];
    for round in 0..400_u64 {
        let head = journal.head(ONE).unwrap();
        let side = (0..12).map(|number: u64| {
            let place = (round * 7 + number * 31) % 97;
            let size = sizes[usize::try_from((round + number) % 7).unwrap()];
            let value = (round + number)
                .is_multiple_of(3)
                .then(|| noise(size, round));
            (key(&format!("row {place}")), value)
        });
        let records = vec![noise(sizes[usize::try_from(round % 5).unwrap()], round)];
        journal
            .append(&[append(ONE, head, records, side.collect())])
            .unwrap();
        assert_eq!(blobs(&backend.options()), 0, "round {round}");
    }
}

#[test]
fn repeated_large_snapshots_make_no_blobs_and_give_their_space_back() {
    let backend = OnDisk::new();
    let journal = SledJournal::open(backend.options()).unwrap();
    for round in 0..6 {
        let seq = write(&journal, ONE, records(3, "record"));
        let snapshot = Snapshot {
            seq,
            bytes: noise(20_000_000, round),
        };
        journal.save_snapshot(ONE, &snapshot).unwrap();
        assert_eq!(blobs(&backend.options()), 0);
        assert_eq!(journal.load_snapshot(ONE).unwrap(), Some(snapshot));
    }
    let length = fs::metadata(backend.options().folder.join("journal/db"))
        .unwrap()
        .len();
    println!("{length} bytes after 6 snapshots of 20,000,000");
    assert!(length < 150_000_000, "{length}");
}

#[test]
fn a_store_in_use_is_locked() {
    let backend = OnDisk::new();
    let journal = SledJournal::open(backend.options()).unwrap();
    let error = error_of(SledJournal::open(backend.options()));
    assert!(matches!(error, JournalError::Locked { .. }), "{error:?}");
    drop(journal);
    SledJournal::open(backend.options()).unwrap();
}

#[test]
fn folders_of_others_are_refused() {
    let place = tempfile::tempdir().unwrap();
    let options = SledOptions::new(place.path());
    let is_foreign = |opened| {
        let error = error_of(opened);
        assert!(matches!(error, JournalError::Foreign { .. }), "{error:?}");
    };
    is_foreign(SledJournal::open_existing(SledOptions::new(
        place.path().join("missing"),
    )));
    assert!(!place.path().join("missing").exists());
    is_foreign(SledJournal::open_existing(options.clone()));
    fs::write(place.path().join("letter.txt"), "dear").unwrap();
    is_foreign(SledJournal::open(options.clone()));
    is_foreign(SledJournal::open(SledOptions::new(
        place.path().join("letter.txt"),
    )));
    for marker in [
        "",
        "{}",
        r#"{"format":"other","version":1}"#,
        r#"{"format":"ochre-data","version":2}"#,
    ] {
        fs::write(place.path().join("ochre-data.json"), marker).unwrap();
        is_foreign(SledJournal::open(options.clone()));
    }
    assert_eq!(fs::read_dir(place.path()).unwrap().count(), 2);
}

#[test]
fn a_kill_while_the_folder_was_marked_leaves_it_usable() {
    let place = tempfile::tempdir().unwrap();
    fs::write(place.path().join("ochre-data.json.new"), "{").unwrap();
    fs::create_dir(place.path().join("lost+found")).unwrap();
    fs::create_dir(place.path().join("journal")).unwrap();
    fs::write(place.path().join("journal/conf"), "").unwrap();
    let journal = SledJournal::open(SledOptions::new(place.path())).unwrap();
    assert_eq!(write(&journal, ONE, records(1, "r")), 1);
}

#[test]
fn a_store_without_its_file_is_damaged_and_not_begun_anew() {
    let backend = OnDisk::new();
    drop(SledJournal::open(backend.options()).unwrap());
    fs::remove_file(backend.options().folder.join("journal/db")).unwrap();
    let error = error_of(SledJournal::open(backend.options()));
    assert!(matches!(error, JournalError::Damaged { .. }), "{error:?}");
}

/// Flips a byte in many places, one at a time: each opening and reading must fail or be right.
#[test]
fn damage_is_found_out_or_harmless() {
    let backend = OnDisk::new();
    let options = backend.options();
    let journal = SledJournal::open(options.clone()).unwrap();
    for _ in 0..200 {
        write(&journal, ONE, vec![noise(3_000, 1), noise(20_000, 2)]);
    }
    let all = journal.read(ONE, 0, usize::MAX).unwrap();
    drop(journal);
    let file = options.folder.join("journal/db");
    let whole = fs::read(&file).unwrap();
    let (mut damaged, mut harmless, mut shorter) = (0, 0, Vec::new());
    for number in 0..40 {
        let offset = whole.len() / 41 * (number + 1);
        fs::write(&file, &whole).unwrap();
        flip(&file, offset);
        let found = SledJournal::open(options.clone())
            .and_then(|journal| Ok((journal.head(ONE)?, journal.read(ONE, 0, usize::MAX)?)));
        match found {
            Err(JournalError::Damaged { .. }) => damaged += 1,
            Err(other) => panic!("{other:?}"),
            Ok((_, found)) if found == all => harmless += 1,
            Ok((head, _)) => shorter.push((offset, head)),
        }
    }
    println!("{damaged} found out, {harmless} harmless, shorter {shorter:?}");
    assert!(damaged > 0);
    assert!(shorter.is_empty(), "acknowledged records vanished silently");
}

fn flip(file: &Path, offset: usize) {
    let mut file = fs::OpenOptions::new()
        .read(true)
        .write(true)
        .open(file)
        .unwrap();
    let mut byte = [0];
    file.seek(SeekFrom::Start(offset.try_into().unwrap()))
        .unwrap();
    file.read_exact(&mut byte).unwrap();
    file.seek(SeekFrom::Start(offset.try_into().unwrap()))
        .unwrap();
    file.write_all(&[byte[0] ^ 0x55]).unwrap();
}

#[test]
fn after_a_failed_sync_the_store_is_opened_again_without_the_append() {
    let backend = OnDisk::new();
    let journal = SledJournal::open(backend.options()).unwrap();
    write(&journal, ONE, records(3, "kept"));
    let old = noise(50_000, 1);
    let row = |value: &Bytes| vec![(key("k"), Some(value.clone())), (key("l"), None)];
    journal
        .append(&[append(ONE, 3, Vec::new(), row(&old))])
        .unwrap();
    journal.fail_next_sync();
    let failing = [append(ONE, 3, records(2, "lost"), row(&noise(90_000, 2)))];
    journal.append(&failing).unwrap_err();
    for _ in 0..2 {
        assert_eq!(journal.head(ONE).unwrap(), 3);
        assert_eq!(journal.read(ONE, 0, 9).unwrap().len(), 3);
        assert!(journal.side(ONE, &key("k")).unwrap().unwrap() == old);
        journal.recover().unwrap();
    }
    assert_eq!(write(&journal, ONE, records(1, "new")), 4);
    drop(journal);
    let journal = SledJournal::open(backend.options()).unwrap();
    assert_eq!(journal.read(ONE, 3, 9).unwrap()[0].bytes, "new 0");
}

#[test]
fn a_store_that_cannot_be_opened_again_answers_and_recovers_later() {
    let backend = OnDisk::new();
    let journal = SledJournal::open(backend.options()).unwrap();
    write(&journal, ONE, records(3, "kept"));
    journal.fail_next_sync();
    journal
        .append(&[append(ONE, 3, records(2, "lost"), Vec::new())])
        .unwrap_err();
    let file = backend.options().folder.join("journal/db");
    let aside = file.with_extension("aside");
    fs::rename(&file, &aside).unwrap();
    println!("{}", journal.recover().unwrap_err());
    let answer = journal.read(ONE, 0, 9);
    assert!(
        matches!(answer, Err(JournalError::Unavailable { .. })),
        "{answer:?}"
    );
    fs::rename(&aside, &file).unwrap();
    journal.recover().unwrap();
    assert_eq!(journal.read(ONE, 0, 9).unwrap().len(), 3);
    assert_eq!(write(&journal, ONE, records(1, "new")), 4);
}

/// A small file system in memory, unmounted at the end.
struct SmallDisk {
    place: tempfile::TempDir,
}

impl SmallDisk {
    fn mount() -> Option<Self> {
        let place = tempfile::tempdir().unwrap();
        let mount = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=64m", "tmpfs"])
            .arg(place.path())
            .output();
        if mount.is_ok_and(|output| output.status.success()) {
            return Some(Self { place });
        }
        eprintln!("SKIPPED: a file system of 64 MB cannot be mounted here (it needs root)");
        None
    }

    fn folder(&self) -> PathBuf {
        self.place.path().join("data")
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let unmounted = Command::new("umount")
            .arg("-l")
            .arg(self.place.path())
            .status();
        assert!(unmounted.is_ok_and(|status| status.success()));
    }
}

fn fill_and_free(reserve_bytes: u64) {
    let Some(disk) = SmallDisk::mount() else {
        return;
    };
    let ballast = disk.place.path().join("ballast");
    fs::write(&ballast, vec![1; 20_000_000]).unwrap();
    let mut options = SledOptions::new(disk.folder());
    options.reserve_bytes = reserve_bytes;
    let journal = SledJournal::open(options.clone()).unwrap();
    let mut model = Vec::new();
    let error = loop {
        let seed = Seq::try_from(model.len()).unwrap();
        let added = vec![noise(300, seed), noise(9_000, seed)];
        let row = vec![(key("last"), Some(noise(5_000, seed)))];
        match journal.append(&[append(ONE, seed, added.clone(), row)]) {
            Ok(_) => model.extend(added),
            Err(error) => break error,
        }
    };
    println!("after {} records: {error}", model.len());
    assert!(
        matches!(error, JournalError::Unavailable { .. }),
        "{error:?}"
    );
    let head = Seq::try_from(model.len()).unwrap();
    let last = noise(5_000, head - 2);
    let check = |journal: &SledJournal| {
        assert_eq!(journal.head(ONE).unwrap(), head);
        let found: Vec<_> = journal.read(ONE, 0, usize::MAX).unwrap();
        assert!(
            found
                .into_iter()
                .map(|record| record.bytes)
                .eq(model.iter().cloned())
        );
        assert!(journal.side(ONE, &key("last")).unwrap().unwrap() == last);
    };
    for _ in 0..3 {
        check(&journal);
        println!("still full: {}", journal.recover().unwrap_err());
        journal
            .append(&[append(ONE, head, records(1, "x"), Vec::new())])
            .unwrap_err();
    }
    fs::remove_file(&ballast).unwrap();
    journal.recover().unwrap();
    check(&journal);
    assert_eq!(write(&journal, ONE, records(1, "after")), head + 1);
    drop(journal);
    let journal = SledJournal::open(options).unwrap();
    assert_eq!(journal.head(ONE).unwrap(), head + 1);
    assert_eq!(journal.read(ONE, head, 9).unwrap()[0].bytes, "after 0");
}

#[test]
fn a_full_disk_is_noticed_before_the_engine_fails() {
    fill_and_free(4 * 1024 * 1024);
}

#[test]
fn a_full_disk_on_which_the_engine_failed_is_survived() {
    fill_and_free(0);
}
