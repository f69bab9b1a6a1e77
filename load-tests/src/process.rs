//! The server as a child process: made, started, killed, stopped and checked.

use std::{
    fs::{self, File, OpenOptions},
    io,
    path::{Path, PathBuf},
    process::{ExitStatus, Stdio},
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process};
use serde::Deserialize;
use tokio::{
    io::{AsyncBufReadExt, BufReader, Lines},
    process::{Child, ChildStdout, Command},
    task::JoinSet,
    time::timeout,
};

use crate::target::Target;

/// How long a server may take to recover and to listen.
const START_DEADLINE: Duration = Duration::from_secs(60);
/// How long a server may take to end in order.
const STOP_DEADLINE: Duration = Duration::from_secs(60);
/// How much of its log is shown when it fails.
const LOG_TAIL_CHARACTERS: usize = 2_000;

/// What a server process did that it must not.
#[derive(Debug, thiserror::Error)]
pub enum ProcessError {
    /// It could not be run.
    #[error("{what}: {source}")]
    Run {
        /// What was to be done.
        what: String,
        /// Why it was not.
        source: io::Error,
    },
    /// It ended, or ended otherwise than it must.
    #[error("{what} ended with {status}: {output}")]
    Ended {
        /// What was run.
        what: String,
        /// How it ended.
        status: ExitStatus,
        /// What it said.
        output: String,
    },
    /// It did not say where it listens.
    #[error("{what} did not print `listening on http://…`: {output}")]
    Silent {
        /// What was run.
        what: String,
        /// What it said instead.
        output: String,
    },
    /// It did not stop.
    #[error("the server did not stop within {STOP_DEADLINE:?} of SIGTERM")]
    Unstoppable,
    /// Its answer is not what `init --json` answers.
    #[error("`init --json` printed something else: {output}")]
    Init {
        /// What it printed.
        output: String,
        /// What is wrong with it.
        source: serde_json::Error,
    },
}

impl ProcessError {
    fn run(what: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let what = what.into();
        move |source| Self::Run { what, source }
    }
}

/// An `ochre` program and a data folder of its own.
#[derive(Debug)]
pub struct Ochre {
    program: PathBuf,
    data: PathBuf,
    log: PathBuf,
    environment: Vec<(String, String)>,
}

#[derive(Deserialize)]
struct Initialized {
    token: String,
}

impl Ochre {
    /// The program, keeping its data and its log in this folder.
    pub fn new(program: &Path, folder: &Path, environment: Vec<(String, String)>) -> Self {
        Self {
            program: program.to_owned(),
            data: folder.join("data"),
            log: folder.join("server.log"),
            environment,
        }
    }

    /// Makes the data folder with one workspace, and gives its owner's token.
    pub async fn init(&self) -> Result<String, ProcessError> {
        let names = [
            "--workspace",
            "Bench",
            "--owner",
            "owner@example.com",
            "--json",
        ];
        let output = self.finish("init", &names).await?;
        let made: Initialized =
            serde_json::from_str(&output).map_err(|source| ProcessError::Init {
                output: output.clone(),
                source,
            })?;
        Ok(made.token)
    }

    /// Starts the server on a free port.
    pub async fn serve(&self) -> Result<Server, ProcessError> {
        self.serve_on("127.0.0.1:0").await
    }

    /// Starts the server again where it was before.
    pub async fn serve_again(&self, target: &Target) -> Result<Server, ProcessError> {
        self.serve_on(&target.address.to_string()).await
    }

    async fn serve_on(&self, listen: &str) -> Result<Server, ProcessError> {
        let mut command = self.command("serve");
        let log = OpenOptions::new().create(true).append(true).open(&self.log);
        let log: File = log.map_err(ProcessError::run("opening the server's log"))?;
        command.args(["--listen", listen]).stderr(log);
        let started = Server::start(command, "`serve`").await;
        started.map_err(|error| match error {
            ProcessError::Silent { what, .. } => ProcessError::Silent {
                what,
                output: self.tail(),
            },
            other => other,
        })
    }

    /// Reads the whole store of a stopped server and verifies it.
    pub async fn check(&self) -> Result<String, ProcessError> {
        self.finish("check", &[]).await
    }

