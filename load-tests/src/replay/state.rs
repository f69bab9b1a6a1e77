//! The state file: append-only lines that let a replay go on where it was killed.
//!
//! A line is handed to the operating system in one write before the next request of its ticket
//! is sent, so it survives the death of this process. It holds tokens: only its owner reads it.

use std::{
    collections::HashMap,
    fs::{File, OpenOptions},
    io::{self, Read, Seek, SeekFrom, Write},
    os::unix::fs::OpenOptionsExt,
    path::Path,
};

use serde::{Deserialize, Serialize};

use super::log::Log;
use crate::people::Person;

/// One line of the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "line", rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum Line {
    /// The first: which run of which log.
    Run {
        /// The start of every idempotency key.
        run: String,
        /// Of the log's bytes.
        fingerprint: u64,
        /// How many tickets of it are replayed.
        tickets: usize,
    },
    /// Somebody was set up.
    Person {
        /// In the log.
        name: String,
        /// On the server.
        user: String,
        /// Their token.
        token: String,
    },
    /// A ticket has its conversation.
    Conversation {
        /// The case.
        ticket: String,
        /// The conversation's id.
        conversation: String,
        /// Whether it was there before this run.
        found: bool,
    },
    /// An event of a ticket is acknowledged in full.
    Event {
        /// The case.
        ticket: String,
        /// Which of its events, from 0.
        event: usize,
        /// Whether the server changed the owner.
        changed: bool,
        /// Whether it was reopened first.
        reopened: bool,
        /// Whether it was closed afterwards.
        closed: bool,
    },
}

/// Why a state file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// It could not be read or written.
    #[error("the state file {path}: {source}")]
    File {
        /// Which.
        path: String,
        /// Why not.
        source: io::Error,
    },
    /// A line that is none of ours.
    #[error("line {number} of the state file cannot be read: {source}")]
    Malformed {
        /// Which line.
        number: usize,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// It belongs to another log, or to another number of tickets.
    #[error("the state file belongs to another run: it is of {found}, this is of {wanted}")]
    OtherRun {
        /// What it says.
        found: String,
        /// What was asked for.
        wanted: String,
    },
    /// An achievement that cannot follow from those before it.
    #[error("the replay contradicts itself: {0}")]
    Inconsistent(String),
    /// Lines that cannot follow from each other.
    #[error("line {number} of the state file does not follow from those before it: {reason}")]
    OutOfOrder {
        /// Which line.
        number: usize,
        /// Why not.
        reason: String,
    },
}

/// What a run has achieved so far.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Achieved {
    /// The start of every idempotency key.
    pub(super) run: String,
    /// Those set up, by name.
    pub(super) people: HashMap<String, Person>,
    /// The tickets that were begun, by case.
    pub(super) tickets: HashMap<String, TicketState>,
}

/// How far one ticket is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct TicketState {
    /// Its conversation.
    pub(super) conversation: String,
    /// Whether that was there before this run.
    pub(super) found: bool,
    /// How many of its events are acknowledged.
    pub(super) events: usize,
    /// How many of those changed the owner.
    pub(super) changes: u64,
    /// How many were reopened first.
    pub(super) reopened: u64,
    /// How many were closed afterwards.
    pub(super) closed: u64,
}

impl Achieved {
    /// Takes in one line.
    pub(super) fn apply(&mut self, line: Line) -> Result<(), String> {
        match line {
            Line::Run { run, .. } if self.run.is_empty() => self.run = run,
            Line::Run { .. } => return Err("a second run".to_owned()),
            Line::Person { name, user, token } => {
                self.people
                    .insert(name.clone(), Person { name, user, token });
            }
            Line::Conversation {
                ticket,
                conversation,
                found,
            } => {
                let state = TicketState {
                    conversation,
                    found,
                    ..TicketState::default()
                };
                if self.tickets.insert(ticket.clone(), state).is_some() {
                    return Err(format!("{ticket} has a conversation already"));
                }
            }
            Line::Event {
                ticket,
                event,
                changed,
                reopened,
                closed,
            } => {
                let Some(state) = self.tickets.get_mut(&ticket) else {
                    return Err(format!("{ticket} has no conversation yet"));
                };
                if event != state.events {
                    return Err(format!("event {event} of {ticket} after {}", state.events));
                }
                state.events += 1;
                state.changes += u64::from(changed);
                state.reopened += u64::from(reopened);
                state.closed += u64::from(closed);
            }
        }
        Ok(())
    }
}

/// A run's achievements, in memory and, when there is a file, in the file.
#[derive(Debug)]
pub(super) struct State {
    /// What is achieved.
    pub(super) achieved: Achieved,
    file: Option<(File, String)>,
}

impl State {
    /// A run that cannot be resumed.
    pub(super) fn in_memory(run: String) -> Self {
        Self {
            achieved: Achieved {
                run,
                ..Achieved::default()
            },
            file: None,
        }
    }

