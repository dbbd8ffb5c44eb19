//! One connection from its first byte to its last: the protocol runs, a vigil looks at it from time to time, and whoever drains or
//! needs room tells it to end.

use std::{
    convert::Infallible,
    future::poll_fn,
    pin::pin,
    sync::{Arc, OnceLock},
    time::Duration,
};

use http::{HeaderValue, Request, Response, Version, header};
use http_body::Body as _;
use hyper::{body::Incoming, service::service_fn};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::conn::auto,
};
use tokio::{
    net::TcpStream,
    time::{Instant, sleep, timeout},
};

use super::{
    answer::Answer,
    connections::{Order, Place},
    linger::linger,
    outbound::Outbound,
    socket::{Left, Socket},
    streams::Streams,
    vigil::{Verdict, Vigil},
};
use crate::{
    http::{inbound::Inbound, traffic::Traffic},
    settings::Patience,
    shared::Limits,
};

/// How long the first byte of a caller who just connected may be under way when a drain begins.
const UNDER_WAY: Duration = Duration::from_millis(200);
/// A body that is longer is not read when its request was answered without it.
const LONG: u64 = 16 << 10;

/// How the connections of one listener are served.
pub(super) struct Protocol {
    server: auto::Builder<Streams>,
    answerer: Arc<dyn Answer>,
    patience: Patience,
}

impl Protocol {
    /// Serves with this answerer.
    pub(super) fn new(answerer: Arc<dyn Answer>, limits: Limits) -> Self {
        let patience = limits.patience;
        let mut server = auto::Builder::new(Streams { patience });
        server
            .http1()
            // The vigil does this, and for every protocol.
            .header_read_timeout(None)
            .max_buf_size(limits.headers.max(8192))
            .http2()
            .timer(TokioTimer::new())
            .max_header_list_size(u32::try_from(limits.headers).unwrap_or(u32::MAX))
            .keep_alive_interval(Duration::from_secs(30))
            .max_concurrent_streams(256);
        Self { server, answerer, patience }
    }

    /// Serves a connection to its end.
    pub(super) async fn serve(&self, stream: TcpStream, place: &Place) {
        if stream.set_nodelay(true).is_err() || !self.speaks(&stream, place).await {
            return;
        }
        let left = Left::default();
        let unread = self.requests(stream, left.clone(), place).await;
        if unread && let Some(stream) = left.get() {
            let cut = poll_fn(|cx| place.reins.poll_told(cx, Order::Stay));
            tokio::select! {
                () = linger(stream, self.patience.stall) => {}
                _ = cut => {}
            }
        }
    }

    /// Whether a first byte comes. Until then a connection costs next to nothing.
    async fn speaks(&self, stream: &TcpStream, place: &Place) -> bool {
        let (mut first, mut last) = ([0], [0]);
        tokio::select! {
            spoken = timeout(self.patience.head, stream.peek(&mut first)) => matches!(spoken, Ok(Ok(1))),
            // A request that is under way when the drain begins is still answered.
            order = poll_fn(|cx| place.reins.poll_told(cx, Order::Stay)) => {
                order == Order::Drain && matches!(timeout(UNDER_WAY, stream.peek(&mut last)).await, Ok(Ok(1)))
            }
        }
    }

    /// Answers one request. What it waits for does not borrow: requests of a shared connection are tasks of their own.
    fn answer(
        &self,
        request: Request<Incoming>,
        traffic: &Arc<Traffic>,
    ) -> impl Future<Output = Result<Response<Outbound>, Infallible>> + Send + use<> {
        let shared = request.version() == Version::HTTP_2;
        let in_flight = traffic.begin(shared);
        // Its answer may come before it.
        let long = !shared && request.body().size_hint().exact().is_none_or(|bytes| bytes > LONG);
        let request = request.map(|body| Inbound::new(body, traffic, self.patience));
        let long = long.then(|| traffic.clone());
        let answer = self.answerer.clone().answer(request, traffic.peer());
        async move {
            let mut response = answer.await.map(|body| Outbound::new(body, shared, in_flight));
            if long.is_some_and(|traffic| traffic.standing().receiving > 0) {
                // What the caller still sends is not read.
                response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
            }
            Ok(response)
        }
    }

    /// Answers the requests of a connection. Says whether it ended with an answer to a caller who may still be writing.
    async fn requests(&self, stream: TcpStream, left: Arc<OnceLock<TcpStream>>, place: &Place) -> bool {
        let traffic = &place.reins.traffic;
        let service = service_fn(|request| self.answer(request, traffic));
        let socket = Socket::new(stream, left, traffic.clone(), self.patience);
        let mut connection = pin!(self.server.serve_connection(TokioIo::new(socket), service));
        let mut vigil = Vigil::new(self.patience);
        let mut pause = pin!(sleep(vigil.pause()));
        let mut known = Order::Stay;
        loop {
            tokio::select! {
                biased;
                outcome = connection.as_mut() => {
                    return match outcome {
                        Ok(()) => traffic.is_unread(),
                        Err(error) => {
                            tracing::debug!(%error, "connection ended");
                            error.downcast_ref::<hyper::Error>().is_some_and(hyper::Error::is_parse)
                        }
                    };
                }
                order = poll_fn(|cx| place.reins.poll_told(cx, known)) => match order {
                    Order::Stay => {}
                    Order::Leave if traffic.standing().in_flight > 0 => place.reins.stay(),
                    Order::Leave | Order::Cut => return false,
                    Order::Drain => {
                        known = order;
                        vigil.drain();
                        connection.as_mut().graceful_shutdown();
                        pause.as_mut().reset(Instant::now() + vigil.pause());
                    }
                },
                () = pause.as_mut() => {
                    match vigil.look(traffic.standing(), Instant::now()) {
                        Verdict::Stays => {}
                        Verdict::Idle => {
                            vigil.drain();
                            connection.as_mut().graceful_shutdown();
                        }
                        Verdict::Late => {
                            tracing::debug!("connection cut: its caller takes too long");
                            return false;
                        }
                    }
                    pause.as_mut().reset(Instant::now() + vigil.pause());
                }
            }
        }
    }
}
