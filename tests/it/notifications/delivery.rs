//! At least once over a crash, never twice after an acknowledgement: counted by `Message-ID`.

use std::time::Duration;

use serde_json::json;

use super::{silence, with_mail};
use crate::support::{MailServer, Manners, Setup, TestApp, get};

async fn assign_to_sam(app: &TestApp, times: usize) {
    for _ in 0..times {
        let id = app.create().await;
        app.assign(&app.owner, &id, Some(&app.sam))
            .await
            .changed(true);
    }
    app.settle();
}

#[actix_web::test]
async fn a_server_that_fails_every_third_time_gets_each_mail_once() {
    let mail = MailServer::start(Manners {
        fail_every: 3,
        ..Manners::default()
    })
    .await;
    let app = with_mail(Setup::new(), &mail).start().await;
    assign_to_sam(&app, 20).await;
    app.until(|| mail.taken().len() == 20).await;
    app.clock.advance(Duration::from_secs(24 * 3600));
    silence().await;
    assert_eq!(mail.times().len(), 20);
    assert!(mail.times().values().all(|times| *times == 1));
    assert!(mail.offered() >= 29, "{}", mail.offered());
    let metrics = app.ask(get("/metrics")).await.text;
    let accepted = "ochre_notification_deliveries_total{channel=\"email\",outcome=\"accepted\"} 20";
    assert!(metrics.contains(accepted), "{metrics}");
}

#[actix_web::test]
async fn a_server_that_takes_a_mail_and_hangs_up_gets_the_same_mail_again() {
    let mail = MailServer::start(Manners {
        hang_up_every: 3,
        ..Manners::default()
    })
    .await;
    let app = with_mail(Setup::new(), &mail).start().await;
    assign_to_sam(&app, 8).await;
    app.until(|| mail.times().len() == 8 && mail.taken().len() > 8)
        .await;
    app.clock.advance(Duration::from_secs(24 * 3600));
    silence().await;
    assert_eq!(
        mail.times().len(),
        8,
        "a repetition has the id of the first"
    );
}

#[actix_web::test]
async fn a_stop_between_sending_and_its_answer_loses_nothing_and_changes_no_id() {
    let mail = MailServer::start(Manners {
        hold: true,
        ..Manners::default()
    })
    .await;
    let setup = with_mail(Setup::new(), &mail);
    let setup = setup.configured(|config| config.notify.timeout_seconds = 1);
    let app = setup.start().await;
    assign_to_sam(&app, 3).await;
    app.until_now(|| mail.taken().len() == 3).await;
    // The server has them, and nobody has heard of it.
    let app = app.restart().await;
    mail.behave(Manners::default());
    mail.let_go();
    app.until(|| mail.times().values().all(|times| *times >= 2))
        .await;
    app.clock.advance(Duration::from_secs(24 * 3600));
    silence().await;
    assert_eq!(mail.times().len(), 3);
}

#[actix_web::test]
async fn what_was_acknowledged_is_not_sent_again_after_a_restart() {
    let mail = MailServer::start(Manners::default()).await;
    let app = with_mail(Setup::new(), &mail).start().await;
    assign_to_sam(&app, 3).await;
    app.until_now(|| mail.taken().len() == 3).await;
    let app = app.restart().await;
    app.clock.advance(Duration::from_secs(60));
    silence().await;
    let app = app.restart().await;
    assign_to_sam(&app, 1).await;
    app.until_now(|| mail.taken().len() == 4).await;
    silence().await;
    assert!(mail.times().values().all(|times| *times == 1));
}

#[actix_web::test]
async fn a_mail_waits_over_a_restart() {
    let mail = MailServer::start(Manners::default()).await;
    let app = with_mail(Setup::new(), &mail).start().await;
    let id = app.create().await;
    app.assign(&app.owner, &id, Some(&app.sam))
        .await
        .changed(true);
    let app = app.restart().await;
    assert_eq!(mail.offered(), 0);
    app.settle();
    app.until_now(|| mail.taken().len() == 1).await;
}

#[actix_web::test]
async fn a_store_that_fails_after_the_sending_does_not_send_twice() {
    let mail = MailServer::start(Manners {
        hold: true,
        ..Manners::default()
    })
    .await;
    let (setup, faults) = Setup::faulty();
    let app = with_mail(setup, &mail).start().await;
    assign_to_sam(&app, 2).await;
    app.until_now(|| mail.taken().len() == 2).await;
    faults.disk_full(true);
    mail.behave(Manners::default());
    mail.let_go();
    silence().await;
    faults.disk_full(false);
    app.until_ready().await;
    app.clock.advance(Duration::from_secs(24 * 3600));
    silence().await;
    silence().await;
    assert!(
        mail.times().values().all(|times| *times == 1),
        "{:?}",
        mail.times()
    );
    assert_eq!(mail.times().len(), 2);
}

#[actix_web::test]
async fn what_is_refused_for_good_is_given_up_and_shown_to_those_who_run_the_workspace() {
    let mail = MailServer::start(Manners {
        refuse: true,
        ..Manners::default()
    })
    .await;
    let app = with_mail(Setup::new(), &mail).start().await;
    assign_to_sam(&app, 2).await;
    let path = "/v1/notifications/undelivered";
    let mut items = Vec::new();
    for _ in 0..200 {
        let answer = app.ask(get(path).by(&app.admin)).await.expect_status(200);
        items.clone_from(answer.at("/items").as_array().unwrap());
        if items.len() == 2 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(items.len(), 2);
    let reason = items[0]["reason"].as_str().unwrap();
    assert!(reason.contains("nobody here"), "{reason}");
    assert_eq!(items[0]["channel"], "email");
    assert_eq!(items[0]["user"], json!({"id": app.sam.id, "name": "Sam"}));
    let first = app
        .ask(get(&format!("{path}?limit=1")).by(&app.owner))
        .await;
    let cursor = first.text_at("/next_cursor");
    let rest = app
        .ask(get(&format!("{path}?cursor={cursor}")).by(&app.owner))
        .await;
    assert_eq!(rest.at("/items/0"), &items[1]);
    app.ask(get(path).by(&app.sam))
        .await
        .refused(403, "forbidden");
    let app = app.restart().await;
    let kept = app.ask(get(path).by(&app.admin)).await.expect_status(200);
    assert_eq!(kept.at("/items").as_array().unwrap(), &items);
}

#[actix_web::test]
async fn what_fails_too_often_is_given_up() {
    let mail = MailServer::start(Manners {
        fail_every: 1,
        ..Manners::default()
    })
    .await;
    let setup = with_mail(Setup::new(), &mail);
    let app = setup
        .configured(|config| config.notify.attempts_max = 3)
        .start()
        .await;
    assign_to_sam(&app, 1).await;
    app.until(|| mail.offered() == 3).await;
    app.clock.advance(Duration::from_secs(3600));
    silence().await;
    assert_eq!(mail.offered(), 3);
    let path = "/v1/notifications/undelivered";
    let answer = app.ask(get(path).by(&app.owner)).await.expect_status(200);
    assert_eq!(answer.at("/items/0/attempts"), &json!(3));
}
