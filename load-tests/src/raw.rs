//! The cheapest keep-alive client that still reads every answer: it shares the processors with
//! the server, so what it spends is missing there. Requests are bytes that are made beforehand.

use std::io;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::target::Target;

const HEADERS_MAX: usize = 32;
const BUFFER_BYTES: usize = 4 * 1024;
const CHANGED: &[u8] = br#""changed":true"#;

/// One connection.
#[derive(Debug)]
pub struct RawConnection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

/// What an answer says, as far as the comparison needs it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RawReply {
    /// The status line's number.
    pub status: u16,
    /// Whether the body says so.
    pub changed: bool,
    /// The body's length.
    pub body_bytes: usize,
}

impl RawConnection {
    pub async fn open(target: &Target) -> io::Result<Self> {
        let stream = TcpStream::connect(target.address).await?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            buffer: Vec::with_capacity(BUFFER_BYTES),
        })
    }

    /// Sends one request and reads its whole answer.
    pub async fn exchange(&mut self, request: &[u8]) -> io::Result<RawReply> {
        self.stream.write_all(request).await?;
        self.buffer.clear();
        loop {
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            if let Some(reply) = parse(&self.buffer)? {
                return Ok(reply);
            }
        }
    }
}

/// The bytes of a PUT or POST with a JSON body.
pub fn request(target: &Target, line: &str, token: &str, body: &str) -> Vec<u8> {
    let (address, length) = (target.address, body.len());
    format!(
        "{line} HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {token}\r\n\
         content-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
    )
    .into_bytes()
}

/// The answer, once all of it is there.
fn parse(bytes: &[u8]) -> io::Result<Option<RawReply>> {
    let invalid = |what: &str| io::Error::new(io::ErrorKind::InvalidData, what.to_owned());
    let mut headers = [httparse::EMPTY_HEADER; HEADERS_MAX];
    let mut response = httparse::Response::new(&mut headers);
    let head = match response
        .parse(bytes)
        .map_err(|error| invalid(&error.to_string()))?
    {
        httparse::Status::Complete(length) => length,
        httparse::Status::Partial => return Ok(None),
    };
    let length = response
        .headers
        .iter()
        .find(|header| header.name.eq_ignore_ascii_case("content-length"))
        .and_then(|header| {
            std::str::from_utf8(header.value)
                .ok()?
                .parse::<usize>()
                .ok()
        })
        .ok_or_else(|| invalid("an answer without a content-length"))?;
    let Some(body) = bytes.get(head..head.saturating_add(length)) else {
        return Ok(None);
    };
    // The member comes last, so looking from the end finds it at once.
    let changed = body
        .windows(CHANGED.len())
        .rev()
        .any(|window| window == CHANGED);
    let status = response.code.unwrap_or_default();
    Ok(Some(RawReply {
        status,
        changed,
        body_bytes: length,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_read_once_it_is_whole() {
        let whole = b"HTTP/1.1 200 OK\r\nContent-Length: 22\r\n\r\n{\"a\":1,\"changed\":true}";
        for end in 0..whole.len() {
            assert_eq!(parse(&whole[..end]).unwrap(), None, "{end}");
        }
        let reply = RawReply {
            status: 200,
            changed: true,
            body_bytes: 22,
        };
        assert_eq!(parse(whole).unwrap(), Some(reply));
    }

    #[test]
    fn an_answer_without_a_length_is_an_error() {
        assert!(parse(b"HTTP/1.1 200 OK\r\n\r\n").is_err());
    }
}
