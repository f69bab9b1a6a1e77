//! Start, stop, and an address that is taken.

use std::io::{self, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use actix_web::rt;

use super::{App, Parts, bind};
use crate::clock::ManualClock;
use crate::config::Config;
use crate::domain::Timestamp;
use crate::faults::ActorFaults;
use crate::journal::MemoryJournal;

fn parts() -> Parts {
    let start = Timestamp::from_millis(1_700_000_000_000);
    Parts {
        config: Config::load(None, std::iter::empty()).unwrap(),
        journal: Arc::new(MemoryJournal::new()),
        clock: Arc::new(ManualClock::starting_at(start)),
        faults: ActorFaults::default(),
    }
}

#[actix_web::test]
async fn it_answers_until_it_is_stopped() {
    let listener = bind((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
    let running = App::start(parts(), listener).unwrap();
    let address = running.address();
    let asked = rt::task::spawn_blocking(move || {
        let mut stream = TcpStream::connect(address)?;
        stream.write_all(b"GET /nothing HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok::<_, io::Error>(answer)
    });
    let answer = asked.await.unwrap().unwrap();
    assert!(answer.starts_with("HTTP/1.1 404 "), "{answer}");
    running.stop().await.unwrap();
    assert!(TcpStream::connect(address).is_err());
}

#[actix_web::test]
async fn a_connection_that_says_nothing_does_not_hold_up_the_stop() {
    let listener = bind((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
    let running = App::start(parts(), listener).unwrap();
    let silent = TcpStream::connect(running.address()).unwrap();
    let stopped = rt::time::timeout(Duration::from_secs(5), running.stop()).await;
    stopped.unwrap().unwrap();
    drop(silent);
}

#[actix_web::test]
async fn an_address_in_use_is_named() {
    let listener = bind((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
    let address = listener.local_addr().unwrap();
    let refused = bind(address).unwrap_err();
    assert!(refused.to_string().contains(&address.to_string()));
}
