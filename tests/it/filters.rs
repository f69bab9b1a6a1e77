//! S02: who is in which of the seven lists.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::support::{Person, TestApp, get};

const FILTERS: [&str; 7] = [
    "ai_queue",
    "all",
    "unassigned",
    "mine",
    "mentions",
    "ai_handled",
    "closed",
];
const STATUSES: [&str; 4] = ["open", "pending", "snoozed", "closed"];

/// A conversation of every kind, by id, with what decides where it is listed.
#[derive(Debug)]
struct Made {
    status: &'static str,
    handling: bool,
    mine: Option<bool>,
    mentioned: bool,
}

impl Made {
    fn is_in(&self, filter: &str) -> bool {
        let open = self.status == "open";
        match filter {
            "ai_queue" => open && self.handling,
            "all" => open,
            "unassigned" => open && self.mine.is_none(),
            "mine" => open && self.mine == Some(true),
            "mentions" => self.mentioned,
            "closed" => self.status == "closed",
            // The AI cannot send anything yet.
            _ => false,
        }
    }
}

async fn make(app: &TestApp) -> BTreeMap<String, Made> {
    let mut all = BTreeMap::new();
    for handling in [false, true] {
        app.switch_autopilot(handling).await;
        for status in STATUSES {
            for mine in [None, Some(false), Some(true)] {
                for mentioned in [false, true] {
                    let id = app.create().await;
                    if let Some(mine) = mine {
                        let owner = if mine { &app.maya } else { &app.sam };
                        app.assign(&app.owner, &id, Some(owner)).await.changed(true);
                    }
                    if mentioned {
                        let note = json!({"body": "Look", "mentions": [app.maya.id]});
                        let answer = app.act(&app.viewer, &id, "notes", &note).await;
                        answer.expect_status(201);
                    }
                    app.set_status(&id, status).await;
                    let made = Made {
                        status,
                        handling,
                        mine,
                        mentioned,
                    };
                    all.insert(id, made);
                }
            }
        }
    }
    all
}

async fn check(app: &TestApp, all: &BTreeMap<String, Made>) {
    let counts = counts(app, &app.maya).await;
    for filter in FILTERS {
        let mut listed = app
            .list(&app.maya, &format!("limit=200&filter={filter}"))
            .await;
        listed.sort();
        let expected = all.iter().filter(|(_, made)| made.is_in(filter));
        let expected: Vec<_> = expected.map(|(id, _)| id.clone()).collect();
        assert_eq!(listed, expected, "{filter}");
        assert_eq!(counts[filter], expected.len(), "{filter}");
    }
}

async fn counts(app: &TestApp, person: &Person) -> Value {
    let answer = app.ask(get("/v1/conversations/counts").by(person)).await;
    let counts = answer.expect_status(200).body;
    assert_eq!(counts.as_object().unwrap().len(), FILTERS.len());
    counts
}

#[actix_web::test]
async fn s02_each_filter_has_exactly_its_members_and_counts_agree_also_after_a_restart() {
    let app = TestApp::start().await;
    let all = make(&app).await;
    check(&app, &all).await;
    let app = app.restart().await;
    check(&app, &all).await;
}

#[actix_web::test]
async fn s02_mine_and_mentions_are_the_callers_own() {
    let app = TestApp::start().await;
    make(&app).await;
    for person in [&app.owner, &app.viewer] {
        let counts = counts(&app, person).await;
        assert_eq!(
            (&counts["mine"], &counts["mentions"]),
            (&json!(0), &json!(0))
        );
        assert!(app.list(person, "filter=mentions").await.is_empty());
    }
    let sams = app.list(&app.sam, "limit=200&filter=mine").await;
    let by_id = format!("limit=200&filter=all&assignee={}", app.sam.id);
    assert_eq!(app.list(&app.owner, &by_id).await, sams);
    assert_eq!(app.list(&app.sam, "limit=200&assignee=me").await, sams);
    assert_eq!(sams.len(), 4);
}

#[actix_web::test]
async fn s02_the_landing_filter_follows_autopilot() {
    let app = TestApp::start().await;
    for (enabled, filter) in [(true, "ai_queue"), (false, "all")] {
        app.switch_autopilot(enabled).await;
        let me = app.ask(get("/v1/me").by(&app.maya)).await;
        assert_eq!(me.at("/landing_filter"), filter);
    }
}

#[actix_web::test]
async fn s02_newest_activity_comes_first_and_only_messages_are_activity() {
    let app = TestApp::start().await;
    let mut made = Vec::new();
    for _ in 0..3 {
        app.clock.advance(std::time::Duration::from_secs(1));
        made.push(app.create().await);
    }
    app.clock.advance(std::time::Duration::from_secs(1));
    app.claim(&app.maya, &made[0]).await.changed(true);
    app.edit(&app.maya, &made[0], &json!({"tags": ["x"]}))
        .await
        .expect_status(200);
    let note = json!({"body": "Look"});
    app.act(&app.maya, &made[0], "notes", &note)
        .await
        .expect_status(201);
    let newest_first = [made[2].as_str(), &made[1], &made[0]];
    assert_eq!(app.list(&app.maya, "filter=all").await, newest_first);
    let message = json!({"kind": "agent", "body": "Hello"});
    app.act(&app.maya, &made[0], "messages", &message)
        .await
        .expect_status(201);
    let after = [made[0].as_str(), &made[2], &made[1]];
    assert_eq!(app.list(&app.maya, "filter=all").await, after);
}