    /// Goes on with the run in the file, or begins one there.
    pub(super) fn open(path: &Path, log: &Log, fresh_run: String) -> Result<Self, StateError> {
        let name = path.display().to_string();
        let failed = |source| StateError::File {
            path: name.clone(),
            source,
        };
        let mut options = OpenOptions::new();
        options
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            .mode(0o600);
        let mut file = options.open(path).map_err(failed)?;
        let mut text = String::new();
        file.read_to_string(&mut text).map_err(failed)?;
        // A line without its end was being written when the process died: it never counted.
        let whole = text
            .rfind('\n')
            .map_or("", |end| text.get(..=end).unwrap_or(""));
        let length = crate::numbers::count(whole.len());
        file.set_len(length).map_err(failed)?;
        file.seek(SeekFrom::Start(length)).map_err(failed)?;
        let achieved = replayed(whole, log)?;
        let begun = !achieved.run.is_empty();
        let mut state = Self {
            achieved,
            file: Some((file, name)),
        };
        if !begun {
            state.record(Line::Run {
                run: fresh_run,
                fingerprint: log.fingerprint,
                tickets: log.tickets.len(),
            })?;
        }
        Ok(state)
    }

    /// Whether any event was acknowledged in an earlier part of the run.
    pub(super) fn is_resumed(&self) -> bool {
        !self.achieved.tickets.is_empty()
    }

    /// Writes a line, and takes it in.
    pub(super) fn record(&mut self, line: Line) -> Result<(), StateError> {
        let text = serde_json::to_string(&line);
        self.achieved
            .apply(line)
            .map_err(StateError::Inconsistent)?;
        if let Some((file, path)) = &mut self.file {
            let failed = |source| StateError::File {
                path: path.clone(),
                source,
            };
            let text = text.map_err(|error| failed(error.into()))? + "\n";
            file.write_all(text.as_bytes()).map_err(failed)?;
        }
        Ok(())
    }
}

fn replayed(text: &str, log: &Log) -> Result<Achieved, StateError> {
    let mut achieved = Achieved::default();
    for (index, text) in text.lines().enumerate() {
        let number = index + 1;
        let line: Line = serde_json::from_str(text)
            .map_err(|source| StateError::Malformed { number, source })?;
        if let Line::Run {
            fingerprint,
            tickets,
            ..
        } = &line
            && (*fingerprint, *tickets) != (log.fingerprint, log.tickets.len())
        {
            let describe = |tickets, fingerprint| format!("{tickets} tickets of {fingerprint:x}");
            return Err(StateError::OtherRun {
                found: describe(*tickets, *fingerprint),
                wanted: describe(log.tickets.len(), log.fingerprint),
            });
        }
        let is_first_run_line = matches!(line, Line::Run { .. });
        if achieved.run.is_empty() && !is_first_run_line {
            let reason = "the file does not begin with a run".to_owned();
            return Err(StateError::OutOfOrder { number, reason });
        }
        achieved
            .apply(line)
            .map_err(|reason| StateError::OutOfOrder { number, reason })?;
    }
    Ok(achieved)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::{super::log::tests::example, *};

    fn event(event: usize, changed: bool) -> Line {
        Line::Event {
            ticket: "T1".to_owned(),
            event,
            changed,
            reopened: false,
            closed: false,
        }
    }

    fn begun(path: &Path) -> State {
        let mut state = State::open(path, &example(), "r1".to_owned()).unwrap();
        let (ticket, conversation) = ("T1".to_owned(), "conv_1".to_owned());
        state
            .record(Line::Conversation {
                ticket,
                conversation,
                found: false,
            })
            .unwrap();
        state.record(event(0, true)).unwrap();
        state.record(event(1, false)).unwrap();
        state
    }

    #[test]
    fn a_run_goes_on_where_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state");
        let before = begun(&path).achieved;
        let after = State::open(&path, &example(), "r2".to_owned()).unwrap();
        assert_eq!(after.achieved, before);
        assert_eq!(after.achieved.run, "r1");
        assert_eq!(after.achieved.tickets["T1"].events, 2);
        assert_eq!(after.achieved.tickets["T1"].changes, 1);
        assert!(after.is_resumed());
    }

    #[test]
    fn a_torn_last_line_never_counted() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state");
        drop(begun(&path));
        let whole = fs::read_to_string(&path).unwrap();
        fs::write(&path, format!("{whole}{{\"line\":\"eve")).unwrap();
        let mut state = State::open(&path, &example(), "r2".to_owned()).unwrap();
        state.record(event(2, true)).unwrap();
        drop(state);
        let state = State::open(&path, &example(), "r2".to_owned()).unwrap();
        assert_eq!(state.achieved.tickets["T1"].events, 3);
    }

    #[test]
    fn the_state_of_another_log_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state");
        drop(begun(&path));
        let error = State::open(&path, &example().limited(1), "r2".to_owned()).unwrap_err();
        assert!(matches!(error, StateError::OtherRun { .. }), "{error}");
    }

    #[test]
    fn events_out_of_order_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state");
        assert!(begun(&path).record(event(5, true)).is_err());
        let whole = fs::read_to_string(&path).unwrap();
        let line = serde_json::to_string(&event(5, true)).unwrap();
        fs::write(&path, format!("{whole}{line}\n")).unwrap();
        let error = State::open(&path, &example(), "r2".to_owned()).unwrap_err();
        assert!(
            error.to_string().starts_with("line 5 of the state file"),
            "{error}"
        );
    }

    #[test]
    fn only_the_owner_may_read_the_tokens() {
        use std::os::unix::fs::PermissionsExt;

        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state");
        drop(begun(&path));
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
    }
}
