//! The gate against a table that says the same in another form.

use std::sync::Arc;

use ochre_assign::domain::ai_gate::{AiScore, judge};
use ochre_assign::domain::conversation::{AiMode, Conversation, Handoff, Status};
use ochre_assign::domain::directory::{Autopilot, AutopilotSettings};
use ochre_assign::domain::{Timestamp, UserId};
use proptest::collection::vec;
use proptest::prelude::{Strategy, any};
use proptest::sample::select;
use proptest::{option, prop_assert_eq, proptest};

use crate::world::World;

/// Everything that the gate looks at.
#[derive(Debug, Clone)]
struct Facts {
    handed_off: bool,
    handling: bool,
    status: Status,
    labels: Vec<String>,
    tags: Vec<String>,
    mode: AiMode,
    enabled: bool,
    confidence: u8,
    silence_floor: u8,
    auto_send_floor: u8,
    bypass: Vec<String>,
}

/// A row of the contract's table: when it hits, and what it says.
type Row = (fn(&Facts) -> bool, &'static str, &'static str);

/// In the contract's order; the first that hits decides.
const TABLE: &[Row] = &[
    (|facts| facts.handed_off, "suppressed", "handed_off"),
    (|facts| !facts.handling, "suppressed", "not_handling"),
    (
        |facts| facts.status.as_str() != "open",
        "suppressed",
        "not_handling",
    ),
    (is_bypassed, "suppressed", "bypass"),
    (|facts| facts.mode.as_str() == "off", "silent", "mode"),
    (|facts| !facts.enabled, "drafted", "mode"),
    (|facts| facts.mode.as_str() != "auto", "drafted", "mode"),
    (
        |facts| facts.confidence < facts.silence_floor,
        "silent",
        "confidence",
    ),
    (
        |facts| facts.confidence < facts.auto_send_floor,
        "drafted",
        "confidence",
    ),
    (|_facts| true, "sent", "confidence"),
];

fn is_bypassed(facts: &Facts) -> bool {
    facts.bypass.iter().any(|bypass| {
        let same = |word: &String| word.eq_ignore_ascii_case(bypass);
        facts.labels.iter().any(same) || facts.tags.iter().any(same)
    })
}

fn facts() -> impl Strategy<Value = Facts> {
    let words = |words: &'static [&'static str]| {
        vec(select(words.to_vec()), 0..3)
            .prop_map(|words| words.into_iter().map(str::to_owned).collect::<Vec<_>>())
    };
    let stands = (
        proptest::bool::weighted(0.2),
        proptest::bool::weighted(0.8),
        option::weighted(0.2, select(Status::ALL)),
        words(&["refund", "Bug", "spam", "vip"]),
        words(&["refund", "BUG", "vip"]),
    );
    let may = (select(AiMode::ALL), proptest::bool::weighted(0.8));
    let floors = (0..=100_u8, 0..=100_u8, 0..=100_u8);
    (stands, may, floors, words(&["bug", "Spam"])).prop_map(|(stands, may, floors, bypass)| {
        let (handed_off, handling, status, labels, tags) = stands;
        let (mode, enabled) = may;
        let (confidence, silence_floor, auto_send_floor) = floors;
        Facts {
            handed_off,
            handling,
            status: status.unwrap_or(Status::Open),
            labels,
            tags,
            mode,
            enabled,
            confidence,
            silence_floor,
            auto_send_floor,
            bypass,
        }
    })
}

fn conversation(facts: &Facts) -> Conversation {
    let mut conversation = World::new().conversations.into_values().next().unwrap();
    conversation.status = facts.status;
    conversation.tags = Arc::new(facts.tags.clone());
    conversation.ai.handling = facts.handling;
    conversation.ai.mode = facts.mode;
    conversation.ai.handoff = facts.handed_off.then_some(Handoff {
        by: UserId::from_u128(3),
        at: Timestamp::EPOCH,
    });
    conversation
}

fn autopilot(facts: &Facts, other: AutopilotSettings) -> Autopilot {
    let in_force = AutopilotSettings {
        auto_send_floor: facts.auto_send_floor,
        silence_floor: facts.silence_floor,
        bypass: facts.bypass.clone(),
        ..AutopilotSettings::default()
    };
    let (while_on, while_off) = if facts.enabled {
        (in_force, other)
    } else {
        (other, in_force)
    };
    Autopilot {
        enabled: facts.enabled,
        while_on,
        while_off,
    }
}

fn other_settings() -> impl Strategy<Value = AutopilotSettings> {
    (any::<u8>(), any::<u8>()).prop_map(|(auto_send_floor, silence_floor)| AutopilotSettings {
        auto_send_floor,
        silence_floor,
        ..AutopilotSettings::default()
    })
}

proptest! {
    #[test]
    fn s06_the_gate_says_what_the_table_says(facts in facts(), other in other_settings()) {
        let score = AiScore { confidence: facts.confidence, labels: facts.labels.clone() };
        let verdict = judge(&conversation(&facts), &autopilot(&facts, other), &score);
        let (_, outcome, reason) = TABLE.iter().find(|(hits, ..)| hits(&facts)).unwrap();
        prop_assert_eq!((verdict.outcome.as_str(), verdict.reason.as_str()), (*outcome, *reason));
        // A draft, a silence or a bypass needs a person.
        let ends = matches!((*outcome, *reason), ("drafted" | "silent", _) | (_, "bypass"));
        prop_assert_eq!(verdict.ends_handling(), ends);
    }
}
