//! Messages as lines on a pair of streams. What is no message is answered as such, and so is a line that is too long, which is
//! read to its end and forgotten.

use std::{io, sync::Arc};

use rmcp::{
    RoleServer,
    model::{ClientJsonRpcMessage, ServerJsonRpcMessage},
    transport::Transport,
};
use serde_json::Value;
use tokio::{
    io::{AsyncBufReadExt as _, AsyncRead, AsyncWrite, AsyncWriteExt as _, BufReader},
    sync::{Notify, mpsc, oneshot},
    task::JoinHandle,
};

use super::unreadable::{too_long, unreadable};

/// How many messages wait for whoever reads them.
const WAITING: usize = 16;
/// What editors may put in front of a file, and some clients in front of their first line.
const MARK: &[u8] = b"\xEF\xBB\xBF";

/// Messages as lines.
pub(super) struct Lines<R> {
    from: BufReader<R>,
    line: Vec<u8>,
    limit: usize,
    /// Whether the rest of a line that is too long is still to come.
    skipping: bool,
    /// An answer of ours that is not on its way yet.
    reply: Option<Value>,
    out: Option<mpsc::Sender<Outgoing>>,
    writer: Option<JoinHandle<()>>,
    /// Set when nobody reads any more.
    broken: Arc<Notify>,
}

/// A line on its way, and who wants to know that it was written.
struct Outgoing {
    line: Vec<u8>,
    written: Option<oneshot::Sender<io::Result<()>>>,
}

impl<R: AsyncRead + Unpin + Send> Lines<R> {
    /// Messages of at most `limit` bytes. Within a Tokio runtime.
    pub(super) fn new<W>(from: R, to: W, limit: usize) -> Self
    where
        W: AsyncWrite + Unpin + Send + 'static,
    {
        let (out, waiting) = mpsc::channel(WAITING);
        let broken = Arc::new(Notify::new());
        let writer = tokio::spawn(write(waiting, to, broken.clone()));
        Self {
            from: BufReader::new(from),
            line: Vec::new(),
            limit,
            skipping: false,
            reply: None,
            out: Some(out),
            writer: Some(writer),
            broken,
        }
    }

    /// Reads up to the end of a line. Says whether it is whole; nothing at the end of the input. What was read is kept when nobody
    /// waits any more.
    async fn line(&mut self) -> Option<bool> {
        loop {
            let read = self.from.fill_buf().await.ok()?;
            if read.is_empty() {
                // The last line may lack its end.
                return (!self.line.is_empty()).then_some(true);
            }
            let end = read.iter().position(|byte| *byte == b'\n');
            let taken = end.map_or(read.len(), |end| end + 1);
            let fits = !self.skipping && self.line.len() + taken <= self.limit + 1;
            if fits {
                self.line.extend(read.iter().take(taken));
            }
            self.from.consume(taken);
            if !fits {
                self.line = Vec::new();
                self.skipping = end.is_none();
            }
            if end.is_some() {
                return Some(fits);
            }
        }
    }

    /// The message of the line that was read; an answer is set up when there is none.
    fn message(&mut self) -> Option<ClientJsonRpcMessage> {
        let line = std::mem::take(&mut self.line);
        let text = line.strip_prefix(MARK).unwrap_or(&line).trim_ascii();
        if text.is_empty() {
            return None;
        }
        match serde_json::from_slice(text) {
            Ok(message) => Some(message),
            Err(_) if is_notification(text) => None,
            Err(_) => {
                self.reply = Some(unreadable(text));
                None
            }
        }
    }
}

/// Whether it is of a kind that is never answered.
fn is_notification(text: &[u8]) -> bool {
    let value: Option<Value> = serde_json::from_slice(text).ok();
    value.is_some_and(|value| value.get("method").is_some_and(Value::is_string) && value.get("id").is_none())
}

async fn write<W: AsyncWrite + Unpin>(mut waiting: mpsc::Receiver<Outgoing>, mut to: W, broken: Arc<Notify>) {
    while let Some(Outgoing { mut line, written }) = waiting.recv().await {
        line.push(b'\n');
        let outcome = async {
            to.write_all(&line).await?;
            to.flush().await
        };
        let outcome = outcome.await;
        let failed = outcome.is_err();
        // Whoever does not wait does not want to know.
        let _ = written.map(|written| written.send(outcome));
        if failed {
            broken.notify_one();
            return;
        }
    }
}

impl<R: AsyncRead + Unpin + Send> Transport<RoleServer> for Lines<R> {
    type Error = io::Error;

    fn send(&mut self, item: ServerJsonRpcMessage) -> impl Future<Output = io::Result<()>> + Send + 'static {
        let out = self.out.clone();
        async move {
            let closed = || io::Error::from(io::ErrorKind::NotConnected);
            let (written, told) = oneshot::channel();
            let line = serde_json::to_vec(&item)?;
            let out = out.ok_or_else(closed)?;
            out.send(Outgoing { line, written: Some(written) }).await.map_err(|_| closed())?;
            drop(out);
            told.await.map_err(|_| closed())?
        }
    }

    async fn receive(&mut self) -> Option<ClientJsonRpcMessage> {
        loop {
            if self.reply.is_some() {
                let place = self.out.as_ref()?.reserve().await.ok()?;
                let line = self.reply.take().map(|reply| reply.to_string().into_bytes()).unwrap_or_default();
                place.send(Outgoing { line, written: None });
            }
            let broken = self.broken.clone();
            let whole = tokio::select! {
                whole = self.line() => whole?,
                () = broken.notified() => return None,
            };
            if !whole {
                self.reply = Some(too_long(self.limit));
            } else if let Some(message) = self.message() {
                return Some(message);
            }
        }
    }

    async fn close(&mut self) -> io::Result<()> {
        self.out = None;
        if let Some(writer) = self.writer.take() {
            // What is on its way is still written.
            let _ = writer.await;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
