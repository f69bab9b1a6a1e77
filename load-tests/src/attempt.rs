//! Random requests of agents who want the same conversations, and what their answers mean.

use std::str::FromStr;

use hyper::Method;
use serde_json::{Value, json};

use crate::{
    client::{Call, Reply},
    dice::Dice,
    error::LoadError,
    ledger::{Acknowledged, Ledgers, Refused},
    people::Person,
    tally::Outcome,
    wire::{ChangeAnswer, ConversationView},
};

/// How often each kind of request is made, relative to the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mix {
    /// Claims.
    pub claim: u64,
    /// Assigns, half of them to oneself and half to somebody else.
    pub assign: u64,
    /// Assigns to nobody.
    pub unassign: u64,
    /// New conversations.
    pub create: u64,
}

impl FromStr for Mix {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let weights: Result<Vec<u64>, _> = text.split(',').map(str::parse).collect();
        match weights.as_deref() {
            Ok([claim, assign, unassign]) if claim + assign + unassign > 0 => Ok(Self {
                claim: *claim,
                assign: *assign,
                unassign: *unassign,
                create: 0,
            }),
            _ => Err("three weights for claim, assign and unassign, such as 4,4,2".to_owned()),
        }
    }
}

/// Who wants what.
#[derive(Debug)]
pub struct Field {
    /// The ids of the conversations they share.
    pub conversations: Vec<String>,
    /// The agents.
    pub people: Vec<Person>,
    /// How often each kind of request is made.
    pub mix: Mix,
}

/// One request, which can be sent more than once.
#[derive(Debug, Clone)]
pub struct Attempt {
    /// For the tally.
    pub kind: &'static str,
    actor: String,
    token: String,
    target: Wanted,
    key: Option<String>,
}

#[derive(Debug, Clone)]
enum Wanted {
    Claim {
        conversation: String,
    },
    Owner {
        conversation: String,
        owner: Option<String>,
    },
    Create {
        external_id: String,
    },
}

impl Field {
    /// Something that this person may try next; the key, if any, makes it repeatable.
    pub fn attempt(
        &self,
        dice: &mut Dice,
        person: &Person,
        key: Option<String>,
    ) -> Option<Attempt> {
        let conversation = dice.pick(&self.conversations)?.clone();
        let Mix {
            claim,
            assign,
            unassign,
            create,
        } = self.mix;
        let rolled = dice.below(claim + assign + unassign + create);
        let (kind, target) = if rolled < claim {
            ("claim", Wanted::Claim { conversation })
        } else if rolled < claim + assign / 2 {
            (
                "assign_me",
                Wanted::Owner {
                    conversation,
                    owner: Some(person.user.clone()),
                },
            )
        } else if rolled < claim + assign {
            let other = dice.pick(&self.people)?.user.clone();
            (
                "assign_other",
                Wanted::Owner {
                    conversation,
                    owner: Some(other),
                },
            )
        } else if rolled < claim + assign + unassign {
            (
                "unassign",
                Wanted::Owner {
                    conversation,
                    owner: None,
                },
            )
        } else {
            let external_id = key
                .clone()
                .unwrap_or_else(|| format!("x{:016x}", dice.roll()));
            ("create", Wanted::Create { external_id })
        };
        let (actor, token) = (person.user.clone(), person.token.clone());
        Some(Attempt {
            kind,
            actor,
            token,
            target,
            key,
        })
    }
}

