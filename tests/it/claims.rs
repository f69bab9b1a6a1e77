//! A crowd that claims one conversation at the same moment.

use std::time::Duration;

use serde_json::json;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::support::{Answer, Person, Setup, TestApp, at_once, post};

const CLIENTS: usize = 256;

/// Every client has its connection already, and the last byte of its request is still missing.
async fn poised(app: &TestApp, person: &Person, id: &str) -> (TcpStream, u8) {
    let mut stream = TcpStream::connect(app.address()).await.unwrap();
    let ask = post(&format!("/v1/conversations/{id}/claim"), &json!({})).by(person);
    let mut bytes = ask.to_text().into_bytes();
    let last = bytes.pop().unwrap();
    stream.write_all(&bytes).await.unwrap();
    (stream, last)
}

async fn round(app: &TestApp, people: &[Person]) {
    let id = app.create().await;
    let poised = at_once(people.iter().map(|person| poised(app, person, &id))).await;
    let claims = poised.into_iter().map(async |(mut stream, last)| {
        stream.write_all(&[last]).await.unwrap();
        Answer::read(&mut stream).await
    });
    let answers = at_once(claims).await;
    let (won, lost): (Vec<_>, Vec<_>) = people
        .iter()
        .zip(answers)
        .partition(|(_, answer)| answer.status == 200);
    assert_eq!((won.len(), lost.len()), (1, CLIENTS - 1));
    let (winner, won) = won.into_iter().next().unwrap();
    let conversation = won.changed(true).body["conversation"].clone();
    let current = json!({
        "assignee": {"id": winner.id, "name": winner.name},
        "assigned_at": conversation["assigned_at"],
        "assigned_by": {"kind": "user", "id": winner.id, "name": winner.name},
        "version": 2,
    });
    for (_, answer) in lost {
        let answer = answer.refused(409, "already_assigned");
        assert_eq!(answer.at("/current"), &current);
        assert!(answer.text_at("/detail").contains(&winner.name));
    }
    assert_eq!(
        app.kinds(&id).await,
        ["created", "message_added", "assigned"]
    );
    assert_eq!(app.read(&id).await, conversation);
}

fn rounds() -> usize {
    let rounds = std::env::var("OCHRE_CLAIM_ROUNDS");
    rounds.map_or(5, |rounds| rounds.parse().unwrap())
}

#[actix_web::test]
async fn of_256_clients_one_claims_and_255_learn_who_when_and_at_which_version() {
    let app = Setup::new().configured(|config| config.limits.users_max = 1000);
    let app = app.start().await;
    let mut people = Vec::new();
    for number in 0..CLIENTS {
        people.push(app.add_person(&format!("Agent{number}"), "agent").await);
    }
    for _ in 0..rounds() {
        app.clock.advance(Duration::from_secs(1));
        round(&app, &people).await;
    }
}
