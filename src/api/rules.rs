//! The rules of routing: read, and replaced as one ordered list.

use actix_web::http::StatusCode;
use actix_web::http::header::IF_MATCH;
use actix_web::{HttpResponse, web};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::json;
use utoipa::ToSchema;

use super::answers::{self, json_answer};
use super::call::Call;
use super::directory;
use super::error::{Code, Problem};
use super::rights;
use super::wire::{RuleFailureBody, RuleUse, RulesBody, WireTime};
use crate::actors::DirectoryReply;
use crate::commit::StoredAnswer;
use crate::domain::RuleId;
use crate::domain::directory::{
    Directory, DirectoryCommand, DirectoryRejection, ExpectedRules, ReplaceRules,
};
use crate::domain::routing::{ActionDraft, ConditionDraft, RuleDraft, RuleLimits, RuleProblem};
use crate::views::RuleTallies;

pub(super) fn routes(routes: &mut web::ServiceConfig) {
    routes.service(
        web::resource("/v1/routing/rules")
            .route(web::get().to(read))
            .route(web::put().to(replace)),
    );
}

/// All the rules from now on, in order.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ReplaceRules)]
pub(super) struct RulesRequest {
    items: Vec<RuleRequest>,
    /// What an answer says goes back as it came, and means nothing.
    #[serde(default, rename = "version")]
    #[schema(ignore)]
    _version: IgnoredAny,
}

/// A rule. What an answer says about its use may be sent back, and means nothing.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = RuleDraft)]
pub(super) struct RuleRequest {
    /// The id of the present rule that this one continues; a new rule has none.
    id: Option<String>,
    /// What people call it.
    name: String,
    /// Whether it is looked at; it is unless this says otherwise.
    enabled: Option<bool>,
    when: ConditionRequest,
    then: ActionRequest,
    #[serde(default, rename = "matched_count")]
    #[schema(ignore)]
    _matched_count: IgnoredAny,
    #[serde(default, rename = "last_matched_at")]
    #[schema(ignore)]
    _last_matched_at: IgnoredAny,
    #[serde(default, rename = "failed_count")]
    #[schema(ignore)]
    _failed_count: IgnoredAny,
    #[serde(default, rename = "last_failure")]
    #[schema(ignore)]
    _last_failure: IgnoredAny,
    #[serde(default, rename = "warnings")]
    #[schema(ignore)]
    _warnings: IgnoredAny,
}

/// What a rule asks of a new conversation.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ConditionDraft)]
pub(super) struct ConditionRequest {
    /// `channel_is`, `subject_contains`, `from_domain`, `priority_at_least`, `first_message` or
    /// `custom_field`.
    condition: String,
    /// What it compares with; `first_message` takes none.
    value: Option<String>,
    /// The custom field.
    field: Option<String>,
    /// How the custom field compares: `equals`, `not_equals` or `contains`.
    operator: Option<String>,
}

/// What a rule does: `{"action":"assign","user"}`, `{"action":"assign","round_robin"}`,
/// `{"action":"set_priority","priority"}` or `{"action":"add_tag","tag"}`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ActionDraft)]
pub(super) struct ActionRequest {
    /// `assign`, `set_priority` or `add_tag`.
    action: String,
    /// Whom to assign.
    user: Option<String>,
    /// The team in which to go round: its id, or `default` for the whole workspace.
    round_robin: Option<String>,
    /// The priority to set.
    priority: Option<String>,
    /// The tag to add.
    tag: Option<String>,
}

impl RuleRequest {
    /// The rule as it was written; whether it can work is for the domain to say.
    pub(super) fn into_draft(self) -> RuleDraft {
        let (when, then) = (self.when, self.then);
        RuleDraft {
            id: self.id,
            name: self.name,
            enabled: self.enabled.unwrap_or(true),
            when: ConditionDraft {
                condition: when.condition,
                value: when.value,
                field: when.field,
                operator: when.operator,
            },
            then: ActionDraft {
                action: then.action,
                user: then.user,
                round_robin: then.round_robin,
                priority: then.priority,
                tag: then.tag,
            },
        }
    }
}

/// Read the rules
///
/// In the order in which they are looked at: the first enabled one that matches a new conversation
/// applies its action, and no other does.
#[utoipa::path(get, path = "/v1/routing/rules", tag = "Routing", operation_id = "read_rules",
    responses((status = 200, body = RulesBody, description = "The rules")))]
