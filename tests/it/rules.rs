//! Rules of routing: what they ask, what they do, and what becomes of a conversation.

use serde_json::{Value, json};

use crate::support::{TestApp, everything_round, get, put, subject_to};

fn rule(when: &Value, then: &Value) -> Value {
    json!({"name": "a rule", "when": when, "then": then})
}

#[actix_web::test]
async fn b40_the_first_enabled_rule_that_matches_decides_and_evaluation_stops() {
    let app = TestApp::start().await;
    let mut switched_off = subject_to("order", &app.owner);
    switched_off["enabled"] = json!(false);
    let urgent = json!({"action": "set_priority", "priority": "urgent"});
    let ids = app
        .set_rules(&[
            switched_off,
            subject_to("refund", &app.admin),
            subject_to("order", &app.maya),
            rule(
                &json!({"condition": "channel_is", "value": "email"}),
                &urgent,
            ),
        ])
        .await;
    let created = app.create_with(&json!({})).await;
    assert_eq!(created["assignee"]["name"], "Maya");
    assert_eq!(created["version"], 1);
    assert_eq!(created["priority"], "normal");
    let by = json!({"kind": "rule", "id": ids[2], "name": "order to Maya"});
    assert_eq!(created["assigned_by"], by);
    // Rules run once: a later change of the conversation does not make them run again.
    let id = created["id"].as_str().unwrap();
    app.assign(&app.maya, id, None).await.changed(true);
    let message = json!({"kind": "customer", "body": "order!"});
    app.act(&app.maya, id, "messages", &message)
        .await
        .expect_status(201);
    assert_eq!(app.read(id).await["assignee"], Value::Null);
}

#[actix_web::test]
async fn b40_a_dashboard_never_sees_a_routed_conversation_unassigned() {
    let app = TestApp::start().await;
    app.set_rules(&[subject_to("order", &app.maya)]).await;
    let mut screen = app.dashboard(&app.owner, &["unassigned", "all"]).await;
    let id = app.create().await;
    let frame = screen.next("change").await;
    assert_eq!(frame["view"], "all");
    assert_eq!(frame["enter"][0]["id"], json!(id));
    assert_eq!(frame["enter"][0]["assignee"]["name"], "Maya");
    screen.is_well().await;
    assert_eq!(
        app.kinds(&id).await,
        ["created", "message_added", "assigned"]
    );
}

#[actix_web::test]
async fn b41_an_action_assigns_a_user_or_goes_round() {
    let app = TestApp::start().await;
    let team = app.team("Support", &[&app.maya, &app.sam]).await;
    let ids = app
        .set_rules(&[subject_to("vip", &app.owner), everything_round(&team)])
        .await;
    let created = app.create_with(&json!({"subject": "VIP"})).await;
    assert_eq!(created["assignee"]["name"], "Olga");
    let created = app.create_with(&json!({})).await;
    let by = json!({"kind": "round_robin", "id": ids[1], "name": format!("round {team}"),
        "team": team, "turn": 1});
    assert_eq!(created["assigned_by"], by);
    assert_eq!(created["assignee"]["name"], "Maya");
}

#[actix_web::test]
async fn b42_layering_is_order_and_a_vip_spends_no_turn() {
    let app = TestApp::start().await;
    let team = app.team("Support", &[&app.maya, &app.sam]).await;
    app.set_rules(&[subject_to("vip", &app.admin), everything_round(&team)])
        .await;
    let mut names = Vec::new();
    for subject in ["a", "a vip", "b", "another VIP", "vip", "c"] {
        let created = app.create_with(&json!({"subject": subject})).await;
        names.push(created["assignee"]["name"].as_str().unwrap().to_owned());
    }
    assert_eq!(names, ["Maya", "Ada", "Sam", "Ada", "Ada", "Maya"]);
    assert_eq!(app.rotation(&team).await["turn"], 3);
}

