//! What clients send.

use serde::Deserialize;

use super::presence::Doing;
use crate::domain::EpochId;

/// A position of the log, and the start of the server under which the client learnt it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Position {
    /// The start. An unknown one is of another log.
    #[serde(deserialize_with = "epoch")]
    pub(super) epoch: Option<EpochId>,
    /// The position.
    pub(super) seq: u64,
}

/// A frame of a client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum ClientFrame {
    /// Who it is.
    Auth {
        /// A token.
        token: String,
    },
    /// It wants to see a view.
    Subscribe {
        /// Its name.
        view: String,
        /// What it already has of it.
        resume: Option<Position>,
    },
    /// It wants to see a view no longer.
    Unsubscribe {
        /// Its name.
        view: String,
    },
    /// It shows a conversation to a person.
    Presence {
        /// The conversation's id.
        conversation: String,
        /// What the person does there; nothing when they have left.
        doing: Option<Doing>,
    },
    /// It wants to know whether anybody is there.
    Ping,
}

/// Why a frame cannot be taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Unreadable {
    /// It is no frame, or has not what its type needs.
    Bad(String),
    /// There is no such type.
    UnknownType(String),
}

#[derive(Deserialize)]
struct Typed {
    r#type: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Auth {
    #[serde(rename = "type")]
    _type: String,
    token: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Subscribe {
    #[serde(rename = "type")]
    _type: String,
    view: String,
    #[serde(default)]
    resume: Option<Position>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Unsubscribe {
    #[serde(rename = "type")]
    _type: String,
    view: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PresenceOf {
    #[serde(rename = "type")]
    _type: String,
    conversation: String,
    state: State,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum State {
    Viewing,
    Composing,
    Left,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Ping {
    #[serde(rename = "type")]
    _type: String,
}

impl ClientFrame {
    /// Reads a frame.
    ///
    /// # Errors
    /// [`Unreadable`].
    pub(super) fn parse(text: &str) -> Result<Self, Unreadable> {
        let typed: Typed = read(text)?;
        match typed.r#type.as_str() {
            "auth" => {
                let Auth { token, .. } = read(text)?;
                Ok(Self::Auth { token })
            }
            "subscribe" => {
                let Subscribe { view, resume, .. } = read(text)?;
                Ok(Self::Subscribe { view, resume })
            }
            "unsubscribe" => {
                let Unsubscribe { view, .. } = read(text)?;
                Ok(Self::Unsubscribe { view })
            }
            "presence" => {
                let PresenceOf {
                    conversation,
                    state,
                    ..
                } = read(text)?;
                let doing = match state {
                    State::Viewing => Some(Doing::Viewing),
                    State::Composing => Some(Doing::Composing),
                    State::Left => None,
                };
                Ok(Self::Presence {
                    conversation,
                    doing,
                })
            }
            "ping" => read(text).map(|Ping { .. }| Self::Ping),
            _ => Err(Unreadable::UnknownType(typed.r#type)),
        }
    }
}

fn read<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, Unreadable> {
    if !text.trim_start().starts_with('{') {
        return Err(Unreadable::Bad("a frame is a JSON object".to_owned()));
    }
    serde_json::from_str(text).map_err(|error| Unreadable::Bad(error.to_string()))
}

/// An epoch is opaque to clients, so a string that is none of ours is merely unknown.
fn epoch<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<EpochId>, D::Error> {
    String::deserialize(deserializer).map(|text| text.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_read() {
        let view = || "all".to_owned();
        let epoch = EpochId::from_u128(5);
        let resumed = format!(
            r#"{{"type":"subscribe","view":"all","resume":{{"epoch":"{epoch}","seq":7}}}}"#
        );
        for (text, frame) in [
            (r#"{"type":"ping"}"#, ClientFrame::Ping),
            (
                r#" {"view":"all","type":"unsubscribe"}"#,
                ClientFrame::Unsubscribe { view: view() },
            ),
            (
                r#"{"type":"subscribe","view":"all","resume":null}"#,
                ClientFrame::Subscribe {
                    view: view(),
                    resume: None,
                },
            ),
            (
                &resumed,
                ClientFrame::Subscribe {
                    view: view(),
                    resume: Some(Position {
                        epoch: Some(epoch),
                        seq: 7,
                    }),
                },
            ),
            (
                r#"{"type":"subscribe","view":"all","resume":{"epoch":"of another","seq":0}}"#,
                ClientFrame::Subscribe {
                    view: view(),
                    resume: Some(Position {
                        epoch: None,
                        seq: 0,
                    }),
                },
            ),
            (
                r#"{"type":"presence","conversation":"conv_1","state":"composing"}"#,
                ClientFrame::Presence {
                    conversation: "conv_1".to_owned(),
                    doing: Some(Doing::Composing),
                },
            ),
            (
                r#"{"type":"presence","conversation":"conv_1","state":"left"}"#,
                ClientFrame::Presence {
                    conversation: "conv_1".to_owned(),
                    doing: None,
                },
            ),
            (
                r#"{"type":"auth","token":"t"}"#,
                ClientFrame::Auth {
                    token: "t".to_owned(),
                },
            ),
        ] {
            assert_eq!(ClientFrame::parse(text), Ok(frame), "{text}");
        }
    }

    #[test]
    fn what_is_no_frame_is_refused() {
        for text in [
            "",
            "hello",
            "[]",
            "[\"ping\"]",
            "{}",
            r#"{"type":5}"#,
            r#"{"type":"subscribe"}"#,
            r#"{"type":"ping","more":1}"#,
            r#"{"type":"subscribe","view":7}"#,
            r#"{"type":"subscribe","view":"all","resume":{"seq":1}}"#,
            r#"{"type":"subscribe","view":"all","resume":{"epoch":"e","seq":-1}}"#,
            r#"{"type":"presence","conversation":"c","state":"asleep"}"#,
        ] {
            let refused = ClientFrame::parse(text);
            assert!(
                matches!(refused, Err(Unreadable::Bad(_))),
                "{text}: {refused:?}"
            );
        }
        let unknown = Err(Unreadable::UnknownType("dance".to_owned()));
        assert_eq!(ClientFrame::parse(r#"{"type":"dance"}"#), unknown);
    }
}
