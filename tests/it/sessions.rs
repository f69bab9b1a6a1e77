//! Signing in with a password, the cookie as a browser keeps it, and signing out.

use serde_json::{Value, json};

use crate::support::{Answer, Ask, TestApp, delete, get, patch, post};

const PASSWORD: &str = "correct horse";
/// The site as the test client's `Host` names it.
const SITE: &str = "http://desk.test";

/// Gives Maya a password, and signs her in. The cookie, without its attributes.
async fn signed_in(app: &TestApp) -> String {
    let password = patch("/v1/me", &json!({"password": PASSWORD})).by(&app.maya);
    app.ask(password).await.expect_status(200);
    let answer = app.ask(sign_in(PASSWORD)).await.expect_status(200);
    assert_eq!(answer.at("/user/name"), "Maya");
    assert_eq!(answer.at("/workspace/name"), "Acme");
    cookie(&answer)
}

fn sign_in(password: &str) -> Ask {
    post(
        "/v1/session",
        &json!({"email": "maya@acme.test", "password": password}),
    )
}

fn cookie(answer: &Answer) -> String {
    let header = answer.header("set-cookie").unwrap();
    for part in ["HttpOnly", "SameSite=Strict", "Path=/"] {
        assert!(header.contains(part), "{header}");
    }
    let (cookie, _attributes) = header.split_once(';').unwrap();
    assert!(cookie.starts_with("ochre_session="), "{header}");
    cookie.to_owned()
}

#[actix_web::test]
async fn a_browser_signs_in_works_and_signs_out() {
    let app = TestApp::start().await;
    let cookie = signed_in(&app).await;
    let id = app.create().await;
    let with_cookie = |ask: Ask| ask.header("cookie", &cookie);
    let me = app.ask(with_cookie(get("/v1/me"))).await.expect_status(200);
    assert_eq!(me.at("/principal/id"), &json!(app.maya.id));

    // A change needs to come from this site; reading does not.
    let claim = || {
        let claim = post(&format!("/v1/conversations/{id}/claim"), &Value::Null);
        with_cookie(claim)
    };
    for ask in [
        claim(),
        claim().header("origin", "http://evil.test"),
        claim().header("origin", "http://desk.test.evil.test"),
        claim().header("origin", "http://desk.test:8081"),
        claim().header("origin", "null"),
        claim().header("origin", ""),
    ] {
        app.ask(ask).await.refused(403, "origin_not_allowed");
    }
    assert_eq!(app.read(&id).await["assignee"], Value::Null);
    let claimed = app.ask(claim().header("origin", SITE)).await.changed(true);
    assert_eq!(claimed.at("/conversation/assignee/id"), &json!(app.maya.id));

    let sign_out = || with_cookie(delete("/v1/session"));
    app.ask(sign_out()).await.refused(403, "origin_not_allowed");
    let out = app.ask(sign_out().header("origin", SITE)).await;
    let out = out.expect_status(204);
    let emptied = out.header("set-cookie").unwrap();
    assert!(emptied.starts_with("ochre_session=;"), "{emptied}");
    assert!(emptied.contains("Max-Age=0"), "{emptied}");
    for ask in [with_cookie(get("/v1/me")), claim().header("origin", SITE)] {
        app.ask(ask).await.refused(401, "unauthenticated");
    }
}

#[actix_web::test]
async fn a_session_outlives_the_process_and_not_the_account() {
    let app = TestApp::start().await;
    let cookie = signed_in(&app).await;
    app.ask(sign_in("wrong horse"))
        .await
        .refused(401, "invalid_credentials");
    let app = app.restart().await;
    let me = || get("/v1/me").header("cookie", &cookie);
    app.ask(me()).await.expect_status(200);
    let set_status = async |status| {
        let update = json!({"status": status});
        app.update(&app.maya, &update).await.expect_status(200);
    };
    set_status("deactivated").await;
    app.ask(me()).await.refused(401, "unauthenticated");
    app.ask(sign_in(PASSWORD))
        .await
        .refused(401, "invalid_credentials");
    // Also when the account comes back the session does not.
    set_status("active").await;
    app.ask(me()).await.refused(401, "unauthenticated");
}