impl Attempt {
    /// The request itself.
    pub fn call(&self) -> Result<Call<'_>, LoadError> {
        let (method, path, body) = self.parts();
        let call = Call::change(method, path.clone(), &self.token)
            .json(&body)
            .map_err(|source| LoadError::unanswered(path, source))?;
        Ok(match &self.key {
            Some(key) => call.key(key.clone()),
            None => call,
        })
    }

    fn parts(&self) -> (Method, String, Value) {
        match &self.target {
            Wanted::Claim { conversation } => (
                Method::POST,
                format!("/v1/conversations/{conversation}/claim"),
                json!({}),
            ),
            Wanted::Owner {
                conversation,
                owner,
            } => {
                let path = format!("/v1/conversations/{conversation}/assignee");
                let is_self = owner.as_ref() == Some(&self.actor);
                let assignee = if is_self { json!("me") } else { json!(owner) };
                (Method::PUT, path, json!({"assignee": assignee}))
            }
            Wanted::Create { external_id } => {
                let body = conversation_body(external_id, Some(external_id));
                (Method::POST, "/v1/conversations".to_owned(), body)
            }
        }
    }

    /// Writes down what the answer acknowledges or refuses.
    pub fn note(&self, reply: &Reply, ledgers: &mut Ledgers) -> Outcome {
        match &self.target {
            Wanted::Create { .. } if reply.status.is_success() => {
                if let Ok(view) = reply.json::<ConversationView>() {
                    // Being named is enough: what is acknowledged is that it exists.
                    ledgers.of(&view.id);
                    return Outcome::Changed(reply.status.as_u16());
                }
                Outcome::Unreadable
            }
            Wanted::Create { .. } => Outcome::of_reply(reply),
            Wanted::Claim { conversation } => {
                self.note_owner(conversation, Some(&self.actor), reply, ledgers)
            }
            Wanted::Owner {
                conversation,
                owner,
            } => self.note_owner(conversation, owner.as_ref(), reply, ledgers),
        }
    }

    fn note_owner(
        &self,
        conversation: &str,
        owner: Option<&String>,
        reply: &Reply,
        ledgers: &mut Ledgers,
    ) -> Outcome {
        let ledger = ledgers.of(conversation);
        let status = reply.status.as_u16();
        if !reply.status.is_success() {
            let problem = reply.problem();
            if let (409, Some(current)) = (status, problem.current) {
                let owner = current.assignee.map(|person| person.id);
                ledger.refused.push(Refused {
                    version: current.version,
                    owner,
                });
            } else if status == 409 {
                let code = problem.code;
                ledger
                    .contradictions
                    .push(format!("a refusal {code} names nobody"));
            }
            return Outcome::of_reply(reply);
        }
        let Ok(answer) = reply.json::<ChangeAnswer>() else {
            ledger
                .contradictions
                .push("an answer to a change cannot be read".to_owned());
            return Outcome::Unreadable;
        };
        let answered = answer.conversation.assignee.map(|person| person.id);
        let version = answer.conversation.version;
        if answered.as_ref() != owner || answer.conversation.id != conversation {
            let kind = self.kind;
            ledger.contradictions.push(format!(
                "{kind} to {owner:?} was answered with the owner {answered:?} at version {version}"
            ));
        }
        if !answer.changed {
            return Outcome::Unchanged(status);
        }
        let actor = self.actor.clone();
        ledger.acknowledged.push(Acknowledged {
            version,
            owner: owner.cloned(),
            actor,
        });
        Outcome::Changed(status)
    }
}

/// The body that creates a conversation of a workload.
pub fn conversation_body(subject: &str, external_id: Option<&str>) -> Value {
    let mut body = json!({
        "channel": "email",
        "subject": subject,
        "customer": {"name": "Customer", "email": "customer@load-tests.example"},
        "body": "Something does not work.",
    });
    if let (Some(external_id), Some(members)) = (external_id, body.as_object_mut()) {
        members.insert("external_id".to_owned(), external_id.into());
    }
    body
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use hyper::StatusCode;

    use super::*;

    fn field(mix: Mix) -> Field {
        let person = |name: &str| Person {
            name: name.to_owned(),
            user: format!("usr_{name}"),
            token: "t".to_owned(),
        };
        Field {
            conversations: vec!["conv_1".to_owned()],
            people: vec![person("a"), person("b")],
            mix,
        }
    }

    fn reply(status: u16, body: &Value) -> Reply {
        Reply {
            status: StatusCode::from_u16(status).unwrap(),
            retry_after: None,
            replayed: false,
            body: Bytes::from(body.to_string()),
        }
    }

    fn claim() -> Attempt {
        let field = field("1,0,0".parse().unwrap());
        field
            .attempt(&mut Dice::new(1), &field.people[0], None)
            .unwrap()
    }

    fn answer(owner: &str, changed: bool) -> Value {
        json!({"conversation": {"id": "conv_1", "status": "open", "version": 2,
            "assignee": {"id": owner, "name": "A"}}, "changed": changed})
    }

    #[test]
    fn weights_have_to_be_three() {
        assert_eq!(
            "4,3,2".parse(),
            Ok(Mix {
                claim: 4,
                assign: 3,
                unassign: 2,
                create: 0
            })
        );
        assert!("4,3".parse::<Mix>().is_err());
        assert!("0,0,0".parse::<Mix>().is_err());
    }

    #[test]
    fn an_acknowledged_change_is_written_down() {
        let mut ledgers = Ledgers::default();
        let outcome = claim().note(&reply(200, &answer("usr_a", true)), &mut ledgers);
        assert_eq!(outcome, Outcome::Changed(200));
        assert_eq!(ledgers.of("conv_1").acknowledged[0].version, 2);
        assert!(ledgers.of("conv_1").contradictions.is_empty());
    }

    #[test]
    fn an_answer_with_another_owner_contradicts_its_request() {
        let mut ledgers = Ledgers::default();
        claim().note(&reply(200, &answer("usr_b", true)), &mut ledgers);
        assert_eq!(ledgers.of("conv_1").contradictions.len(), 1);
    }

    #[test]
    fn a_refusal_is_written_down_with_the_winner() {
        let mut ledgers = Ledgers::default();
        let body = json!({"code": "already_assigned",
            "current": {"assignee": {"id": "usr_b", "name": "B"}, "version": 4}});
        let outcome = claim().note(&reply(409, &body), &mut ledgers);
        assert_eq!(
            outcome,
            Outcome::Problem(409, "already_assigned".to_owned())
        );
        let winner = Refused {
            version: 4,
            owner: Some("usr_b".to_owned()),
        };
        assert_eq!(ledgers.of("conv_1").refused, [winner]);
    }
}
