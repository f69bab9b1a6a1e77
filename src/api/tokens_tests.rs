//! Tests of tokens: who makes, sees and revokes which.

use serde_json::{Value, json};

use super::testing::{Bench, delete, get, post};
use crate::domain::Scope;

fn own(name: &str) -> Value {
    json!({"name": name, "kind": "user"})
}

#[actix_web::test]
async fn a_token_is_shown_once_and_works_until_it_is_revoked() {
    let bench = Bench::new().await;
    let made = bench
        .ask(post("/v1/tokens", own("laptop")).by(&bench.viewer))
        .await
        .expect(201);
    assert_eq!(made.body["kind"], "user");
    assert_eq!(made.body["name"], "laptop");
    assert_eq!(made.text("/user"), bench.viewer.id.to_string());
    assert_eq!(made.body.get("scopes"), None);
    let secret = made.text("/token");
    let me = bench.ask(get("/v1/me").bearer(secret)).await.expect(200);
    assert_eq!(me.body["principal"]["name"], "Vera");

    let listed = bench
        .ask(get("/v1/tokens").by(&bench.viewer))
        .await
        .expect(200);
    assert_eq!(listed.body["items"].as_array().unwrap().len(), 2);
    assert!(!listed.body.to_string().contains(secret));
    let path = format!("/v1/tokens/{}", made.text("/id"));
    bench.ask(delete(&path).by(&bench.viewer)).await.expect(204);
    let revoked = bench.ask(get("/v1/me").bearer(secret)).await;
    revoked.refused(401, "unauthenticated");
    let again = bench.ask(delete(&path).by(&bench.owner)).await;
    again.refused(404, "not_found");
}

#[actix_web::test]
async fn owners_and_admins_make_them_for_others_and_for_services() {
    let bench = Bench::new().await;
    let for_sam = json!({"name": "n", "kind": "user", "user": bench.agent.id});
    let made = bench
        .ask(post("/v1/tokens", for_sam.clone()).by(&bench.admin))
        .await;
    let made = made.expect(201);
    let me = bench.ask(get("/v1/me").bearer(made.text("/token"))).await;
    assert_eq!(me.expect(200).body["principal"]["name"], "Sam");
    let service = json!({"name": "widget", "kind": "service", "scopes": ["read", "inbound"]});
    let made = bench
        .ask(post("/v1/tokens", service.clone()).by(&bench.owner))
        .await;
    let made = made.expect(201);
    assert_eq!(made.body["scopes"], json!(["inbound", "read"]));
    assert_eq!(made.body.get("user"), None);
    let me = bench.ask(get("/v1/me").bearer(made.text("/token"))).await;
    assert_eq!(me.expect(200).body["principal"]["kind"], "service");

    for body in [for_sam, service] {
        let refused = bench.ask(post("/v1/tokens", body).by(&bench.viewer)).await;
        refused.refused(403, "forbidden");
    }
}

#[actix_web::test]
async fn a_token_is_for_a_user_or_a_service_and_never_for_both() {
    let bench = Bench::new().await;
    for bad in [
        json!({"name": "n", "kind": "service"}),
        json!({"name": "n", "kind": "service", "scopes": []}),
        json!({"name": "n", "kind": "service", "scopes": ["all"]}),
        json!({"name": "n", "kind": "service", "scopes": ["read"], "user": bench.agent.id}),
        json!({"name": "n", "kind": "user", "scopes": ["read"]}),
        json!({"name": "n"}),
        json!({"name": "", "kind": "user"}),
    ] {
        let refused = bench.ask(post("/v1/tokens", bad).by(&bench.owner)).await;
        refused.refused(400, "invalid_request");
    }
    let other = bench.ground.add_workspace("Other", "olaf@other.test").await;
    let stranger = other.directory().users().next().unwrap().id.to_string();
    for id in ["usr_0000000000000000000000000000dead", &stranger, "Sam"] {
        let body = json!({"name": "n", "kind": "user", "user": id});
        let refused = bench.ask(post("/v1/tokens", body).by(&bench.owner)).await;
        let refused = refused.refused(422, "invalid_reference");
        assert_eq!(refused.text("/field"), "user");
    }
}

