//! Plain HTTP/1.1 connections, kept for the thread that uses them: nothing is shared between threads while a request runs, and
//! no task is spawned to bring a connection back. Knows nothing of TLS, proxies and HTTP/2.

use std::{
    collections::{HashMap, VecDeque},
    error::Error as StdError,
    fmt,
    pin::Pin,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, Weak,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    task::{Context, Poll},
    time::{Duration, Instant},
};

use bytes::Bytes;
use http::{HeaderValue, Request, Response, Uri, header, uri::Authority};
use http_body::{Body, Frame, SizeHint};
use hyper::{
    body::Incoming,
    client::conn::http1::{self, SendRequest},
};
use hyper_util::client::legacy::connect::HttpConnector;
use tower::ServiceExt as _;

use super::body::{BoxError, OutgoingBody};

/// How long an idle connection is kept.
const IDLE: Duration = Duration::from_secs(30);
/// How often idle connections are looked through.
const SWEEP: Duration = Duration::from_secs(10);
/// How many idle connections are kept for one authority and thread.
const MOST: usize = 512;

type Sender = SendRequest<OutgoingBody>;

/// Connections by authority, with the time of their last use; the one used last is the last.
type Idle = HashMap<Box<str>, VecDeque<(Sender, Instant)>>;

/// The connections of one thread.
#[derive(Default)]
struct Shard(Mutex<Idle>);

struct Shards {
    shards: Box<[Shard]>,
    swept: AtomicBool,
}

/// All plain connections of the process.
pub(crate) struct Pool {
    connector: HttpConnector,
    shards: Arc<Shards>,
}

/// Why no head of a response came.
#[derive(Debug)]
pub(crate) enum Failed {
    /// There is no connection.
    Connect(BoxError),
    /// There was one.
    Exchange(hyper::Error),
}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Connect(error) => error.fmt(f),
            Self::Exchange(error) => error.fmt(f),
        }
    }
}

impl StdError for Failed {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            Self::Connect(error) => Some(&**error),
            Self::Exchange(error) => Some(error),
        }
    }
}

impl Pool {
    pub(crate) fn new(connector: HttpConnector) -> Self {
        let threads = std::thread::available_parallelism().map_or(1, usize::from).min(16);
        let shards = (0..threads).map(|_| Shard::default()).collect();
        Self { connector, shards: Arc::new(Shards { shards, swept: AtomicBool::new(false) }) }
    }

    /// Sends a request and waits for the head of its response. One that met a connection its server had given up goes to another.
    pub(crate) async fn send(&self, mut request: Request<OutgoingBody>) -> Result<Response<ReturningBody>, Failed> {
        let uri = std::mem::take(request.uri_mut());
        let parts = uri.into_parts();
        let Some(authority) = parts.authority else { return Err(Failed::Connect("the URL names no host".into())) };
        if !request.headers().contains_key(header::HOST) {
            let host = HeaderValue::from_str(authority.as_str()).map_err(|error| Failed::Connect(error.into()))?;
            request.headers_mut().insert(header::HOST, host);
        }
        if let Some(path) = parts.path_and_query {
            *request.uri_mut() = Uri::from(path);
        }
        loop {
            let (mut sender, reused) = match self.shards.mine().and_then(|shard| shard.take(authority.as_str())) {
                Some(sender) => (sender, true),
                None => (Box::pin(self.connect(&authority)).await.map_err(Failed::Connect)?, false),
            };
            match sender.try_send_request(request).await {
                Ok(response) => {
                    let (parts, body) = response.into_parts();
                    let lease = Some(Lease { sender, authority, shards: self.shards.clone() });
                    return Ok(Response::from_parts(parts, ReturningBody { body, lease }.settled()));
                }
                Err(mut error) => match error.take_message() {
                    Some(unsent) if reused => request = unsent,
                    _ => return Err(Failed::Exchange(error.into_error())),
                },
            }
        }
    }

    async fn connect(&self, authority: &Authority) -> Result<Sender, BoxError> {
        let uri = Uri::builder().scheme("http").authority(authority.clone()).path_and_query("/").build()?;
        let stream = self.connector.clone().oneshot(uri).await?;
        let (sender, connection) = http1::Builder::new().handshake(stream).await?;
        tokio::spawn(async move {
            // Whoever uses the connection is told what went wrong with it.
            let _ = connection.await;
        });
        self.shards.keep_swept();
        Ok(sender)
    }
}

impl Shards {
    /// The connections of this thread.
    fn mine(&self) -> Option<&Shard> {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        thread_local!(static MINE: usize = NEXT.fetch_add(1, Ordering::Relaxed));
        self.shards.get(MINE.with(|mine| *mine) % self.shards.len().max(1))
    }

    /// Has someone close what nobody uses, as long as there is anything.
    fn keep_swept(self: &Arc<Self>) {
        if self.swept.swap(true, Ordering::AcqRel) {
            return;
        }
        let shards: Weak<Self> = Arc::downgrade(self);
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(SWEEP).await;
                let Some(shards) = shards.upgrade() else { return };
                shards.shards.iter().for_each(Shard::sweep);
            }
        });
    }
}

impl Shard {
    fn idle(&self) -> MutexGuard<'_, Idle> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A connection that was alive when last seen and waits for a request: the one used last.
    fn take(&self, authority: &str) -> Option<Sender> {
        let mut idle = self.idle();
        let list = idle.get_mut(authority)?;
        while let Some(at) = list.iter().rposition(|(sender, _)| sender.is_ready() || sender.is_closed()) {
            let (sender, since) = list.remove(at)?;
            if since.elapsed() <= IDLE && !sender.is_closed() {
                return Some(sender);
            }
        }
        None
    }

    fn put(&self, authority: &Authority, sender: Sender) {
        let mut idle = self.idle();
        let list = match idle.get_mut(authority.as_str()) {
            Some(list) => list,
            None => idle.entry(authority.as_str().into()).or_default(),
        };
        if list.len() < MOST {
            list.push_back((sender, Instant::now()));
        }
    }

    fn sweep(&self) {
        self.idle().retain(|_, list| {
            list.retain(|(sender, since)| !sender.is_closed() && since.elapsed() <= IDLE);
            !list.is_empty()
        });
    }
}

/// A connection in use.
struct Lease {
    sender: Sender,
    authority: Authority,
    shards: Arc<Shards>,
}

/// A response body that returns its connection at its end. Dropped before, it closes the connection.
pub(crate) struct ReturningBody {
    body: Incoming,
    lease: Option<Lease>,
}

impl ReturningBody {
    /// Gives the connection back when nothing more will be read from it.
    fn settled(mut self) -> Self {
        self.settle();
        self
    }

    fn settle(&mut self) {
        if self.body.is_end_stream() {
            self.release();
        }
    }

    fn release(&mut self) {
        if let Some(Lease { sender, authority, shards }) = self.lease.take()
            && !sender.is_closed()
            && let Some(shard) = shards.mine()
        {
            shard.put(&authority, sender);
        }
    }
}

impl Body for ReturningBody {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let frame = std::task::ready!(Pin::new(&mut self.body).poll_frame(cx));
        match &frame {
            Some(Ok(_)) => self.settle(),
            Some(Err(_)) => self.lease = None,
            None => self.release(),
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests;
