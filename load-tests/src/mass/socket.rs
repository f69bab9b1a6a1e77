//! One socket of a swarm: an upgrade by hand, then reading into a buffer that all share.

use std::{
    cell::RefCell,
    io,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, TcpStream},
    time::timeout,
};

use super::{
    counted::{Counted, Heard, Place},
    frames::{Frames, Seen, masked},
};
use crate::{live::request, target::Target};

const BUFFER_BYTES: usize = 64 * 1024;
const HEAD_MAX: usize = 4 * 1024;
/// How many sockets have one source address: a port can be used once for each.
const SOCKETS_OF_AN_ADDRESS: usize = 20_000;
const OPEN_DEADLINE: Duration = Duration::from_secs(30);
const PONG: u8 = 10;
const TEXT: u8 = 1;

thread_local! {
    /// Idle sockets have no buffer of their own, so that ten thousand cost little here.
    static BUFFER: RefCell<Vec<u8>> = RefCell::new(vec![0; BUFFER_BYTES]);
}

/// What a socket is to be.
#[derive(Debug, Clone)]
pub struct Wish {
    /// Where.
    pub target: Target,
    /// The path of the upgrade.
    pub path: String,
    /// Who.
    pub token: String,
    /// What it subscribes to, if to anything.
    pub view: Option<String>,
    /// The size of the kernel's buffer, for those who stop reading.
    pub receive_buffer: Option<u32>,
}

/// An upgraded socket.
#[derive(Debug)]
pub struct MassSocket {
    stream: TcpStream,
    frames: Frames,
    place: Place,
    view: Option<String>,
    /// What came with the answer to the upgrade.
    early: Vec<u8>,
}

impl MassSocket {
    /// Connects, upgrades, and subscribes; a server without descriptors does not even refuse.
    pub async fn open(wish: &Wish, number: usize) -> io::Result<Self> {
        match timeout(OPEN_DEADLINE, Self::connect(wish, number)).await {
            Ok(opened) => opened,
            Err(elapsed) => Err(elapsed.into()),
        }
    }

    async fn connect(wish: &Wish, number: usize) -> io::Result<Self> {
        let address = wish.target.address;
        let socket = if address.is_ipv4() {
            TcpSocket::new_v4()?
        } else {
            TcpSocket::new_v6()?
        };
        if let Some(bytes) = wish.receive_buffer {
            socket.set_recv_buffer_size(bytes)?;
        }
        if address.is_ipv4() {
            socket.bind(source(number))?;
        }
        let mut stream = socket.connect(address).await?;
        stream.set_nodelay(true)?;
        stream.write_all(upgrade(wish).as_bytes()).await?;
        let early = answer(&mut stream).await?;
        let mut socket = Self {
            stream,
            frames: Frames::default(),
            place: Place::default(),
            view: wish.view.clone(),
            early,
        };
        socket.subscribe().await?;
        Ok(socket)
    }

    async fn subscribe(&mut self) -> io::Result<()> {
        let Some(view) = &self.view else {
            return Ok(());
        };
        let frame = masked(TEXT, request::subscribe(view, None).as_bytes());
        self.stream.write_all(&frame).await
    }

    /// Reads until the socket ends.
    pub async fn read(mut self, counted: &Counted) {
        let early = std::mem::take(&mut self.early);
        let mut asked = Asked::default();
        take(
            &mut self.frames,
            &mut self.place,
            &early,
            counted,
            &mut asked,
        );
        // Whatever ends a socket, it is gone.
        while !asked.to_end && self.answer(&mut asked).await.is_ok() {
            if self.stream.readable().await.is_err() || self.drain(counted, &mut asked).is_err() {
                break;
            }
        }
        counted.end();
    }

    /// Keeps the socket and never reads.
    pub async fn hold(self) -> Self {
        std::future::pending::<()>().await;
        self
    }

    async fn answer(&mut self, asked: &mut Asked) -> io::Result<()> {
        if let Some(payload) = asked.pong.take() {
            self.stream.write_all(&masked(PONG, &payload)).await?;
        }
        if std::mem::take(&mut asked.to_subscribe) {
            self.subscribe().await?;
        }
        Ok(())
    }

    /// Reads what is there.
    fn drain(&mut self, counted: &Counted, asked: &mut Asked) -> io::Result<()> {
        BUFFER.with_borrow_mut(|buffer| {
            loop {
                let came = match self.stream.try_read(buffer) {
                    Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                    Ok(came) => came,
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                    Err(error) => return Err(error),
                };
                let bytes = buffer.get(..came).unwrap_or_default();
                take(&mut self.frames, &mut self.place, bytes, counted, asked);
                if came < BUFFER_BYTES {
                    return Ok(());
                }
            }
        })
    }
}

/// What frames have asked for.
#[derive(Debug, Default)]
struct Asked {
    pong: Option<Vec<u8>>,
    to_subscribe: bool,
    to_end: bool,
}

fn take(
    frames: &mut Frames,
    place: &mut Place,
    bytes: &[u8],
    counted: &Counted,
    asked: &mut Asked,
) {
    frames.feed(bytes, |seen| match seen {
        Seen::Text { start, bytes } => {
            asked.to_subscribe |= counted.text(place, start, bytes) == Heard::Resync;
        }
        Seen::Ping(payload) => asked.pong = Some(payload.to_vec()),
        Seen::Close(_) => asked.to_end = true,
        Seen::Other => {}
    });
}

/// 127.0.0.2 for the first ones, 127.0.0.3 for the next.
fn source(number: usize) -> SocketAddr {
    let host = u8::try_from(2 + number / SOCKETS_OF_AN_ADDRESS).unwrap_or(u8::MAX);
    SocketAddr::new(IpAddr::V4(Ipv4Addr::new(127, 0, 0, host)), 0)
}

fn upgrade(wish: &Wish) -> String {
    let Wish { path, token, .. } = wish;
    format!(
        "GET {path} HTTP/1.1\r\nhost: {}\r\nauthorization: Bearer {token}\r\n\
         connection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n\
         sec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\
         sec-websocket-protocol: ochre.live.v1\r\n\r\n",
        wish.target.address
    )
}

/// Reads the answer to the upgrade; gives what came behind it.
async fn answer(stream: &mut TcpStream) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(HEAD_MAX);
    loop {
        if stream.read_buf(&mut bytes).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            if !bytes.starts_with(b"HTTP/1.1 101") {
                let head = String::from_utf8_lossy(&bytes).into_owned();
                return Err(io::Error::other(format!("no upgrade: {head}")));
            }
            return Ok(bytes.split_off(end + 4));
        }
    }
}
