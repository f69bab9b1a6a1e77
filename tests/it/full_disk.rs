//! The service on a disk that fills up: a small file system in memory, which takes root to mount.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::PathBuf;
use std::process::Command;

use ochre_assign::journal::{SledJournal, SledOptions};
use serde_json::json;

use crate::support::{Setup, TestApp, get, post};

/// A small file system in memory, unmounted at the end.
struct SmallDisk {
    place: tempfile::TempDir,
}

impl SmallDisk {
    /// Nothing where it cannot be mounted.
    #[expect(clippy::print_stderr, reason = "a test that cannot run says so")]
    fn mount() -> Option<Self> {
        let place = tempfile::tempdir().unwrap();
        let mount = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=48m", "tmpfs"])
            .arg(place.path())
            .output();
        if mount.is_ok_and(|output| output.status.success()) {
            return Some(Self { place });
        }
        eprintln!("SKIPPED: a file system of 48 MB cannot be mounted here (it needs root)");
        None
    }

    fn journal(&self, reserve_bytes: u64) -> SledJournal {
        let mut options = SledOptions::new(self.place.path().join("data"));
        options.reserve_bytes = reserve_bytes;
        options.probe_bytes = 1 << 20;
        SledJournal::open(options).unwrap()
    }

    fn ballast(&self) -> PathBuf {
        self.place.path().join("ballast")
    }

    /// Somebody else takes all that is left.
    fn fill(&self) {
        let mut file = File::create(self.ballast()).unwrap();
        while file.write_all(&[0xA5; 4096]).is_ok() {}
    }

    fn free(&self) {
        fs::remove_file(self.ballast()).unwrap();
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

/// Adds notes until one is refused, and says how many were stored.
async fn write_until_refused(app: &TestApp, id: &str) -> usize {
    let note = json!({"body": "x".repeat(60_000)});
    for stored in 0..1000 {
        let answer = app.act(&app.maya, id, "notes", &note).await;
        if answer.status != 201 {
            let refused = answer.refused(503, "journal_unavailable");
            assert!(refused.header("retry-after").is_some());
            return stored;
        }
    }
    panic!("the disk did not fill up");
}

async fn fills_up_and_heals(reserve_bytes: u64) {
    let Some(disk) = SmallDisk::mount() else {
        return;
    };
    let app = Setup::over(disk.journal(reserve_bytes)).start().await;
    let id = app.create().await;
    app.ask(get("/readyz")).await.expect_status(200);
    disk.fill();
    let stored = write_until_refused(&app, &id).await;
    let (before, head) = (app.read(&id).await, app.head().await);
    assert_eq!(before["version"], json!(stored + 1));

    let messages = format!("/v1/conversations/{id}/messages?limit=1");
    for _ in 0..3 {
        let claim = app.claim(&app.maya, &id).await;
        claim.refused(503, "journal_unavailable");
        let user = json!({"name": "New", "email": "new@acme.test", "role": "agent"});
        let add = app.ask(post("/v1/users", &user).by(&app.owner)).await;
        add.refused(503, "journal_unavailable");
        let unready = app.ask(get("/readyz")).await;
        let unready = unready.refused(503, "journal_unavailable");
        let reason = unready.text_at("/detail");
        assert!(reason.to_lowercase().contains("no space left"), "{reason}");
        // Reads go on: what is in memory, and what is on the disk.
        app.ask(get("/healthz")).await.expect_status(200);
        assert_eq!(app.read(&id).await, before);
        assert_eq!(
            app.list(&app.maya, "filter=unassigned").await,
            [id.as_str()]
        );
        let read = app.ask(get(&messages).by(&app.maya)).await;
        let read = read.expect_status(200);
        assert_eq!(read.at("/items/0/body"), "It should be here by now.");
        assert_eq!(app.head().await, head);
    }

    disk.free();
    app.until_ready().await;
    let claimed = app.claim(&app.maya, &id).await.changed(true);
    assert_eq!(claimed.at("/conversation/version"), &json!(stored + 2));
    assert_eq!(app.head().await, head + 1);
    let history = app.history(&id).await;
    assert_eq!(
        history.len(),
        stored + 3,
        "creation and message, notes, claim"
    );
}

#[actix_web::test]
async fn a_full_disk_that_is_noticed_in_time_refuses_changes_until_there_is_space() {
    fills_up_and_heals(1 << 20).await;
}

#[actix_web::test]
async fn a_full_disk_on_which_the_engine_fails_refuses_changes_until_there_is_space() {
    fills_up_and_heals(0).await;
}
