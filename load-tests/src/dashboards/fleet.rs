//! Many dashboards at once, from their first connection to the comparison at the end.

use std::{
    collections::BTreeSet,
    sync::{Arc, atomic::Ordering},
    time::{Duration, Instant},
};

use tokio::{sync::watch, task::JoinSet, time::sleep};

use super::{
    control::{Control, Phase},
    measured::Measured,
    options::{Habit, Options},
    subscriber::{Progress, Role, Subscriber},
    truth::{Truth, reader},
};
use crate::{
    client::Call,
    clock, conversations,
    dice::Dice,
    error::LoadError,
    live::{frame::ListPage, view::THREAD},
    people::{Office, Person, read},
};

const LOOK: Duration = Duration::from_millis(25);
const CONNECT_DEADLINE: Duration = Duration::from_secs(60);
/// Over how many conversations the dashboards of `conversation` spread.
const THREADS: u32 = 20;

/// Dashboards that watch.
#[derive(Debug)]
pub struct Fleet {
    office: Office,
    people: Vec<Person>,
    options: Options,
    control: watch::Sender<Control>,
    progress: Arc<Progress>,
    tasks: JoinSet<Subscriber>,
    /// What is to be compared at the end.
    wanted: BTreeSet<(String, usize)>,
    started: Instant,
}

/// What they saw.
#[derive(Debug, Default)]
pub struct Seen {
    /// How many there were.
    pub dashboards: usize,
    /// How many were to agree with HTTP in the end.
    pub expected: usize,
    /// How many did.
    pub agreed: usize,
    /// The workspace's last commit.
    pub seq: u64,
    /// How long they watched.
    pub elapsed: Duration,
    /// How long it took them to agree once nothing happened any more.
    pub settled: Duration,
    /// All that they counted.
    pub measured: Measured,
}

impl Seen {
    /// Whether nothing was wrong and everybody agreed.
    pub fn is_pass(&self) -> bool {
        self.measured.violations == 0 && self.agreed == self.expected
    }
}

impl Fleet {
    /// Those that another workload is to have, if it is to have any.
    pub async fn watching(
        office: &Office,
        people: &[Person],
        options: Options,
    ) -> Result<Option<Self>, LoadError> {
        if options.count == 0 {
            return Ok(None);
        }
        Self::start(office, people, options).await.map(Some)
    }

    /// What those saw.
    pub async fn seen(fleet: Option<Self>) -> Result<Option<Seen>, LoadError> {
        match fleet {
            Some(fleet) => fleet.finish().await.map(Some),
            None => Ok(None),
        }
    }

    /// Starts them and waits until they are connected; they take the people's part in turn.
    pub async fn start(
        office: &Office,
        people: &[Person],
        options: Options,
    ) -> Result<Self, LoadError> {
        options.check()?;
        let views = views(office, &options).await?;
        let now = Control {
            phase: Phase::Running,
            storms: 0,
        };
        let (control, _) = watch::channel(now);
        let mut fleet = Self {
            office: office.clone(),
            people: people.to_vec(),
            options,
            control,
            progress: Arc::default(),
            tasks: JoinSet::new(),
            wanted: BTreeSet::new(),
            started: clock::now(),
        };
        for (number, views) in views.iter().enumerate() {
            fleet.add(number, views);
        }
        let options = &fleet.options;
        let (count, connected) = (options.count, &fleet.progress.connected);
        while connected.load(Ordering::Relaxed) < count {
            if fleet.started.elapsed() > CONNECT_DEADLINE {
                let connected = connected.load(Ordering::Relaxed);
                return Err(LoadError::Unfit(format!(
                    "only {connected} of {count} dashboards have been welcomed"
                )));
            }
            sleep(LOOK).await;
        }
        fleet.started = clock::now();
        Ok(fleet)
    }