pub(super) async fn read(call: Call) -> Result<HttpResponse, Problem> {
    rights::read_all(&call)?;
    let fold = call.principal.workspace.views().read();
    let directory = &fold.directory.directory;
    let answer = rules(directory, &fold.routing.tallies);
    Ok(answers::respond(answer))
}

/// Replace the rules
///
/// For owners and admins: the whole ordered list at once. A rule that is sent back with its id keeps
/// it, and its counts; a new one gets an id. Rules that could not work are refused, all of them in one
/// answer.
#[utoipa::path(put, path = "/v1/routing/rules", tag = "Routing", operation_id = "replace_rules",
    request_body = RulesRequest,
    responses((status = 200, body = RulesBody, description = "The rules after the change"),
        (status = 422, description = "`rule_invalid`, with `problems`: `[{\"index\",\"field\",\"detail\"}]`; `too_many_items`")))]
pub(super) async fn replace(call: Call) -> Result<HttpResponse, Problem> {
    let request: RulesRequest = call.parse()?;
    let drafts: Vec<_> = request
        .items
        .into_iter()
        .map(RuleRequest::into_draft)
        .collect();
    let state = call.state();
    let command = DirectoryCommand::ReplaceRules(Box::new(ReplaceRules {
        expected: expected(&call)?,
        fresh_ids: fresh_ids(&call, drafts.len()),
        drafts,
        limits: limits(&call),
        rules_max: state.config.routing.rules_max,
    }));
    directory::carry_out(&call, command, replaced).await
}

/// Which version the caller saw. Whether they had to say so is decided with everything else.
fn expected(call: &Call) -> Result<ExpectedRules, Problem> {
    let versions = call.if_match()?;
    let said = call.open.http.headers().contains_key(IF_MATCH);
    Ok(match versions {
        Some(versions) => ExpectedRules::Versions(versions),
        None if said => ExpectedRules::Any,
        None => ExpectedRules::Missing,
    })
}

/// Ids for new rules.
pub(super) fn fresh_ids(call: &Call, count: usize) -> Vec<RuleId> {
    let clock = &call.state().clock;
    (0..count)
        .map(|_| RuleId::from_u128(clock.id128()))
        .collect()
}

/// How long the texts of a rule may be.
pub(super) fn limits(call: &Call) -> RuleLimits {
    let config = &call.state().config;
    RuleLimits {
        name_chars_max: config.routing.rule_name_chars_max,
        value_chars_max: config.routing.condition_value_chars_max,
        field_chars_max: config.limits.custom_field_name_chars_max,
        tag_chars_max: config.limits.tag_chars_max,
    }
}

fn replaced(reply: &DirectoryReply, request_id: &str) -> StoredAnswer {
    let (directory, tallies) = (&reply.directory, &reply.tallies);
    if reply.outcome == Err(DirectoryRejection::RulesChanged) {
        let problem = directory::refused(&DirectoryRejection::RulesChanged);
        let current = json!(body(directory, tallies));
        return problem
            .with("current", current)
            .of_request(request_id)
            .to_answer();
    }
    directory::answer(reply, request_id, |_events, _at| rules(directory, tallies))
}

fn rules(directory: &Directory, tallies: &RuleTallies) -> StoredAnswer {
    StoredAnswer {
        etag: Some(format!("\"{}\"", directory.rules().version)),
        ..json_answer(StatusCode::OK, &body(directory, tallies))
    }
}

fn body(directory: &Directory, tallies: &RuleTallies) -> RulesBody {
    RulesBody::of(directory, |id| {
        let tally = tallies.get(&id).cloned().unwrap_or_default();
        RuleUse {
            matched_count: tally.matched_count,
            last_matched_at: tally.last_matched_at,
            failed_count: tally.failed_count,
            last_failure: tally.last_failure.map(|failure| RuleFailureBody {
                at: WireTime(failure.at),
                reason: failure.reason.as_str(),
                conversation_id: failure.conversation,
            }),
        }
    })
}

/// The refusal that names everything that is wrong with some rules.
pub(super) fn invalid(problems: &[RuleProblem]) -> Problem {
    let path = |problem: &RuleProblem| format!("items[{}].{}", problem.index, problem.field);
    let said: Vec<_> = problems
        .iter()
        .map(|problem| format!("{} {}", path(problem), problem.detail))
        .collect();
    let listed: Vec<_> = problems
        .iter()
        .map(|problem| {
            json!({"index": problem.index, "field": path(problem), "detail": problem.detail})
        })
        .collect();
    Problem::new(Code::RuleInvalid, said.join("; ")).with("problems", json!(listed))
}
