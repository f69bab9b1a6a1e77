//! A power cut in the middle of appends: what was acknowledged must be there afterwards.
//!
//! A writer process appends to a journal on an ext4 file system in an image file and reports each acknowledged
//! head. It is stopped at some moment, the image is copied without syncing anything, which leaves what only
//! the page cache of that file system knew behind, and the journal in the copy is opened and read.
//!
//! It needs root, for mounting, and says SKIPPED where it cannot. `OCHRE_POWER_CUT_ROUNDS` is the number of
//! rounds of each workload (2). `OCHRE_POWER_CUT_NO_FDATASYNC=1` leaves out our own fdatasync: then the test must
//! fail, which shows that it can.
#![expect(
    clippy::unwrap_used,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "a test binary, whose helpers may panic, and which must wait for real time to pass"
)]

use std::env;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use bytes::Bytes;
use ochre_assign::domain::WorkspaceId;
use ochre_assign::journal::{
    Append, Appended, Journal, RECORD_BYTES_MAX, Seq, SideKey, SledJournal, SledOptions, Snapshot,
};

const WRITER: &str = "OCHRE_POWER_CUT_WRITER";
const WORKSPACE: WorkspaceId = WorkspaceId::from_u128(7);

/// What the writer writes, by the name that it is told.
struct Workload {
    name: &'static str,
    batch: u64,
    record_bytes: usize,
    side_bytes: usize,
    snapshot_bytes: usize,
    image_bytes: u64,
    /// The unit of the time after which it is cut off.
    milliseconds: u64,
}

const WORKLOADS: [Workload; 3] = [
    Workload {
        name: "small",
        batch: 4,
        record_bytes: 300,
        side_bytes: 0,
        snapshot_bytes: 0,
        image_bytes: 512 << 20,
        milliseconds: 200,
    },
    // Rows that are replaced over and over let the engine use its space again, which is where an order of
    // writes could go wrong.
    Workload {
        name: "mixed",
        batch: 3,
        record_bytes: 2_000,
        side_bytes: 30_000,
        snapshot_bytes: 1_500_000,
        image_bytes: 1 << 30,
        milliseconds: 700,
    },
    Workload {
        name: "largest",
        batch: 1,
        record_bytes: RECORD_BYTES_MAX,
        side_bytes: 300_000,
        snapshot_bytes: 0,
        image_bytes: 2 << 30,
        milliseconds: 300,
    },
];

#[test]
fn small_commits_survive_a_power_cut() {
    survive(&WORKLOADS[0]);
}

#[test]
fn replaced_rows_and_snapshots_survive_a_power_cut() {
    survive(&WORKLOADS[1]);
}

#[test]
fn the_largest_commits_survive_a_power_cut() {
    survive(&WORKLOADS[2]);
}

/// The process that is cut off; run by the tests above, of no use by itself.
#[test]
#[ignore = "it is the writer of the other tests"]
fn writer() {
    let Ok(text) = env::var(WRITER) else { return };
    let (name, folder) = text.split_once(':').unwrap();
    let workload = WORKLOADS
        .iter()
        .find(|workload| workload.name == name)
        .unwrap();
    let journal = Arc::new(SledJournal::open(options(Path::new(folder))).unwrap());
    let mut head = journal.head(WORKSPACE).unwrap();
    if workload.snapshot_bytes > 0 {
        let journal = Arc::clone(&journal);
        thread::spawn(move || save_snapshots(&journal, workload.snapshot_bytes));
    }
    loop {
        let append = Append {
            workspace: WORKSPACE,
            expected_head: head,
            records: (1..=workload.batch)
                .map(|number| content(head + number, workload.record_bytes))
                .collect(),
            side: side_rows(head, workload),
        };
        head = match journal.append(&[append]).unwrap()[..] {
            [Appended::Durable { head }] => head,
            ref other => panic!("{other:?}"),
        };
        // Past the test harness, which keeps what is printed to itself.
        writeln!(std::io::stderr(), "acknowledged {head}").unwrap();
    }
}

fn save_snapshots(journal: &SledJournal, bytes: usize) {
    loop {
        let seq = journal.head(WORKSPACE).unwrap();
        let bytes = content(seq, bytes);
        if journal
            .save_snapshot(WORKSPACE, &Snapshot { seq, bytes })
            .is_err()
        {
            return;
        }
    }
}

