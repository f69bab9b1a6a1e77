//! A payload without what customers wrote and who they are, for those who look after deliveries.

use serde_json::Value;

/// Members whose values are left out.
const PRIVATE: &[&str] = &[
    "subject",
    "customer",
    "preview",
    "body",
    "draft",
    "custom_fields",
    "email",
    "external_id",
    "labels",
    "tags",
];

/// What stands there instead.
const REDACTED: &str = "[redacted]";

/// The payload with everything private left out.
#[must_use]
pub(super) fn redacted(payload: &[u8]) -> Value {
    let mut payload = serde_json::from_slice(payload).unwrap_or(Value::Null);
    redact(&mut payload);
    payload
}

fn redact(value: &mut Value) {
    match value {
        Value::Object(members) => {
            for (name, value) in members.iter_mut() {
                if PRIVATE.contains(&name.as_str()) && !value.is_null() {
                    *value = Value::from(REDACTED);
                } else {
                    redact(value);
                }
            }
            // The name of a customer, where they wrote something.
            if members.get("kind").is_some_and(|kind| kind == "customer")
                && let Some(name) = members.get_mut("name")
            {
                *name = Value::from(REDACTED);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(redact),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn nothing_that_a_customer_wrote_is_left() {
        let payload = json!({"type": "message.created", "data": {
            "conversation": {"id": "conv_1", "subject": "secret", "external_id": null,
                "customer": {"name": "secret", "email": "secret"}, "tags": ["secret"],
                "custom_fields": {"plan": "secret"}, "preview": "secret", "ai": {"draft": "secret"}},
            "entry": {"changes": {"custom_fields": {"from": {"a": "secret"}, "to": {}}}},
            "message": {"id": "msg_1", "body": "secret",
                "author": {"kind": "customer", "name": "secret"}},
        }});
        let shown = redacted(payload.to_string().as_bytes());
        assert!(!shown.to_string().contains("secret"), "{shown}");
        assert_eq!(shown["data"]["conversation"]["id"], "conv_1");
        assert_eq!(shown["data"]["conversation"]["external_id"], Value::Null);
        assert_eq!(shown["data"]["message"]["author"]["kind"], "customer");
    }
}
