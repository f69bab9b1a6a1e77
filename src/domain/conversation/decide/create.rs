//! Creation: the facts, the customer's first message, and what the rules of routing make of them, in
//! one commit. A conversation is born routed.

use std::sync::Arc;

use super::super::command::{Command, Create, Request};
use super::super::event::{ConversationEvent, Created};
use super::super::rejection::Rejection;
use super::super::state::Conversation;
use super::super::values::{Author, Message, MessageKind};
use super::{Decision, edit, rights};
use crate::domain::directory::Directory;
use crate::domain::rotation::{Rotation, TeamRef};
use crate::domain::routing::{Effect, Facts, Intake, Route, Routed, route};

/// What a request to create a conversation leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Creation {
    /// It is decided.
    Decided(Decision),
    /// Only the rotation of this team can tell whose turn it is.
    NeedsTurnOf(TeamRef),
}

/// Decides a request to create a conversation, with what only the order knows.
///
/// # Errors
/// The rejection, when the answer is no.
pub fn decide_creation(
    conversation: Option<&Conversation>,
    request: &Request,
    directory: &Directory,
    intake: &Intake<'_>,
) -> Result<Creation, Rejection> {
    rights::check(conversation, request, directory)?;
    match &request.command {
        Command::Create(create) => decide(conversation, create, directory, intake),
        Command::AddMessage(_)
        | Command::AddNote(_)
        | Command::Edit(_)
        | Command::Assign(_)
        | Command::Claim
        | Command::TakeOver
        | Command::OfferAiReply(_)
        | Command::InBulk(_)
        | Command::Undo { .. } => Err(Rejection::NotFound),
    }
}

/// The same for the first conversation of a workspace: no turn was spent before it.
pub(super) fn decide_first(
    conversation: Option<&Conversation>,
    create: &Create,
    directory: &Directory,
) -> Result<Decision, Rejection> {
    let mut rotation = Rotation::default();
    let mut team = None;
    loop {
        let intake = Intake {
            first_message: true,
            rotation: team.map(|team| (team, &rotation)),
        };
        match decide(conversation, create, directory, &intake)? {
            Creation::Decided(decision) => return Ok(decision),
            Creation::NeedsTurnOf(needed) => {
                rotation.follow(directory.revision(), || directory.members(needed));
                team = Some(needed);
            }
        }
    }
}

fn decide(
    conversation: Option<&Conversation>,
    create: &Create,
    directory: &Directory,
    intake: &Intake<'_>,
) -> Result<Creation, Rejection> {
    if let Some(conversation) = conversation {
        return Err(Rejection::ExternalIdTaken(conversation.facts.id));
    }
    let autopilot = directory.autopilot();
    let Route { record, effect } = match route(&create.facts(intake), directory, intake) {
        Routed::Decided(route) => *route,
        Routed::NeedsTurnOf(team) => return Ok(Creation::NeedsTurnOf(team)),
    };
    let created = Created {
        external_id: create.external_id.clone(),
        channel: create.channel,
        subject: Arc::clone(&create.subject),
        customer: Arc::clone(&create.customer),
        priority: create.priority,
        tags: Arc::new(edit::without_repeats(&create.tags)),
        custom_fields: Arc::new(create.custom_fields.clone()),
        // With mode `off` the AI handles it too, until its first reply finds that it may not speak.
        ai_handling: autopilot.enabled,
        ai_mode: autopilot.settings().mode(create.channel),
        routing: Some(Arc::new(record)),
    };
    let routed = effect.and_then(|effect| event(&created, effect));
    let message = ConversationEvent::MessageAdded {
        message: Message {
            id: create.message,
            kind: MessageKind::Customer,
            author: Author::Customer,
            body: Arc::clone(&create.body),
            mentions: Vec::new(),
        },
    };
    let mut events = vec![ConversationEvent::Created(created), message];
    events.extend(routed);
    Ok(Creation::Decided(Decision::of(events)))
}

/// What the action of a rule changes, if it does: the same events as when a person does it (B08).
fn event(created: &Created, effect: Effect) -> Option<ConversationEvent> {
    match effect {
        Effect::Assign { user, by } => Some(ConversationEvent::Assigned {
            assignee: user,
            previous: None,
            by,
            undo_of: None,
        }),
        Effect::SetPriority(to) => {
            let from = created.priority;
            (from != to).then_some(ConversationEvent::PriorityChanged { from, to })
        }
        Effect::AddTag(tag) => {
            let from = Arc::clone(&created.tags);
            let is_new = !from.iter().any(|one| **one == *tag);
            let to = from.iter().cloned().chain([tag.to_string()]).collect();
            let to = Arc::new(to);
            is_new.then_some(ConversationEvent::TagsChanged { from, to })
        }
    }
}

impl Create {
    /// What rules look at.
    fn facts(&self, intake: &Intake<'_>) -> Facts<'_> {
        Facts {
            channel: self.channel,
            subject: &self.subject,
            email: &self.customer.email,
            priority: self.priority,
            custom_fields: &self.custom_fields,
            first_message: intake.first_message,
        }
    }
}
