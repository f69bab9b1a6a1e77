//! A help desk's log, read into tickets whose events are in the order in which they happened.

use std::{
    collections::{BTreeMap, HashMap},
    fs, io,
    path::Path,
};

use jiff::{civil::DateTime, fmt::strtime};

use super::mapping::{Heading, Mapping, MappingError, Template};
use crate::{error::LoadError, numbers::fingerprint};

/// A log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Log {
    /// The names of the people, in the order in which they first appear.
    pub(super) people: Vec<String>,
    /// The tickets, in the order in which they first appear.
    pub(super) tickets: Vec<Ticket>,
    /// Differs when the file does.
    pub(super) fingerprint: u64,
}

/// One case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Ticket {
    /// Its name in the log.
    pub(super) case: String,
    /// The conversation's subject.
    pub(super) subject: String,
    /// Its first message.
    pub(super) body: String,
    /// Its customer's name.
    pub(super) customer_name: String,
    /// Its custom fields.
    pub(super) custom_fields: BTreeMap<String, String>,
    /// What happened to it, oldest first.
    pub(super) events: Vec<Event>,
}

/// One line of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Event {
    /// Who did it, as a position in [`Log::people`].
    pub(super) person: usize,
    /// Whether it closes the conversation.
    pub(super) closes: bool,
}

/// Why a log cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// It could not be read.
    #[error("the log {path}: {source}")]
    File {
        /// Which.
        path: String,
        /// Why not.
        source: io::Error,
    },
    /// It is not CSV.
    #[error("the log is not CSV: {0}")]
    Csv(#[from] csv::Error),
    /// A time that is not written as the mapping says.
    #[error("line {line} of the log: the time `{time}` is not of the form `{format}`: {source}")]
    Time {
        /// Where.
        line: u64,
        /// What is written there.
        time: String,
        /// What the mapping says.
        format: String,
        /// What is wrong.
        source: jiff::Error,
    },
    /// A line without a case or a person.
    #[error("line {line} of the log has no {what}")]
    Empty {
        /// Where.
        line: u64,
        /// What is missing.
        what: &'static str,
    },
    /// No event at all.
    #[error("the log has no events")]
    Nothing,
}

impl Log {
    /// Reads a log file.
    pub(super) fn read(path: &Path, mapping: &Mapping) -> Result<Self, LoadError> {
        let text = fs::read(path).map_err(|source| LogError::File {
            path: path.display().to_string(),
            source,
        })?;
        Self::parse(&text, mapping)
    }

    /// Reads a log from memory.
    pub(super) fn parse(text: &[u8], mapping: &Mapping) -> Result<Self, LoadError> {
        let mut reader = csv::Reader::from_reader(text);
        let heading = reader.headers().map_err(LogError::Csv)?.clone();
        let columns = Columns::find(&Heading::new(heading.iter()), mapping)?;
        let mut gathering = Gathering::default();
        for record in reader.records() {
            gathering.add(&record.map_err(LogError::Csv)?, &columns, mapping)?;
        }
        if gathering.tickets.is_empty() {
            return Err(LogError::Nothing.into());
        }
        Ok(gathering.finish(fingerprint(text)))
    }

    /// Only the first so many tickets, and the people in them.
    pub(super) fn limited(self, tickets: usize) -> Self {
        let mut limited = Self {
            people: Vec::new(),
            tickets: self.tickets,
            ..self
        };
        limited.tickets.truncate(tickets);
        let mut positions = HashMap::new();
        for event in limited
            .tickets
            .iter_mut()
            .flat_map(|ticket| &mut ticket.events)
        {
            let name = self.people.get(event.person).cloned().unwrap_or_default();
            event.person = position(&mut limited.people, &mut positions, &name);
        }
        limited
    }

    /// How many events there are.
    pub(super) fn events(&self) -> usize {
        self.tickets.iter().map(|ticket| ticket.events.len()).sum()
    }
}

