//! A mail server in the process of the test: it does as it is told, and counts by `Message-ID`.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use actix_web::rt;
use parking_lot::Mutex;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;

/// What the server does with mails.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Manners {
    /// Every so many mails it answers 451, as if its disk were full.
    pub(crate) fail_every: usize,
    /// Every so many mails it takes, and hangs up without saying so.
    pub(crate) hang_up_every: usize,
    /// It refuses every recipient for good.
    pub(crate) refuse: bool,
    /// It says that it has a mail only when it is let.
    pub(crate) hold: bool,
}

/// A mail that the server has taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mail {
    pub(crate) id: String,
    pub(crate) to: String,
    pub(crate) subject: String,
    pub(crate) text: String,
}

/// See the module.
#[derive(Debug, Clone)]
pub(crate) struct MailServer {
    pub(crate) address: SocketAddr,
    state: Arc<Mutex<State>>,
    held: Arc<Semaphore>,
}

#[derive(Debug, Default)]
struct State {
    manners: Manners,
    offered: usize,
    taken: Vec<Mail>,
}

impl MailServer {
    pub(crate) async fn start(manners: Manners) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let server = Self {
            address: listener.local_addr().unwrap(),
            state: Arc::new(Mutex::new(State {
                manners,
                ..State::default()
            })),
            held: Arc::new(Semaphore::new(0)),
        };
        let serving = server.clone();
        rt::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let server = serving.clone();
                rt::spawn(async move { server.talk(stream).await.ok() });
            }
        });
        server
    }

    pub(crate) fn behave(&self, manners: Manners) {
        self.state.lock().manners = manners;
    }

    /// Says that it has the mails that it holds.
    pub(crate) fn let_go(&self) {
        self.held.add_permits(1000);
    }

    /// Every mail that it took, repetitions included.
    pub(crate) fn taken(&self) -> Vec<Mail> {
        self.state.lock().taken.clone()
    }

    /// How many mails were offered to it.
    pub(crate) fn offered(&self) -> usize {
        self.state.lock().offered
    }

    /// How many times it took each mail.
    pub(crate) fn times(&self) -> BTreeMap<String, usize> {
        let mut times = BTreeMap::new();
        for mail in self.taken() {
            *times.entry(mail.id).or_default() += 1;
        }
        times
    }

    async fn talk(&self, stream: TcpStream) -> std::io::Result<()> {
        let (read, mut write) = stream.into_split();
        let mut lines = BufReader::new(read).lines();
        let mut to = String::new();
        write.write_all(b"220 mail.test ESMTP\r\n").await?;
        while let Some(line) = lines.next_line().await? {
            let verb = line.split([' ', ':']).next().unwrap().to_uppercase();
            let answer = match verb.as_str() {
                "EHLO" => "250-mail.test\r\n250 8BITMIME".to_owned(),
                "RCPT" if self.state.lock().manners.refuse => "550 nobody here".to_owned(),
                "RCPT" => {
                    let start = line.find('<').unwrap() + 1;
                    to = line[start..line.find('>').unwrap()].to_owned();
                    "250 ok".to_owned()
                }
                "DATA" => {
                    write.write_all(b"354 go on\r\n").await?;
                    let mut raw = String::new();
                    while let Some(line) = lines.next_line().await? {
                        if line == "." {
                            break;
                        }
                        raw.push_str(&line);
                        raw.push('\n');
                    }
                    match self.offer(&raw, &to).await {
                        Some(answer) => answer.to_owned(),
                        None => return Ok(()),
                    }
                }
                "QUIT" => {
                    write.write_all(b"221 bye\r\n").await?;
                    return Ok(());
                }
                _ => "250 ok".to_owned(),
            };
            write.write_all(format!("{answer}\r\n").as_bytes()).await?;
        }
        Ok(())
    }

    /// The answer to a mail; none is to hang up.
    async fn offer(&self, raw: &str, to: &str) -> Option<&'static str> {
        let (manners, hangs_up) = {
            let mut state = self.state.lock();
            state.offered += 1;
            let every = |times: usize| times > 0 && state.offered.is_multiple_of(times);
            if every(state.manners.fail_every) {
                return Some("451 try again later");
            }
            let hangs_up = every(state.manners.hang_up_every);
            state.taken.push(read(raw, to));
            (state.manners, hangs_up)
        };
        if manners.hold {
            self.held.acquire().await.unwrap().forget();
        }
        (!hangs_up).then_some("250 taken")
    }
}

fn read(raw: &str, to: &str) -> Mail {
    let (head, body) = raw.split_once("\n\n").unwrap();
    // A long header goes on in lines that begin with a space.
    let head = head.replace("\n ", " ");
    let header = |name: &str| {
        let mut lines = head.lines();
        let line = lines.find_map(|line| line.strip_prefix(name));
        line.map(|line| line.trim().to_owned()).unwrap_or_default()
    };
    Mail {
        id: header("Message-ID:"),
        to: to.to_owned(),
        subject: header("Subject:"),
        text: body.to_owned(),
    }
}