fn side_rows(head: Seq, workload: &Workload) -> Vec<(SideKey, Option<Bytes>)> {
    if workload.side_bytes == 0 {
        return Vec::new();
    }
    let value = content(head, workload.side_bytes);
    vec![(side_key(head / workload.batch), Some(value))]
}

fn side_key(number: u64) -> SideKey {
    SideKey(Bytes::from(format!("row {}", number % 20)))
}

/// Bytes that follow from the position and that nothing else could give.
fn content(seq: Seq, bytes: usize) -> Bytes {
    let mut state = seq.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut content = Vec::with_capacity(bytes + 8);
    while content.len() < bytes {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        content.extend_from_slice(&state.to_le_bytes());
    }
    content.truncate(bytes);
    content.into()
}

fn options(folder: &Path) -> SledOptions {
    let mut options = SledOptions::new(folder);
    options.fdatasync = env::var("OCHRE_POWER_CUT_NO_FDATASYNC").is_err();
    options
}

fn survive(workload: &'static Workload) {
    let rounds = env::var("OCHRE_POWER_CUT_ROUNDS").map_or(2, |text| text.parse().unwrap());
    let mut failures = Vec::new();
    for round in 0..rounds {
        let Some(outcome) = cut(workload, round) else {
            return;
        };
        match outcome {
            Ok(report) => eprintln!("{} round {round}: {report}", workload.name),
            Err(failure) => {
                eprintln!("{} round {round}: FAILED: {failure}", workload.name);
                failures.push(failure);
            }
        }
    }
    assert!(
        failures.is_empty(),
        "{} of {rounds} rounds failed: {failures:#?}",
        failures.len()
    );
}

/// One round; `None` where nothing can be mounted.
fn cut(workload: &'static Workload, round: u64) -> Option<Result<String, String>> {
    let place = tempfile::tempdir().unwrap();
    let image = place.path().join("image");
    let file = fs::File::create(&image).unwrap();
    file.set_len(workload.image_bytes).unwrap();
    let made = Command::new("mkfs.ext4")
        .args(["-q", "-F"])
        .arg(&image)
        .status();
    if !made.is_ok_and(|status| status.success()) {
        eprintln!("SKIPPED: mkfs.ext4 is missing or failed, so no power cut can be played");
        return None;
    }
    // Without its own commits every few seconds, which would save what we forgot.
    let mount = Mount::new(&image, &place.path().join("before"), "loop,commit=600")?;
    run(Command::new("sync").arg("-f").arg(&mount.place));
    let mut writer = Writer::start(workload, &mount.place.join("data"));
    writer.wait_for_acknowledgements(3);
    thread::sleep(Duration::from_millis(
        workload.milliseconds * (2 + round % 5),
    ));
    let acknowledged = writer.stop();
    let copy = place.path().join("copy");
    run(Command::new("cp")
        .args(["--sparse=always", "--reflink=never"])
        .arg(&image)
        .arg(&copy));
    drop(writer);
    drop(mount);
    let mount = Mount::new(&copy, &place.path().join("after"), "loop")?;
    Some(check(workload, &mount.place.join("data"), acknowledged))
}

/// Every acknowledged record must be there, as it was written.
fn check(workload: &Workload, folder: &Path, acknowledged: Seq) -> Result<String, String> {
    let journal = SledJournal::open_existing(options(folder))
        .map_err(|error| format!("{acknowledged} acknowledged, not opened: {error}"))?;
    let head = journal.head(WORKSPACE).map_err(|error| error.to_string())?;
    if head < acknowledged {
        return Err(format!(
            "{acknowledged} acknowledged, the log ends at {head}"
        ));
    }
    let mut after = 0;
    while after < head {
        let records = journal
            .read(WORKSPACE, after, 64)
            .map_err(|error| error.to_string())?;
        for record in records {
            if record.bytes != content(record.seq, workload.record_bytes) {
                return Err(format!(
                    "the record at {} is not what was written",
                    record.seq
                ));
            }
            after = record.seq;
        }
    }
    if workload.side_bytes > 0 {
        let appends = head / workload.batch;
        for number in appends.saturating_sub(20)..appends {
            let found = journal.side(WORKSPACE, &side_key(number));
            let wanted = content(number * workload.batch, workload.side_bytes);
            if found.map_err(|error| error.to_string())? != Some(wanted) {
                return Err(format!(
                    "the side row of append {number} is not what was written"
                ));
            }
        }
    }
    let snapshot = journal
        .load_snapshot(WORKSPACE)
        .map_err(|error| error.to_string())?;
    let blobs = fs::read_dir(folder.join("journal/blobs")).unwrap().count();
    if blobs > 0 {
        return Err(format!("{blobs} files in blobs"));
    }
    let snapshot = snapshot.map(|snapshot| snapshot.seq);
    Ok(format!(
        "{acknowledged} acknowledged, {head} found, snapshot {snapshot:?}"
    ))
}