struct Columns {
    case: usize,
    activity: usize,
    person: usize,
    time: usize,
    subject: Template,
    body: Template,
    customer_name: Template,
    custom_fields: BTreeMap<String, usize>,
}

impl Columns {
    fn find(heading: &Heading<'_>, mapping: &Mapping) -> Result<Self, MappingError> {
        let custom_field = |(field, column): (&String, &String)| {
            let key = format!("custom_fields.{field}");
            Ok((field.clone(), heading.column(&key, column)?))
        };
        Ok(Self {
            case: heading.column("case", &mapping.case)?,
            activity: heading.column("activity", &mapping.activity)?,
            person: heading.column("person", &mapping.person)?,
            time: heading.column("time", &mapping.time)?,
            subject: heading.template("subject", &mapping.subject)?,
            body: heading.template("body", &mapping.body)?,
            customer_name: heading.template("customer_name", &mapping.customer_name)?,
            custom_fields: mapping
                .custom_fields
                .iter()
                .map(custom_field)
                .collect::<Result<_, MappingError>>()?,
        })
    }
}

#[derive(Default)]
struct Gathering {
    people: Vec<String>,
    people_positions: HashMap<String, usize>,
    tickets: Vec<TimedTicket>,
    ticket_positions: HashMap<String, usize>,
}

struct TimedTicket {
    case: String,
    events: Vec<TimedEvent>,
}

struct TimedEvent {
    time: DateTime,
    event: Event,
    facts: Facts,
}

struct Facts {
    subject: String,
    body: String,
    customer_name: String,
    custom_fields: BTreeMap<String, String>,
}

impl Gathering {
    fn add(
        &mut self,
        record: &csv::StringRecord,
        columns: &Columns,
        mapping: &Mapping,
    ) -> Result<(), LogError> {
        let line = record.position().map_or(0, csv::Position::line);
        let field = |position, what| {
            let text = record.get(position).unwrap_or_default();
            if text.is_empty() {
                Err(LogError::Empty { line, what })
            } else {
                Ok(text)
            }
        };
        let case = field(columns.case, "case")?;
        let name = field(columns.person, "person")?;
        let time = field(columns.time, "time")?;
        let time = parse_time(time, &mapping.time_format).map_err(|source| LogError::Time {
            line,
            time: time.to_owned(),
            format: mapping.time_format.clone(),
            source,
        })?;
        let person = position(&mut self.people, &mut self.people_positions, name);
        let closes = record.get(columns.activity) == Some(mapping.close_activity.as_str());
        let event = TimedEvent {
            time,
            event: Event { person, closes },
            facts: facts(record, columns),
        };
        let next = self.tickets.len();
        let place = *self.ticket_positions.entry(case.to_owned()).or_insert(next);
        match self.tickets.get_mut(place) {
            Some(ticket) => ticket.events.push(event),
            None => self.tickets.push(TimedTicket {
                case: case.to_owned(),
                events: vec![event],
            }),
        }
        Ok(())
    }

    fn finish(self, fingerprint: u64) -> Log {
        let tickets = self.tickets.into_iter().filter_map(ordered).collect();
        Log {
            people: self.people,
            tickets,
            fingerprint,
        }
    }
}

/// The ticket with its events by time; the sort is stable, so equal times keep the file's order.
fn ordered(mut ticket: TimedTicket) -> Option<Ticket> {
    ticket.events.sort_by_key(|event| event.time);
    let events = ticket.events.iter().map(|timed| timed.event).collect();
    let facts = ticket.events.into_iter().next()?.facts;
    Some(Ticket {
        case: ticket.case,
        subject: facts.subject,
        body: facts.body,
        customer_name: facts.customer_name,
        custom_fields: facts.custom_fields,
        events,
    })
}

fn facts(record: &csv::StringRecord, columns: &Columns) -> Facts {
    let value = |(field, position): (&String, &usize)| {
        (
            field.clone(),
            record.get(*position).unwrap_or_default().to_owned(),
        )
    };
    Facts {
        subject: columns.subject.fill(record),
        body: columns.body.fill(record),
        customer_name: columns.customer_name.fill(record),
        custom_fields: columns.custom_fields.iter().map(value).collect(),
    }
}

