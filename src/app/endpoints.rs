//! What webhooks ask of the directory, handed over to where its actors live.

use std::sync::Arc;

use actix_web::rt;
use actix_web::rt::task::JoinHandle;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::sync::{mpsc, oneshot};

use crate::api::State;
use crate::domain::directory::{
    DirectoryCommand, DirectoryRejection, DirectoryRequest, DisabledReason, WebhookCommand,
};
use crate::domain::{Caller, WebhookId, WorkspaceId};
use crate::webhooks::Endpoints;

/// How many requests may wait; whoever finds it full tries again.
const WAITING_MAX: usize = 64;

type Outcome = Result<(), String>;

/// A webhook that is to be disabled.
#[derive(Debug)]
struct Disable {
    workspace: WorkspaceId,
    webhook: WebhookId,
    reason: DisabledReason,
    done: oneshot::Sender<Outcome>,
}

/// The side of those who ask.
#[derive(Debug)]
struct Asking(mpsc::Sender<Disable>);

impl Endpoints for Asking {
    fn disable(
        &self,
        workspace: WorkspaceId,
        webhook: WebhookId,
        reason: DisabledReason,
    ) -> BoxFuture<'static, Outcome> {
        let (done, outcome) = oneshot::channel();
        let asked = self.0.try_send(Disable {
            workspace,
            webhook,
            reason,
            done,
        });
        async move {
            asked.map_err(|_full| "the directory has too much to do".to_owned())?;
            let lost = || Err("the answer was lost".to_owned());
            outcome.await.unwrap_or_else(|_gone| lost())
        }
        .boxed()
    }
}

/// Answers, on this thread, what is asked on others.
pub(super) fn serve(state: actix_web::web::Data<State>) -> (Arc<dyn Endpoints>, JoinHandle<()>) {
    let (asking, mut asked) = mpsc::channel(WAITING_MAX);
    let served = rt::spawn(async move {
        while let Some(disable) = asked.recv().await {
            let outcome = carry_out(&state, &disable).await;
            // The server stops when nobody listens any more.
            drop(disable.done.send(outcome));
        }
    });
    (Arc::new(Asking(asking)), served)
}

async fn carry_out(state: &State, disable: &Disable) -> Outcome {
    let Some(workspace) = state.store.workspaces().find(disable.workspace) else {
        return Ok(());
    };
    let request = DirectoryRequest {
        caller: Caller::System,
        command: DirectoryCommand::Webhook(WebhookCommand::Disable {
            webhook: disable.webhook,
            reason: disable.reason,
        }),
    };
    let reply = state.directories.execute(&workspace, request, None).await;
    match reply.map_err(|failure| failure.to_string())?.outcome {
        Ok(_) | Err(DirectoryRejection::NotFound) => Ok(()),
        Err(rejection) => Err(rejection.to_string()),
    }
}
