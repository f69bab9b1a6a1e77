//! Rules: what matches, what follows, what is refused and what is warned about.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{
    Action, ActionDraft, Condition, ConditionDraft, Facts, LeftUnassigned, Miss, Operator, Rule,
    RuleDraft, RuleLimits, RuleSet, Simulation, Warning, choose, validate, warnings,
};
use crate::domain::conversation::{Channel, Priority};
use crate::domain::directory::{Directory, DirectoryEvent, Ineligible};
use crate::domain::rotation::{Rotation, TeamRef};
use crate::domain::testing::{
    ADMIN, DEACTIVATED, MAYA, OWNER, SAM, STRANGER, Scenario, VIEWER, deactivated,
};
use crate::domain::{RuleId, TeamId};

const TEAM: TeamId = TeamId::from_u128(1);

/// What a conversation is asked about.
struct Asked {
    channel: Channel,
    subject: &'static str,
    email: &'static str,
    priority: Priority,
    fields: BTreeMap<String, String>,
    first_message: bool,
}

impl Asked {
    fn plain() -> Self {
        Self {
            channel: Channel::Email,
            subject: "Where is my Order?",
            email: "kim@Mail.Example.com",
            priority: Priority::High,
            fields: [("plan".to_owned(), "pro plus".to_owned())].into(),
            first_message: true,
        }
    }

    fn facts(&self) -> Facts<'_> {
        Facts {
            channel: self.channel,
            subject: self.subject,
            email: self.email,
            priority: self.priority,
            custom_fields: &self.fields,
            first_message: self.first_message,
        }
    }
}

fn field(field: &str, operator: Operator, value: &str) -> Condition {
    Condition::CustomField {
        field: field.into(),
        operator,
        value: value.into(),
    }
}

fn subject(value: &str) -> Condition {
    Condition::SubjectContains {
        value: value.into(),
    }
}

fn domain(value: &str) -> Condition {
    Condition::FromDomain {
        value: value.into(),
    }
}

const fn at_least(value: Priority) -> Condition {
    Condition::PriorityAtLeast { value }
}

fn rule(id: u128, when: Condition, then: Action) -> Rule {
    Rule {
        id: RuleId::from_u128(id),
        name: format!("rule {id}").into(),
        enabled: true,
        when,
        then,
    }
}

const fn to(user: crate::domain::UserId) -> Action {
    Action::AssignUser { user }
}

#[test]
fn s04_each_condition_matches_what_it_says() {
    let asked = Asked::plain();
    let matching = [
        Condition::ChannelIs {
            value: Channel::Email,
        },
        subject("where IS my ord"),
        domain("example.com"),
        domain("MAIL.example.com"),
        domain("@example.com"),
        at_least(Priority::Low),
        at_least(Priority::High),
        Condition::FirstMessage,
        field("plan", Operator::Equals, "pro plus"),
        field("plan", Operator::NotEquals, "pro"),
        field("seat", Operator::NotEquals, "pro"),
        field("plan", Operator::Contains, "o pl"),
    ];
    for condition in matching {
        assert_eq!(condition.miss(&asked.facts()), None, "{condition:?}");
    }
    let missing = [
        (
            Condition::ChannelIs {
                value: Channel::Chat,
            },
            Miss::OtherChannel,
        ),
        (subject("refund"), Miss::TextNotInSubject),
        (domain("ample.com"), Miss::OtherDomain),
        (domain("kim.mail.example.com"), Miss::OtherDomain),
        (domain("com.example"), Miss::OtherDomain),
        (at_least(Priority::Urgent), Miss::PriorityTooLow),
        (field("plan", Operator::Equals, "pro"), Miss::FieldDiffers),
        (
            field("plan", Operator::NotEquals, "pro plus"),
            Miss::FieldDiffers,
        ),
        (field("plan", Operator::Contains, "PRO"), Miss::FieldDiffers),
        (field("seat", Operator::Equals, ""), Miss::FieldDiffers),
        (field("seat", Operator::Contains, "pro"), Miss::FieldDiffers),
    ];
    for (condition, miss) in missing {
        assert_eq!(condition.miss(&asked.facts()), Some(miss), "{condition:?}");
    }
    let again = Asked {
        first_message: false,
        ..Asked::plain()
    };
    let miss = Condition::FirstMessage.miss(&again.facts());
    assert_eq!(miss, Some(Miss::NotFirstMessage));
}

