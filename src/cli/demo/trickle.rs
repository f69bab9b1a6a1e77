//! What happens while the demo runs: customers write, agents work, every few seconds.

use std::sync::Arc;
use std::time::Duration;

use actix_web::{rt, web};

use super::dice::Dice;
use super::machine::Offer;
use super::people::Cast;
use super::scenes::{self, Scene, any_index, assign};
use super::words::FOLLOW_UPS;
use crate::api::State;
use crate::cli::error::{CliError, sentence};
use crate::domain::conversation::{Command, Conversation, Status};
use crate::views::{Filter, ListQuery};

/// The shortest pause, and how much longer it may be.
const PAUSE_MILLIS: u64 = 1_500;
const PAUSE_MORE_MILLIS: usize = 2_500;

/// As many open conversations as a visitor may want to look at; beyond it nobody asks anything new.
const OPEN_MAX: usize = 120;

/// How many of the newest conversations something happens in.
const LIVELY: usize = 40;

/// Goes on until it is aborted.
pub(super) async fn run(state: web::Data<State>, cast: Cast) {
    let dice = Dice(Arc::clone(&state.clock));
    survive(scenes::begin(&state, &cast).await);
    loop {
        let more = u64::try_from(dice.below(PAUSE_MORE_MILLIS)).unwrap_or(0);
        rt::time::sleep(Duration::from_millis(PAUSE_MILLIS.saturating_add(more))).await;
        survive(happen(&state, &cast, &dice).await);
    }
}

fn survive(happened: Result<(), CliError>) {
    match happened {
        // A visitor may have been faster, and that is the point of a demo.
        Ok(()) | Err(CliError::Conversation(_)) => {}
        Err(error) => tracing::warn!(error = sentence(&error), "the demo stumbled"),
    }
}

async fn happen(state: &State, cast: &Cast, dice: &Dice) -> Result<(), CliError> {
    let (lively, open) = open_conversations(cast);
    let Some(conversation) = dice.pick(&lively) else {
        return Scene::open(state, cast, any_index(dice)).await.map(drop);
    };
    let scene = Scene::of(state, cast, conversation.facts.id);
    let index = dice.below(1_000);
    let somebody = scene.agent(index);
    let owner = conversation.assignee;
    match dice.below(16) {
        0..=3 if open < OPEN_MAX => Scene::open(state, cast, any_index(dice)).await.map(drop),
        4 => {
            let follow_up = dice.pick(&FOLLOW_UPS).copied().unwrap_or_default();
            scene.ask_again(follow_up).await
        }
        5 => {
            scene
                .note(somebody, scene.agent(index.saturating_add(1)), index)
                .await
        }
        6 => {
            scene
                .act(somebody, assign(scene.agent(dice.below(1_000))))
                .await
        }
        7 | 8 if owner.is_some() => scene.answer(owner.unwrap_or(somebody), index).await,
        9 | 10 if owner.is_some() => {
            let status = if index.is_multiple_of(3) {
                Status::Pending
            } else {
                Status::Closed
            };
            scene.set_status(owner.unwrap_or(somebody), status).await
        }
        // One that a person took over is among them now and then: what comes too late is held back.
        11..=14 if conversation.ai.handling || conversation.ai.handoff.is_some() => {
            scene.offer(Offer::any(dice)).await
        }
        _ if conversation.ai.handling => scene.act(somebody, Command::TakeOver).await,
        _ => scene.act(somebody, Command::Claim).await,
    }
}

/// The newest open conversations, and how many there are in all.
fn open_conversations(cast: &Cast) -> (Vec<Arc<Conversation>>, usize) {
    let page = cast.workspace.views().read().list(&ListQuery {
        filter: Filter::All,
        viewer: None,
        assignee: None,
        after: None,
        limit: LIVELY,
    });
    (page.items, page.total)
}
