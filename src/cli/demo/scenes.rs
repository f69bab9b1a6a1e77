//! The conversations that are there when the demo opens, in all the states that there are.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures_util::future::try_join_all;

use super::dice::Dice;
use super::machine::Offer;
use super::people::{Cast, inbound};
use super::words::{ANSWERS, CUSTOMERS, NOTES, QUESTIONS, Question};
use crate::api::State;
use crate::app::App;
use crate::cli::error::CliError;
use crate::cli::offline;
use crate::domain::conversation::{
    AddMessage, AiMode, Assign, Channel, Command, Create, Customer, Edit, Note, Request, Sender,
    Status,
};
use crate::domain::directory::{DirectoryCommand, SwitchAutopilot};
use crate::domain::{Caller, ConversationId, MessageId, UserId};

/// How many conversations the AI handles from their beginning.
const WITH_AI: usize = 14;

/// How many it does not.
const WITHOUT_AI: usize = 26;

/// How many come in once there are rules to route them.
const ROUTED: usize = 18;

/// A question of a customer whom the first rule is about.
const FROM_A_SHOP: usize = 1;

/// Fills the workspace. All conversations of a kind go on at once, so that they share flushes.
pub(super) async fn play(app: &App, cast: &Cast) -> Result<(), CliError> {
    let state = app.state();
    autopilot_but_in_slack(app, cast).await?;
    try_join_all((0..WITH_AI).map(|index| with_ai(state, cast, index))).await?;
    autopilot(app, cast, false).await?;
    try_join_all((0..WITHOUT_AI).map(|index| without_ai(state, cast, index))).await?;
    autopilot(app, cast, true).await
}

/// Conversations that the rules gave to somebody, one after the other as they came in.
pub(super) async fn play_routed(app: &App, cast: &Cast) -> Result<(), CliError> {
    for index in 0..ROUTED {
        Scene::open(app.state(), cast, index).await?;
    }
    Ok(())
}

/// What happens as soon as the demo runs, so that nobody waits for the first mail: a customer whom a
/// rule is about writes, and the person who gets it asks a colleague.
pub(super) async fn begin(state: &State, cast: &Cast) -> Result<(), CliError> {
    let scene = Scene::open(state, cast, FROM_A_SHOP).await?;
    scene.note(cast.senior, scene.agent(0), 0).await
}

/// Autopilot, but in Slack the AI only drafts.
async fn autopilot_but_in_slack(app: &App, cast: &Cast) -> Result<(), CliError> {
    let mut command = SwitchAutopilot::to(true);
    command.channels = BTreeMap::from([(Channel::Slack, AiMode::Draft)]);
    switch(app, cast, command).await
}

async fn autopilot(app: &App, cast: &Cast, enabled: bool) -> Result<(), CliError> {
    switch(app, cast, SwitchAutopilot::to(enabled)).await
}

async fn switch(app: &App, cast: &Cast, command: SwitchAutopilot) -> Result<(), CliError> {
    let caller = Caller::User(cast.owner);
    let command = DirectoryCommand::SwitchAutopilot(command);
    offline::execute(app, &cast.workspace, caller, command)
        .await
        .map(drop)
}

/// Most stay with the AI; some are taken over, and one of those is closed.
async fn with_ai(state: &State, cast: &Cast, index: usize) -> Result<(), CliError> {
    let scene = Scene::open(state, cast, index).await?;
    let agent = scene.agent(index);
    match index % 5 {
        0 => scene.offer(Offer::certain(index)).await,
        2 => scene.offer(Offer::doubtful(index)).await,
        3 => {
            scene.offer(Offer::certain(index)).await?;
            scene.act(agent, Command::TakeOver).await?;
            // It comes too late, and the customer does not see it.
            scene.offer(Offer::certain(index)).await?;
            scene.answer(agent, index).await
        }
        4 => {
            scene.act(agent, Command::TakeOver).await?;
            scene.answer(agent, index).await?;
            scene.set_status(agent, Status::Closed).await
        }
        _ => Ok(()),
    }
}

async fn without_ai(state: &State, cast: &Cast, index: usize) -> Result<(), CliError> {
    let scene = Scene::open(state, cast, index.saturating_add(WITH_AI)).await?;
    let (agent, colleague) = (scene.agent(index), scene.agent(index.saturating_add(1)));
    match index % 8 {
        2 => scene.act(agent, Command::Claim).await,
        3 => {
            scene.act(agent, assign(colleague)).await?;
            scene.answer(colleague, index).await
        }
        4 => {
            scene.act(agent, Command::Claim).await?;
            scene.answer(agent, index).await?;
            scene.set_status(agent, Status::Pending).await
        }
        5 => {
            scene.act(agent, Command::Claim).await?;
            scene.answer(agent, index).await?;
            scene.set_status(agent, Status::Closed).await
        }
        6 => {
            scene.note(agent, colleague, index).await?;
            scene.act(agent, assign(colleague)).await
        }
        7 => {
            scene.act(agent, Command::Claim).await?;
            scene.set_status(agent, Status::Snoozed).await
        }
        _ => Ok(()),
    }
}