#[test]
fn s04_a_domain_ends_at_the_boundary_of_a_label() {
    let matches = |email, value| {
        let asked = Asked {
            email,
            ..Asked::plain()
        };
        domain(value).miss(&asked.facts()).is_none()
    };
    assert!(matches("a@example.com", "example.com"));
    assert!(matches("a@x.y.example.com", "example.com"));
    assert!(!matches("a@notexample.com", "example.com"));
    assert!(!matches("example.com@other.test", "example.com"));
    assert!(!matches("a@example.com.test", "example.com"));
    assert!(!matches("nonsense", "nonsense"));
}

#[test]
fn b40_the_first_enabled_rule_that_matches_decides() {
    let mut rules = vec![
        rule(1, subject("order"), to(MAYA)),
        rule(2, subject("refund"), to(SAM)),
        rule(3, Condition::FirstMessage, to(ADMIN)),
        rule(4, subject("order"), to(OWNER)),
    ];
    rules[0].enabled = false;
    let asked = Asked::plain();
    let choice = choose(&rules, &asked.facts());
    assert_eq!(choice.matched.map(|rule| rule.id), Some(rules[2].id));
    let passed: Vec<_> = choice
        .passed_over
        .iter()
        .map(|one| (one.rule.as_u128(), one.reason))
        .collect();
    assert_eq!(passed, [(1, Miss::Disabled), (2, Miss::TextNotInSubject)]);
}

#[test]
fn x09_a_rule_below_one_that_always_matches_first_is_warned_about() {
    let by = RuleId::from_u128(1);
    let covered = [
        (at_least(Priority::Low), Condition::FirstMessage),
        (at_least(Priority::High), at_least(Priority::Urgent)),
        (subject("ord"), subject("My ORDER")),
        (domain("example.com"), domain("mail.example.com")),
        (
            field("a", Operator::Contains, "x"),
            field("a", Operator::Equals, "axe"),
        ),
        (
            field("a", Operator::NotEquals, "x"),
            field("a", Operator::Equals, "y"),
        ),
        (
            field("a", Operator::NotEquals, "x"),
            field("a", Operator::Contains, "xy"),
        ),
        (Condition::FirstMessage, Condition::FirstMessage),
    ];
    let scenario = Scenario::new();
    let directory = &scenario.directory().directory;
    for (above, below) in covered {
        let rules = [rule(1, above, to(MAYA)), rule(2, below, to(SAM))];
        let warned = warnings(&rules, directory);
        assert_eq!(
            warned,
            [vec![], vec![Warning::NeverReached { by }]],
            "{rules:?}"
        );
        let mut switched_off = rules.clone();
        switched_off[0].enabled = false;
        assert_eq!(warnings(&switched_off, directory)[1], []);
    }
    let reached = [
        (at_least(Priority::Normal), Condition::FirstMessage),
        (at_least(Priority::Urgent), at_least(Priority::High)),
        (subject("orders"), subject("order")),
        (domain("mail.example.com"), domain("example.com")),
        (domain("example.com"), domain("notexample.com")),
        (
            field("a", Operator::Equals, "x"),
            field("a", Operator::Contains, "x"),
        ),
        (
            field("a", Operator::Contains, "x"),
            field("b", Operator::Contains, "x"),
        ),
        (
            field("a", Operator::NotEquals, "xy"),
            field("a", Operator::Contains, "x"),
        ),
        (
            field("a", Operator::Equals, "x"),
            field("a", Operator::NotEquals, "y"),
        ),
    ];
    for (above, below) in reached {
        let rules = [rule(1, above, to(MAYA)), rule(2, below, to(SAM))];
        assert_eq!(warnings(&rules, directory)[1], [], "{rules:?}");
    }
}

#[test]
fn x09_a_target_that_cannot_be_assigned_any_more_is_warned_about() {
    let scenario = Scenario::new()
        .given([DirectoryEvent::TeamCreated {
            team: TEAM,
            name: "Billing".into(),
            members: vec![SAM],
        }])
        .given([deactivated(SAM)]);
    let team = TeamRef::Team(TEAM);
    let rules = [
        rule(1, subject("a"), to(SAM)),
        rule(2, subject("b"), Action::RoundRobin { team }),
        rule(
            3,
            subject("c"),
            Action::RoundRobin {
                team: TeamRef::Default,
            },
        ),
    ];
    let warned = warnings(&rules, &scenario.directory().directory);
    let expected = [
        vec![Warning::TargetNotEligible { user: SAM }],
        vec![Warning::NobodyEligible { team }],
        vec![],
    ];
    assert_eq!(warned, expected);
}

