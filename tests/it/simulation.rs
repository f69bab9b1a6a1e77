//! Routing simulated: what would come of it, and that nothing does.

use ochre_assign::journal::Record;
use serde_json::{Value, json};

use crate::support::{TestApp, everything_round, post, subject_to};

/// Everything that an export holds.
fn export(app: &TestApp) -> Vec<Record> {
    let journal = app.journal();
    let workspaces = journal.workspaces().unwrap().into_iter();
    workspaces
        .flat_map(|workspace| journal.read(workspace, 0, usize::MAX).unwrap())
        .collect()
}

async fn simulate(app: &TestApp, body: &Value) -> Value {
    let ask = post("/v1/routing/simulate", body).by(&app.maya);
    app.ask(ask).await.expect_status(200).body
}

/// Who would get each conversation by the drafts and by the live rules.
fn forecast(simulated: &Value, which: &str) -> Vec<Option<String>> {
    let items = simulated["items"].as_array().unwrap().iter();
    let assignee = |item: &Value| item[which]["assignee"].as_str().map(str::to_owned);
    items.map(assignee).collect()
}

#[actix_web::test]
async fn x04_a_simulation_changes_nothing() {
    let app = TestApp::start().await;
    let team = app.team("Support", &[&app.maya, &app.sam]).await;
    app.set_rules(&[subject_to("vip", &app.owner), everything_round(&team)])
        .await;
    app.picks(3).await;
    let before = (
        export(&app),
        app.rules().await.body,
        app.rotation(&team).await,
        app.head().await,
    );
    let made_up: Vec<_> = (0..20)
        .map(|n| json!({"subject": format!("{n}")}))
        .collect();
    let bodies = [
        json!({"conversations": made_up}),
        json!({"conversations": made_up, "rules": [everything_round("default")]}),
        json!({"past": {"from": "2026-01-01T00:00:00Z", "to": "2026-01-02T00:00:00Z"}}),
    ];
    for body in &bodies {
        simulate(&app, body).await;
        let keyed = post("/v1/routing/simulate", body).keyed("k").by(&app.maya);
        app.ask(keyed).await.expect_status(200);
    }
    let after = (
        export(&app),
        app.rules().await.body,
        app.rotation(&team).await,
        app.head().await,
    );
    assert_eq!(before, after);
}

#[actix_web::test]
async fn x04_the_forecast_is_what_then_happens() {
    let app = TestApp::start().await;
    let team = app
        .team("Support", &[&app.maya, &app.sam, &app.admin])
        .await;
    let first = json!({"name": "new customers", "when": {"condition": "first_message"},
        "then": {"action": "assign", "user": app.owner.id}});
    app.set_rules(&[subject_to("vip", &app.sam), first, everything_round(&team)])
        .await;
    app.picks(2).await;
    let creations: Vec<Value> = (0..30)
        .map(|n| {
            let subject = if n % 7 == 0 { "VIP" } else { "plain" };
            json!({"channel": "chat", "subject": subject, "body": "b",
                "customer": {"email": format!("{}@b.test", n % 11)}})
        })
        .collect();
    let simulated = simulate(&app, &json!({"conversations": creations})).await;
    let mut happened = Vec::new();
    for creation in &creations {
        let created = app.create_with(creation).await;
        happened.push(created["assignee"]["id"].as_str().map(str::to_owned));
    }
    assert_eq!(forecast(&simulated, "live"), happened);
    assert_eq!(forecast(&simulated, "draft"), happened);
    assert_eq!(simulated["different"], 0);
}

