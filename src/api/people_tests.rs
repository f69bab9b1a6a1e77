//! Tests of users, profiles, the picker and the switch, request by request.

use serde_json::{Value, json};

use super::testing::{Bench, get, patch, post, put};
use crate::domain::Scope;

fn names(body: &Value) -> Vec<&str> {
    let items = body.get("items").and_then(Value::as_array).unwrap();
    items
        .iter()
        .filter_map(|item| item["name"].as_str())
        .collect()
}

fn new_user(email: &str) -> Value {
    json!({"name": "Nora", "email": email, "role": "agent"})
}

#[actix_web::test]
async fn a_person_is_added_shown_and_changed() {
    let bench = Bench::new().await;
    let body = json!({"name": " Nora ", "email": "Nora@acme.test", "role": "light_agent"});
    let created = bench
        .ask(post("/v1/users", body).by(&bench.admin))
        .await
        .expect(201);
    assert_eq!(created.body["name"], "Nora");
    assert_eq!(created.body["email"], "Nora@acme.test");
    assert_eq!(created.body["role"], "viewer");
    assert_eq!(created.body["status"], "active");
    assert!(created.text("/created_at").ends_with('Z'));
    let path = format!("/v1/users/{}", created.text("/id"));
    assert_eq!(created.header("location"), Some(&*path));
    assert_eq!(created.body.as_object().unwrap().len(), 6);

    let change = json!({"name": "Eleonora", "role": "agent", "status": "deactivated"});
    let changed = bench
        .ask(patch(&path, change).by(&bench.owner))
        .await
        .expect(200);
    assert_eq!(changed.body["name"], "Eleonora");
    assert_eq!(changed.body["role"], "agent");
    assert_eq!(changed.body["status"], "deactivated");
    let unchanged = bench.ask(patch(&path, json!({})).by(&bench.owner)).await;
    assert_eq!(unchanged.expect(200).body, changed.body);
}

#[actix_web::test]
async fn people_are_listed_page_by_page() {
    let bench = Bench::new().await;
    let first = bench
        .ask(get("/v1/users?limit=3").by(&bench.viewer))
        .await
        .expect(200);
    assert_eq!(names(&first.body), ["Maya", "Ada", "Sam"]);
    let path = format!("/v1/users?limit=3&cursor={}", first.text("/next_cursor"));
    let last = bench.ask(get(&path).by(&bench.viewer)).await.expect(200);
    assert_eq!(names(&last.body), ["Vera"]);
    assert_eq!(last.body["next_cursor"], Value::Null);
    let all = bench.ask(get("/v1/users?limit=4").by(&bench.agent)).await;
    assert_eq!(all.expect(200).body["next_cursor"], Value::Null);
    for bad in ["limit=0", "limit=201", "limit=x", "cursor=x"] {
        let refused = bench
            .ask(get(&format!("/v1/users?{bad}")).by(&bench.agent))
            .await;
        refused.refused(400, "invalid_request");
    }
}

#[actix_web::test]
async fn only_owners_and_admins_change_people() {
    let bench = Bench::new().await;
    let service = bench
        .service(&[Scope::Read, Scope::Inbound, Scope::Ai])
        .await;
    let path = format!("/v1/users/{}", bench.agent.id);
    let with_password = json!({
        "name": "Nora", "email": "nora@acme.test", "role": "agent", "password": "long enough"
    });
    for token in [&bench.agent.token, &bench.viewer.token, &service] {
        for ask in [
            post("/v1/users", new_user("nora@acme.test")),
            post("/v1/users", with_password.clone()),
            patch(&path, json!({"name": "Samuel"})),
            put("/v1/autopilot", json!({"enabled": true})),
        ] {
            bench.ask(ask.bearer(token)).await.refused(403, "forbidden");
        }
    }
    bench
        .ask(get("/v1/users"))
        .await
        .refused(401, "unauthenticated");
}

#[actix_web::test]
async fn reading_takes_a_person_or_the_scope_read() {
    let bench = Bench::new().await;
    let reader = bench.service(&[Scope::Read]).await;
    let others = bench.service(&[Scope::Inbound, Scope::Ai]).await;
    for path in ["/v1/users", "/v1/assignees", "/v1/autopilot"] {
        bench.ask(get(path).bearer(&reader)).await.expect(200);
        bench.ask(get(path).by(&bench.viewer)).await.expect(200);
        let refused = bench.ask(get(path).bearer(&others)).await;
        refused.refused(403, "forbidden");
    }
}

#[actix_web::test]
async fn addresses_are_unique_and_a_last_owner_stays() {
    let bench = Bench::new().await;
    let taken = bench
        .ask(post("/v1/users", new_user("SAM@acme.test")).by(&bench.owner))
        .await;
    taken.refused(409, "email_taken");
    let owner = format!("/v1/users/{}", bench.owner.id);
    for change in [json!({"role": "admin"}), json!({"status": "deactivated"})] {
        let refused = bench.ask(patch(&owner, change).by(&bench.admin)).await;
        refused.refused(409, "last_owner");
    }
    let metrics = bench.ask(get("/metrics")).await.expect(200);
    let text = metrics.text("");
    for line in [
        "ochre_conflicts_total{code=\"email_taken\"} 1",
        "ochre_conflicts_total{code=\"last_owner\"} 2",
    ] {
        assert!(text.contains(line), "{line}");
    }
}

