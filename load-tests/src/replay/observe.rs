//! What the server says in the end: read from its lists, not from what the clients believe.

use std::collections::{BTreeMap, HashMap};

use super::{log::Log, outcome::Outcome, state::Achieved};
use crate::{
    error::LoadError, listing, numbers::count, patient::PatientClient, people::Person,
    wire::ConversationView,
};

/// How many surprising tickets are written out.
const NAMED: usize = 10;

/// The outcome on the server, and what is wrong with it whatever was expected.
#[derive(Debug)]
pub(super) struct Observed {
    /// Owners and closed conversations from the server, the other counts from its answers.
    pub(super) outcome: Outcome,
    /// Conversations whose version does not account for the acknowledged changes.
    pub(super) surprises: Vec<String>,
}

/// Reads all conversations of the log.
pub(super) async fn observe(
    client: &mut PatientClient,
    admin: &str,
    log: &Log,
    people: &[Person],
    achieved: &Achieved,
) -> Result<Observed, LoadError> {
    let mut by_case = HashMap::new();
    for filter in ["all", "closed"] {
        let path = format!("/v1/conversations?filter={filter}");
        let page: Vec<ConversationView> = listing::all(client, &path, admin).await?;
        by_case.extend(
            page.into_iter()
                .filter_map(|view| Some((view.external_id.clone()?, view))),
        );
    }
    Ok(Observed {
        outcome: outcome(log, people, achieved, &by_case),
        surprises: surprises(log, achieved, &by_case),
    })
}

fn outcome(
    log: &Log,
    people: &[Person],
    achieved: &Achieved,
    by_case: &HashMap<String, ConversationView>,
) -> Outcome {
    let names: HashMap<&str, &str> = people
        .iter()
        .map(|person| (person.user.as_str(), person.name.as_str()))
        .collect();
    let mut final_owner = BTreeMap::new();
    let mut closed_at_end = 0;
    for view in log
        .tickets
        .iter()
        .filter_map(|ticket| by_case.get(&ticket.case))
    {
        closed_at_end += u64::from(view.status == "closed");
        if let (Some(case), Some(owner)) = (&view.external_id, &view.assignee) {
            let name = names.get(owner.id.as_str()).copied().unwrap_or(&owner.id);
            final_owner.insert(case.clone(), name.to_owned());
        }
    }
    let tickets = achieved.tickets.values();
    let events: u64 = tickets.clone().map(|ticket| count(ticket.events)).sum();
    let changes: u64 = tickets.clone().map(|ticket| ticket.changes).sum();
    Outcome {
        events,
        tickets: count(
            log.tickets
                .iter()
                .filter(|t| by_case.contains_key(&t.case))
                .count(),
        ),
        people: count(people.len()),
        changes_of_owner: changes,
        assigns_that_change_nothing: events.saturating_sub(changes),
        reopened: tickets.map(|ticket| ticket.reopened).sum(),
        closed_at_end,
        final_owner,
    }
}

/// A version is 1 on creation and grows by 1 with every change, so it tells of changes that
/// were acknowledged and lost, and of changes that happened twice.
fn surprises(
    log: &Log,
    achieved: &Achieved,
    by_case: &HashMap<String, ConversationView>,
) -> Vec<String> {
    let mut surprises = Vec::new();
    for ticket in &log.tickets {
        let Some(state) = achieved
            .tickets
            .get(&ticket.case)
            .filter(|state| !state.found)
        else {
            continue;
        };
        let expected = 1 + state.changes + state.reopened + state.closed;
        match by_case.get(&ticket.case) {
            None => surprises.push(format!("{} is in no list of the server", ticket.case)),
            Some(view) if view.version != expected => surprises.push(format!(
                "{} is at version {}, its acknowledged changes make it {expected}",
                ticket.case, view.version
            )),
            Some(_) => {}
        }
    }
    let unnamed = surprises.len().saturating_sub(NAMED);
    if unnamed > 0 {
        surprises.truncate(NAMED);
        surprises.push(format!("and {unnamed} more conversations"));
    }
    surprises
}

#[cfg(test)]
mod tests {
    use super::{super::log::tests::example, super::state::TicketState, *};
    use crate::wire::PersonView;

    fn view(case: &str, owner: &str, status: &str, version: u64) -> (String, ConversationView) {
        let view = ConversationView {
            id: format!("conv_{case}"),
            external_id: Some(case.to_owned()),
            status: status.to_owned(),
            version,
            assignee: Some(PersonView {
                id: owner.to_owned(),
            }),
        };
        (case.to_owned(), view)
    }

    fn achieved() -> Achieved {
        let state = |events, changes, reopened, closed| TicketState {
            events,
            changes,
            reopened,
            closed,
            ..TicketState::default()
        };
        let tickets = [
            ("T1".to_owned(), state(4, 4, 0, 1)),
            ("T2".to_owned(), state(3, 2, 1, 1)),
        ];
        Achieved {
            tickets: tickets.into(),
            ..Achieved::default()
        }
    }

    fn people() -> Vec<Person> {
        let person = |name: &str| Person {
            name: name.to_owned(),
            user: format!("usr_{name}"),
            token: String::new(),
        };
        ["Ann", "Bea", "Cid"].map(person).into()
    }

    #[test]
    fn a_right_server_shows_what_the_log_comes_to() {
        let log = example();
        let by_case = HashMap::from([
            view("T1", "usr_Bea", "closed", 6),
            view("T2", "usr_Cid", "open", 5),
        ]);
        let found = outcome(&log, &people(), &achieved(), &by_case);
        assert_eq!(found, Outcome::of_log(&log));
        assert!(surprises(&log, &achieved(), &by_case).is_empty());
    }

    #[test]
    fn a_lost_change_shows_in_the_version() {
        let by_case = HashMap::from([view("T1", "usr_Bea", "closed", 5)]);
        assert_eq!(
            surprises(&example(), &achieved(), &by_case),
            [
                "T1 is at version 5, its acknowledged changes make it 6",
                "T2 is in no list of the server"
            ]
        );
    }
}