#[actix_web::test]
async fn b43_without_a_match_a_conversation_is_left_unassigned() {
    let app = TestApp::start().await;
    app.set_rules(&[subject_to("refund", &app.maya)]).await;
    let created = app.create_with(&json!({})).await;
    assert_eq!(created["assignee"], Value::Null);
    let id = created["id"].as_str().unwrap();
    let why = app.why(id).await;
    assert_eq!(why["outcome"], "left_unassigned");
    assert_eq!(why["reason"], "no_rule_matched");
    assert_eq!(why["passed_over"][0]["reason"], "text_not_in_subject");
    assert_eq!(app.list(&app.owner, "filter=unassigned").await, [id]);
}

#[actix_web::test]
async fn b44_a_target_that_is_not_eligible_leaves_it_unassigned_and_says_so() {
    let app = TestApp::start().await;
    let team = app.team("Support", &[&app.sam]).await;
    app.set_rules(&[subject_to("vip", &app.maya), everything_round(&team)])
        .await;
    for person in [&app.maya, &app.sam] {
        app.update(person, &json!({"status": "deactivated"}))
            .await
            .expect_status(200);
    }
    for (subject, reason) in [("vip", "target_not_eligible"), ("plain", "nobody_eligible")] {
        let created = app.create_with(&json!({"subject": subject})).await;
        assert_eq!(created["assignee"], Value::Null);
        let why = app.why(created["id"].as_str().unwrap()).await;
        assert_eq!(why["outcome"], "left_unassigned");
        assert_eq!(why["reason"], reason);
        assert_eq!(why["candidates"][0]["eligible"], false);
        assert_eq!(why["candidates"][0]["reason"], "deactivated");
    }
    // Nobody's turn was spent.
    assert_eq!(app.rotation(&team).await["turn"], 0);
    assert!(app.turns(&team).await.is_empty());
}

/// The conversations that a condition of the list takes, by their subjects.
async fn taken_by(when: &Value, creations: &[Value]) -> Vec<String> {
    let app = TestApp::start().await;
    let then = json!({"action": "add_tag", "tag": "taken"});
    app.set_rules(&[rule(when, &then)]).await;
    let mut taken = Vec::new();
    for creation in creations {
        let created = app.create_with(creation).await;
        if created["tags"] == json!(["taken"]) {
            taken.push(created["subject"].as_str().unwrap().to_owned());
        }
    }
    taken
}

#[actix_web::test]
async fn s04_each_condition_looks_at_its_fact() {
    let from = |email: &str| json!({"subject": email, "customer": {"email": email}});
    let with =
        |field: &str, value: &str| json!({"subject": value, "custom_fields": {field: value}});
    let prior = |priority: &str| json!({"subject": priority, "priority": priority});
    let field = |operator: &str| json!({"condition": "custom_field", "field": "plan", "operator": operator, "value": "pro"});
    let plans = [
        with("plan", "pro"),
        with("plan", "pro plus"),
        with("seat", "free"),
    ];
    let cases = [
        (
            json!({"condition": "channel_is", "value": "chat"}),
            vec![
                json!({"subject": "a", "channel": "chat"}),
                json!({"subject": "b"}),
            ],
            vec!["a"],
        ),
        (
            json!({"condition": "subject_contains", "value": "ReFund"}),
            vec![json!({"subject": "My refund"}), json!({"subject": "fund"})],
            vec!["My refund"],
        ),
        (
            json!({"condition": "from_domain", "value": "example.com"}),
            vec![
                from("a@example.com"),
                from("a@mail.example.com"),
                from("a@notexample.com"),
                from("a@example.com.test"),
            ],
            vec!["a@example.com", "a@mail.example.com"],
        ),
        (
            json!({"condition": "priority_at_least", "value": "high"}),
            vec![
                prior("low"),
                prior("normal"),
                prior("high"),
                prior("urgent"),
            ],
            vec!["high", "urgent"],
        ),
        (
            json!({"condition": "first_message"}),
            vec![
                from("a@b.test"),
                from("A@B.test"),
                from("b@b.test"),
                from("a@b.test"),
            ],
            vec!["a@b.test", "b@b.test"],
        ),
        (field("equals"), plans.to_vec(), vec!["pro"]),
        (
            field("not_equals"),
            plans.to_vec(),
            vec!["pro plus", "free"],
        ),
        (field("contains"), plans.to_vec(), vec!["pro", "pro plus"]),
    ];
    for (when, creations, taken) in cases {
        assert_eq!(taken_by(&when, &creations).await, taken, "{when}");
    }
}

