//! The socket of one connection as the protocol sees it: what moves is counted, a caller who takes too little of an answer for too
//! long is given up, and what is left of it when the protocol is done is handed back.

use std::{
    io,
    pin::Pin,
    sync::{Arc, OnceLock},
    task::{Context, Poll},
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
};

use crate::{
    http::{pace::Pace, traffic::Traffic},
    settings::Patience,
};

/// What is left of a connection whose protocol is done.
pub(super) type Left = Arc<OnceLock<TcpStream>>;

/// The socket of one connection.
#[derive(Debug)]
pub(super) struct Socket {
    /// There until it is handed back.
    stream: Option<TcpStream>,
    left: Left,
    traffic: Arc<Traffic>,
    patience: Patience,
    /// Made when the caller is waited for.
    pace: Option<Box<Pace>>,
}

impl Socket {
    /// A socket that is handed back to `left`.
    pub(super) fn new(stream: TcpStream, left: Left, traffic: Arc<Traffic>, patience: Patience) -> Self {
        Self { stream: Some(stream), left, traffic, patience, pace: None }
    }

    fn stream(&mut self) -> io::Result<Pin<&mut TcpStream>> {
        self.stream.as_mut().map(Pin::new).ok_or_else(|| io::ErrorKind::NotConnected.into())
    }

    /// Keeps an eye on what was written.
    fn written(&mut self, cx: &mut Context<'_>, written: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        match written {
            Poll::Ready(Ok(bytes)) => {
                self.traffic.wrote();
                if let Some(pace) = &mut self.pace {
                    pace.moved(bytes);
                }
                Poll::Ready(Ok(bytes))
            }
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
            Poll::Pending => {
                let patience = &self.patience;
                let pace = self.pace.get_or_insert_with(|| Box::new(Pace::new(patience)));
                pace.poll_stalled(cx).map(|()| Err(io::ErrorKind::TimedOut.into()))
            }
        }
    }
}

impl AsyncRead for Socket {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = into.filled().len();
        let read = self.stream()?.poll_read(cx, into);
        if into.filled().len() > before {
            self.traffic.read();
        }
        read
    }
}

impl AsyncWrite for Socket {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = self.stream()?.poll_write(cx, bytes);
        self.written(cx, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = self.stream()?.poll_write_vectored(cx, slices);
        self.written(cx, written)
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream()?.poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream()?.poll_shutdown(cx)
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        if let Some(stream) = self.stream.take() {
            // Nobody else hands anything back.
            let _ = self.left.set(stream);
        }
    }
}