const LIMITS: RuleLimits = RuleLimits {
    name_chars_max: 10,
    value_chars_max: 12,
    field_chars_max: 5,
    tag_chars_max: 5,
};

fn some(text: impl ToString) -> Option<String> {
    Some(text.to_string())
}

fn draft(when: ConditionDraft, then: ActionDraft) -> RuleDraft {
    RuleDraft {
        id: None,
        name: "rule".to_owned(),
        enabled: true,
        when,
        then,
    }
}

fn when(condition: &str, value: Option<&str>) -> ConditionDraft {
    ConditionDraft {
        condition: condition.to_owned(),
        value: value.map(str::to_owned),
        ..ConditionDraft::default()
    }
}

fn add_tag() -> ActionDraft {
    ActionDraft {
        action: "add_tag".to_owned(),
        tag: some("x"),
        ..ActionDraft::default()
    }
}

fn assign(user: impl ToString) -> ActionDraft {
    ActionDraft {
        action: "assign".to_owned(),
        user: some(user),
        ..ActionDraft::default()
    }
}

fn round_robin(team: impl ToString) -> ActionDraft {
    ActionDraft {
        action: "assign".to_owned(),
        round_robin: some(team),
        ..ActionDraft::default()
    }
}

fn problems(drafts: &[RuleDraft]) -> Vec<(usize, &'static str)> {
    let scenario = Scenario::new().given([DirectoryEvent::TeamCreated {
        team: TEAM,
        name: "Away".into(),
        members: vec![VIEWER],
    }]);
    let ids: Vec<_> = (0..).map(RuleId::from_u128).take(drafts.len()).collect();
    let checked = validate(drafts, &ids, &scenario.directory().directory, &LIMITS);
    let problems = checked.err().unwrap_or_default().into_iter();
    problems.map(|one| (one.index, one.field)).collect()
}

#[test]
fn x09_every_problem_of_every_rule_is_named_at_once() {
    let bad = [
        draft(when("moon_is", Some("full")), add_tag()),
        draft(when("channel_is", Some("fax")), assign(STRANGER)),
        RuleDraft {
            name: " ".to_owned(),
            ..draft(when("subject_contains", Some(" ")), assign(VIEWER))
        },
        draft(when("from_domain", Some("a b")), assign(DEACTIVATED)),
        draft(
            when("first_message", Some("x")),
            round_robin(TeamId::from_u128(7)),
        ),
        draft(when("custom_field", None), round_robin(TEAM)),
        draft(
            when("priority_at_least", None),
            ActionDraft {
                action: "set_priority".to_owned(),
                priority: some("huge"),
                tag: some("x"),
                ..ActionDraft::default()
            },
        ),
    ];
    let expected = [
        (0, "when.condition"),
        (1, "when.value"),
        (1, "then.user"),
        (2, "name"),
        (2, "when.value"),
        (2, "then.user"),
        (3, "when.value"),
        (3, "then.user"),
        (4, "when.value"),
        (4, "then.round_robin"),
        (5, "when.field"),
        (5, "when.operator"),
        (5, "when.value"),
        (5, "then.round_robin"),
        (6, "when.value"),
        (6, "then.tag"),
        (6, "then.priority"),
    ];
    assert_eq!(problems(&bad), expected);
}