#[actix_web::test]
async fn what_is_not_well_formed_is_refused_and_named() {
    let bench = Bench::new().await;
    for (body, named) in [
        (
            json!({"name": "", "email": "n@acme.test", "role": "agent"}),
            "name",
        ),
        (
            json!({"name": "N", "email": "acme.test", "role": "agent"}),
            "email",
        ),
        (
            json!({"name": "N", "email": "n@acme.test", "role": "boss"}),
            "boss",
        ),
        (json!({"name": "N", "email": "n@acme.test"}), "role"),
        (
            json!({"name": "N", "email": "n@acme.test", "role": "agent", "password": "short"}),
            "password",
        ),
        (
            json!({"name": "N", "email": "n@acme.test", "role": "agent", "age": 7}),
            "age",
        ),
    ] {
        let refused = bench.ask(post("/v1/users", body).by(&bench.owner)).await;
        let refused = refused.refused(400, "invalid_request");
        assert!(refused.text("/detail").contains(named), "{refused:?}");
    }
}

#[actix_web::test]
async fn whoever_is_not_here_is_not_found() {
    let bench = Bench::new().await;
    let other = bench.ground.add_workspace("Other", "olaf@other.test").await;
    let stranger = other.directory().users().next().unwrap().id;
    let nobody = "usr_0000000000000000000000000000dead".to_owned();
    for id in [stranger.to_string(), nobody, "tok_1".to_owned()] {
        let ask = patch(&format!("/v1/users/{id}"), json!({"name": "Mallory"}));
        bench
            .ask(ask.by(&bench.owner))
            .await
            .refused(404, "not_found");
    }
}

#[actix_web::test]
async fn the_same_request_with_its_key_adds_one_person() {
    let bench = Bench::new().await;
    let ask = |email| {
        post("/v1/users", new_user(email))
            .by(&bench.owner)
            .keyed("k-1")
    };
    let first = bench.ask(ask("nora@acme.test")).await.expect(201);
    assert_eq!(first.header("idempotency-replayed"), None);
    let again = bench.ask(ask("nora@acme.test")).await.expect(201);
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
    assert_eq!(again.header("location"), first.header("location"));
    assert_eq!(again.body, first.body);
    let reused = bench.ask(ask("other@acme.test")).await;
    reused.refused(422, "idempotency_key_reused");

    // A refusal is remembered as well, and an answer about an unchanged person.
    let taken = || {
        post("/v1/users", new_user("sam@acme.test"))
            .by(&bench.owner)
            .keyed("k-2")
    };
    bench.ask(taken()).await.refused(409, "email_taken");
    let again = bench.ask(taken()).await.refused(409, "email_taken");
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
    let path = format!("/v1/users/{}", bench.agent.id);
    let same = || {
        patch(&path, json!({"name": "Sam"}))
            .by(&bench.owner)
            .keyed("k-3")
    };
    let first = bench.ask(same()).await.expect(200);
    assert_eq!(bench.ask(same()).await.expect(200).body, first.body);
}

#[actix_web::test]
async fn a_deactivated_person_is_nobody_from_then_on() {
    let bench = Bench::new().await;
    let path = format!("/v1/users/{}", bench.agent.id);
    let sign_in = json!({"email": "sam@acme.test", "password": super::testing::PASSWORD});
    let session = bench
        .ask(post("/v1/session", sign_in.clone()))
        .await
        .expect(200)
        .session();
    bench.ask(get("/v1/me").cookie(&session)).await.expect(200);
    let deactivate = patch(&path, json!({"status": "deactivated"}));
    bench.ask(deactivate.by(&bench.owner)).await.expect(200);
    for ask in [
        get("/v1/me").by(&bench.agent),
        get("/v1/me").cookie(&session),
    ] {
        bench.ask(ask).await.refused(401, "unauthenticated");
    }
    let refused = bench.ask(post("/v1/session", sign_in)).await;
    refused.refused(401, "invalid_credentials");
    let picker = bench.ask(get("/v1/assignees").by(&bench.owner)).await;
    assert_eq!(names(&picker.expect(200).body), ["Maya", "Ada"]);

    // Activated again, the token is good again, the session is not.
    let activate = patch(&path, json!({"status": "active"}));
    bench.ask(activate.by(&bench.owner)).await.expect(200);
    bench.ask(get("/v1/me").by(&bench.agent)).await.expect(200);
    let ended = bench.ask(get("/v1/me").cookie(&session)).await;
    ended.refused(401, "unauthenticated");
}