#[actix_web::test]
async fn everyone_sees_their_own_tokens_and_owners_all() {
    let bench = Bench::new().await;
    let service = bench.service(&[Scope::Read]).await;
    let own = bench
        .ask(get("/v1/tokens").by(&bench.agent))
        .await
        .expect(200);
    let items = own.body["items"].as_array().unwrap();
    assert_eq!(items.len(), 1);
    assert_eq!(own.text("/items/0/user"), bench.agent.id.to_string());
    let agents = format!("/v1/tokens/{}", own.text("/items/0/id"));

    let mut path = "/v1/tokens?limit=2".to_owned();
    let mut seen = Vec::new();
    loop {
        let page = bench.ask(get(&path).by(&bench.admin)).await.expect(200);
        let items = page.body["items"].as_array().unwrap();
        seen.extend(
            items
                .iter()
                .map(|item| item["kind"].as_str().unwrap().to_owned()),
        );
        match page.body["next_cursor"].as_str() {
            Some(cursor) => path = format!("/v1/tokens?limit=2&cursor={cursor}"),
            None => break,
        }
    }
    assert_eq!(seen, ["user", "user", "user", "user", "service"]);

    // A program never sees one, and nobody learns whether there is one that is not their own.
    let refused = bench.ask(get("/v1/tokens").bearer(&service)).await;
    refused.refused(403, "forbidden");
    let refused =
        bench.ask(post("/v1/tokens", json!({"name": "n", "kind": "user"})).bearer(&service));
    refused.await.refused(403, "forbidden");
    for token in [&bench.viewer.token, &service] {
        for path in [agents.as_str(), "/v1/tokens/tok_1", "/v1/tokens/usr_1"] {
            let refused = bench.ask(delete(path).bearer(token)).await;
            refused.refused(403, "forbidden");
        }
    }
    let refused = bench.ask(delete("/v1/tokens/usr_1").by(&bench.owner)).await;
    refused.refused(404, "not_found");
    bench
        .ask(delete(&agents).by(&bench.admin))
        .await
        .expect(204);
    let revoked = bench.ask(get("/v1/me").by(&bench.agent)).await;
    revoked.refused(401, "unauthenticated");
}

#[actix_web::test]
async fn an_answer_given_again_has_no_secret() {
    let bench = Bench::new().await;
    let ask = |name| post("/v1/tokens", own(name)).by(&bench.agent).keyed("k-1");
    let first = bench.ask(ask("laptop")).await.expect(201);
    assert!(first.text("/token").starts_with("ochre_tok_"));
    let again = bench.ask(ask("laptop")).await.expect(201);
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
    assert_eq!(again.body["token"], Value::Null);
    assert_eq!(again.body["id"], first.body["id"]);
    assert_eq!(again.body.get("token"), Some(&Value::Null));
    let reused = bench.ask(ask("phone")).await;
    reused.refused(422, "idempotency_key_reused");
    let listed = bench.ask(get("/v1/tokens").by(&bench.agent)).await;
    assert_eq!(
        listed.expect(200).body["items"].as_array().unwrap().len(),
        2
    );
}

#[actix_web::test]
async fn there_are_only_so_many_tokens_of_one_person() {
    let bench = Bench::with(|config| config.limits.tokens_per_user_max = 2).await;
    bench
        .ask(post("/v1/tokens", own("a")).by(&bench.agent))
        .await
        .expect(201);
    let refused = bench
        .ask(post("/v1/tokens", own("b")).by(&bench.agent))
        .await;
    refused.refused(422, "too_many_items");
}

#[actix_web::test]
async fn there_are_only_so_many_tokens_of_services() {
    let bench = Bench::with(|config| config.limits.service_tokens_max = 1).await;
    let ask = || {
        let service = json!({"name": "bot", "kind": "service", "scopes": ["read"]});
        post("/v1/tokens", service).by(&bench.owner)
    };
    let made = bench.ask(ask()).await.expect(201);
    let refused = bench.ask(ask()).await.refused(422, "too_many_items");
    assert_eq!(refused.body["max"], 1);
    let detail = refused.body["detail"].as_str().unwrap();
    assert!(detail.contains("tokens of services"), "{detail}");
    let path = format!("/v1/tokens/{}", made.body["id"].as_str().unwrap());
    bench.ask(delete(&path).by(&bench.owner)).await.expect(204);
    bench.ask(ask()).await.expect(201);
}