#[test]
fn x09_texts_have_their_limits_and_ids_their_place() {
    let long = "x".repeat(13);
    let bad = [
        RuleDraft {
            name: "x".repeat(11),
            ..draft(when("subject_contains", Some(&long)), add_tag())
        },
        RuleDraft {
            id: some(RuleId::from_u128(5)),
            ..draft(when("first_message", None), assign(MAYA))
        },
        draft(
            when("first_message", None),
            ActionDraft {
                tag: some("xxxxxx"),
                ..add_tag()
            },
        ),
        draft(
            when("first_message", None),
            ActionDraft {
                round_robin: some("default"),
                ..assign(MAYA)
            },
        ),
    ];
    let expected = [
        (0, "name"),
        (0, "when.value"),
        (1, "id"),
        (2, "then.tag"),
        (3, "then.round_robin"),
    ];
    assert_eq!(problems(&bad), expected);
    let good = [
        draft(when("subject_contains", Some("Größe")), assign(MAYA)),
        draft(
            when("from_domain", Some("@example.com")),
            round_robin("default"),
        ),
        // A rule that is switched off may name somebody who is away.
        RuleDraft {
            enabled: false,
            ..draft(when("first_message", None), assign(DEACTIVATED))
        },
    ];
    assert_eq!(problems(&good), []);
}

fn directory(rules: Vec<Rule>, extra: impl IntoIterator<Item = DirectoryEvent>) -> Arc<Directory> {
    let mut scenario = Scenario::new().given([DirectoryEvent::TeamCreated {
        team: TEAM,
        name: "Support".into(),
        members: vec![MAYA, SAM, DEACTIVATED],
    }]);
    for event in extra {
        scenario = scenario.given([event]);
    }
    let directory = &scenario.directory().directory;
    Arc::new(directory.with_rules(RuleSet {
        version: 1,
        items: rules,
    }))
}

#[test]
fn x04_a_simulation_goes_round_without_a_consequence() {
    let team = TeamRef::Team(TEAM);
    let rules = vec![
        rule(1, subject("vip"), to(OWNER)),
        rule(2, at_least(Priority::Low), Action::RoundRobin { team }),
    ];
    let directory = directory(rules, []);
    let mut rotation = Rotation::default();
    rotation.follow(directory.revision(), || directory.members(team));
    rotation.take(MAYA);
    let rotations: BTreeMap<_, _> = [(team, rotation)].into();
    let mut simulation = Simulation::new(&directory, None, rotations.clone());
    let vip = Asked {
        subject: "VIP",
        ..Asked::plain()
    };
    let mut picks = Vec::new();
    for asked in [Asked::plain(), vip, Asked::plain(), Asked::plain()] {
        let route = simulation.next(&asked.facts());
        let turn = route.record.rotation.and_then(|spin| spin.turn);
        let Some(super::Effect::Assign { user, .. }) = route.effect else {
            panic!("{route:?}");
        };
        picks.push((user, turn));
    }
    // B42: the VIP's conversation spends no turn.
    let expected = [
        (SAM, Some(2)),
        (OWNER, None),
        (MAYA, Some(3)),
        (SAM, Some(4)),
    ];
    assert_eq!(picks, expected);
    let again = Simulation::new(&directory, None, rotations).next(&Asked::plain().facts());
    let skipped: Vec<_> = again
        .record
        .candidates
        .iter()
        .filter_map(|one| Some((one.user, one.ineligible?)))
        .collect();
    assert_eq!(skipped, [(DEACTIVATED, Ineligible::Deactivated)]);
}

#[test]
fn b44_what_nobody_can_get_says_why() {
    let team = TeamRef::Team(TEAM);
    let outcome = |then: Action, gone: &[DirectoryEvent]| {
        let rules = vec![rule(1, at_least(Priority::Low), then)];
        let directory = directory(rules, gone.iter().cloned());
        let mut simulation = Simulation::new(&directory, None, BTreeMap::new());
        let route = simulation.next(&Asked::plain().facts());
        assert!(route.effect.is_none(), "{route:?}");
        route.record
    };
    let record = outcome(to(SAM), &[deactivated(SAM)]);
    assert_eq!(
        record.left_unassigned,
        Some(LeftUnassigned::TargetNotEligible)
    );
    assert_eq!(
        record.candidates[0].ineligible,
        Some(Ineligible::Deactivated)
    );
    let record = outcome(
        Action::RoundRobin { team },
        &[deactivated(SAM), deactivated(MAYA)],
    );
    assert_eq!(record.left_unassigned, Some(LeftUnassigned::NobodyEligible));
    assert_eq!(record.candidates.len(), 3);
    assert_eq!(record.rotation.unwrap().turn, None);
    let failure = record.failure().unwrap();
    assert_eq!(
        failure,
        (RuleId::from_u128(1), LeftUnassigned::NobodyEligible)
    );
}
