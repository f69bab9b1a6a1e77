//! One dashboard over all its connections.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use serde_json::Value;
use tokio::{sync::watch, time::sleep};

use super::{
    control::Control,
    measured::{Measured, add},
    options::{Habit, HabitArgs},
    session::Leave,
    stamp::Newest,
    truth::Truth,
};
use crate::{
    clock,
    dice::Dice,
    live::{
        socket::{End, Opening, Socket},
        view::View,
    },
    people::Office,
};

/// A small buffer makes a reader that falls behind felt after a few frames.
const LATE_RECEIVE_BUFFER: u32 = 4 * 1024;
/// Between which numbers of bytes a connection is cut.
const CUT: (u64, u64) = (500, 100_000);
/// Every so many authenticate by their first frame.
const FIRST_FRAME_EVERY: usize = 5;

/// What is the same for a dashboard's whole life.
#[derive(Debug)]
pub(super) struct Role {
    pub(super) number: usize,
    /// Which of the people it is, for what HTTP tells them alone.
    pub(super) person: usize,
    pub(super) token: String,
    pub(super) habit: Habit,
    pub(super) habits: HabitArgs,
    pub(super) cuts: bool,
    /// For how long it stops reading, if it ever reads again.
    pub(super) stop_for: Option<Duration>,
    pub(super) office: Office,
}

impl Role {
    /// Whether it is to agree with HTTP in the end.
    pub(super) fn comes_back(&self) -> bool {
        self.habit != Habit::Stopped || self.stop_for.is_some()
    }
}

/// How many dashboards are how far.
#[derive(Debug, Default)]
pub(super) struct Progress {
    /// Have had a welcome.
    pub(super) connected: AtomicUsize,
    /// Show what HTTP lists, at rest.
    pub(super) agreed: AtomicUsize,
}

/// A view and what is known beside its state.
#[derive(Debug)]
pub(super) struct Watched {
    pub(super) view: View,
    pub(super) newest: Newest,
    /// A `resume` is not answered yet.
    pub(super) is_resuming: bool,
    /// A beacon has agreed since the workspace is at rest.
    pub(super) is_proved: bool,
}

/// One dashboard.
#[derive(Debug)]
pub(super) struct Subscriber {
    pub(super) role: Role,
    pub(super) views: Vec<Watched>,
    pub(super) control: watch::Receiver<Control>,
    pub(super) progress: Arc<Progress>,
    pub(super) dice: Dice,
    pub(super) measured: Measured,
    pub(super) epoch: Value,
    /// What it has to show in the end, once that is known.
    pub(super) truth: Option<Arc<Truth>>,
    /// It shows that.
    pub(super) has_agreed: bool,
    /// When it stops reading, unless that is over.
    pub(super) stop_at: Option<Instant>,
    connections: u64,
    last_refusal: Option<String>,
}

impl Subscriber {
    pub(super) fn new(
        role: Role,
        views: &[String],
        control: watch::Receiver<Control>,
        progress: Arc<Progress>,
        mut dice: Dice,
    ) -> Self {
        let watched = |name: &String| Watched {
            view: View::new(name, role.habits.keep),
            newest: Newest::default(),
            is_resuming: false,
            is_proved: false,
        };
        let (soon, later) = (Duration::from_millis(200), Duration::from_secs(2));
        let stops = role.habit == Habit::Stopped;
        let stop_at = stops.then(|| clock::now() + dice.between(soon, later));
        Self {
            views: views.iter().map(watched).collect(),
            role,
            control,
            progress,
            dice,
            measured: Measured::default(),
            epoch: Value::Null,
            truth: None,
            has_agreed: false,
            stop_at,
            connections: 0,
            last_refusal: None,
        }
    }