#[actix_web::test]
async fn s04_actions_set_a_priority_or_add_a_tag_once() {
    let app = TestApp::start().await;
    let any = json!({"condition": "priority_at_least", "value": "low"});
    let urgent = json!({"action": "set_priority", "priority": "urgent"});
    app.set_rules(&[rule(&any, &urgent)]).await;
    let created = app.create_with(&json!({})).await;
    assert_eq!(
        (&created["priority"], &created["version"]),
        (&json!("urgent"), &json!(1))
    );
    let id = created["id"].as_str().unwrap();
    let kinds = ["created", "message_added", "priority_changed"];
    assert_eq!(app.kinds(id).await, kinds);
    assert_eq!(app.why(id).await["reason"], "rule_does_not_assign");
    app.set_rules(&[rule(&any, &json!({"action": "add_tag", "tag": "new"}))])
        .await;
    let created = app.create_with(&json!({"tags": ["old"]})).await;
    assert_eq!(created["tags"], json!(["old", "new"]));
    // A tag that is there is not added twice (S03).
    let created = app.create_with(&json!({"tags": ["new"]})).await;
    assert_eq!(created["tags"], json!(["new"]));
    let id = created["id"].as_str().unwrap();
    assert_eq!(app.kinds(id).await, ["created", "message_added"]);
}

#[actix_web::test]
async fn x09_rules_count_their_matches_and_failures_and_keep_their_ids() {
    let app = TestApp::start().await;
    let ids = app.set_rules(&[subject_to("vip", &app.maya)]).await;
    app.create_with(&json!({"subject": "vip"})).await;
    app.update(&app.maya, &json!({"status": "deactivated"}))
        .await
        .expect_status(200);
    app.clock.advance(std::time::Duration::from_secs(60));
    let failed = app.create_with(&json!({"subject": "vip"})).await;
    app.create_with(&json!({"subject": "plain"})).await;
    let counted = |rules: &Value| {
        assert_eq!(rules["id"], json!(ids[0]), "{rules}");
        assert_eq!(rules["matched_count"], 2, "{rules}");
        assert_eq!(rules["failed_count"], 1);
        assert_eq!(rules["last_matched_at"], "2026-01-01T00:01:00.000Z");
        let failure = json!({"at": "2026-01-01T00:01:00.000Z", "reason": "target_not_eligible",
            "conversation_id": failed["id"]});
        assert_eq!(rules["last_failure"], failure);
        assert_eq!(rules["warnings"][0]["code"], "target_not_eligible");
    };
    let rules = app.rules().await;
    counted(rules.at("/items/0"));
    // Sent back as it came, with another one above it, it is the same rule. What cannot work must be
    // put right first.
    app.update(&app.maya, &json!({"status": "active"}))
        .await
        .expect_status(200);
    let sent_back = rules.at("/items/0").clone();
    let replaced = app
        .put_rules(&[subject_to("new", &app.sam), sent_back])
        .await
        .expect_status(200);
    assert_eq!(replaced.at("/items/1/id"), &json!(ids[0]));
    assert_eq!(replaced.at("/items/1/matched_count"), 2);
    assert_eq!(replaced.at("/items/0/matched_count"), 0);
    assert_eq!(replaced.at("/items/0/last_matched_at"), &Value::Null);
    // The counts are a fold of the log.
    let app = app.restart().await;
    assert_eq!(app.rules().await.at("/items/1/failed_count"), 1);
}

