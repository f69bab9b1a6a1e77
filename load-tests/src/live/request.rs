//! What a client says on a live connection.

use serde_json::{Value, json};

use super::view::Position;

/// Who it is, as the first frame of a connection without a header.
pub fn auth(token: &str) -> String {
    json!({"type": "auth", "token": token}).to_string()
}

/// A view, from this position on or anew.
pub fn subscribe(view: &str, resume: Option<&Position>) -> String {
    let mut frame = json!({"type": "subscribe", "view": view});
    if let (Some(Position { epoch, seq }), Some(members)) = (resume, frame.as_object_mut()) {
        members.insert("resume".to_owned(), json!({"epoch": epoch, "seq": seq}));
    }
    frame.to_string()
}

/// A view no more.
pub fn unsubscribe(view: &str) -> String {
    json!({"type": "unsubscribe", "view": view}).to_string()
}

/// That somebody looks at a conversation.
pub fn viewing(conversation: &str) -> String {
    json!({"type": "presence", "conversation": conversation, "state": "viewing"}).to_string()
}

/// That the client lives.
pub fn ping() -> String {
    Value::to_string(&json!({"type": "ping"}))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subscription_names_its_position_only_when_it_has_one() {
        let position = Position {
            epoch: json!("e1"),
            seq: 7,
        };
        let frame: Value = serde_json::from_str(&subscribe("all", Some(&position))).unwrap();
        assert_eq!(frame["resume"], json!({"epoch": "e1", "seq": 7}));
        let frame: Value = serde_json::from_str(&subscribe("all", None)).unwrap();
        assert_eq!(frame, json!({"type": "subscribe", "view": "all"}));
    }
}