#[actix_web::test]
async fn x04_a_draft_is_compared_with_the_live_rules() {
    let app = TestApp::start().await;
    app.set_rules(&[subject_to("vip", &app.sam)]).await;
    let draft = [
        subject_to("vip", &app.maya),
        json!({"name": "tag", "when": {"condition": "channel_is", "value": "chat"},
            "then": {"action": "add_tag", "tag": "chat"}}),
    ];
    let body = json!({"rules": draft, "conversations": [
        {"subject": "vip"}, {"subject": "plain"}, {"subject": "plain", "channel": "chat"}]});
    let simulated = simulate(&app, &body).await;
    let differs: Vec<_> = simulated["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["differs"].clone())
        .collect();
    assert_eq!(differs, [json!(true), json!(false), json!(true)]);
    assert_eq!(simulated["spread"], json!({app.maya.id.clone(): 1}));
    assert_eq!(simulated["unassigned"], 2);
    let draft = &simulated["items"][0]["draft"];
    assert_eq!(draft["rule_name"], "vip to Maya");
    assert_eq!(simulated["items"][1]["live"]["reason"], "no_rule_matched");
}

#[actix_web::test]
async fn x04_past_conversations_are_judged_by_what_they_were_at_creation() {
    let app = TestApp::start().await;
    let urgent = app
        .create_with(&json!({"priority": "urgent", "subject": "one"}))
        .await;
    let id = urgent["id"].as_str().unwrap();
    app.edit(&app.maya, id, &json!({"priority": "low"}))
        .await
        .expect_status(200);
    app.clock.advance(std::time::Duration::from_secs(3600));
    app.create_with(&json!({"subject": "two"})).await;
    let rules = json!([
        {"name": "urgent", "when": {"condition": "priority_at_least", "value": "urgent"},
            "then": {"action": "assign", "user": app.maya.id}},
        {"name": "new", "when": {"condition": "first_message"},
            "then": {"action": "assign", "user": app.sam.id}},
    ]);
    let span = json!({"from": "2026-01-01T00:00:00Z", "to": "2026-01-01T02:00:00+01:00"});
    let simulated = simulate(&app, &json!({"rules": rules, "past": span})).await;
    let items = simulated["items"].as_array().unwrap();
    assert_eq!(items.len(), 2);
    assert_eq!(items[0]["conversation"], json!(id));
    assert_eq!(items[0]["draft"]["assignee"], json!(app.maya.id));
    // The second is of the same customer.
    assert_eq!(items[1]["draft"]["assignee"], Value::Null);
    let early = json!({"from": "2026-01-01T00:00:00Z", "to": "2026-01-01T00:30:00Z"});
    let simulated = simulate(&app, &json!({"past": early})).await;
    assert_eq!(simulated["items"].as_array().unwrap().len(), 1);
}

#[actix_web::test]
async fn x04_a_simulation_has_its_limits_and_is_for_agents_and_above() {
    let setup = crate::support::Setup::new();
    let setup = setup.configured(|config| config.routing.simulation_conversations_max = 2);
    let app = setup.start().await;
    let ask = |body: &Value| post("/v1/routing/simulate", body);
    let three = json!({"conversations": [{}, {}, {}]});
    let refused = app.ask(ask(&three).by(&app.maya)).await;
    refused.refused(422, "too_many_items");
    app.picks(3).await;
    let past = json!({"past": {"from": "2026-01-01T00:00:00Z", "to": "2026-01-02T00:00:00Z"}});
    let refused = app.ask(ask(&past).by(&app.maya)).await;
    refused.refused(422, "too_many_items");
    let one = json!({"conversations": [{}]});
    let refused = app.ask(ask(&one).by(&app.viewer)).await;
    refused.refused(403, "forbidden");
    let service = app.service(&["inbound", "read", "ai"]).await;
    let refused = app.ask(ask(&one).bearer(&service)).await;
    refused.refused(403, "forbidden");
    for body in [
        json!({}),
        json!({"conversations": [{}], "past": past["past"]}),
    ] {
        let refused = app.ask(ask(&body).by(&app.maya)).await;
        refused.refused(400, "invalid_request");
    }
    let bad = json!({"conversations": [{}], "rules": [subject_to("", &app.viewer)]});
    let refused = app.ask(ask(&bad).by(&app.maya)).await;
    let refused = refused.refused(422, "rule_invalid");
    assert_eq!(refused.at("/problems").as_array().unwrap().len(), 2);
}
