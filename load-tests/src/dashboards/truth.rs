//! What HTTP lists when nothing happens any more, which is what dashboards have to show.

use std::{
    collections::{BTreeMap, HashMap},
    time::Duration,
};

use serde::Deserialize;
use tokio::time::sleep;

use crate::{
    client::Call,
    clock,
    error::LoadError,
    listing::percent_encoded,
    live::{
        frame::ListPage,
        list::List,
        view::{Held, THREAD, View},
    },
    numbers::count,
    patient::PatientClient,
    people::{Office, Person, read},
    wire::ConversationView,
};

const PAGE: usize = 200;
/// How long nothing has to happen for the workspace to be at rest.
const REST: Duration = Duration::from_millis(600);

/// The lists, conversations and numbers that some dashboards look at.
#[derive(Debug, Default)]
pub(super) struct Truth {
    /// The last commit.
    pub(super) seq: u64,
    /// By view and person; the person is 0 where it does not matter.
    lists: HashMap<(String, usize), Listed>,
    versions: HashMap<String, u64>,
    counts: HashMap<usize, BTreeMap<String, u64>>,
}

/// The newest rows of a list.
#[derive(Debug, Default)]
struct Listed {
    rows: Vec<(String, u64)>,
    total: u64,
}

#[derive(Deserialize)]
struct Seq {
    seq: u64,
}

impl Truth {
    /// Reads all that these views of these people hold, once the workspace is at rest.
    pub(super) async fn read(
        office: &Office,
        people: &[Person],
        wanted: &[(String, usize)],
        keep: usize,
    ) -> Result<Self, LoadError> {
        let mut client = office.client();
        let started = clock::now();
        loop {
            let seq = rest(&mut client, office).await?;
            let mut truth = Self {
                seq,
                ..Self::default()
            };
            for one in wanted {
                if let Some(person) = people.get(one.1) {
                    truth.look(&mut client, one, &person.token, keep).await?;
                }
            }
            if head(&mut client, office).await? == seq {
                return Ok(truth);
            }
            if started.elapsed() > office.patience {
                return Err(restless(office));
            }
        }
    }

    async fn look(
        &mut self,
        client: &mut PatientClient,
        wanted: &(String, usize),
        token: &str,
        keep: usize,
    ) -> Result<(), LoadError> {
        let (view, person) = wanted;
        if let Some(id) = view.strip_prefix(THREAD) {
            let path = format!("/v1/conversations/{id}");
            let seen: ConversationView = get(client, &path, token).await?;
            self.versions.insert(view.clone(), seen.version);
            return Ok(());
        }
        match view.as_str() {
            "stats" => {}
            "counts" => {
                let counts = get(client, "/v1/conversations/counts", token).await?;
                self.counts.insert(*person, counts);
            }
            list => {
                let listed = listed(client, list, token, keep).await?;
                self.lists.insert(wanted.clone(), listed);
            }
        }
        Ok(())
    }

    /// In what the view differs from what it has to show.
    pub(super) fn difference(&self, view: &View, person: usize) -> Option<String> {
        let name = &view.name;
        match &view.held {
            Held::Statistics => None,
            Held::Counts(counts) => {
                let expected = self.counts.get(&person)?;
                (counts != expected).then(|| format!("shows {counts:?}, HTTP says {expected:?}"))
            }
            Held::Thread(thread) => {
                let (held, expected) = (thread.version(), *self.versions.get(name)?);
                let differs = thread.position().is_none() || held != expected;
                differs.then(|| format!("shows version {held}, HTTP says {expected}"))
            }
            Held::List(list) => {
                let expected = self.lists.get(&(name.clone(), reader(name, person)))?;
                expected.difference(list)
            }
        }
    }
}

