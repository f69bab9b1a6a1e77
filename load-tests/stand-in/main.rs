//! A stand-in for `ochre` that the workloads' own tests run against: the commands and the part of
//! the HTTP contract that they use, and planned faults that they have to find.

mod conversation;
mod faults;
mod journal;
mod live;
mod session;
mod world;

use std::{
    fs::File,
    io::{self, Write},
    path::PathBuf,
    pin::Pin,
    sync::{Mutex, MutexGuard, PoisonError},
    task::{Context, Poll},
};

use actix_web::{
    App, HttpRequest, HttpResponse, HttpResponseBuilder, HttpServer,
    body::{BodySize, MessageBody},
    http::StatusCode,
    web,
};
use bytes::Bytes;
use clap::{Parser, Subcommand};
use faults::Faults;
use jiff::Timestamp;
use live::Live;
use serde_json::{Value, json};
use world::{Answer, Change, World};

#[derive(Debug, Parser)]
struct CommandLine {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Init {
        #[arg(long)]
        data: PathBuf,
        #[arg(long)]
        workspace: String,
        #[arg(long)]
        owner: String,
        #[arg(long)]
        json: bool,
    },
    Serve {
        #[arg(long)]
        data: PathBuf,
        #[arg(long)]
        listen: String,
        #[command(flatten)]
        faults: Faults,
    },
    Check {
        #[arg(long)]
        data: PathBuf,
    },
}

struct Desk {
    world: World,
    live: Live,
    journal: File,
    faults: Faults,
    changes: u64,
}

pub(crate) type Shared = web::Data<Mutex<Desk>>;

fn main() -> io::Result<()> {
    match CommandLine::parse().command {
        Command::Init { data, owner, .. } => print(&journal::init(&data, &owner)?.to_string()),
        Command::Serve {
            data,
            listen,
            faults,
        } => {
            let (mut world, journal) = journal::open(&data)?;
            world.grant_every = faults.grant;
            let live = Live::new(journal::epochs(&data, world.seq)?, faults.live_fault);
            let desk = web::Data::new(Mutex::new(Desk {
                world,
                live,
                journal,
                faults,
                changes: 0,
            }));
            actix_web::rt::System::new().block_on(serve(desk, &listen))
        }
        Command::Check { data } => {
            let (world, _journal) = journal::open(&data)?;
            print(&format!("{} commits", world.seq))
        }
    }
}

async fn serve(desk: Shared, listen: &str) -> io::Result<()> {
    let server = HttpServer::new(move || {
        App::new()
            .app_data(desk.clone())
            .route("/v1/live", web::get().to(session::upgrade))
            .default_service(web::to(handle))
    })
    .workers(1)
    .bind(listen)?;
    for address in server.addrs() {
        print(&format!("listening on http://{address}"))?;
    }
    server.run().await
}

async fn handle(request: HttpRequest, body: Bytes, desk: Shared) -> HttpResponse {
    if request.method() == "GET" {
        return respond(&read(&request, &lock(&desk).world));
    }
    let Some(change) = change(&request, &body) else {
        return respond(&world::problem(400, "invalid_request", json!({})));
    };
    let desk: &mut Desk = &mut lock(&desk);
    desk.changes += 1;
    let changes = desk.changes;
    let is_due = |every: Option<u64>| every.is_some_and(|every| changes.is_multiple_of(every));
    if is_due(desk.faults.overloaded) {
        return HttpResponse::ServiceUnavailable()
            .insert_header(("retry-after", "0"))
            .json(world::problem(503, "overloaded", json!({})).body);
    }
    let commits = desk.world.commits.len();
    let answer = desk.world.change(&change);
    let is_kept = !is_due(desk.faults.lose);
    if is_kept && journal::append(&mut desk.journal, &change).is_err() {
        return respond(&world::problem(503, "journal_unavailable", json!({})));
    }
    for commit in desk.world.commits.iter().skip(commits) {
        desk.live.commit(&desk.world, commit);
    }
    if is_due(desk.faults.die) {
        std::process::exit(137);
    }
    if is_due(desk.faults.cut) {
        return HttpResponse::Ok().message_body(Cut).map_or_else(
            |_error| HttpResponse::InternalServerError().finish(),
            HttpResponse::map_into_boxed_body,
        );
    }
    respond(&answer)
}

fn bearer(request: &HttpRequest) -> Option<&str> {
    let header = request.headers().get("authorization")?;
    header.to_str().ok()?.strip_prefix("Bearer ")
}

fn now() -> Option<String> {
    let milliseconds = i64::try_from(load_tests::clock::milliseconds()).ok()?;
    let now = Timestamp::from_millisecond(milliseconds).ok()?;
    Some(now.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string())
}

fn change(request: &HttpRequest, body: &[u8]) -> Option<Change> {
    let header = |name: &str| request.headers().get(name)?.to_str().ok();
    Some(Change {
        at: now()?,
        method: request.method().to_string(),
        path: request.path().to_owned(),
        token: bearer(request)?.to_owned(),
        key: header("idempotency-key").map(str::to_owned),
        body: serde_json::from_slice(body).ok()?,
    })
}

fn read(request: &HttpRequest, world: &World) -> Answer {
    let query = |name: &str| {
        let pairs = request
            .query_string()
            .split('&')
            .filter_map(|pair| pair.split_once('='));
        pairs
            .filter(|(key, _)| *key == name)
            .map(|(_, value)| value)
            .next()
            .unwrap_or_default()
    };
    let number = |name: &str| query(name).parse::<usize>().unwrap_or_default();
    let after = query("after").parse().unwrap_or_default();
    let path = request.path();
    let viewer = bearer(request).and_then(|token| world.user_of(token));
    let viewer = viewer.unwrap_or_default();
    if path == "/v1/conversations/counts" {
        return Answer {
            status: 200,
            body: world.counts(viewer),
            replayed: false,
        };
    }
    let Some(items) = world.list(path, query("filter"), viewer, after) else {
        let found = world.find(path.rsplit('/').next().unwrap_or_default());
        return match found {
            Some(conversation) => Answer {
                status: 200,
                body: conversation.face.view(),
                replayed: false,
            },
            None => world::problem(404, "not_found", json!({})),
        };
    };
    let (start, limit) = (number("cursor"), number("limit"));
    let page: Vec<&Value> = items.iter().skip(start).take(limit).collect();
    let end = start + page.len();
    let next = (end < items.len()).then(|| end.to_string());
    let body = json!({"items": page, "next_cursor": next, "seq": world.seq, "total": items.len()});
    Answer {
        status: 200,
        body,
        replayed: false,
    }
}

fn respond(answer: &Answer) -> HttpResponse {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = HttpResponseBuilder::new(status);
    if answer.replayed {
        response.insert_header(("idempotency-replayed", "true"));
    }
    response.json(&answer.body)
}

/// A body that promises bytes and ends the connection instead.
struct Cut;

impl MessageBody for Cut {
    type Error = io::Error;

    fn size(&self) -> BodySize {
        BodySize::Sized(10)
    }

    fn poll_next(
        self: Pin<&mut Self>,
        _context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, io::Error>>> {
        Poll::Ready(Some(Err(io::ErrorKind::ConnectionAborted.into())))
    }
}

pub(crate) fn lock(desk: &Mutex<Desk>) -> MutexGuard<'_, Desk> {
    desk.lock().unwrap_or_else(PoisonError::into_inner)
}

fn print(line: &str) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    writeln!(stdout, "{line}")?;
    stdout.flush()
}
