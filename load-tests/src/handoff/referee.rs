//! What has to hold in each conversation: the fence, and that the log and the answers agree.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    log::Entry,
    work::{Answer, Told},
};

/// What was found in one conversation.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Findings {
    pub(super) violations: Vec<String>,
    pub(super) sent: u64,
    pub(super) suppressed: u64,
    pub(super) taken_over: u64,
}

/// Judges one conversation: its entries in order, and what everybody was told of it.
pub(super) fn judge(id: &str, entries: &[Entry], told: &[&Told]) -> Findings {
    let mut findings = Findings::default();
    fence(entries, &mut findings);
    replies(entries, told, &mut findings);
    take_overs(entries, told, &mut findings);
    for violation in &mut findings.violations {
        *violation = format!("{id}: {violation}");
    }
    findings
}

/// FENCE: nothing is sent after a take over, and there is one at most.
fn fence(entries: &[Entry], findings: &mut Findings) {
    let mut taken_over = false;
    for entry in entries {
        match entry.kind.as_str() {
            "taken_over" => {
                if taken_over {
                    findings
                        .violations
                        .push("it was taken over twice".to_owned());
                }
                taken_over = true;
                findings.taken_over += 1;
            }
            "ai_reply_sent" => {
                findings.sent += 1;
                if taken_over {
                    let version = entry.version;
                    findings.violations.push(format!(
                        "FENCE: version {version} sends a reply after the take over"
                    ));
                }
            }
            "ai_reply_suppressed" => findings.suppressed += 1,
            _ => {}
        }
    }
}

/// Every reply has one answer, and one record that says the same.
fn replies(entries: &[Entry], told: &[&Told], findings: &mut Findings) {
    let violations = &mut findings.violations;
    let mut records: BTreeMap<&str, Vec<&Entry>> = BTreeMap::new();
    for entry in entries {
        if let Some(text) = entry.text() {
            records.entry(text).or_default().push(entry);
        }
    }
    let mut silences: BTreeSet<u64> = entries
        .iter()
        .filter(|entry| entry.kind == "ai_handling_ended" && entry.why("outcome") == "silent")
        .map(|entry| entry.version)
        .collect();
    for one in told {
        match &one.answer {
            Answer::Reply {
                outcome, version, ..
            } if outcome == "silent" => {
                if !silences.remove(version) {
                    violations.push(format!("a silence at version {version} is not recorded"));
                }
            }
            Answer::Reply { text, .. } => {
                let found = records.remove(text.as_str()).unwrap_or_default();
                match found.as_slice() {
                    [record] if agrees(record, &one.answer) => {}
                    [record] => violations.push(format!(
                        "the log has {} at version {} where the AI was told {:?}",
                        record.kind, record.version, one.answer
                    )),
                    many => violations.push(format!(
                        "{} records of one reply: {:?}",
                        many.len(),
                        one.answer
                    )),
                }
            }
            Answer::Wrong(what) => violations.push(what.clone()),
            Answer::TookOver { .. } | Answer::Refused { .. } => {}
        }
    }
    violations.extend(
        records
            .keys()
            .map(|text| format!("nobody was told of the reply {text}")),
    );
    violations.extend(
        silences
            .iter()
            .map(|version| format!("nobody was told of the silence at version {version}")),
    );
}

fn agrees(record: &Entry, answer: &Answer) -> bool {
    let Answer::Reply {
        outcome,
        reason,
        message,
        version,
        ..
    } = answer
    else {
        return false;
    };
    let kind = match outcome.as_str() {
        "sent" => "ai_reply_sent",
        "drafted" => "ai_draft_saved",
        "suppressed" => "ai_reply_suppressed",
        _ => return false,
    };
    record.kind == kind
        && record.version == *version
        && record.why("outcome") == outcome
        && record.why("reason") == reason
        && record.message_id() == message.as_deref()
}

