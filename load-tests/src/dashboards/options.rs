//! How many dashboards there are, what they look at, and how they behave.

use std::time::Duration;

use clap::Args;

use crate::{error::LoadError, live::view::THREAD};

/// Every view that has a meaning of its own.
const VIEWS: &str = "all,unassigned,mine,ai_queue,mentions,ai_handled,closed,conversation,counts";
const LISTS: [&str; 7] = [
    "ai_queue",
    "all",
    "unassigned",
    "mine",
    "mentions",
    "ai_handled",
    "closed",
];

/// What dashboards look at, and how.
#[derive(Debug, Clone, Args)]
pub struct HabitArgs {
    /// What they look at, one after the other; `+` joins views of one dashboard
    #[arg(long, default_value = VIEWS, value_name = "VIEWS")]
    pub views: String,
    /// How many of them read a few frames a second
    #[arg(long, default_value_t = 0, value_name = "N")]
    pub slow: usize,
    /// How many of them come and go all the time, going on from their positions
    #[arg(long, default_value_t = 0, value_name = "N")]
    pub reconnecting: usize,
    /// How long they may take at the end to show what HTTP lists
    #[arg(long, default_value_t = 20, value_name = "SECONDS")]
    pub settle: u64,
    /// Wait at the end for one more beacon of every subscription
    #[arg(long)]
    pub final_beacon: bool,
    /// Reasons of a `resync` that are violations here, such as `too_far,epoch`
    #[arg(long, value_delimiter = ',', value_name = "REASONS")]
    pub forbid_resync: Vec<String>,
    /// How many rows of a list one of them holds at most
    #[arg(long, default_value_t = 1_000, value_name = "ROWS")]
    pub keep: usize,
}

/// The same for a workload that has dashboards beside its own work.
#[derive(Debug, Clone, Args)]
pub struct WatchArgs {
    /// How many dashboards watch, and have to agree with HTTP at the end
    #[arg(long, default_value_t = 0, value_name = "N")]
    pub dashboards: usize,
    #[command(flatten)]
    pub habits: HabitArgs,
}

/// All that a fleet of dashboards needs to know.
#[derive(Debug, Clone)]
pub struct Options {
    /// How many there are.
    pub count: usize,
    /// Their habits.
    pub habits: HabitArgs,
    /// How many of them stop reading.
    pub stopped: usize,
    /// For how long; to the end when there is no such time.
    pub stop_for: Option<Duration>,
    /// Whether connections are cut at random bytes.
    pub cuts: bool,
    /// Fixes all choices.
    pub seed: u64,
}

impl Options {
    /// Dashboards beside another workload.
    pub fn watching(args: &WatchArgs, seed: u64) -> Self {
        Self {
            count: args.dashboards,
            habits: args.habits.clone(),
            stopped: 0,
            stop_for: None,
            cuts: false,
            seed,
        }
    }

    /// The views of each kind of dashboard; `conversation` is still without its id.
    pub fn views(&self) -> Result<Vec<Vec<String>>, LoadError> {
        let kinds = self.habits.views.split(',');
        kinds
            .map(|kind| kind.split('+').map(known).collect())
            .collect()
    }

    /// Whether they can behave as told.
    pub fn check(&self) -> Result<(), LoadError> {
        let special = self.habits.slow + self.stopped + self.habits.reconnecting;
        if special > self.count {
            return Err(LoadError::Unfit(format!(
                "{special} of {} dashboards are to be slow, stopped or reconnecting",
                self.count
            )));
        }
        self.views().map(drop)
    }

    /// How the dashboard of this number behaves.
    pub fn habit(&self, number: usize) -> Habit {
        let slow = self.habits.slow;
        let stopped = slow + self.stopped;
        let reconnecting = stopped + self.habits.reconnecting;
        if number < slow {
            Habit::Slow
        } else if number < stopped {
            Habit::Stopped
        } else if number < reconnecting {
            Habit::Reconnecting
        } else {
            Habit::Prompt
        }
    }
}

/// How a dashboard behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Habit {
    /// It reads at once.
    Prompt,
    /// It reads a few frames a second.
    Slow,
    /// It stops reading.
    Stopped,
    /// It comes and goes.
    Reconnecting,
}

impl Habit {
    /// As violations name it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Prompt => "prompt",
            Self::Slow => "slow",
            Self::Stopped => "stopped",
            Self::Reconnecting => "reconnecting",
        }
    }
}

fn known(view: &str) -> Result<String, LoadError> {
    let is_known = LISTS.contains(&view)
        || ["conversation", "counts", "stats"].contains(&view)
        || view.starts_with(THREAD);
    if is_known {
        Ok(view.to_owned())
    } else {
        Err(LoadError::Unfit(format!("there is no view `{view}`")))
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct CommandLine {
        #[command(flatten)]
        watch: WatchArgs,
    }

    fn options(args: &[&str]) -> Options {
        let line = CommandLine::parse_from([&["x"], args].concat());
        Options::watching(&line.watch, 1)
    }

    #[test]
    fn views_are_joined_and_checked() {
        let views = options(&["--views", "all+counts,mine"]).views().unwrap();
        assert_eq!(views, [vec!["all", "counts"], vec!["mine"]]);
        assert!(options(&["--views", "al"]).check().is_err());
        assert_eq!(options(&[]).views().unwrap().len(), 9);
    }

    #[test]
    fn each_habit_has_its_share() {
        let options = options(&["--dashboards", "4", "--slow", "1", "--reconnecting", "2"]);
        assert!(options.check().is_ok());
        let habits: Vec<_> = (0..4).map(|number| options.habit(number)).collect();
        let expected = [
            Habit::Slow,
            Habit::Reconnecting,
            Habit::Reconnecting,
            Habit::Prompt,
        ];
        assert_eq!(habits, expected);
        let few = Options {
            count: 2,
            ..options
        };
        assert!(few.check().is_err());
    }
}