#[actix_web::test]
async fn x09_rules_that_cannot_work_are_refused_with_every_problem_at_once() {
    let app = TestApp::start().await;
    let assign = |user: &str| json!({"action": "assign", "user": user});
    let any = json!({"condition": "first_message"});
    let bad = [
        rule(&any, &assign(&app.stranger.id)),
        rule(&any, &assign(&app.viewer.id)),
        rule(&any, &json!({"action": "assign", "round_robin": "team_x"})),
        rule(
            &json!({"condition": "subject_contains", "value": ""}),
            &assign(&app.maya.id),
        ),
        rule(
            &json!({"condition": "first_message", "operator": "equals"}),
            &assign(&app.maya.id),
        ),
    ];
    let refused = app.put_rules(&bad).await.refused(422, "rule_invalid");
    let fields: Vec<_> = refused
        .at("/problems")
        .as_array()
        .unwrap()
        .iter()
        .map(|problem| problem["field"].as_str().unwrap().to_owned())
        .collect();
    let expected = [
        "items[0].then.user",
        "items[1].then.user",
        "items[2].then.round_robin",
        "items[3].when.value",
        "items[4].when.operator",
    ];
    assert_eq!(fields, expected);
    // Somebody of another workspace and somebody who does not exist get the same answer.
    let problems = refused.at("/problems");
    assert_eq!(problems[0]["detail"], problems[1]["detail"]);
    assert_eq!(app.rules().await.at("/version"), 0);
    let typed = json!({"items": [{"name": "x", "when": any, "then": assign(&app.maya.id),
        "whatever": 1}]});
    let ask = put("/v1/routing/rules", &typed)
        .if_match("*")
        .by(&app.owner);
    let refused = app.ask(ask).await.refused(400, "invalid_request");
    assert_eq!(refused.at("/field"), "items[0].whatever");
}

#[actix_web::test]
async fn x09_a_rule_that_is_never_reached_is_warned_about() {
    let app = TestApp::start().await;
    app.set_rules(&[everything_round("default"), subject_to("vip", &app.maya)])
        .await;
    let rules = app.rules().await;
    assert_eq!(rules.at("/items/0/warnings"), &json!([]));
    let warning = rules.at("/items/1/warnings/0");
    assert_eq!(warning["code"], "never_reached");
    assert_eq!(&warning["rule"], rules.at("/items/0/id"));
}

#[actix_web::test]
async fn rules_are_replaced_only_by_who_saw_them() {
    let app = TestApp::start().await;
    let read = app.rules().await;
    assert_eq!(read.header("etag"), Some("\"0\""));
    let body = json!({"items": [subject_to("a", &app.maya)]});
    let ask = || put("/v1/routing/rules", &body).by(&app.admin);
    app.ask(ask()).await.refused(428, "precondition_required");
    let replaced = app.ask(ask().if_match("\"0\"")).await.expect_status(200);
    assert_eq!(replaced.header("etag"), Some("\"1\""));
    assert_eq!(replaced.at("/version"), 1);
    let refused = app.ask(ask().if_match("\"0\"")).await;
    let refused = refused.refused(412, "version_mismatch");
    assert_eq!(refused.at("/current"), &replaced.body);
    // Sent back as it came nothing changes.
    let ask = put("/v1/routing/rules", &replaced.body).if_match("\"1\"");
    let same = app.ask(ask.by(&app.admin)).await.expect_status(200);
    assert_eq!(same.body, replaced.body);
    for person in [&app.maya, &app.viewer] {
        let ask = put("/v1/routing/rules", &body);
        app.ask(ask.by(person)).await.refused(403, "forbidden");
    }
    let read = get("/v1/routing/rules").by(&app.viewer);
    assert_eq!(app.ask(read).await.body, replaced.body);
}

#[actix_web::test]
async fn a_repeated_replacement_gets_the_first_answer() {
    let app = TestApp::start().await;
    let body = json!({"items": [subject_to("a", &app.maya)]});
    let ask = put("/v1/routing/rules", &body)
        .if_match("\"0\"")
        .keyed("once")
        .by(&app.owner);
    let first = app.ask(ask.clone()).await.expect_status(200);
    let again = app.ask(ask).await.expect_status(200);
    assert!(again.replayed());
    assert_eq!(again.body, first.body);
    assert_eq!(again.header("etag"), Some("\"1\""));
}

#[actix_web::test]
async fn there_are_only_so_many_rules() {
    let setup = crate::support::Setup::new().configured(|config| config.routing.rules_max = 1);
    let app = setup.start().await;
    let rules = [subject_to("a", &app.maya), subject_to("b", &app.maya)];
    let refused = app.put_rules(&rules).await.refused(422, "too_many_items");
    assert_eq!(refused.at("/max"), 1);
}