/// One agent was told that they took over, and what the AI had said last; the others were refused.
fn take_overs(entries: &[Entry], told: &[&Told], findings: &mut Findings) {
    let violations = &mut findings.violations;
    let at = entries.iter().position(|entry| entry.kind == "taken_over");
    let stamp = at.and_then(|at| entries.get(at));
    let by = stamp.and_then(|stamp| stamp.actor.get("id")?.as_str());
    let before = entries.get(..at.unwrap_or(0)).unwrap_or_default();
    let last = before
        .iter()
        .rev()
        .find(|entry| entry.kind == "ai_reply_sent");
    let last = last.and_then(Entry::message_id);
    let mut granted = 0_u64;
    for one in told {
        match &one.answer {
            Answer::TookOver {
                user,
                changed,
                last: told,
            } => {
                granted += 1;
                if !changed || by != Some(user.as_str()) {
                    violations.push(format!("{user} was told to have it, the log says {by:?}"));
                }
                if told.as_deref() != last {
                    violations.push(format!(
                        "the take over told of {told:?}, the AI's last reply was {last:?}"
                    ));
                }
            }
            Answer::Refused { code } => {
                let expected = if stamp.is_some() {
                    "already_taken_over"
                } else {
                    "not_in_ai_queue"
                };
                if code != expected {
                    violations.push(format!("a take over was refused with {code}"));
                }
            }
            Answer::Reply { .. } | Answer::Wrong(_) => {}
        }
    }
    if granted != findings.taken_over {
        let taken_over = findings.taken_over;
        violations.push(format!(
            "{granted} agents were told to have it, the log has {taken_over} take overs"
        ));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn sent(version: u64, text: &str) -> Entry {
        Entry {
            version,
            kind: "ai_reply_sent".to_owned(),
            message: json!({"id": format!("m{version}"), "body": text}),
            why: json!({"outcome": "sent", "reason": "confidence"}),
            ..Entry::default()
        }
    }

    fn suppressed(version: u64, text: &str) -> Entry {
        Entry {
            version,
            kind: "ai_reply_suppressed".to_owned(),
            why: json!({"outcome": "suppressed", "reason": "handed_off", "body": text}),
            ..Entry::default()
        }
    }

    fn taken_over(version: u64, by: &str) -> Entry {
        Entry {
            version,
            kind: "taken_over".to_owned(),
            actor: json!({"id": by}),
            ..Entry::default()
        }
    }

    fn told(answer: Answer) -> Told {
        Told {
            conversation: "c".to_owned(),
            answer,
        }
    }

    fn reply(text: &str, outcome: &str, version: u64) -> Told {
        let is_sent = outcome == "sent";
        told(Answer::Reply {
            text: text.to_owned(),
            outcome: outcome.to_owned(),
            reason: if is_sent { "confidence" } else { "handed_off" }.to_owned(),
            message: is_sent.then(|| format!("m{version}")),
            version,
        })
    }

    fn took_over(user: &str, last: Option<&str>) -> Told {
        told(Answer::TookOver {
            user: user.to_owned(),
            changed: true,
            last: last.map(str::to_owned),
        })
    }

    fn refused() -> Told {
        told(Answer::Refused {
            code: "already_taken_over".to_owned(),
        })
    }

    fn entries() -> Vec<Entry> {
        vec![sent(2, "a"), taken_over(3, "maya"), suppressed(4, "b")]
    }

    fn answers() -> Vec<Told> {
        vec![
            refused(),
            reply("b", "suppressed", 4),
            took_over("maya", Some("m2")),
            reply("a", "sent", 2),
        ]
    }

    fn found(entries: &[Entry], told: &[Told]) -> String {
        let told: Vec<&Told> = told.iter().collect();
        judge("c", entries, &told).violations.join("; ")
    }

    #[test]
    fn a_log_that_agrees_with_the_answers_is_right() {
        let told = answers();
        let told: Vec<&Told> = told.iter().collect();
        let findings = judge("c", &entries(), &told);
        let expected = Findings {
            sent: 1,
            suppressed: 1,
            taken_over: 1,
            ..Findings::default()
        };
        assert_eq!(findings, expected);
    }

    #[test]
    fn a_reply_after_the_take_over_is_found() {
        let entries = [sent(2, "a"), taken_over(3, "maya"), sent(4, "b")];
        let mut told = answers();
        told[1] = reply("b", "sent", 4);
        let found = found(&entries, &told);
        assert!(found.starts_with("c: FENCE: version 4"), "{found}");
    }

    #[test]
    fn a_block_that_is_not_recorded_is_found() {
        let found = found(&entries()[..2], &answers());
        assert!(found.contains("0 records of one reply"), "{found}");
    }

    #[test]
    fn a_record_that_nobody_was_told_of_is_found() {
        let mut told = answers();
        told.remove(3);
        assert_eq!(
            found(&entries(), &told),
            "c: nobody was told of the reply a"
        );
    }

    #[test]
    fn a_reply_that_was_recorded_twice_is_found() {
        let mut entries = entries();
        entries.insert(1, sent(2, "a"));
        let found = found(&entries, &answers());
        assert!(found.contains("2 records of one reply"), "{found}");
    }

    #[test]
    fn an_answer_that_says_something_else_is_found() {
        let mut told = answers();
        told[1] = reply("b", "sent", 4);
        let found = found(&entries(), &told);
        assert!(found.contains("the log has ai_reply_suppressed"), "{found}");
    }

    #[test]
    fn a_take_over_that_tells_of_another_reply_is_found() {
        let mut told = answers();
        told[2] = took_over("maya", None);
        let found = found(&entries(), &told);
        assert!(found.contains("the take over told of None"), "{found}");
    }

    #[test]
    fn two_who_were_told_to_have_it_are_found() {
        let mut told = answers();
        told[0] = took_over("sam", Some("m2"));
        let found = found(&entries(), &told);
        assert!(found.contains("sam was told to have it"), "{found}");
        assert!(found.contains("2 agents were told"), "{found}");
    }
}