/// A conversation and the means to act in it.
pub(super) struct Scene<'a> {
    state: &'a State,
    cast: &'a Cast,
    id: ConversationId,
}

impl<'a> Scene<'a> {
    /// A conversation that is there already.
    pub(super) const fn of(state: &'a State, cast: &'a Cast, id: ConversationId) -> Self {
        Self { state, cast, id }
    }

    /// A customer asks something.
    pub(super) async fn open(
        state: &'a State,
        cast: &'a Cast,
        index: usize,
    ) -> Result<Self, CliError> {
        let id = ConversationId::from_u128(state.clock.id128());
        let scene = Self { state, cast, id };
        let question = nth(&QUESTIONS, index);
        let customer = nth(&CUSTOMERS, index);
        if let (Some(question), Some((name, email))) = (question, customer) {
            let create = scene.create(question, name, email);
            scene.execute(inbound(), create).await?;
        }
        Ok(scene)
    }

    fn create(&self, question: &Question, name: &str, email: &str) -> Command {
        let plan = if name.len().is_multiple_of(2) {
            "business"
        } else {
            "personal"
        };
        Command::Create(Box::new(Create {
            external_id: None,
            channel: question.channel,
            subject: question.subject.into(),
            customer: Arc::new(Customer {
                name: name.to_owned(),
                email: email.to_owned(),
            }),
            message: self.message_id(),
            body: question.body.into(),
            priority: question.priority,
            tags: question.tags.iter().map(|tag| (*tag).to_owned()).collect(),
            custom_fields: BTreeMap::from([("plan".to_owned(), plan.to_owned())]),
        }))
    }

    /// One of the agents, or the owner when there is none.
    pub(super) fn agent(&self, index: usize) -> UserId {
        nth(&self.cast.agents, index)
            .copied()
            .unwrap_or(self.cast.owner)
    }

    pub(super) async fn act(&self, user: UserId, command: Command) -> Result<(), CliError> {
        self.execute(Caller::User(user), command).await
    }

    pub(super) async fn answer(&self, agent: UserId, index: usize) -> Result<(), CliError> {
        let body = nth(&ANSWERS, index).copied().unwrap_or_default();
        self.act(agent, self.message(Sender::Agent, body)).await
    }

    pub(super) async fn ask_again(&self, body: &str) -> Result<(), CliError> {
        let message = self.message(Sender::Customer, body);
        self.execute(inbound(), message).await
    }

    pub(super) async fn note(
        &self,
        from: UserId,
        to: UserId,
        index: usize,
    ) -> Result<(), CliError> {
        let note = Command::AddNote(Note {
            id: self.message_id(),
            body: nth(&NOTES, index).copied().unwrap_or_default().into(),
            mentions: vec![to],
        });
        self.act(from, note).await
    }

    /// The AI offers a reply; what becomes of it is for the conversation to say.
    pub(super) async fn offer(&self, offer: Offer) -> Result<(), CliError> {
        let command = Command::OfferAiReply(offer.command(self.message_id()));
        self.execute(self.cast.ai.clone(), command).await
    }

    pub(super) async fn set_status(&self, by: UserId, status: Status) -> Result<(), CliError> {
        let edit = Edit {
            status: Some(status),
            custom_fields_max: self.state.config.limits.custom_fields_max,
            ..Edit::default()
        };
        self.act(by, Command::Edit(Box::new(edit))).await
    }

    fn message(&self, sender: Sender, body: &str) -> Command {
        Command::AddMessage(AddMessage {
            id: self.message_id(),
            sender,
            body: body.into(),
        })
    }

    fn message_id(&self) -> MessageId {
        MessageId::from_u128(self.state.clock.id128())
    }

    async fn execute(&self, caller: Caller, command: Command) -> Result<(), CliError> {
        let request = Request {
            caller,
            expected_versions: None,
            command,
        };
        let conversations = &self.state.conversations;
        let reply = conversations
            .execute(&self.cast.workspace, self.id, request, None)
            .await?;
        reply.outcome?;
        Ok(())
    }
}

/// To give it to somebody, whoever has it.
pub(super) const fn assign(assignee: UserId) -> Command {
    Command::Assign(Assign {
        assignee: Some(assignee),
        expected: None,
        note: None,
    })
}

/// Any of the questions, with any of the customers.
pub(super) fn any_index(dice: &Dice) -> usize {
    dice.below(QUESTIONS.len().saturating_mul(CUSTOMERS.len()))
}

fn nth<T>(of: &[T], index: usize) -> Option<&T> {
    of.get(index.checked_rem(of.len()).unwrap_or(0))
}