    fn add(&mut self, number: usize, views: &[String]) {
        let person = number.checked_rem(self.people.len()).unwrap_or(0);
        let Some(token) = self.people.get(person).map(|person| person.token.clone()) else {
            return;
        };
        let wanted = views
            .iter()
            .map(|view| (view.clone(), reader(view, person)));
        self.wanted.extend(wanted);
        let role = Role {
            number,
            person,
            token,
            habit: self.options.habit(number),
            habits: self.options.habits.clone(),
            cuts: self.options.cuts,
            stop_for: self.options.stop_for,
            office: self.office.clone(),
        };
        let dice = Dice::fork(self.options.seed, number);
        let (control, progress) = (self.control.subscribe(), Arc::clone(&self.progress));
        let subscriber = Subscriber::new(role, views, control, progress, dice);
        self.tasks.spawn(subscriber.live());
    }

    /// Has all of them connect again at once.
    pub fn storm(&self) {
        self.control.send_modify(|control| control.storms += 1);
    }

    /// Waits until nothing happens any more, compares, and ends.
    pub async fn finish(mut self) -> Result<Seen, LoadError> {
        let elapsed = self.started.elapsed();
        let wanted: Vec<_> = self.wanted.iter().cloned().collect();
        let keep = self.options.habits.keep;
        let truth = Truth::read(&self.office, &self.people, &wanted, keep).await?;
        let seq = truth.seq;
        let settling = Phase::Settling(Arc::new(truth));
        self.control.send_modify(|control| control.phase = settling);
        let expected = self.expected();
        let (since, limit) = (
            clock::now(),
            Duration::from_secs(self.options.habits.settle),
        );
        let agreed = || self.progress.agreed.load(Ordering::Relaxed);
        while agreed() < expected && since.elapsed() < limit {
            sleep(LOOK).await;
        }
        let settled = since.elapsed();
        self.control
            .send_modify(|control| control.phase = Phase::Over);
        let mut measured = Measured::default();
        while let Some(subscriber) = self.tasks.join_next().await {
            measured.merge(subscriber?.measured);
        }
        Ok(Seen {
            dashboards: self.options.count,
            expected,
            agreed: self.progress.agreed.load(Ordering::Relaxed),
            seq,
            elapsed,
            settled,
            measured,
        })
    }

    /// Those who never read again are not asked.
    fn expected(&self) -> usize {
        let options = &self.options;
        let stay_away = options.stop_for.is_none();
        let numbers = 0..options.count;
        numbers
            .filter(|number| !(stay_away && options.habit(*number) == Habit::Stopped))
            .count()
    }
}

/// The views of each dashboard, with `conversation` made into one that there is.
async fn views(office: &Office, options: &Options) -> Result<Vec<Vec<String>>, LoadError> {
    let kinds = options.views()?;
    let is_any = |view: &String| view == "conversation";
    let ids = if kinds.iter().flatten().any(is_any) {
        conversations_to_watch(office, options.seed).await?
    } else {
        Vec::new()
    };
    let mut next_id = ids.iter().cycle();
    let mut of = |view: &String| match next_id.next() {
        Some(id) if is_any(view) => format!("{THREAD}{id}"),
        _ => view.clone(),
    };
    let dashboards = kinds.iter().cycle().take(options.count);
    Ok(dashboards
        .map(|kind| kind.iter().map(&mut of).collect())
        .collect())
}

async fn conversations_to_watch(office: &Office, seed: u64) -> Result<Vec<String>, LoadError> {
    let mut client = office.client();
    let path = format!("/v1/conversations?limit={THREADS}");
    let call = Call::get(path, &office.admin);
    let reply = client.succeed("list", &call).await?;
    let page: ListPage = read(&call, &reply)?;
    if page.items.is_empty() {
        let key = format!("dashboards-{seed:016x}-{:016x}", clock::entropy());
        return Ok(vec![
            conversations::one(&mut client, &office.admin, &key).await?,
        ]);
    }
    Ok(page.items.into_iter().map(|row| row.id).collect())
}
