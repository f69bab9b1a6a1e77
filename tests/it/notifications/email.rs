//! Mail: who gets which, and what it looks like.

use std::time::Duration;

use serde_json::json;

use super::{silence, with_mail};
use crate::support::{MailServer, Manners, Setup, TestApp};

async fn start() -> (TestApp, MailServer) {
    let mail = MailServer::start(Manners::default()).await;
    let app = with_mail(Setup::new(), &mail).start().await;
    (app, mail)
}

#[actix_web::test]
async fn b31_email_follows_where_the_recipient_wants_it_and_nowhere_else() {
    let (app, mail) = start().await;
    let id = app.create().await;
    // The actor's preferences do not count.
    app.prefer(&app.owner, "assignment", json!({"email": false}))
        .await;
    app.prefer(&app.maya, "assignment", json!({"email": false}))
        .await;
    app.assign(&app.owner, &id, Some(&app.maya))
        .await
        .changed(true);
    app.assign(&app.owner, &id, Some(&app.sam))
        .await
        .changed(true);
    app.settle();
    app.until_now(|| mail.taken().len() == 1).await;
    silence().await;
    let taken = mail.taken();
    assert_eq!(taken.len(), 1, "{taken:?}");
    assert_eq!(taken[0].to, "sam@acme.test");
    assert_eq!(
        taken[0].subject,
        "[Acme] Olga assigned #1 to you: Where is my order?"
    );
    assert!(taken[0].id.ends_with("@acme.test>"), "{}", taken[0].id);
    for part in [
        "text/plain",
        "text/html",
        "https://desk.acme.test/conversations/",
    ] {
        assert!(taken[0].text.contains(part), "{part}: {}", taken[0].text);
    }
    assert_eq!(app.told_kinds(&app.maya).await, ["assignment"]);
}

#[actix_web::test]
async fn a_mail_of_an_assignment_that_did_not_last_is_not_sent() {
    let (app, mail) = start().await;
    let (lost, kept) = (app.create().await, app.create().await);
    app.assign(&app.owner, &lost, Some(&app.sam))
        .await
        .changed(true);
    app.assign(&app.owner, &kept, Some(&app.sam))
        .await
        .changed(true);
    silence().await;
    assert_eq!(mail.offered(), 0, "it waits until things have settled");
    app.assign(&app.owner, &lost, None).await.changed(true);
    app.settle();
    app.until_now(|| mail.taken().len() == 1).await;
    // Taken away and given back is told once.
    let again = app.create().await;
    app.assign(&app.owner, &again, Some(&app.sam))
        .await
        .changed(true);
    app.assign(&app.owner, &again, None).await.changed(true);
    app.assign(&app.owner, &again, Some(&app.sam))
        .await
        .changed(true);
    app.settle();
    app.until_now(|| mail.taken().len() == 2).await;
    silence().await;
    let subjects: Vec<_> = mail.taken().into_iter().map(|mail| mail.subject).collect();
    assert!(subjects[0].contains("#2"), "{subjects:?}");
    assert!(subjects[1].contains("#3"), "{subjects:?}");
    assert_eq!(subjects.len(), 2);
}

#[actix_web::test]
async fn s08_every_kind_goes_by_email_where_it_is_wanted() {
    let (app, mail) = start().await;
    for person in [&app.admin, &app.sam] {
        for kind in ["conversation_reply", "new_unassigned", "ai_auto_sent"] {
            app.prefer(person, kind, json!({"email": true})).await;
        }
    }
    let id = app.create().await;
    app.until_now(|| mail.taken().len() == 1).await;
    app.assign(&app.owner, &id, Some(&app.sam))
        .await
        .changed(true);
    app.settle();
    app.until_now(|| mail.taken().len() == 2).await;
    app.customer_writes(&id).await;
    app.until_now(|| mail.taken().len() == 3).await;
    let note = json!({"body": "look", "mentions": [app.sam.id]});
    app.act(&app.viewer, &id, "notes", &note)
        .await
        .expect_status(201);
    app.until_now(|| mail.taken().len() == 4).await;
    let taken = mail.taken();
    let subjects = taken
        .iter()
        .map(|mail| (mail.to.as_str(), mail.subject.as_str()));
    assert_eq!(
        subjects.collect::<Vec<_>>(),
        [
            (
                "ada@acme.test",
                "[Acme] #1 is new and belongs to nobody: Where is my order?"
            ),
            (
                "sam@acme.test",
                "[Acme] Olga assigned #1 to you: Where is my order?"
            ),
            (
                "sam@acme.test",
                "[Acme] Cleo replied in #1: Where is my order?"
            ),
            (
                "sam@acme.test",
                "[Acme] Vera mentioned you in #1: Where is my order?"
            ),
        ]
    );
    assert_eq!(mail.times().len(), 4, "each is a mail of its own");
}

#[actix_web::test]
async fn whoever_was_deactivated_or_changed_their_mind_gets_no_mail() {
    let (app, mail) = start().await;
    let (one, other) = (app.create().await, app.create().await);
    app.assign(&app.owner, &one, Some(&app.sam))
        .await
        .changed(true);
    app.assign(&app.owner, &other, Some(&app.maya))
        .await
        .changed(true);
    app.update(&app.sam, &json!({"status": "deactivated"}))
        .await
        .expect_status(200);
    app.prefer(&app.maya, "assignment", json!({"email": false}))
        .await;
    app.settle();
    silence().await;
    assert_eq!(mail.offered(), 0);
}

#[actix_web::test]
async fn what_was_before_there_was_mail_is_not_told_by_mail() {
    let app = TestApp::start().await;
    let id = app.create().await;
    app.assign(&app.owner, &id, Some(&app.sam))
        .await
        .changed(true);
    let mail = MailServer::start(Manners::default()).await;
    let app = app.restart_with(|setup| with_mail(setup, &mail)).await;
    app.settle();
    app.assign(&app.owner, &id, Some(&app.maya))
        .await
        .changed(true);
    app.clock.advance(Duration::from_secs(3));
    app.until_now(|| mail.taken().len() == 1).await;
    silence().await;
    assert_eq!(mail.taken()[0].to, "maya@acme.test");
    assert_eq!(mail.taken().len(), 1);
}
