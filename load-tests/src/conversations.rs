//! Fresh, unassigned conversations for a workload.

use tokio::task::JoinSet;

use crate::{
    attempt::conversation_body,
    error::LoadError,
    patient::PatientClient,
    people::{Office, SETUP_CONNECTIONS, change, read},
    wire::ConversationView,
};

/// Makes so many conversations, whose idempotency keys begin with the run's name.
pub async fn make(office: &Office, run: &str, number: usize) -> Result<Vec<String>, LoadError> {
    let width = number.div_ceil(SETUP_CONNECTIONS).max(1);
    let numbers: Vec<usize> = (0..number).collect();
    let mut tasks = JoinSet::new();
    for chunk in numbers.chunks(width) {
        let (office, run, chunk) = (office.clone(), run.to_owned(), chunk.to_vec());
        tasks.spawn(async move {
            let mut client = office.client();
            let mut made = Vec::with_capacity(chunk.len());
            for number in chunk {
                made.push(one(&mut client, &office.admin, &format!("{run}/new/{number}")).await?);
            }
            Ok::<_, LoadError>(made)
        });
    }
    let mut all = Vec::with_capacity(number);
    for made in tasks.join_all().await {
        all.extend(made?);
    }
    Ok(all)
}

/// Makes one conversation, whose idempotency key this is.
pub async fn one(client: &mut PatientClient, token: &str, key: &str) -> Result<String, LoadError> {
    let body = conversation_body(&format!("Load test {key}"), None);
    let call = change("/v1/conversations", token, &body)?.key(key);
    let reply = client.succeed("create", &call).await?;
    let view: ConversationView = read(&call, &reply)?;
    if view.assignee.is_some() {
        let reason = "a new conversation was assigned by a rule: use a workspace without rules";
        return Err(LoadError::Unfit(reason.to_owned()));
    }
    Ok(view.id)
}
