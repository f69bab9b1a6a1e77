//! Runs the program and looks at what it did.

use std::ffi::OsStr;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tempfile::TempDir;

/// A folder for the data and files of one test.
pub(crate) struct Place {
    folder: TempDir,
}

impl Place {
    pub(crate) fn new() -> Self {
        let folder = TempDir::new().unwrap();
        Self { folder }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, text).unwrap();
        path
    }

    /// A data folder with one workspace.
    pub(crate) fn store(&self, name: &str) -> PathBuf {
        let data = self.path(name);
        let init = ["--workspace", "Support", "--owner", "maya@example.com"];
        Ran::new("init", &data, init).ok();
        data
    }
}

/// What a command did.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) status: Option<i32>,
    pub(crate) out: String,
    pub(crate) error: String,
}

impl Ran {
    /// A command on a data folder.
    pub(crate) fn new<A: AsRef<OsStr>>(
        command: &str,
        data: &Path,
        args: impl IntoIterator<Item = A>,
    ) -> Self {
        let mut program = ochre();
        program.args(command.split(' ')).arg("--data").arg(data);
        Self::run(program.args(args), "")
    }

    pub(crate) fn run(command: &mut Command, input: &str) -> Self {
        let pipes = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = pipes.spawn().unwrap();
        // A command that refuses at once reads nothing.
        drop(child.stdin.take().unwrap().write_all(input.as_bytes()));
        let Output {
            status,
            stdout,
            stderr,
        } = child.wait_with_output().unwrap();
        Self {
            status: status.code(),
            out: String::from_utf8(stdout).unwrap(),
            error: String::from_utf8(stderr).unwrap(),
        }
    }

    /// It went well; what it printed.
    pub(crate) fn ok(self) -> String {
        assert_eq!(self.status, Some(0), "{self:?}");
        self.out
    }

    pub(crate) fn json(self) -> Value {
        serde_json::from_str(&self.ok()).unwrap()
    }

    /// It failed and said so in one sentence with this in it.
    pub(crate) fn fails(self, part: &str) {
        assert_eq!(self.status, Some(1), "{self:?}");
        assert!(self.error.starts_with("ochre: "), "{self:?}");
        assert!(self.error.contains(part), "{part} in {self:?}");
    }
}

/// A server under way; killed at the end of the test at the latest.
pub(crate) struct Server {
    child: Child,
    /// What it printed until it listened, the line about that last.
    pub(crate) lines: Vec<String>,
}

impl Server {
    pub(crate) fn start(command: &mut Command) -> Self {
        Self::logging_to(command, Stdio::null())
    }

    /// The same, with its log kept.
    pub(crate) fn logging_to(command: &mut Command, log: impl Into<Stdio>) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(log).spawn().unwrap();
        let mut lines = Vec::new();
        for line in BufReader::new(child.stdout.as_mut().unwrap()).lines() {
            lines.push(line.unwrap());
            if lines.last().unwrap().starts_with("listening on ") {
                return Self { child, lines };
            }
        }
        panic!("it ended with {:?} after {lines:?}", child.wait());
    }

    pub(crate) fn serve(data: &Path) -> Self {
        let mut program = ochre();
        let args = ["serve", "--listen", "127.0.0.1:0", "--data"];
        Self::start(program.args(args).arg(data))
    }

    /// The host and port of the line that it printed.
    pub(crate) fn address(&self) -> &str {
        let line = self.lines.last().unwrap();
        line.strip_prefix("listening on http://").unwrap()
    }

    /// Sends a signal and returns the exit status.
    pub(crate) fn signal(mut self, signal: Signal) -> Option<i32> {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
        self.child.wait().unwrap().code()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// The program, with nothing of the tester's own settings.
pub(crate) fn ochre() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ochre"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("OCHRE_") {
            command.env_remove(name);
        }
    }
    command
}