    /// Connects again and again until it is over.
    pub(super) async fn live(mut self) -> Self {
        while !self.control.borrow().phase.is_over() {
            let target = self.role.office.target.clone();
            match Socket::open(&target, &self.opening()).await {
                Ok(socket) => self.connected(socket).await,
                Err(error) => {
                    self.measured.refused += 1;
                    self.last_refusal = Some(error.to_string());
                    self.wait(Duration::from_millis(50), Duration::from_millis(500))
                        .await;
                }
            }
        }
        self.judge();
        self
    }

    async fn connected(&mut self, mut socket: Socket) {
        self.connections += 1;
        let leave = self.session(&mut socket).await;
        self.measured.bytes += socket.bytes();
        self.measured.reconnects = self.connections.saturating_sub(1);
        match leave {
            Leave::Ended(end) => {
                add(&mut self.measured.ends, &name(&end));
                self.wait(Duration::from_millis(10), Duration::from_millis(300))
                    .await;
            }
            Leave::Drop => drop(socket),
            Leave::Close => socket.close().await,
        }
        let is_running = self.control.borrow().phase.is_running();
        if self.role.habit == Habit::Reconnecting && is_running {
            // Something has to be missed for a `resume` to be worth asking for.
            self.wait(Duration::from_millis(20), Duration::from_millis(300))
                .await;
        }
    }

    fn opening(&mut self) -> Opening {
        let is_late = matches!(self.role.habit, Habit::Slow | Habit::Stopped);
        let is_cut = self.role.cuts && self.control.borrow().phase.is_running();
        let (least, most) = CUT;
        Opening {
            token: self.role.token.clone(),
            in_first_frame: self.role.number % FIRST_FRAME_EVERY == FIRST_FRAME_EVERY - 1,
            receive_buffer: is_late.then_some(LATE_RECEIVE_BUFFER),
            cut_after: is_cut.then(|| least + self.dice.below(most - least)),
        }
    }

    async fn wait(&mut self, least: Duration, most: Duration) {
        sleep(self.dice.between(least, most)).await;
    }

    /// Whether all views show what HTTP lists; asked until it is so.
    pub(super) fn compare(&mut self) {
        if self.truth.is_none() {
            self.truth = self.control.borrow().phase.truth().cloned();
        }
        let Some(truth) = self.truth.as_ref().filter(|_| !self.has_agreed) else {
            return;
        };
        let person = self.role.person;
        let beacon = self.role.habits.final_beacon;
        self.has_agreed = self.views.iter().all(|watched| {
            let is_proved = watched.is_proved || !beacon || watched.view.position().is_none();
            is_proved && truth.difference(&watched.view, person).is_none()
        });
        if self.has_agreed {
            self.progress.agreed.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Writes down what is wrong in the end, and names itself in all that was wrong before.
    fn judge(&mut self) {
        if !self.has_agreed && self.role.comes_back() {
            let found = self.disagreements();
            self.measured.violated(found);
        }
        let (number, habit) = (self.role.number, self.role.habit.name());
        for violation in &mut self.measured.named {
            *violation = format!("dashboard {number} ({habit}): {violation}");
        }
    }

    fn disagreements(&self) -> Vec<String> {
        if self.connections == 0 {
            let reason = self.last_refusal.as_deref().unwrap_or("no reason");
            return vec![format!("it never was connected: {reason}")];
        }
        let of = |watched: &Watched| {
            let name = &watched.view.name;
            match self
                .truth
                .as_ref()?
                .difference(&watched.view, self.role.person)
            {
                Some(difference) => Some(format!("{name} at the end {difference}")),
                None if self.role.habits.final_beacon && !watched.is_proved => {
                    Some(format!("{name} had no beacon that agreed at the end"))
                }
                None => None,
            }
        };
        self.views.iter().filter_map(of).collect()
    }
}

fn name(end: &End) -> String {
    match end {
        End::Closed(code) => format!("closed {code}"),
        End::Cut => "cut".to_owned(),
        End::Garbled(what) => format!("garbled: {what}"),
    }
}
