//! A server with everything that a measurement needs: the real one, or the bare one.

use std::{path::Path, process::Stdio, time::Duration};

use serde::Deserialize;
use tokio::{process::Command, time::timeout};

use super::bells::Bells;
use crate::{
    client::Call,
    conversations,
    error::LoadError,
    live::{
        frame::ServerFrame,
        request as frames,
        socket::{End, Opening, Socket},
    },
    mass::socket::Wish,
    people::{Office, numbered, read},
    process::{Ochre, Server},
    raw::request,
};

/// The view that all sockets look at.
const VIEW: &str = "all";
const PATH: &str = "/v1/live";
const CAPTURE_DEADLINE: Duration = Duration::from_secs(10);
const PATIENCE: Duration = Duration::from_secs(30);
/// Over how many people the sockets are spread.
const WATCHERS: usize = 50;

/// What kind of server it is to be.
#[derive(Debug)]
pub(crate) struct Props<'args> {
    /// The `ochre` program.
    pub(crate) server: &'args Path,
    /// Its environment.
    pub(crate) environment: &'args [(String, String)],
    /// How many connections make changes, each in a conversation of its own.
    pub(crate) changing: usize,
}

/// A server and whoever makes changes there.
#[derive(Debug)]
pub(crate) struct Stage {
    pub(crate) server: Server,
    /// What each socket is to be, in turn.
    wishes: Vec<Wish>,
    pub(super) bells: Bells,
    /// The last commit.
    pub(super) seq: u64,
    /// Where and who, of a real server.
    pub(crate) office: Option<Office>,
}

impl Stage {
    /// The real server in this folder, with so many conversations that change.
    pub(crate) async fn ochre(
        props: &Props<'_>,
        folder: &Path,
        sockets: usize,
    ) -> Result<Self, LoadError> {
        let ochre = Ochre::new(props.server, folder, props.environment.to_vec());
        let admin = ochre.init().await?;
        let server = ochre.serve().await?;
        let mut office = Office {
            target: server.target.clone(),
            admin,
            patience: PATIENCE,
        };
        let agents = office.people(&numbered("Agent", 2)).await?;
        let watchers = office
            .people(&numbered("Watcher", WATCHERS.min(sockets.max(1))))
            .await?;
        let ids = conversations::make(&office, "broadcast", props.changing).await?;
        // What making them took is not to be taken for the sockets'.
        server.stop().await?;
        let server = ochre.serve().await?;
        office.target = server.target.clone();
        let assign = |id: &String| {
            let line = format!("PUT /v1/conversations/{id}/assignee");
            let body = r#"{"assignee":"me"}"#;
            let request = |token: &str| request(&office.target, &line, token, body);
            // In turn, so that every one is a change.
            agents
                .iter()
                .map(|agent| request(&agent.token))
                .collect::<Vec<_>>()
        };
        let pairs = ids.iter().filter_map(|id| assign(id).try_into().ok());
        let bells = Bells::new(&office.target, pairs.collect()).await?;
        let wishes = watchers.iter().map(|watcher| Wish {
            target: office.target.clone(),
            path: PATH.to_owned(),
            token: watcher.token.clone(),
            view: Some(VIEW.to_owned()),
            receive_buffer: None,
        });
        let mut stage = Self {
            server,
            wishes: wishes.collect(),
            bells,
            seq: 0,
            office: Some(office),
        };
        stage.seq = stage.head().await?;
        Ok(stage)
    }

    /// The bare server, whose frames have so many bytes.
    pub(crate) async fn bare(
        changing: usize,
        workers: u16,
        frame_bytes: usize,
    ) -> Result<Self, LoadError> {
        let program = std::env::current_exe()
            .map_err(|source| LoadError::file("the path of this program", source))?;
        let mut command = Command::new(program);
        command
            .args(["bare-server", "--workers", &workers.to_string()])
            .args(["--frame-bytes", &frame_bytes.to_string()])
            .stdin(Stdio::null());
        let server = Server::start(command, "the bare server").await?;
        let ring = || request(&server.target, "PUT /broadcast", "none", "{}");
        let pairs = (0..changing).map(|_| [ring(), ring()]).collect();
        let bells = Bells::new(&server.target, pairs).await?;
        let wish = Wish {
            target: server.target.clone(),
            path: PATH.to_owned(),
            token: "none".to_owned(),
            view: None,
            receive_buffer: None,
        };
        Ok(Self {
            wishes: vec![wish],
            bells,
            seq: 0,
            office: None,
            server,
        })
    }

    /// So many sockets.
    pub(crate) fn wishes(&self, sockets: usize, receive_buffer: Option<u32>) -> Vec<Wish> {
        let wishes = self.wishes.iter().cycle().take(sockets);
        wishes
            .map(|wish| Wish {
                receive_buffer,
                ..wish.clone()
            })
            .collect()
    }

    /// The server's process.
    pub(crate) fn pid(&self) -> String {
        self.server.pid().unwrap_or_default().to_string()
    }

    /// How long the text of a change of one conversation is.
    pub(super) async fn frame_bytes(&mut self) -> Result<usize, LoadError> {
        let unfit = |what: &str| LoadError::Unfit(format!("capturing a frame: {what}"));
        let wish = self.wishes.first().ok_or_else(|| unfit("nobody watches"))?;
        let opening = Opening {
            token: wish.token.clone(),
            ..Opening::default()
        };
        let opened = Socket::open(&wish.target, &opening).await;
        let mut socket = opened.map_err(|error| unfit(&error.to_string()))?;
        let subscribed = socket.send(frames::subscribe(VIEW, None)).await;
        subscribed.map_err(|end| unfit(&format!("{end:?}")))?;
        until(&mut socket, "snapshot")
            .await
            .map_err(|end| unfit(&end))?;
        self.bells.connect().await?;
        self.seq += self.bells.ring(1).await?;
        let bytes = until(&mut socket, "change").await;
        let bytes = bytes.map_err(|end| unfit(&end))?;
        socket.close().await;
        Ok(bytes)
    }

    async fn head(&self) -> Result<u64, LoadError> {
        #[derive(Deserialize)]
        struct Seq {
            seq: u64,
        }
        let Some(office) = &self.office else {
            return Ok(0);
        };
        let call = Call::get("/v1/conversations?limit=1", &office.admin);
        let reply = office.client().succeed("list", &call).await?;
        Ok(read::<Seq>(&call, &reply)?.seq)
    }
}

/// Reads until a frame of this kind; gives its length.
async fn until(socket: &mut Socket, kind: &str) -> Result<usize, String> {
    let found = async {
        loop {
            let text = socket.next().await?;
            let frame = ServerFrame::read(&text).map_err(|e| End::Garbled(e.to_string()))?;
            if frame.kind() == kind {
                return Ok::<_, End>(text.len());
            }
        }
    };
    match timeout(CAPTURE_DEADLINE, found).await {
        Ok(found) => found.map_err(|end| format!("{end:?}")),
        Err(_elapsed) => Err(format!("no {kind} within {CAPTURE_DEADLINE:?}")),
    }
}