    fn command(&self, subcommand: &str) -> Command {
        let mut command = Command::new(&self.program);
        command.arg(subcommand).arg("--data").arg(&self.data);
        command.envs(self.environment.iter().map(|(key, value)| (key, value)));
        command.stdin(Stdio::null()).kill_on_drop(true);
        command
    }

    async fn finish(&self, subcommand: &str, args: &[&str]) -> Result<String, ProcessError> {
        let what = format!("`{} {subcommand}`", self.program.display());
        let mut command = self.command(subcommand);
        let output = command
            .args(args)
            .output()
            .await
            .map_err(ProcessError::run(what.clone()))?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        if output.status.success() {
            return Ok(text);
        }
        let output_text = text + &String::from_utf8_lossy(&output.stderr);
        Err(ProcessError::Ended {
            what,
            status: output.status,
            output: output_text,
        })
    }

    fn tail(&self) -> String {
        let text = fs::read_to_string(&self.log).unwrap_or_default();
        let skip = text.chars().count().saturating_sub(LOG_TAIL_CHARACTERS);
        text.chars().skip(skip).collect()
    }
}

/// A running server.
#[derive(Debug)]
pub struct Server {
    child: Child,
    /// Where it listens.
    pub target: Target,
    /// Reads what else it prints, so that it never waits for a reader.
    _reader: JoinSet<()>,
}

impl Server {
    /// Starts a program that prints `listening on http://ADDR:PORT`.
    pub async fn start(mut command: Command, what: &str) -> Result<Self, ProcessError> {
        command.stdout(Stdio::piped()).kill_on_drop(true);
        let mut child = command
            .spawn()
            .map_err(ProcessError::run(format!("starting {what}")))?;
        let silent = |output: &str| ProcessError::Silent {
            what: what.to_owned(),
            output: output.to_owned(),
        };
        let stdout = child
            .stdout
            .take()
            .ok_or_else(|| silent("no standard output"))?;
        let mut lines = BufReader::new(stdout).lines();
        let target = match timeout(START_DEADLINE, listening_line(&mut lines)).await {
            Ok(Some(target)) => target,
            Ok(None) => return Err(silent("its standard output ended")),
            Err(_elapsed) => return Err(silent("the time for starting is over")),
        };
        let mut reader = JoinSet::new();
        reader.spawn(async move { while let Ok(Some(_line)) = lines.next_line().await {} });
        Ok(Self {
            child,
            target,
            _reader: reader,
        })
    }

    /// Its process id while it runs.
    pub fn pid(&self) -> Option<u32> {
        self.child.id()
    }

    /// Ends it at once, with SIGKILL, and waits until it is gone.
    pub async fn kill(mut self) -> Result<(), ProcessError> {
        self.kill_at_once().await
    }

    /// The same for one that is kept until there is another.
    pub async fn kill_at_once(&mut self) -> Result<(), ProcessError> {
        self.child
            .kill()
            .await
            .map_err(ProcessError::run("killing the server"))
    }

    /// Asks it to end, with SIGTERM; it has to end with 0.
    pub async fn stop(mut self) -> Result<(), ProcessError> {
        let pid = self
            .pid()
            .and_then(|id| i32::try_from(id).ok())
            .and_then(Pid::from_raw);
        if let Some(pid) = pid {
            kill_process(pid, Signal::TERM)
                .map_err(|error| ProcessError::run("stopping the server")(error.into()))?;
        }
        let Ok(status) = timeout(STOP_DEADLINE, self.child.wait()).await else {
            return Err(ProcessError::Unstoppable);
        };
        let status = status.map_err(ProcessError::run("waiting for the server"))?;
        if status.success() {
            return Ok(());
        }
        let what = "the server, asked to stop with SIGTERM,".to_owned();
        Err(ProcessError::Ended {
            what,
            status,
            output: String::new(),
        })
    }
}

async fn listening_line(lines: &mut Lines<BufReader<ChildStdout>>) -> Option<Target> {
    while let Ok(Some(line)) = lines.next_line().await {
        if let Some(url) = line.trim().strip_prefix("listening on ") {
            return url.parse().ok();
        }
    }
    None
}

/// A `KEY=VALUE` of the server's environment, from the command line.
pub fn environment_variable(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err("KEY=VALUE".to_owned()),
    }
}