impl Listed {
    fn difference(&self, list: &List) -> Option<String> {
        let Some(position) = list.position() else {
            return Some("shows nothing".to_owned());
        };
        let (held, total) = (list.rows().len(), list.total());
        if total != self.total {
            let expected = self.total;
            return Some(format!(
                "has a total of {total} at position {position}, HTTP says {expected}"
            ));
        }
        if list.is_whole() && count(held) != total {
            return Some(format!("holds {held} rows of {total} and no more to come"));
        }
        let listed = self
            .rows
            .iter()
            .map(|(id, version)| (id.as_str(), *version));
        let mut pairs = list.rows().iter().zip(listed);
        let (held, listed) = pairs.find(|(held, listed)| held != listed)?;
        Some(format!(
            "shows {held:?} at position {position} where HTTP lists {listed:?}"
        ))
    }
}

/// Some views are the reader's own; all others are the same for everybody, so for the first.
pub(super) fn reader(view: &str, person: usize) -> usize {
    if ["mine", "mentions", "counts"].contains(&view) {
        person
    } else {
        0
    }
}

async fn listed(
    client: &mut PatientClient,
    filter: &str,
    token: &str,
    keep: usize,
) -> Result<Listed, LoadError> {
    let mut listed = Listed::default();
    let mut cursor = String::new();
    loop {
        let path = format!("/v1/conversations?filter={filter}&limit={PAGE}{cursor}");
        let page: ListPage = get(client, &path, token).await?;
        listed.total = page.total;
        let rows = page.items.into_iter();
        listed.rows.extend(rows.map(|row| (row.id, row.version)));
        match page.next_cursor {
            Some(next) if listed.rows.len() < keep => {
                cursor = format!("&cursor={}", percent_encoded(&next));
            }
            _ => return Ok(listed),
        }
    }
}

/// The workspace's last commit, once no other has followed it for a while.
async fn rest(client: &mut PatientClient, office: &Office) -> Result<u64, LoadError> {
    let started = clock::now();
    let mut last = head(client, office).await?;
    loop {
        sleep(REST).await;
        let next = head(client, office).await?;
        if next == last {
            return Ok(last);
        }
        last = next;
        if started.elapsed() > office.patience {
            return Err(restless(office));
        }
    }
}

async fn head(client: &mut PatientClient, office: &Office) -> Result<u64, LoadError> {
    let Seq { seq } = get(client, "/v1/conversations?limit=1", &office.admin).await?;
    Ok(seq)
}

fn restless(office: &Office) -> LoadError {
    let seconds = office.patience.as_secs();
    LoadError::Unfit(format!(
        "the workspace did not come to rest within {seconds} s, so nothing can be compared"
    ))
}

async fn get<T: serde::de::DeserializeOwned>(
    client: &mut PatientClient,
    path: &str,
    token: &str,
) -> Result<T, LoadError> {
    let call = Call::get(path, token);
    let reply = client.succeed("list", &call).await?;
    read(&call, &reply)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::live::frame::{Row, Snapshot};

    fn list(rows: u32) -> List {
        let items = (1..=rows).rev().map(|number| Row {
            id: format!("conv_{number}"),
            version: 1,
            last_activity_at: format!("2026-01-01T00:00:{number:02}.000Z"),
            assigned_at: None,
        });
        let snapshot = Snapshot {
            view: "all".to_owned(),
            seq: 5,
            total: u64::from(rows),
            items: items.collect(),
            history: Vec::new(),
        };
        let mut list = List::new(1_000);
        list.snapshot(&snapshot, &mut Vec::new());
        list
    }

    fn listed(rows: u32) -> Listed {
        Listed {
            rows: (1..=rows).rev().map(|n| (format!("conv_{n}"), 1)).collect(),
            total: u64::from(rows),
        }
    }

    #[test]
    fn the_same_rows_in_the_same_order_agree() {
        assert_eq!(listed(3).difference(&list(3)), None);
    }

    #[test]
    fn each_difference_is_named() {
        let difference = |expected: &Listed| expected.difference(&list(3)).unwrap_or_default();
        assert!(difference(&listed(4)).contains("total of 3 at position 5, HTTP says 4"));
        let mut other = listed(3);
        other.rows[1].1 = 2;
        assert!(difference(&other).contains(r#"shows ("conv_2", 1)"#));
        assert!(listed(3).difference(&List::new(9)).is_some());
    }
}
