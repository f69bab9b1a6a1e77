//! Tests of signing in and out, the cookie, and the limits of a caller.

use std::time::Duration;

use serde_json::json;

use super::testing::{Ask, Bench, ORIGIN, PASSWORD, delete, get, patch, post};

fn sign_in(email: &str, password: &str) -> Ask {
    post("/v1/session", json!({"email": email, "password": password}))
}

async fn session(bench: &Bench, email: &str) -> String {
    bench
        .ask(sign_in(email, PASSWORD))
        .await
        .expect(200)
        .session()
}

#[actix_web::test]
async fn a_session_begins_with_a_password_and_ends_with_signing_out() {
    let bench = Bench::new().await;
    let signed_in = bench
        .ask(sign_in("SAM@acme.test", PASSWORD))
        .await
        .expect(200);
    assert_eq!(signed_in.body["user"]["name"], "Sam");
    assert_eq!(signed_in.body["user"].get("password_hash"), None);
    assert_eq!(signed_in.body["workspace"]["name"], "Acme");
    let cookie = signed_in.header("set-cookie").unwrap();
    for part in ["HttpOnly", "SameSite=Strict", "Path=/", "Max-Age=1209600"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    assert!(!cookie.contains("Secure"), "{cookie}");

    let secret = signed_in.session();
    let me = bench.ask(get("/v1/me").cookie(&secret)).await.expect(200);
    assert_eq!(me.body["principal"]["name"], "Sam");
    let out = delete("/v1/session")
        .cookie(&secret)
        .header("origin", ORIGIN);
    let out = bench.ask(out).await.expect(204);
    assert_eq!(out.session(), "");
    assert!(out.header("set-cookie").unwrap().contains("Max-Age=0"));
    let ended = bench.ask(get("/v1/me").cookie(&secret)).await;
    ended.refused(401, "unauthenticated");
}

#[actix_web::test]
async fn the_cookie_is_secure_where_the_site_is() {
    let bench = Bench::with(|config| {
        config.server.public_url = "https://desk.test".to_owned();
    })
    .await;
    let signed_in = bench
        .ask(sign_in("sam@acme.test", PASSWORD))
        .await
        .expect(200);
    let cookie = signed_in.header("set-cookie").unwrap();
    assert!(cookie.contains("; Secure"), "{cookie}");
}

#[actix_web::test]
async fn wrong_and_unknown_get_the_same_answer() {
    let bench = Bench::new().await;
    let add = json!({"name": "Nora", "email": "nora@acme.test", "role": "agent"});
    bench
        .ask(post("/v1/users", add).by(&bench.owner))
        .await
        .expect(201);
    let mut answers = Vec::new();
    for (email, password) in [
        ("sam@acme.test", "wrong horse"),
        ("nobody@acme.test", PASSWORD),
        // She has no password.
        ("nora@acme.test", ""),
    ] {
        let answer = bench.ask(sign_in(email, password)).await;
        let mut answer = answer.refused(401, "invalid_credentials");
        answer.body.as_object_mut().unwrap().remove("request_id");
        answers.push(answer.body);
    }
    assert_eq!(answers[0], answers[1]);
    assert_eq!(answers[0], answers[2]);
    for body in [
        json!({"email": "sam@acme.test"}),
        json!({"email": 1, "password": "x"}),
    ] {
        let refused = bench.ask(post("/v1/session", body)).await;
        refused.refused(400, "invalid_request");
    }
    let long = sign_in("sam@acme.test", &"x".repeat(1025));
    bench.ask(long).await.refused(400, "invalid_request");
}

#[actix_web::test]
async fn one_address_in_several_workspaces_opens_the_one_with_the_password() {
    let bench = Bench::new().await;
    let other = bench.ground.add_workspace("Other", "sam@acme.test").await;
    let sam = other.directory().users().next().unwrap().id;
    // In both it is the same password: the older workspace is opened.
    let first = bench
        .ask(sign_in("sam@acme.test", PASSWORD))
        .await
        .expect(200);
    assert_eq!(first.body["workspace"]["name"], "Acme");
    let change = json!({"password": "another horse"});
    bench
        .ask(patch("/v1/me", change).by(&bench.agent))
        .await
        .expect(200);
    let second = bench
        .ask(sign_in("sam@acme.test", PASSWORD))
        .await
        .expect(200);
    assert_eq!(second.body["workspace"]["name"], "Other");
    assert_eq!(second.text("/user/id"), sam.to_string());
    let third = bench.ask(sign_in("sam@acme.test", "another horse")).await;
    assert_eq!(third.expect(200).body["workspace"]["name"], "Acme");
}

#[actix_web::test]
async fn a_change_with_the_cookie_needs_an_origin_of_this_site() {
    let bench = Bench::new().await;
    let secret = session(&bench, "sam@acme.test").await;
    let change = || patch("/v1/me", json!({"name": "Samuel"})).cookie(&secret);
    for ask in [
        change(),
        change().header("origin", "http://evil.test"),
        change().header("origin", "null"),
    ] {
        bench.ask(ask).await.refused(403, "origin_not_allowed");
    }
    bench
        .ask(change().header("origin", ORIGIN))
        .await
        .expect(200);
    // Where the site is has been configured, so the host of a request says nothing.
    let own_host = change().header("host", "10.0.0.7:8080");
    let own_host = own_host.header("origin", "http://10.0.0.7:8080");
    let refused = bench.ask(own_host).await;
    refused.refused(403, "origin_not_allowed");
    // Reading takes no origin, and a token none either.
    bench.ask(get("/v1/me").cookie(&secret)).await.expect(200);
    let with_token = patch("/v1/me", json!({"name": "Sam"})).by(&bench.agent);
    bench.ask(with_token).await.expect(200);

    let elsewhere = sign_in("sam@acme.test", PASSWORD).header("origin", "http://evil.test");
    bench
        .ask(elsewhere)
        .await
        .refused(403, "origin_not_allowed");
    let here = sign_in("sam@acme.test", PASSWORD).header("origin", ORIGIN);
    bench.ask(here).await.expect(200);
}

#[actix_web::test]
async fn where_the_site_is_not_configured_it_is_the_scheme_and_host_of_the_request() {
    let bench = Bench::with(|config| {
        config.server.public_url = String::new();
        config.server.allowed_origins = vec!["https://intranet.test".to_owned()];
    })
    .await;
    let secret = session(&bench, "sam@acme.test").await;
    let change = |origin: &str| {
        patch("/v1/me", json!({"name": "Samuel"}))
            .cookie(&secret)
            .header("host", "10.0.0.7:8080")
            .header("origin", origin)
    };
    for good in ["http://10.0.0.7:8080", "https://intranet.test"] {
        bench.ask(change(good)).await.expect(200);
    }
    for bad in [
        "https://10.0.0.7:8080",
        "http://10.0.0.7",
        "ftp://10.0.0.7:8080",
        "10.0.0.7:8080",
        "",
    ] {
        let refused = bench.ask(change(bad)).await;
        refused.refused(403, "origin_not_allowed");
    }
    let behind_tls = change("https://10.0.0.7:8080").header("x-forwarded-proto", "https");
    bench.ask(behind_tls).await.expect(200);
}

#[actix_web::test]
async fn a_token_has_no_session_to_end() {
    let bench = Bench::new().await;
    let refused = bench.ask(delete("/v1/session").by(&bench.agent)).await;
    refused.refused(400, "invalid_request");
    bench
        .ask(delete("/v1/session"))
        .await
        .refused(401, "unauthenticated");
}

#[actix_web::test]
async fn a_session_ends_by_itself() {
    let bench = Bench::new().await;
    let secret = session(&bench, "sam@acme.test").await;
    bench
        .ground
        .clock
        .advance(Duration::from_secs(14 * 86_400 - 1));
    bench.ask(get("/v1/me").cookie(&secret)).await.expect(200);
    bench.ground.clock.advance(Duration::from_secs(1));
    let ended = bench.ask(get("/v1/me").cookie(&secret)).await;
    ended.refused(401, "unauthenticated");
}

#[actix_web::test]
async fn the_oldest_session_makes_room() {
    let bench = Bench::with(|config| config.limits.sessions_per_user_max = 2).await;
    let mut secrets = Vec::new();
    for _ in 0..3 {
        secrets.push(session(&bench, "sam@acme.test").await);
        bench.ground.clock.advance(Duration::from_secs(1));
    }
    let oldest = bench.ask(get("/v1/me").cookie(&secrets[0])).await;
    oldest.refused(401, "unauthenticated");
    for secret in &secrets[1..] {
        bench.ask(get("/v1/me").cookie(secret)).await.expect(200);
    }
}

#[actix_web::test]
async fn a_new_password_ends_every_other_session() {
    let bench = Bench::new().await;
    let here = session(&bench, "sam@acme.test").await;
    let elsewhere = session(&bench, "sam@acme.test").await;
    let change = patch("/v1/me", json!({"password": "another horse"}));
    let change = change.cookie(&here).header("origin", ORIGIN);
    bench.ask(change).await.expect(200);
    bench.ask(get("/v1/me").cookie(&here)).await.expect(200);
    let ended = bench.ask(get("/v1/me").cookie(&elsewhere)).await;
    ended.refused(401, "unauthenticated");
    bench.ask(get("/v1/me").by(&bench.agent)).await.expect(200);
    let old = bench.ask(sign_in("sam@acme.test", PASSWORD)).await;
    old.refused(401, "invalid_credentials");
    bench
        .ask(sign_in("sam@acme.test", "another horse"))
        .await
        .expect(200);
}

#[actix_web::test]
async fn failures_are_limited_and_successes_are_not() {
    let bench = Bench::with(|config| config.limits.failed_sign_ins_per_minute = 2).await;
    for _ in 0..4 {
        bench
            .ask(sign_in("sam@acme.test", PASSWORD))
            .await
            .expect(200);
    }
    for _ in 0..2 {
        let wrong = bench.ask(sign_in("sam@acme.test", "wrong horse")).await;
        wrong.refused(401, "invalid_credentials");
    }
    bench.ground.clock.advance(Duration::from_millis(15_500));
    for password in ["wrong horse", PASSWORD] {
        let limited = bench.ask(sign_in("Sam@acme.test", password)).await;
        let limited = limited.refused(429, "rate_limited");
        assert_eq!(limited.header("retry-after"), Some("45"));
    }
    bench
        .ask(sign_in("ada@acme.test", PASSWORD))
        .await
        .expect(200);
    bench.ground.clock.advance(Duration::from_millis(44_500));
    bench
        .ask(sign_in("sam@acme.test", PASSWORD))
        .await
        .expect(200);
    let metrics = bench.ask(get("/metrics")).await;
    assert!(metrics.text("").contains("ochre_sign_ins_failed_total 2"));
}

#[actix_web::test]
async fn guesses_sent_all_at_once_learn_no_more_than_the_limit() {
    let bench = Bench::with(|config| config.limits.failed_sign_ins_per_minute = 2).await;
    let guesses = ["a", "b", "c", "d", "e", PASSWORD];
    let attempts = guesses.map(|guess| bench.ask(sign_in("sam@acme.test", guess)));
    let answers = futures_util::future::join_all(attempts).await;
    let wrong = answers.iter().filter(|one| one.status.as_u16() == 401);
    assert_eq!(wrong.count(), 2);
    let limited = answers.iter().filter(|one| one.status.as_u16() == 429);
    // The right one is told only if it was compared before the limit was reached.
    assert!(limited.count() >= 3);
}

#[actix_web::test]
async fn passwords_that_wait_too_long_are_refused_as_overload() {
    let bench = Bench::with(|config| {
        config.auth.hashing_threads_max = 1;
        config.auth.hashing_queue_max = 0;
    })
    .await;
    let attempts = (0..8).map(|_| bench.ask(sign_in("sam@acme.test", PASSWORD)));
    let answers = futures_util::future::join_all(attempts).await;
    let statuses: Vec<_> = answers.iter().map(|one| one.status.as_u16()).collect();
    assert!(statuses.contains(&200), "{statuses:?}");
    for answer in answers {
        if answer.status.as_u16() != 200 {
            let refused = answer.refused(503, "overloaded");
            assert_eq!(refused.header("retry-after"), Some("1"));
        }
    }
}

#[actix_web::test]
async fn one_caller_may_ask_so_fast_and_no_faster() {
    let bench = Bench::with(|config| {
        config.limits.requests_per_second_per_caller = 1;
        config.limits.requests_burst_per_caller = 2;
    })
    .await;
    let ask = || get("/v1/me").by(&bench.agent);
    for _ in 0..2 {
        bench.ask(ask()).await.expect(200);
    }
    let limited = bench.ask(ask()).await.refused(429, "rate_limited");
    assert_eq!(limited.header("retry-after"), Some("1"));
    bench.ask(get("/v1/me").by(&bench.viewer)).await.expect(200);
    bench.ask(get("/healthz")).await.expect(200);
    bench.ground.clock.advance(Duration::from_secs(1));
    bench.ask(ask()).await.expect(200);
}
