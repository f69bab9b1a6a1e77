//! One dashboard on one connection.

use std::{
    sync::atomic::Ordering,
    time::{Duration, Instant},
};

use tokio::time::{Instant as Moment, MissedTickBehavior, interval, sleep_until, timeout};

use super::{
    measured::add,
    options::Habit,
    subscriber::{Subscriber, Watched},
};
use crate::{
    client::Call,
    clock,
    live::{
        frame::{ListPage, ServerFrame},
        list::{Checked, Taken},
        request,
        socket::{End, Socket},
        view::{Held, Next, THREAD},
    },
    people::read,
};

const WELCOME_DEADLINE: Duration = Duration::from_secs(10);
const TICK: Duration = Duration::from_millis(100);
/// How long it is looked for what a server did to a socket that stopped reading.
const DRAIN: Duration = Duration::from_secs(2);
const PAGE: u32 = 200;

/// How a connection is left.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Leave {
    /// The server or the network ended it.
    Ended(End),
    /// Without a goodbye.
    Drop,
    /// With one.
    Close,
}

impl Subscriber {
    /// Lives on this connection until it ends or is to be ended.
    pub(super) async fn session(&mut self, socket: &mut Socket) -> Leave {
        let heartbeat = match self.greet(socket).await {
            Ok(heartbeat) => heartbeat,
            Err(end) => return Leave::Ended(end),
        };
        let storms = self.control.borrow_and_update().storms;
        let leave_at = self.leave_at();
        let mut read_again: Option<Instant> = None;
        let mut next_ping = clock::now() + heartbeat;
        let mut tick = interval(TICK);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                text = socket.next(), if read_again.is_none() => {
                    let taken = match text {
                        Ok(text) => self.take(&text, socket).await,
                        Err(end) => Err(end),
                    };
                    if let Err(end) = taken {
                        return Leave::Ended(end);
                    }
                    read_again = self.pause();
                }
                changed = self.control.changed() => {
                    let control = self.control.borrow_and_update().clone();
                    if changed.is_err() || control.phase.is_over() {
                        return self.end(socket, read_again.is_some()).await;
                    }
                    if control.storms != storms && control.phase.is_running() {
                        return Leave::Drop;
                    }
                }
                _ = tick.tick() => {
                    read_again = read_again.filter(|again| !self.reads_again(*again));
                    let now = clock::now();
                    if self.leaves(leave_at, now) {
                        return if self.dice.below(2) == 0 { Leave::Close } else { Leave::Drop };
                    }
                    if read_again.is_none() && now >= next_ping {
                        next_ping = now + heartbeat;
                        if let Err(end) = socket.send(request::ping()).await {
                            return Leave::Ended(end);
                        }
                    }
                    if read_again.is_none() {
                        read_again = self.stop();
                    }
                    self.compare();
                }
                () = at(read_again), if read_again.is_some() => {
                    read_again = None;
                }
            }
        }
    }

    /// Waits for the welcome and subscribes; gives how often to ping.
    async fn greet(&mut self, socket: &mut Socket) -> Result<Duration, End> {
        let text = match timeout(WELCOME_DEADLINE, socket.next()).await {
            Ok(text) => text?,
            Err(_elapsed) => {
                self.measured
                    .violated(["no welcome within 10 s".to_owned()]);
                return Err(End::Cut);
            }
        };
        let welcome = match ServerFrame::read(&text) {
            Ok(ServerFrame::Welcome(welcome)) => welcome,
            other => {
                let what = format!("the first frame is no welcome: {other:?}");
                self.measured.violated([what]);
                return Err(End::Cut);
            }
        };
        self.measured.frame(&ServerFrame::Welcome(welcome.clone()));
        if self.epoch.is_null() {
            self.progress.connected.fetch_add(1, Ordering::Relaxed);
        }
        self.epoch = welcome.epoch;
        for number in 0..self.views.len() {
            self.subscribe(number, socket).await?;
        }
        Ok(Duration::from_secs(welcome.heartbeat_s.div_ceil(2).max(1)))
    }

    async fn subscribe(&mut self, number: usize, socket: &mut Socket) -> Result<(), End> {
        let Some(watched) = self.views.get_mut(number) else {
            return Ok(());
        };
        let from = watched.view.subscribe(&self.epoch);
        watched.is_resuming = from.is_some();
        self.measured.resumes.0 += u64::from(from.is_some());
        let name = watched.view.name.clone();
        socket
            .send(request::subscribe(&name, from.as_ref()))
            .await?;
        match name.strip_prefix(THREAD) {
            Some(conversation) => socket.send(request::viewing(conversation)).await,
            None => Ok(()),
        }
    }

    /// Applies a frame, and does what follows from it.
    async fn take(&mut self, text: &str, socket: &mut Socket) -> Result<(), End> {
        let frame = match ServerFrame::read(text) {
            Ok(frame) => frame,
            Err(error) => {
                self.measured
                    .violated([format!("a frame that cannot be read: {error}")]);
                return Ok(());
            }
        };
        self.measured.frame(&frame);
        if let ServerFrame::Error(error) = &frame {
            let what = format!("the error {} {} {:?}", error.code, error.detail, error.view);
            self.measured.violated([what]);
            return Ok(());
        }
        let Some(number) = self.place_of(&frame) else {
            return Ok(());
        };
        let next = self.apply(number, &frame);
        match next {
            Next::Wait => {}
            Next::Page => self.page(number).await,
            Next::Anew => self.subscribe(number, socket).await?,
            Next::Resume | Next::Replace => {
                let name = self.views.get(number).map(|w| w.view.name.clone());
                let name = name.unwrap_or_default();
                socket.send(request::unsubscribe(&name)).await?;
                self.subscribe(number, socket).await?;
            }
        }
        Ok(())
    }

    fn apply(&mut self, number: usize, frame: &ServerFrame) -> Next {
        let Some(watched) = self.views.get_mut(number) else {
            return Next::Wait;
        };
        let mut found = Vec::new();
        let effect = watched.view.apply(frame, &mut found);
        // What was missed while away is old, and a reader that pauses makes it old.
        let is_prompt = self.role.habit == Habit::Prompt && !watched.is_resuming;
        if effect.taken == Taken::Applied {
            let latency = is_prompt.then_some(&mut self.measured.latency);
            let now = clock::milliseconds();
            watched.newest.read(frame, now, latency);
        }
        answered(watched, frame, &mut self.measured.resumes.1);
        if let ServerFrame::Resync(resync) = frame {
            add(&mut self.measured.resyncs, &resync.reason);
            if self.role.habits.forbid_resync.contains(&resync.reason) {
                found.push(format!("a resync {} of {}", resync.reason, resync.view));
            }
        }
        let has_agreed = matches!(effect.checked, Some(Checked::All | Checked::Head));
        if has_agreed && self.control.borrow().phase.truth().is_some() {
            watched.is_proved = true;
        }
        self.measured.effect(frame, effect);
        self.measured.violated(found);
        effect.next
    }

    fn place_of(&self, frame: &ServerFrame) -> Option<usize> {
        let name = frame.view()?;
        self.views.iter().position(|w| w.view.name == name)
    }

    /// Reads the newest rows over HTTP, since too few are left to check a beacon with.
    async fn page(&mut self, number: usize) {
        let Some(watched) = self.views.get_mut(number) else {
            return;
        };
        let Held::List(list) = &mut watched.view.held else {
            return;
        };
        let path = format!(
            "/v1/conversations?filter={}&limit={PAGE}",
            watched.view.name
        );
        let mut client = self.role.office.client();
        let call = Call::get(path, &self.role.token);
        let reply = client.succeed("list", &call).await;
        let page = reply.and_then(|reply| read::<ListPage>(&call, &reply));
        let mut found = Vec::new();
        match page {
            Ok(page) => {
                self.measured.pages += 1;
                list.page(&page.items, page.seq, page.total, &mut found);
            }
            Err(error) => found.push(format!("the next page: {error}")),
        }
        self.measured.violated(found);
    }

    fn leave_at(&mut self) -> Option<Instant> {
        let comes_and_goes = self.role.habit == Habit::Reconnecting;
        let (least, most) = (Duration::from_millis(200), Duration::from_millis(1_500));
        comes_and_goes.then(|| clock::now() + self.dice.between(least, most))
    }

    fn leaves(&self, leave_at: Option<Instant>, now: Instant) -> bool {
        leave_at.is_some_and(|at| now >= at) && self.control.borrow().phase.is_running()
    }

    /// Until when a slow reader does not read.
    fn pause(&mut self) -> Option<Instant> {
        let is_slow = self.role.habit == Habit::Slow && self.control.borrow().phase.is_running();
        let (least, most) = (Duration::from_millis(100), Duration::from_millis(400));
        is_slow.then(|| clock::now() + self.dice.between(least, most))
    }

    /// Until when a reader that stops does not read.
    fn stop(&mut self) -> Option<Instant> {
        let now = clock::now();
        self.stop_at.take_if(|at| now >= *at)?;
        let long = self.role.stop_for.unwrap_or(Duration::from_secs(86_400));
        Some(now + long)
    }

    /// Whether a pause is over; when the run is at rest, those who come back do so at once.
    fn reads_again(&self, again: Instant) -> bool {
        let is_at_rest = !self.control.borrow().phase.is_running();
        clock::now() >= again || (is_at_rest && self.role.comes_back())
    }

    /// The end of the run; what the server did to a socket that stopped reading is looked up.
    async fn end(&mut self, socket: &mut Socket, is_paused: bool) -> Leave {
        if !is_paused {
            return Leave::Close;
        }
        let drained = timeout(DRAIN, async {
            loop {
                if let Err(end) = socket.next().await {
                    break end;
                }
            }
        });
        match drained.await {
            Ok(end) => Leave::Ended(end),
            Err(_elapsed) => Leave::Close,
        }
    }
}

/// A `resume` is answered by what was missed, by a snapshot, or by a `resync`.
fn answered(watched: &mut Watched, frame: &ServerFrame, resumed: &mut u64) {
    let went_on = matches!(frame, ServerFrame::Change(_) | ServerFrame::Event(_));
    let is_answer = went_on || matches!(frame, ServerFrame::Snapshot(_) | ServerFrame::Resync(_));
    if watched.is_resuming && is_answer {
        watched.is_resuming = false;
        *resumed += u64::from(went_on);
    }
}

async fn at(moment: Option<Instant>) {
    match moment {
        Some(moment) => sleep_until(Moment::from_std(moment)).await,
        None => std::future::pending().await,
    }
}
