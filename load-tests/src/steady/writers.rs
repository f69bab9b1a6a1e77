//! Changes at a fixed rate, whether or not the server keeps up: a late one is sent at once, and
//! its latency counts from when it was due.

use std::time::{Duration, Instant};

use tokio::{
    task::JoinSet,
    time::{Instant as Moment, sleep_until},
};

use crate::{
    clock,
    latency::Latency,
    numbers::count,
    raw::{RawConnection, request},
    target::Target,
};

/// What one connection sends, in turn; every request is a change when the one before was made.
#[derive(Debug)]
pub(crate) struct Script {
    requests: Vec<Vec<u8>>,
}

impl Script {
    /// Each conversation in turn, first to the one person and in the next round to the other.
    pub(crate) fn new(target: &Target, conversations: &[String], tokens: [&str; 2]) -> Self {
        let assign = |id: &String, token: &str| {
            let line = format!("PUT /v1/conversations/{id}/assignee");
            request(target, &line, token, r#"{"assignee":"me"}"#)
        };
        let requests = tokens
            .iter()
            .flat_map(|token| conversations.iter().map(|id| assign(id, token)))
            .collect();
        Self { requests }
    }
}

/// When changes are due.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Schedule {
    pub(crate) start: Instant,
    pub(crate) end: Instant,
    /// Of all connections together.
    pub(crate) per_second: u32,
    pub(crate) connections: u32,
}

impl Schedule {
    /// When the connection of this number makes its change of this round.
    fn due(&self, connection: u32, round: u32) -> Option<Instant> {
        let place = round
            .checked_mul(self.connections)?
            .checked_add(connection)?;
        let after = Duration::from_secs(1)
            .checked_mul(place)?
            .checked_div(self.per_second)?;
        self.start.checked_add(after).filter(|due| *due < self.end)
    }
}

/// What was written.
#[derive(Debug, Default)]
pub(crate) struct Written {
    pub(crate) changes: u64,
    pub(crate) others: u64,
    pub(crate) first_other: Option<String>,
    /// From when a change was due to its answer.
    pub(crate) latency: Latency,
}

/// Writes by the schedule, a script a connection.
pub(crate) async fn write(target: &Target, scripts: Vec<Script>, schedule: Schedule) -> Written {
    let mut tasks = JoinSet::new();
    for (number, script) in scripts.into_iter().enumerate() {
        let target = target.clone();
        let number = u32::try_from(number).unwrap_or(u32::MAX);
        tasks.spawn(async move { connection(&target, &script, schedule, number).await });
    }
    let mut written = Written::default();
    for one in tasks.join_all().await {
        written.changes += one.changes;
        written.others += one.others;
        written.latency.merge(&one.latency);
        written.first_other = written.first_other.or(one.first_other);
    }
    written
}

async fn connection(target: &Target, script: &Script, schedule: Schedule, number: u32) -> Written {
    let mut written = Written::default();
    let mut connection = None;
    for (round, request) in (0..).zip(script.requests.iter().cycle()) {
        let Some(due) = schedule.due(number, round) else {
            break;
        };
        if due > clock::now() {
            sleep_until(Moment::from_std(due)).await;
        }
        let answered = exchange(&mut connection, target, request).await;
        match answered {
            Ok(()) => {
                written.changes += 1;
                written.latency.record(due.elapsed());
            }
            Err(what) => {
                written.others += 1;
                written.first_other.get_or_insert(what);
                connection = None;
            }
        }
    }
    written
}

async fn exchange(
    connection: &mut Option<RawConnection>,
    target: &Target,
    request: &[u8],
) -> Result<(), String> {
    let mut open = match connection.take() {
        Some(open) => open,
        None => RawConnection::open(target)
            .await
            .map_err(|error| error.to_string())?,
    };
    let reply = open.exchange(request).await;
    let reply = reply.map_err(|error| error.to_string())?;
    *connection = Some(open);
    if reply.status == 200 && reply.changed {
        Ok(())
    } else {
        Err(format!("{} changed: {}", reply.status, reply.changed))
    }
}

/// How many a second were written.
pub(crate) fn rate(written: &Written, seconds: u64) -> f64 {
    crate::numbers::float(written.changes) / crate::numbers::float(seconds.max(1))
}

/// The conversations of each of so many connections.
pub(crate) fn dealt(conversations: &[String], connections: u32) -> Vec<Vec<String>> {
    let connections = usize::try_from(connections).unwrap_or(usize::MAX);
    let own = |number: usize| {
        let own = conversations.iter().skip(number).step_by(connections);
        own.cloned().collect()
    };
    debug_assert!(count(conversations.len()) >= count(connections), "one each");
    (0..connections).map(own).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_connections_take_turns() {
        let start = clock::now();
        let schedule = Schedule {
            start,
            end: start + Duration::from_secs(1),
            per_second: 1_000,
            connections: 4,
        };
        let after = |connection, round| {
            let due = schedule.due(connection, round);
            due.map(|due| (due - start).as_micros())
        };
        assert_eq!(after(0, 0), Some(0));
        assert_eq!(after(3, 0), Some(3_000));
        assert_eq!(after(0, 1), Some(4_000));
        assert_eq!(after(3, 249), Some(999_000));
        assert_eq!(after(0, 250), None);
    }

    #[test]
    fn every_conversation_is_dealt_once() {
        let ids: Vec<String> = (0..7).map(|n| n.to_string()).collect();
        let dealt = dealt(&ids, 3);
        assert_eq!(dealt.concat().len(), 7);
        assert_eq!(dealt[1], ["1", "4"]);
    }
}
