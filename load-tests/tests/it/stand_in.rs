//! The stand-in as a child process, and the workloads run against it.

use std::{
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
};

use tempfile::TempDir;

pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_stand-in");
pub(crate) const OWNER_TOKEN: &str = "owner-token";

/// A stand-in with a data folder of its own; it dies with this value.
pub(crate) struct StandIn {
    pub(crate) folder: TempDir,
    child: Child,
    pub(crate) url: String,
}

impl StandIn {
    pub(crate) fn start(faults: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        let made = Command::new(PROGRAM)
            .args([
                "init",
                "--workspace",
                "Bench",
                "--owner",
                "owner@example.com",
                "--json",
            ])
            .arg("--data")
            .arg(&data)
            .output()
            .unwrap();
        assert!(made.status.success());
        let (child, url) = serve(&data, "127.0.0.1:0", faults);
        Self { folder, child, url }
    }

    /// Serves the same folder at the same address, after the process has ended or is ended.
    pub(crate) fn restart(&mut self, faults: &[&str]) {
        drop(self.child.kill());
        self.child.wait().unwrap();
        let listen = self.url.strip_prefix("http://").unwrap().to_owned();
        (self.child, self.url) = serve(&self.folder.path().join("data"), &listen, faults);
    }

    /// Waits until the process has ended by itself.
    pub(crate) fn wait(&mut self) {
        self.child.wait().unwrap();
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Runs a workload against it.
    pub(crate) fn run(&self, workload: &str, args: &[&str]) -> Output {
        let server = ["--url", &self.url, "--admin-token", OWNER_TOKEN];
        load_tests(&[&[workload], args, &server].concat())
    }
}

impl Drop for StandIn {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn serve(data: &Path, listen: &str, faults: &[&str]) -> (Child, String) {
    let mut child = Command::new(PROGRAM)
        .args(["serve", "--listen", listen])
        .arg("--data")
        .arg(data)
        .args(faults)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    let url = line
        .trim()
        .strip_prefix("listening on ")
        .unwrap()
        .to_owned();
    (child, url)
}

/// Runs the program under test.
pub(crate) fn load_tests(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_load-tests"))
        .args(args)
        .output()
        .unwrap()
}

/// What it printed, for messages and for looking into.
pub(crate) fn text(output: &Output) -> String {
    let both = [output.stdout.as_slice(), output.stderr.as_slice()].concat();
    String::from_utf8_lossy(&both).into_owned()
}
