//! The upstream of a test: it sees what the engine would have sent, compares it with the listed exchanges, and answers as they say,
//! with the faults they ask for.

use std::{
    io,
    path::PathBuf,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use capstan_engine::{BoxError, Fault, Transport, TransportBody, UpstreamFault, door};
use capstan_language::test_file::{Exchange, ExpectedRequest, Faulty, Reply};
use futures_util::{future::BoxFuture, stream};
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response, header};
use http_body::Frame;
use http_body_util::{BodyExt as _, Full, StreamBody};
use serde_json::{Map, Value};

use super::{
    compare::{Compare, texts},
    outcome::Difference,
};

/// The most bytes of a file that is a body.
const LARGEST: u64 = 32 << 20;
/// In how many pieces a slow body comes, and how long each takes.
const PIECES: usize = 4;
const PAUSE: Duration = Duration::from_secs(10);

/// A scripted upstream.
pub(super) struct Script {
    exchanges: Vec<Exchange>,
    any_order: bool,
    exact: bool,
    folder: PathBuf,
    progress: Mutex<Progress>,
}

/// What was seen so far.
#[derive(Default)]
pub(super) struct Progress {
    used: Vec<usize>,
    /// What differed.
    pub(super) differences: Vec<Difference>,
    /// Requests that are not listed.
    pub(super) unlisted: Vec<String>,
}

impl Script {
    /// An upstream of these exchanges; files they name lie in `folder`.
    pub(super) fn new(exchanges: Vec<Exchange>, any_order: bool, exact: bool, folder: PathBuf) -> Self {
        Self { exchanges, any_order, exact, folder, progress: Mutex::default() }
    }

    /// What was seen, once all is over; exchanges that did not happen are differences.
    pub(super) fn finish(&self) -> Progress {
        let mut progress = std::mem::take(&mut *self.progress.lock().unwrap_or_else(PoisonError::into_inner));
        for (at, exchange) in self.exchanges.iter().enumerate().filter(|(at, _)| !progress.used.contains(at)) {
            progress.differences.push(Difference {
                span: exchange.span,
                path: format!("upstream[{at}]"),
                expected: "this exchange".to_owned(),
                actual: "it did not happen".to_owned(),
                instead: None,
            });
        }
        progress
    }

    /// The exchange a request is, with what differs.
    fn take(&self, request: &Request<Bytes>) -> Option<&Exchange> {
        let mut progress = self.progress.lock().unwrap_or_else(PoisonError::into_inner);
        let compared = |at: usize, exchange: &Exchange| differences(at, &exchange.request, request, self.exact);
        let mut open = self.exchanges.iter().enumerate().filter(|(at, _)| !progress.used.contains(at));
        let found = match self.any_order {
            false => open.next().map(|(at, exchange)| (at, exchange, compared(at, exchange))),
            true => {
                let all = open.map(|(at, exchange)| (at, exchange, compared(at, exchange)));
                all.min_by_key(|(.., differences)| differences.len())
            }
        };
        match found {
            Some((at, exchange, differences)) => {
                progress.used.push(at);
                progress.differences.extend(differences);
                Some(exchange)
            }
            None => {
                progress.unlisted.push(format!("{} {}", request.method(), request.uri()));
                None
            }
        }
    }

    async fn reply(&self, request: Request<Bytes>) -> Result<Response<TransportBody>, Fault> {
        let Some(exchange) = self.take(&request) else {
            return Err(Fault::upstream(UpstreamFault::Connect, "the test lists no such exchange"));
        };
        tokio::time::sleep(exchange.reply.delay).await;
        match exchange.fault {
            Some(Faulty::Timeout) => std::future::pending().await,
            Some(Faulty::Refused) => Err(Fault::upstream(UpstreamFault::Connect, "connection refused")),
            fault => self.response(&exchange.reply, fault),
        }
    }