/// The process that writes until it is stopped; killed at the end, whatever happens.
struct Writer {
    child: Child,
    acknowledged: Arc<AtomicU64>,
}

impl Writer {
    fn start(workload: &Workload, folder: &Path) -> Self {
        let mut child = Command::new(env::current_exe().unwrap())
            .args(["--exact", "writer", "--ignored", "--nocapture"])
            .env(WRITER, format!("{}:{}", workload.name, folder.display()))
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let acknowledged = Arc::new(AtomicU64::new(0));
        let seen = Arc::clone(&acknowledged);
        thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                match line
                    .strip_prefix("acknowledged ")
                    .and_then(|head| head.parse().ok())
                {
                    Some(head) => seen.store(head, Ordering::SeqCst),
                    None => eprintln!("writer: {line}"),
                }
            }
        });
        Self {
            child,
            acknowledged,
        }
    }

    fn wait_for_acknowledgements(&mut self, head: Seq) {
        while self.acknowledged.load(Ordering::SeqCst) < head {
            assert!(
                self.child.try_wait().unwrap().is_none(),
                "the writer ended by itself"
            );
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// Stops every thread of it and returns the last head that it reported.
    fn stop(&mut self) -> Seq {
        assert!(
            self.child.try_wait().unwrap().is_none(),
            "the writer ended by itself"
        );
        let id = self.child.id().to_string();
        run(Command::new("kill").args(["-STOP", &id]));
        let tasks = PathBuf::from(format!("/proc/{id}/task"));
        let is_stopped = |task: &Path| {
            let stat = fs::read_to_string(task.join("stat")).unwrap_or_default();
            stat.rsplit(") ")
                .next()
                .is_none_or(|rest| rest.starts_with(['T', 't']))
        };
        let all_stopped = || {
            let mut tasks = fs::read_dir(&tasks).unwrap();
            tasks.all(|task| is_stopped(&task.unwrap().path()))
        };
        while !all_stopped() {
            thread::sleep(Duration::from_millis(1));
        }
        // What is still in the pipe was acknowledged as well.
        let mut last = 0;
        while last != self.acknowledged.load(Ordering::SeqCst) {
            last = self.acknowledged.load(Ordering::SeqCst);
            thread::sleep(Duration::from_millis(50));
        }
        last
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

/// A mounted image, unmounted at the end, whatever happens; its loop device goes with it.
struct Mount {
    place: PathBuf,
}

impl Mount {
    fn new(image: &Path, place: &Path, options: &str) -> Option<Self> {
        fs::create_dir(place).unwrap();
        let mut mount = Command::new("mount");
        mount.args(["-o", options]).arg(image).arg(place);
        match mount.output() {
            Ok(output) if output.status.success() => Some(Self {
                place: place.to_owned(),
            }),
            other => {
                eprintln!("SKIPPED: an image cannot be mounted here (it needs root): {other:?}");
                None
            }
        }
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        for _ in 0..20 {
            let unmounted = Command::new("umount").arg(&self.place).status();
            if unmounted.is_ok_and(|status| status.success()) {
                return;
            }
            thread::sleep(Duration::from_millis(100));
        }
        drop(Command::new("umount").arg("-l").arg(&self.place).status());
    }
}

fn run(command: &mut Command) {
    let status = command.status().unwrap();
    assert!(status.success(), "{command:?}: {status}");
}
