//! Take over: the stamp and the owner at one moment.

use serde_json::{Value, json};

use crate::support::{Person, TestApp, at_once, get};

async fn in_ai_queue(app: &TestApp) -> String {
    app.switch_autopilot(true).await;
    app.create().await
}

fn handoff_by(person: &Person) -> Value {
    json!({"id": person.id, "name": person.name})
}

#[actix_web::test]
async fn b51_take_over_stamps_and_assigns_in_one_commit() {
    let app = TestApp::start().await;
    let id = in_ai_queue(&app).await;
    app.assign(&app.owner, &id, Some(&app.sam))
        .await
        .changed(true);
    let answer = app.take_over(&app.maya, &id).await.changed(true);
    assert_eq!(answer.at("/last_ai_message"), &Value::Null);
    let conversation = &answer.body["conversation"];
    assert_eq!(conversation["assignee"], handoff_by(&app.maya));
    assert_eq!(conversation["assigned_by"]["kind"], "take_over");
    assert_eq!(conversation["ai"]["handoff_by"], handoff_by(&app.maya));
    assert_eq!(
        conversation["ai"]["handoff_at"],
        conversation["assigned_at"]
    );
    assert_eq!(conversation["ai"]["handling"], false);
    assert_eq!(conversation["version"], 3);
    assert!(app.list(&app.maya, "filter=ai_queue").await.is_empty());
    assert_eq!(app.list(&app.maya, "filter=mine").await, [id.as_str()]);
    let line = app.history(&id).await.pop().unwrap();
    assert_eq!(line["kind"], "taken_over");
    assert_eq!(line["changes"]["assignee"]["from"], handoff_by(&app.sam));
    assert_eq!(line["changes"]["assignee"]["to"], handoff_by(&app.maya));
    assert_eq!(
        line["changes"]["ai.handoff_at"]["to"],
        conversation["assigned_at"]
    );
    let app = app.restart().await;
    assert_eq!(&app.read(&id).await, conversation);
}

#[actix_web::test]
async fn b51_no_reader_ever_sees_the_stamp_without_the_owner() {
    let app = TestApp::start().await;
    app.switch_autopilot(true).await;
    let mut made = Vec::new();
    for _ in 0..40 {
        made.push(app.create().await);
    }
    let whole = |conversation: &Value| {
        let stamped = !conversation["ai"]["handoff_at"].is_null();
        let owned = conversation["assignee"]["id"] == app.maya.id;
        let handled = conversation["ai"]["handling"] == true;
        assert!(stamped == owned && stamped != handled, "{conversation}");
    };
    let act = async |id: &String| {
        let taken = app.take_over(&app.maya, id).await.changed(true);
        whole(&taken.body["conversation"]);
    };
    let watch = async |id: &String| {
        for _ in 0..4 {
            whole(&app.read(id).await);
        }
    };
    let list = async |filter: &str| {
        let path = format!("/v1/conversations?limit=200&filter={filter}");
        for _ in 0..20 {
            let page = app.ask(get(&path).by(&app.maya)).await.expect_status(200);
            page.body["items"]
                .as_array()
                .unwrap()
                .iter()
                .for_each(whole);
        }
    };
    let reading = at_once(made.iter().map(watch));
    let taking = at_once(made.iter().map(act));
    let lists = at_once(["all", "ai_queue", "mine", "unassigned"].map(list));
    futures_util::join!(reading, taking, lists);
    assert!(app.list(&app.maya, "filter=ai_queue").await.is_empty());
}

#[actix_web::test]
async fn b53_a_second_take_over_by_the_same_person_changes_nothing() {
    let app = TestApp::start().await;
    let id = in_ai_queue(&app).await;
    app.take_over(&app.maya, &id).await.changed(true);
    let before = app.read(&id).await;
    app.take_over(&app.maya, &id).await.changed(false);
    assert_eq!(app.read(&id).await, before);
    // Also when somebody else owns it by now.
    app.assign(&app.sam, &id, Some(&app.sam))
        .await
        .changed(true);
    let again = app.take_over(&app.maya, &id).await.changed(false);
    assert_eq!(again.at("/conversation/assignee/name"), "Sam");
    assert_eq!(again.at("/conversation/ai/handoff_by/name"), "Maya");
}