#[actix_web::test]
async fn the_picker_has_the_caller_first_and_finds_by_name_or_address() {
    let bench = Bench::new().await;
    let all = bench.ask(get("/v1/assignees").by(&bench.agent)).await;
    assert_eq!(names(&all.expect(200).body), ["Sam", "Ada", "Maya"]);
    let by_viewer = bench.ask(get("/v1/assignees").by(&bench.viewer)).await;
    let by_viewer = by_viewer.expect(200);
    assert_eq!(names(&by_viewer.body), ["Ada", "Maya", "Sam"]);
    assert_eq!(
        by_viewer.body["items"][0],
        json!({"id": bench.admin.id, "name": "Ada", "role": "admin", "open_count": 0})
    );
    for (query, found) in [
        ("MAYA", vec!["Maya"]),
        ("a", vec!["Sam", "Ada", "Maya"]),
        ("sam%40", vec!["Sam"]),
        ("nobody", vec![]),
    ] {
        let ask = get(&format!("/v1/assignees?query={query}")).by(&bench.agent);
        assert_eq!(names(&bench.ask(ask).await.expect(200).body), found);
    }
}

#[actix_web::test]
async fn the_picker_comes_in_pages() {
    let bench = Bench::new().await;
    let page = async |query: &str| {
        let ask = get(&format!("/v1/assignees?{query}")).by(&bench.agent);
        bench.ask(ask).await
    };
    let first = page("limit=2").await.expect(200);
    assert_eq!(names(&first.body), ["Sam", "Ada"]);
    let cursor = first.text("/next_cursor").to_owned();
    let last = page(&format!("limit=2&cursor={cursor}")).await.expect(200);
    assert_eq!(names(&last.body), ["Maya"]);
    assert_eq!(last.body["next_cursor"], json!(null));
    for bad in ["limit=0", "limit=201", "limit=many", "limit=", "cursor=x"] {
        page(bad).await.refused(400, "invalid_request");
    }
}

#[actix_web::test]
async fn the_switch_is_turned_and_says_where_to_land() {
    let bench = Bench::new().await;
    let read = || get("/v1/autopilot").by(&bench.viewer);
    assert_eq!(bench.ask(read()).await.body["enabled"], false);
    let me = || get("/v1/me").by(&bench.agent);
    assert_eq!(bench.ask(me()).await.body["landing_filter"], "all");
    for _ in 0..2 {
        let turn = put("/v1/autopilot", json!({"enabled": true})).by(&bench.admin);
        assert_eq!(bench.ask(turn).await.expect(200).body["enabled"], true);
    }
    assert_eq!(bench.ask(read()).await.body["enabled"], true);
    assert_eq!(bench.ask(me()).await.body["landing_filter"], "ai_queue");
}

#[actix_web::test]
async fn one_sees_and_changes_ones_own_profile() {
    let bench = Bench::new().await;
    let me = bench.ask(get("/v1/me").by(&bench.viewer)).await.expect(200);
    assert_eq!(me.body["workspace"]["name"], "Acme");
    assert_eq!(me.body["workspace"]["time_zone"], "Europe/Berlin");
    assert_eq!(me.text("/workspace/id"), bench.workspace.id().to_string());
    let before = &me.body["principal"];
    assert_eq!(before["kind"], "user");
    assert_eq!(before["role"], "viewer");
    assert_eq!(before["time_zone"], Value::Null);
    let change = json!({
        "name": "Vera B.", "time_zone": "america/new_york", "slack_user_id": "U1"
    });
    let changed = bench.ask(patch("/v1/me", change).by(&bench.viewer)).await;
    let changed = changed.expect(200);
    assert_eq!(changed.body["kind"], "user");
    assert_eq!(changed.body["name"], "Vera B.");
    assert_eq!(changed.body["time_zone"], "America/New_York");
    assert_eq!(changed.body["slack_user_id"], "U1");
    let unlinked = bench
        .ask(patch("/v1/me", json!({"slack_user_id": null})).by(&bench.viewer))
        .await
        .expect(200);
    assert_eq!(unlinked.body["slack_user_id"], Value::Null);
    assert_eq!(unlinked.body["time_zone"], "America/New_York");
    for bad in [
        json!({"time_zone": "Mars/Olympus"}),
        json!({"password": "short"}),
        json!({"name": " "}),
        json!({"slack_user_id": "@vera"}),
        json!({"role": "owner"}),
    ] {
        let refused = bench.ask(patch("/v1/me", bad).by(&bench.viewer)).await;
        refused.refused(400, "invalid_request");
    }
}

#[actix_web::test]
async fn a_service_sees_itself_and_has_no_profile() {
    let bench = Bench::new().await;
    let service = bench.service(&[Scope::Inbound]).await;
    let me = bench.ask(get("/v1/me").bearer(&service)).await.expect(200);
    assert_eq!(me.body["principal"]["kind"], "service");
    assert_eq!(me.body["principal"]["scopes"], json!(["inbound"]));
    assert!(me.text("/principal/id").starts_with("tok_"));
    let refused = bench
        .ask(patch("/v1/me", json!({"name": "Robot"})).bearer(&service))
        .await;
    refused.refused(403, "forbidden");
}
