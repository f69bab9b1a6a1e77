//! The conversations of a simulation: made up, or past ones as they were when they were created.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use serde::Deserialize;
use serde::de::IgnoredAny;
use utoipa::ToSchema;

use super::call::Call;
use super::error::{Code, Problem};
use super::history::commits_at;
use super::input;
use crate::domain::conversation::{Channel, ConversationEvent, Customer, Priority};
use crate::domain::routing::Facts;
use crate::domain::{CommitBody, ConversationId, Timestamp};
use crate::views::WorkspaceFold;
use crate::wire_time::parse_rfc3339;

/// A conversation that nobody wrote. What is absent is as in a conversation without anything special.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SimulatedConversation)]
pub(super) struct FactsRequest {
    #[schema(value_type = Option<String>, example = "email")]
    channel: Option<Channel>,
    #[serde(default, deserialize_with = "input::or_default")]
    subject: String,
    customer: Option<CustomerFacts>,
    #[schema(value_type = Option<String>, example = "normal")]
    priority: Option<Priority>,
    #[serde(default, deserialize_with = "input::or_default")]
    custom_fields: BTreeMap<String, String>,
    /// Whether the customer is new; by default as it is in the workspace, and in the conversations
    /// before this one.
    first_message: Option<bool>,
    /// What else a conversation is created with is taken, and no rule looks at it.
    #[serde(default, rename = "body")]
    #[schema(ignore)]
    _body: IgnoredAny,
    #[serde(default, rename = "tags")]
    #[schema(ignore)]
    _tags: IgnoredAny,
    #[serde(default, rename = "external_id")]
    #[schema(ignore)]
    _external_id: IgnoredAny,
}

/// The customer of a simulated conversation.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SimulatedCustomer)]
pub(super) struct CustomerFacts {
    #[serde(default, deserialize_with = "input::or_default")]
    email: String,
    #[serde(default, rename = "name")]
    #[schema(ignore)]
    _name: IgnoredAny,
}

/// A stretch of time, with both of its ends.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SimulatedPast)]
pub(super) struct PastRequest {
    #[schema(format = DateTime)]
    from: String,
    #[schema(format = DateTime)]
    to: String,
}

/// The facts of one conversation.
#[derive(Debug)]
pub(super) struct Simulated {
    pub(super) conversation: Option<ConversationId>,
    channel: Channel,
    subject: Arc<str>,
    customer: Arc<Customer>,
    priority: Priority,
    custom_fields: Arc<BTreeMap<String, String>>,
    first_message: bool,
}

impl Simulated {
    /// What rules look at.
    pub(super) fn facts(&self) -> Facts<'_> {
        Facts {
            channel: self.channel,
            subject: &self.subject,
            email: &self.customer.email,
            priority: self.priority,
            custom_fields: &self.custom_fields,
            first_message: self.first_message,
        }
    }
}

/// Made-up conversations, one after the other.
pub(super) fn made_up(call: &Call, requests: Vec<FactsRequest>) -> Result<Vec<Simulated>, Problem> {
    few_enough(call, requests.len())?;
    let limits = &call.state().config.limits;
    let fold = call.principal.workspace.views().read();
    let mut before = BTreeSet::new();
    let mut simulated = Vec::with_capacity(requests.len());
    for request in requests {
        input::line(&request.subject, "subject", limits.subject_chars_max)?;
        let fields = request.custom_fields.iter();
        input::custom_fields(fields.map(|(name, value)| (name, Some(value))), limits)?;
        let customer = Customer {
            name: String::new(),
            email: request.customer.unwrap_or_default().email,
        };
        let key = customer.key();
        let known = !key.is_empty() && (fold.customers.contains_key(&key) || before.contains(&key));
        before.insert(key);
        simulated.push(Simulated {
            conversation: None,
            channel: request.channel.unwrap_or(Channel::Email),
            subject: request.subject.into(),
            customer: Arc::new(customer),
            priority: request.priority.unwrap_or(Priority::Normal),
            custom_fields: Arc::new(request.custom_fields),
            first_message: request.first_message.unwrap_or(!known),
        });
    }
    Ok(simulated)
}

/// Past conversations in the order of their creation.
pub(super) async fn past(call: &Call, span: &PastRequest) -> Result<Vec<Simulated>, Problem> {
    let moment =
        |text: &str, field| parse_rfc3339(text).map_err(|error| Problem::invalid(field, error));
    let (from, to) = (
        moment(&span.from, "past.from")?,
        moment(&span.to, "past.to")?,
    );
    let (positions, first) = {
        let fold = call.principal.workspace.views().read();
        creations(&fold, from, to)
    };
    few_enough(call, positions.len())?;
    let commits = commits_at(call, positions).await?;
    let simulated = commits.into_iter().filter_map(|commit| {
        let CommitBody::Conversation(body) = commit.body else {
            return None;
        };
        let Some(ConversationEvent::Created(created)) = body.events.into_iter().next() else {
            return None;
        };
        Some(Simulated {
            conversation: Some(body.conversation),
            channel: created.channel,
            subject: created.subject,
            first_message: first.get(&body.conversation).copied().unwrap_or(false),
            customer: created.customer,
            priority: created.priority,
            custom_fields: created.custom_fields,
        })
    });
    Ok(simulated.collect())
}

/// Where the log has the creations of a stretch of time, and which are the first of their customers.
fn creations(
    fold: &WorkspaceFold,
    from: Timestamp,
    to: Timestamp,
) -> (Vec<u64>, HashMap<ConversationId, bool>) {
    let mut positions = Vec::new();
    let mut first = HashMap::new();
    for (id, row) in &fold.rows {
        let facts = &row.conversation.facts;
        if (from..=to).contains(&facts.created_at) {
            positions.extend(row.positions.first());
            first.insert(*id, fold.customers.get(&facts.customer.key()) == Some(id));
        }
    }
    positions.sort_unstable();
    (positions, first)
}

fn few_enough(call: &Call, count: usize) -> Result<(), Problem> {
    let max = call.state().config.routing.simulation_conversations_max;
    if count <= max {
        return Ok(());
    }
    let detail = format!("conversations of a simulation: at most {max}");
    Err(Problem::new(Code::TooManyItems, detail).with("max", serde_json::json!(max)))
}
