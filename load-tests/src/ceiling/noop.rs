//! The other side of the comparison: an endpoint of the same web framework that does nothing.

use std::io;

use actix_web::{App, HttpResponse, HttpServer, web};
use clap::Args;
use serde::{Deserialize, Serialize};

use crate::{error::LoadError, output};

/// Serve a JSON endpoint that does nothing
#[derive(Debug, Args)]
pub struct NoopArgs {
    /// How many worker threads
    #[arg(long, default_value_t = 2)]
    workers: usize,
    /// About how many bytes an answer has
    #[arg(long, default_value_t = 800)]
    answer_bytes: usize,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AssignRequest {
    assignee: String,
}

#[derive(Serialize)]
struct AssignResponse<'answer> {
    conversation: ConversationBody<'answer>,
    changed: bool,
}

#[derive(Serialize)]
struct ConversationBody<'answer> {
    id: &'static str,
    number: u64,
    channel: &'static str,
    subject: &'static str,
    status: &'static str,
    priority: &'static str,
    tags: [&'static str; 1],
    assignee: PersonBody<'answer>,
    assigned_by: PersonBody<'answer>,
    preview: &'answer str,
    message_count: u64,
    created_at: &'static str,
    version: u64,
}

#[derive(Serialize)]
struct PersonBody<'answer> {
    id: &'answer str,
    name: &'static str,
}

struct Filler {
    preview: String,
}

/// Serves until it is ended.
pub fn serve(args: &NoopArgs) -> Result<(), LoadError> {
    let failed = |source| LoadError::file("the no-op server", source);
    actix_web::rt::System::new()
        .block_on(listen(args))
        .map_err(failed)
}

async fn listen(args: &NoopArgs) -> io::Result<()> {
    let bare = serde_json::to_vec(&response("me", ""))?.len();
    let preview = "x".repeat(args.answer_bytes.saturating_sub(bare));
    let filler = web::Data::new(Filler { preview });
    let server = HttpServer::new(move || {
        App::new()
            .app_data(filler.clone())
            .route("/noop", web::put().to(answer))
    })
    .workers(args.workers)
    .bind("127.0.0.1:0")?;
    for address in server.addrs() {
        output::print(&format!("listening on http://{address}\n")).map_err(io::Error::other)?;
    }
    server.run().await
}

async fn answer(request: web::Json<AssignRequest>, filler: web::Data<Filler>) -> HttpResponse {
    HttpResponse::Ok().json(response(&request.assignee, &filler.preview))
}

fn response<'answer>(assignee: &'answer str, preview: &'answer str) -> AssignResponse<'answer> {
    AssignResponse {
        conversation: ConversationBody {
            id: "conv_0190b0a0000000000000000000000000",
            number: 1042,
            channel: "email",
            subject: "Load test",
            status: "open",
            priority: "normal",
            tags: ["bench"],
            assignee: PersonBody {
                id: assignee,
                name: "Agent",
            },
            assigned_by: PersonBody {
                id: assignee,
                name: "Agent",
            },
            preview,
            message_count: 1,
            created_at: "2026-01-01T00:00:00.000Z",
            version: 7,
        },
        changed: true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_answer_can_have_the_size_of_the_real_one() {
        let bare = serde_json::to_vec(&response("me", "")).unwrap().len();
        let filled = serde_json::to_vec(&response("me", &"x".repeat(800 - bare))).unwrap();
        assert_eq!(filled.len(), 800);
    }
}