#[actix_web::test]
async fn b53_by_another_person_it_is_refused_and_names_the_owner() {
    let app = TestApp::start().await;
    let id = in_ai_queue(&app).await;
    let taken = app.take_over(&app.maya, &id).await.changed(true);
    let refused = app
        .take_over(&app.sam, &id)
        .await
        .refused(409, "already_taken_over");
    assert_eq!(refused.at("/current/assignee"), &handoff_by(&app.maya));
    assert_eq!(refused.at("/current/version"), 2);
    let handoff = json!({"by": handoff_by(&app.maya), "at": taken.at("/conversation/assigned_at")});
    assert_eq!(refused.at("/handoff"), &handoff);
    assert!(refused.text_at("/detail").contains("Maya"));
    // They may still reassign openly, and the first stamp stays.
    let reassigned = app
        .assign(&app.sam, &id, Some(&app.sam))
        .await
        .changed(true);
    assert_eq!(
        reassigned.at("/conversation/ai/handoff_by"),
        &handoff_by(&app.maya)
    );
    let refused = app
        .take_over(&app.sam, &id)
        .await
        .refused(409, "already_taken_over");
    assert_eq!(refused.at("/current/assignee"), &handoff_by(&app.sam));
    assert_eq!(refused.at("/handoff"), &handoff);
}

#[actix_web::test]
async fn b51_by_the_owner_it_stamps_and_is_no_change_of_assignee() {
    let app = TestApp::start().await;
    let id = in_ai_queue(&app).await;
    let assigned = app.assign(&app.sam, &id, Some(&app.maya)).await;
    let assigned = assigned.changed(true);
    let path = format!("/v1/conversations/{id}/why");
    let why = app.ask(get(&path).by(&app.maya)).await.expect_status(200);
    app.clock.advance(std::time::Duration::from_secs(1));
    let taken = app.take_over(&app.maya, &id).await.changed(true);
    for member in ["assignee", "assigned_at", "assigned_by"] {
        let member = format!("/conversation/{member}");
        assert_eq!(taken.at(&member), assigned.at(&member), "{member}");
    }
    let entry = app.history(&id).await.pop().unwrap();
    assert_eq!(entry["kind"], "taken_over");
    assert_eq!(entry["changes"].get("assignee"), None, "{entry}");
    assert_eq!(
        entry["changes"]["ai.handling"],
        json!({"from": true, "to": false})
    );
    // The decision behind the present owner is still the assignment.
    let now = app.ask(get(&path).by(&app.maya)).await.expect_status(200);
    assert_eq!(now.body, why.body);
}

#[actix_web::test]
async fn b53_of_a_crowd_one_takes_over() {
    let app = TestApp::start().await;
    let id = in_ai_queue(&app).await;
    let people = [&app.owner, &app.admin, &app.maya, &app.sam];
    let answers = at_once(people.map(|person| app.take_over(person, &id))).await;
    let won = answers.iter().filter(|answer| answer.status == 200).count();
    assert_eq!(won, 1);
    for lost in answers.into_iter().filter(|answer| answer.status != 200) {
        lost.refused(409, "already_taken_over");
    }
    assert_eq!(
        app.kinds(&id).await,
        ["created", "message_added", "taken_over"]
    );
}

#[actix_web::test]
async fn what_the_ai_does_not_handle_is_not_taken_over() {
    let app = TestApp::start().await;
    app.switch_autopilot(false).await;
    let id = app.create().await;
    app.assign(&app.owner, &id, Some(&app.sam))
        .await
        .changed(true);
    let refused = app
        .take_over(&app.maya, &id)
        .await
        .refused(409, "not_in_ai_queue");
    assert_eq!(refused.at("/current/assignee"), &handoff_by(&app.sam));
    // Autopilot decides at creation: turned on later, what is there keeps its mode, and reverse.
    let handled = in_ai_queue(&app).await;
    app.take_over(&app.maya, &id)
        .await
        .refused(409, "not_in_ai_queue");
    app.switch_autopilot(false).await;
    app.take_over(&app.maya, &handled).await.changed(true);
}
