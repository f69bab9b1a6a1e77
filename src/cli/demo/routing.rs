//! The team of six and the rules of the demo.

use super::people::Cast;
use crate::app::App;
use crate::cli::error::CliError;
use crate::cli::offline;
use crate::domain::directory::{CreateTeam, DirectoryCommand, ExpectedRules, ReplaceRules};
use crate::domain::routing::{ActionDraft, ConditionDraft, RuleDraft, RuleLimits};
use crate::domain::{Caller, RuleId, TeamId};

/// What the team is called.
const TEAM: &str = "Support";

/// Makes the team and the rules, unless the workspace has a team or rules already: they may be a
/// visitor's.
pub(super) async fn arrange(app: &App, cast: &Cast) -> Result<(), CliError> {
    let directory = cast.workspace.views().directory();
    if directory.teams().len() > 0 || !directory.rules().items.is_empty() {
        return Ok(());
    }
    let (state, caller) = (app.state(), Caller::User(cast.owner));
    let team = TeamId::from_u128(state.clock.id128());
    let routing = &state.config.routing;
    let command = DirectoryCommand::CreateTeam(CreateTeam {
        id: team,
        name: TEAM.into(),
        members: cast.agents.clone(),
        teams_max: routing.teams_max,
        members_max: routing.team_members_max,
    });
    offline::execute(app, &cast.workspace, caller.clone(), command).await?;
    let drafts = rules(cast, team);
    let fresh = drafts
        .iter()
        .map(|_| RuleId::from_u128(state.clock.id128()));
    let limits = &state.config.limits;
    let command = DirectoryCommand::ReplaceRules(Box::new(ReplaceRules {
        expected: ExpectedRules::Any,
        fresh_ids: fresh.collect(),
        drafts,
        limits: RuleLimits {
            name_chars_max: routing.rule_name_chars_max,
            value_chars_max: routing.condition_value_chars_max,
            field_chars_max: limits.custom_field_name_chars_max,
            tag_chars_max: limits.tag_chars_max,
        },
        rules_max: routing.rules_max,
    }));
    offline::execute(app, &cast.workspace, caller, command).await?;
    Ok(())
}

/// The rules, in the order in which they are looked at. What comes by chat is left to the AI and to
/// whoever is fastest.
fn rules(cast: &Cast, team: TeamId) -> Vec<RuleDraft> {
    let senior = || ActionDraft {
        action: "assign".to_owned(),
        user: Some(cast.senior.to_string()),
        ..ActionDraft::default()
    };
    let in_turn = || ActionDraft {
        action: "assign".to_owned(),
        round_robin: Some(team.to_string()),
        ..ActionDraft::default()
    };
    let urgent = ActionDraft {
        action: "set_priority".to_owned(),
        priority: Some("urgent".to_owned()),
        ..ActionDraft::default()
    };
    let privacy = ActionDraft {
        action: "add_tag".to_owned(),
        tag: Some("legal".to_owned()),
        ..ActionDraft::default()
    };
    vec![
        rule(
            "Adeyemi's shops are Sam's",
            ("from_domain", "adeyemi.example"),
            senior(),
        ),
        rule("Hot lanterns first", ("subject_contains", "hums"), urgent),
        rule(
            "Deletion is a legal matter",
            ("subject_contains", "delete my account"),
            privacy,
        ),
        RuleDraft {
            enabled: false,
            ..rule(
                "While everybody is away",
                ("priority_at_least", "low"),
                senior(),
            )
        },
        rule("Integrations go round", ("channel_is", "slack"), in_turn()),
        rule("Mail goes round", ("channel_is", "email"), in_turn()),
    ]
}

fn rule(name: &str, (condition, value): (&str, &str), then: ActionDraft) -> RuleDraft {
    RuleDraft {
        id: None,
        name: name.to_owned(),
        enabled: true,
        when: ConditionDraft {
            condition: condition.to_owned(),
            value: Some(value.to_owned()),
            ..ConditionDraft::default()
        },
        then,
    }
}
