//! Routing simulated (X04): drafts of rules against the present ones, without any consequence.

use std::collections::BTreeMap;
use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::answers::{self, json_answer};
use super::call::Call;
use super::error::{Code, Problem};
use super::rules::{self, RuleRequest};
use super::simulated_facts::{self, FactsRequest, PastRequest, Simulated};
use super::wire::DecisionBody;
use crate::commit::StoredAnswer;
use crate::domain::directory::Role;
use crate::domain::rotation::TeamRef;
use crate::domain::routing::{Effect, Route, Rule, Simulation, validate};
use crate::domain::{ConversationId, UserId};

/// How many candidates each decision of a simulation lists.
const CANDIDATES_MAX: usize = 8;

pub(super) fn routes(routes: &mut web::ServiceConfig) {
    routes.service(web::resource("/v1/routing/simulate").route(web::post().to(simulate)));
}

/// What to simulate: `conversations` or `past`, one of them.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Simulate)]
pub(super) struct SimulateRequest {
    /// The rules to try; the present ones unless given.
    rules: Option<Vec<RuleRequest>>,
    /// Made-up conversations, one after the other.
    conversations: Option<Vec<FactsRequest>>,
    /// All that were created in a stretch of time, by what they were then.
    past: Option<PastRequest>,
}

/// What would come of each conversation.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Simulation)]
pub(super) struct SimulationBody {
    /// One for each conversation, in their order.
    items: Vec<SimulatedBody>,
    /// How many conversations each person would get by the rules that are tried.
    #[schema(value_type = BTreeMap<String, u64>)]
    spread: BTreeMap<UserId, u64>,
    /// How many nobody would get.
    unassigned: u64,
    /// How many of the decisions differ from those of the present rules.
    different: u64,
}

/// A conversation by the rules that are tried, and by the present ones.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SimulatedDecision)]
pub(super) struct SimulatedBody {
    /// Which; made-up ones have no id.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, nullable = false)]
    conversation: Option<ConversationId>,
    /// What the rules that are tried decide.
    draft: DecisionBody,
    /// What the present rules decide.
    live: DecisionBody,
    /// Whether something else comes of it: another assignee, priority or tag.
    differs: bool,
}

/// Simulate routing
///
/// For agents and above. Conversations go by one after the other, on copies of the rotations as they
/// stand: nothing changes, no turn is spent, no count moves. So an `Idempotency-Key` is not remembered.
#[utoipa::path(post, path = "/v1/routing/simulate", tag = "Routing", operation_id = "simulate_routing",
    request_body = SimulateRequest,
    responses((status = 200, body = SimulationBody, description = "What would come of each conversation"),
        (status = 422, description = "`rule_invalid`, with `problems`; `too_many_items`")))]
pub(super) async fn simulate(call: Call) -> Result<HttpResponse, Problem> {
    let request: SimulateRequest = call.parse()?;
    may_simulate(&call)?;
    let draft = request.rules.map(|rules| draft(&call, rules)).transpose()?;
    let permit = call.state().guards.simulation()?;
    let conversations = match (request.conversations, request.past) {
        (Some(requests), None) => simulated_facts::made_up(&call, requests)?,
        (None, Some(span)) => simulated_facts::past(&call, &span).await?,
        (Some(_), Some(_)) | (None, None) => {
            let detail = "exactly one of `conversations` and `past` must be given";
            return Err(Problem::invalid("conversations", detail));
        }
    };
    let (live, draft) = simulations(&call, draft);
    let answer = web::block(move || {
        let answer = run(&conversations, live, draft);
        drop(permit);
        answer
    });
    let answer: StoredAnswer = answer
        .await
        .map_err(|error| Problem::new(Code::Internal, error.to_string()))?;
    Ok(answers::respond(answer))
}

/// Agents and above; it changes nothing, so what the views show is recent enough.
fn may_simulate(call: &Call) -> Result<(), Problem> {
    let directory = call.principal.workspace.views().directory();
    let user = call.principal.caller.user();
    let role = user.and_then(|id| directory.user(id)).map(|user| user.role);
    if role.is_some_and(Role::may_be_assigned) {
        return Ok(());
    }
    let detail = "only agents, admins and owners simulate routing";
    Err(Problem::new(Code::Forbidden, detail))
}

/// The rules that are tried, held to the same as those that are saved.
fn draft(call: &Call, requests: Vec<RuleRequest>) -> Result<Vec<Rule>, Problem> {
    let max = call.state().config.routing.rules_max;
    if requests.len() > max {
        let detail = format!("rules of a workspace: at most {max}");
        let problem = Problem::new(Code::TooManyItems, detail);
        return Err(problem.with("max", serde_json::json!(max)));
    }
    let drafts: Vec<_> = requests.into_iter().map(RuleRequest::into_draft).collect();
    let directory = call.principal.workspace.views().directory();
    let fresh_ids = rules::fresh_ids(call, drafts.len());
    validate(&drafts, &fresh_ids, &directory, &rules::limits(call))
        .map_err(|problems| rules::invalid(&problems))
}

/// The present rules and those that are tried, each with copies of the rotations.
fn simulations(call: &Call, draft: Option<Vec<Rule>>) -> (Simulation, Simulation) {
    let fold = call.principal.workspace.views().read();
    let directory = Arc::clone(&fold.directory.directory);
    let made = directory.teams().map(|team| TeamRef::Team(team.id));
    let rotations: BTreeMap<_, _> = [TeamRef::Default]
        .into_iter()
        .chain(made)
        .map(|team| (team, fold.routing.rotation(team, &directory)))
        .collect();
    drop(fold);
    let live = Simulation::new(&directory, None, rotations.clone());
    (live, Simulation::new(&directory, draft, rotations))
}

fn run(conversations: &[Simulated], mut live: Simulation, mut draft: Simulation) -> StoredAnswer {
    let mut body = SimulationBody {
        items: Vec::with_capacity(conversations.len()),
        spread: BTreeMap::new(),
        unassigned: 0,
        different: 0,
    };
    for one in conversations {
        let facts = one.facts();
        let (live, draft) = (live.next(&facts), draft.next(&facts));
        match assignee(&draft) {
            Some(user) => *body.spread.entry(user).or_default() += 1,
            None => body.unassigned += 1,
        }
        let differs = outcome(&draft) != outcome(&live);
        body.different += u64::from(differs);
        body.items.push(SimulatedBody {
            conversation: one.conversation,
            draft: decision(&draft),
            live: decision(&live),
            differs,
        });
    }
    json_answer(StatusCode::OK, &body)
}

fn assignee(route: &Route) -> Option<UserId> {
    match route.effect {
        Some(Effect::Assign { user, .. }) => Some(user),
        Some(Effect::SetPriority(_) | Effect::AddTag(_)) | None => None,
    }
}

/// Who gets it, and what else changes; not by which rule, nor in which turn.
fn outcome(route: &Route) -> (Option<UserId>, Option<&Effect>) {
    let effect = route.effect.as_ref();
    let label = effect.filter(|effect| !matches!(effect, Effect::Assign { .. }));
    (assignee(route), label)
}

fn decision(route: &Route) -> DecisionBody {
    DecisionBody::of_routing(&route.record, assignee(route), CANDIDATES_MAX)
}
