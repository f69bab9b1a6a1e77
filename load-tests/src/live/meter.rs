//! A connection that counts what it reads, and that can be cut at any byte.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll},
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
};

/// A counted connection.
#[derive(Debug)]
pub struct Meter {
    stream: TcpStream,
    read: u64,
    /// After how many bytes it breaks, wherever in a frame that is.
    cut_after: Option<u64>,
}

impl Meter {
    /// Counts from here on.
    pub fn new(stream: TcpStream, cut_after: Option<u64>) -> Self {
        Self {
            stream,
            read: 0,
            cut_after,
        }
    }

    /// How many bytes came.
    pub fn read(&self) -> u64 {
        self.read
    }
}

impl AsyncRead for Meter {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.cut_after.is_some_and(|limit| self.read >= limit) {
            return Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()));
        }
        let before = buffer.filled().len();
        let polled = Pin::new(&mut self.stream).poll_read(context, buffer);
        let came = buffer.filled().len().saturating_sub(before);
        self.read = self.read.saturating_add(crate::numbers::count(came));
        polled
    }
}

impl AsyncWrite for Meter {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