    fn response(&self, reply: &Reply, fault: Option<Faulty>) -> Result<Response<TransportBody>, Fault> {
        let broken = |why: String| Fault::upstream(UpstreamFault::Protocol, why);
        let bytes = match (&reply.json, &reply.body, &reply.file) {
            (Some(json), ..) => Bytes::from(json.to_string()),
            (_, Some(text), _) => Bytes::from(text.clone()),
            (_, _, Some(file)) => {
                let read = door::read(&self.folder.join(&file.value), LARGEST);
                read.map_err(|error| broken(format!("{}: {error}", file.value)))?.into()
            }
            _ => Bytes::new(),
        };
        let mut response = Response::builder().status(reply.status);
        let types = reply.headers.iter().any(|header| header.name.value == "content-type");
        if reply.json.is_some() && !types {
            response = response.header(header::CONTENT_TYPE, "application/json");
        }
        for header in &reply.headers {
            let value = header.value.scalar_text().unwrap_or_default();
            response = response.header(&header.name.value, value);
        }
        let sized = reply.headers.iter().any(|header| header.name.value == "content-length");
        if !sized && !bytes.is_empty() {
            response = response.header(header::CONTENT_LENGTH, bytes.len());
        }
        let response = response.body(body(bytes, fault));
        response.map_err(|error| broken(format!("the test's response is none: {error}")))
    }
}

impl Transport for Script {
    fn answer(&self, request: Request<Bytes>) -> BoxFuture<'_, Result<Response<TransportBody>, Fault>> {
        Box::pin(self.reply(request))
    }
}

/// A body as it comes.
fn body(bytes: Bytes, fault: Option<Faulty>) -> TransportBody {
    type Piece = Result<Frame<Bytes>, BoxError>;
    match fault {
        Some(Faulty::CutShort) => {
            let half = bytes.slice(..bytes.len() / 2);
            let cut: BoxError =
                io::Error::new(io::ErrorKind::UnexpectedEof, "the connection ended within the body").into();
            StreamBody::new(stream::iter([Ok(Frame::data(half)), Err(cut)])).boxed()
        }
        Some(Faulty::Slow) => {
            let size = bytes.len().div_ceil(PIECES).max(1);
            let pieces = stream::unfold(bytes, move |mut rest| async move {
                if rest.is_empty() {
                    return None;
                }
                tokio::time::sleep(PAUSE).await;
                let piece: Piece = Ok(Frame::data(rest.split_to(size.min(rest.len()))));
                Some((piece, rest))
            });
            StreamBody::new(pieces).boxed()
        }
        _ => Full::new(bytes).map_err(|never| match never {}).boxed(),
    }
}

/// Where a request is not what was expected.
fn differences(at: usize, expected: &ExpectedRequest, request: &Request<Bytes>, exact: bool) -> Vec<Difference> {
    let mut compare = Compare::new(exact);
    let path = |what: &str| format!("upstream[{at}].request.{what}");
    let whole = request.uri().to_string();
    let (bare, query) = whole.split_once('?').unwrap_or((&whole, ""));
    if let Some(method) = &expected.method {
        compare.text(&path("method"), method, Some(request.method().as_str()));
    }
    if let Some(url) = &expected.url {
        let with_query = url.scalar_text().is_some_and(|url| url.contains('?'));
        compare.text(&path("url"), url, Some(if with_query { &whole } else { bare }));
    }
    if let Some(expected) = &expected.query {
        compare.json(&path("query"), &texts(expected), Some(&pairs(query)));
    }
    compare.headers(&path("headers"), &expected.headers, request.headers());
    let body = String::from_utf8_lossy(request.body());
    if let Some(json) = &expected.json {
        compare.json(&path("json"), json, serde_json::from_slice(request.body()).ok().as_ref());
    }
    if let Some(form) = &expected.form {
        compare.json(&path("form"), &texts(form), Some(&pairs(&body)));
    }
    if let Some(text) = &expected.body {
        compare.text(&path("body"), text, Some(&body));
    }
    compare.differences
}

/// Parameters as an object of texts; several of one name are a list.
pub(super) fn pairs(text: &str) -> Value {
    let decode = |text: &str| {
        let spaced = text.replace('+', " ");
        percent_encoding::percent_decode_str(&spaced).decode_utf8_lossy().into_owned()
    };
    let mut members: Map<String, Value> = Map::new();
    for pair in text.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let value = Value::from(decode(value));
        match members.get_mut(&decode(name)) {
            Some(Value::Array(all)) => all.push(value),
            Some(one) => *one = Value::Array(vec![one.take(), value]),
            None => drop(members.insert(decode(name), value)),
        }
    }
    Value::Object(members)
}

/// Headers people would look at: none that every request has.
pub(super) fn telling(headers: &HeaderMap) -> impl Iterator<Item = (&HeaderName, &HeaderValue)> {
    let plain = [
        header::ACCEPT,
        header::ACCEPT_ENCODING,
        header::CONTENT_LENGTH,
        header::CONTENT_TYPE,
        header::HOST,
        header::USER_AGENT,
    ];
    headers.iter().filter(move |(name, _)| !plain.contains(name))
}