fn parse_time(text: &str, format: &str) -> Result<DateTime, jiff::Error> {
    strtime::parse(format, text)?.to_datetime()
}

/// The name's position among the names, at their end if it is new.
fn position(names: &mut Vec<String>, positions: &mut HashMap<String, usize>, name: &str) -> usize {
    if let Some(position) = positions.get(name) {
        return *position;
    }
    let position = names.len();
    names.push(name.to_owned());
    positions.insert(name.to_owned(), position);
    position
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    const CSV: &str = "\
Ticket,What,Who,When,Product
T1,Open,Ann,2012/10/09 14:50:17.000,P1
T2,Open,Ann,2012/10/09 14:50:18.000,P2
T1,Take,Bea,2012/10/09 15:00:00.000,P1
T1,Closed,Bea,2012/10/10 09:00:00.000,P1
T1,Wait,Ann,2012/10/09 15:00:00.000,P1
T2,Closed,Ann,2012/10/11 09:00:00.000,P2
T2,Again,Cid,2012/10/12 09:00:00.000,P2
";

    pub(in crate::replay) fn mapping() -> Mapping {
        let text = r#"
            case = "Ticket"
            activity = "What"
            person = "Who"
            time = "When"
            time_format = "%Y/%m/%d %H:%M:%S%.f"
            close_activity = "Closed"
            channel = "email"
            subject = "{Ticket}: {What}"
            body = "about {Product}"
            customer_name = "Customer"
            custom_fields = { product = "Product" }
        "#;
        toml::from_str(text).unwrap()
    }

    pub(in crate::replay) fn example() -> Log {
        Log::parse(CSV.as_bytes(), &mapping()).unwrap()
    }

    fn names(log: &Log, ticket: usize) -> Vec<&str> {
        let events = &log.tickets[ticket].events;
        events
            .iter()
            .map(|event| log.people[event.person].as_str())
            .collect()
    }

    #[test]
    fn events_are_ordered_by_time_and_then_by_line() {
        let log = example();
        assert_eq!(log.people, ["Ann", "Bea", "Cid"]);
        assert_eq!(names(&log, 0), ["Ann", "Bea", "Ann", "Bea"]);
        assert_eq!(names(&log, 1), ["Ann", "Ann", "Cid"]);
        assert!(log.tickets[0].events[3].closes);
    }

    #[test]
    fn a_ticket_has_the_facts_of_its_first_event() {
        let log = example();
        assert_eq!(log.tickets[0].subject, "T1: Open");
        assert_eq!(log.tickets[1].custom_fields["product"], "P2");
    }

    #[test]
    fn a_limited_log_has_only_the_people_in_it() {
        let log = example().limited(1);
        assert_eq!((log.tickets.len(), log.people.len()), (1, 2));
        assert_eq!(names(&log, 0), ["Ann", "Bea", "Ann", "Bea"]);
    }

    #[test]
    fn a_wrong_time_is_named_with_its_line() {
        let text = CSV.replace("2012/10/10 09:00:00.000", "yesterday");
        let error = Log::parse(text.as_bytes(), &mapping())
            .unwrap_err()
            .to_string();
        assert!(
            error.starts_with("line 5 of the log: the time `yesterday`"),
            "{error}"
        );
    }

    #[test]
    fn an_event_without_a_person_is_named_with_its_line() {
        let text = CSV.replace("Take,Bea", "Take,");
        let error = Log::parse(text.as_bytes(), &mapping())
            .unwrap_err()
            .to_string();
        assert_eq!(error, "line 4 of the log has no person");
    }

    #[test]
    fn an_empty_log_is_refused() {
        let error = Log::parse(b"Ticket,What,Who,When,Product\n", &mapping()).unwrap_err();
        assert_eq!(error.to_string(), "the log has no events");
    }
}
