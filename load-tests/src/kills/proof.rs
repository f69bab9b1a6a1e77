//! What has to hold after each restart.

use crate::{
    client::Call,
    error::LoadError,
    ledger::Ledgers,
    patient::{PatientClient, what},
    verify::{self, Answers},
    wire::{CommitView, Page},
};

const PAGE: u64 = 200;

/// Judges these conversations; every request to them has had its answer.
pub(super) async fn conversations(
    client: &mut PatientClient,
    admin: &str,
    ids: impl Iterator<Item = &String>,
    ledgers: &mut Ledgers,
) -> Result<Vec<String>, LoadError> {
    let mut found = Vec::new();
    for id in ids {
        let ledger = ledgers.of(id).clone();
        found.extend(verify::judge(client, admin, id, &ledger, Answers::Complete).await?);
    }
    Ok(found)
}

/// The commits after a position have to follow it without a gap; gives the last one.
pub(super) async fn commits(
    client: &mut PatientClient,
    admin: &str,
    after: u64,
) -> Result<(u64, Vec<String>), LoadError> {
    let mut last = after;
    let mut found = Vec::new();
    loop {
        let call = Call::get(format!("/v1/events?after={last}&limit={PAGE}"), admin);
        let reply = client.succeed("events", &call).await?;
        let page: Page<CommitView> = reply
            .json()
            .map_err(|source| LoadError::unanswered(what(&call), source))?;
        if page.items.is_empty() {
            return Ok((last, found));
        }
        let before = last;
        last = follow(before, &page.items, &mut found);
        if last <= before {
            found.push(format!("asked for commits after {before}, got {last}"));
            return Ok((before, found));
        }
    }
}

fn follow(mut last: u64, commits: &[CommitView], found: &mut Vec<String>) -> u64 {
    for commit in commits {
        if commit.seq != last + 1 {
            found.push(format!("commit {last} is followed by {}", commit.seq));
        }
        last = commit.seq;
    }
    last
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gap_between_commits_is_named() {
        let commits = [4, 5, 7].map(|seq| CommitView { seq });
        let mut found = Vec::new();
        assert_eq!(follow(3, &commits, &mut found), 7);
        assert_eq!(found, ["commit 5 is followed by 7"]);
    }

    #[test]
    fn a_commit_that_comes_twice_is_named() {
        let mut found = Vec::new();
        follow(3, &[4, 4].map(|seq| CommitView { seq }), &mut found);
        assert_eq!(found, ["commit 4 is followed by 4"]);
    }
}
