//! The only module that opens connections: our own for `http`, pooled hyper clients for `https`, one for each TLS client
//! certificate, and reqwest where the machine has a proxy configured. Redirects, credentials and decoding are not its business.

mod plain;

use std::{
    collections::HashMap,
    error::Error as StdError,
    fmt, io,
    pin::Pin,
    sync::{Mutex, OnceLock, PoisonError},
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use http::{Request, Response, Uri};
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use hyper_rustls::HttpsConnector;
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::{TokioExecutor, TokioTimer},
};

use crate::{
    base::fault::{CapabilityFault, Fault, UpstreamFault},
    request::build::Outgoing,
    wire::tls,
};

type BoxError = Box<dyn StdError + Send + Sync>;
type Secure = Client<HttpsConnector<HttpConnector>, OutBody>;

/// How long an idle connection is kept.
const IDLE: Duration = Duration::from_secs(30);

/// All HTTP clients of the process.
pub(crate) struct Clients {
    connect: Duration,
    plain: plain::Pool,
    secure: OnceLock<Result<Secure, String>>,
    identities: Mutex<HashMap<Box<str>, Result<Secure, String>>>,
    proxied: Option<OnceLock<Result<reqwest::Client, String>>>,
}

impl Clients {
    pub(crate) fn new(connect: Duration) -> Self {
        let has_proxy = ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"]
            .iter()
            .flat_map(|name| [(*name).to_owned(), name.to_ascii_lowercase()])
            .any(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()));
        Self {
            connect,
            plain: plain::Pool::new(connector(connect)),
            secure: OnceLock::new(),
            identities: Mutex::default(),
            proxied: has_proxy.then(OnceLock::new),
        }
    }

    /// Sends a request and waits for the head of its response. `identity` is a PEM certificate chain with its key.
    pub(crate) async fn send(
        &self,
        request: Request<OutBody>,
        identity: Option<&str>,
    ) -> Result<Response<InBody>, Fault> {
        if let Some(identity) = identity {
            let unusable = |why| Fault::capability(CapabilityFault::BadCredential, why);
            let client = self.identified(identity).map_err(unusable)?;
            return client.request(request).await.map(|r| r.map(InBody::Hyper)).map_err(|error| explain(&error));
        }
        if let Some(client) = &self.proxied
            && !is_loopback(request.uri())
        {
            let client = client.get_or_init(|| tls::proxying_client(self.connect)).as_ref().map_err(no_tls)?;
            return Box::pin(through_proxy(client, request)).await;
        }
        if request.uri().scheme() == Some(&http::uri::Scheme::HTTPS) {
            let client = self.secure.get_or_init(|| secure(self.connect, None)).as_ref().map_err(no_tls)?;
            return client.request(request).await.map(|r| r.map(InBody::Hyper)).map_err(|error| explain(&error));
        }
        self.plain.send(request).await.map(|r| r.map(InBody::Plain)).map_err(|error| explain(&error))
    }

    fn identified(&self, identity: &str) -> Result<Secure, String> {
        let mut identities = self.identities.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = identities.get(identity) {
            return client.clone();
        }
        let client = secure(self.connect, Some(identity));
        identities.insert(identity.into(), client.clone());
        client
    }
}

fn builder() -> hyper_util::client::legacy::Builder {
    let mut builder = Client::builder(TokioExecutor::new());
    builder.pool_timer(TokioTimer::new()).timer(TokioTimer::new()).pool_idle_timeout(IDLE).pool_max_idle_per_host(512);
    builder.http2_adaptive_window(true).http2_keep_alive_interval(Some(Duration::from_secs(20)));
    builder
}

fn connector(connect: Duration) -> HttpConnector {
    let mut connector = HttpConnector::new();
    connector.set_nodelay(true);
    connector.set_connect_timeout(Some(connect));
    connector.set_keepalive(Some(Duration::from_secs(60)));
    connector.enforce_http(false);
    connector
}

fn secure(connect: Duration, identity: Option<&str>) -> Result<Secure, String> {
    let config = tls::config(identity)?;
    let https = hyper_rustls::HttpsConnectorBuilder::new()
        .with_tls_config(config)
        .https_or_http()
        .enable_all_versions()
        .wrap_connector(connector(connect));
    Ok(builder().build(https))
}

fn is_loopback(uri: &Uri) -> bool {
    uri.host().is_some_and(|host| {
        host == "localhost"
            || host.trim_matches(['[', ']']).parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
    })
}

async fn through_proxy(client: &reqwest::Client, request: Request<OutBody>) -> Result<Response<InBody>, Fault> {
    use http_body_util::BodyExt as _;
    let (parts, body) = request.into_parts();
    // A proxied request is sent whole: its body must be `Sync`, which a caller's stream is not.
    let body = match body {
        OutBody::Full(bytes) => bytes.unwrap_or_default(),
        OutBody::Stream(stream) => stream
            .collect()
            .await
            .map_err(|error| Fault::upstream(UpstreamFault::Protocol, format!("the request body broke off: {error}")))?
            .to_bytes(),
    };
    let request = reqwest::Request::try_from(Request::from_parts(parts, body))
        .map_err(|error| Fault::upstream(UpstreamFault::Protocol, error.without_url().to_string()))?;
    let response = client.execute(request).await.map_err(|error| explain(&error.without_url()))?;
    Ok(Response::<reqwest::Body>::from(response).map(InBody::Reqwest))
}

fn no_tls(why: impl fmt::Display) -> Fault {
    Fault::upstream(UpstreamFault::Connect, format!("TLS cannot be set up: {why}"))
}

/// What went wrong before the head of a response came.
fn explain(error: &(dyn StdError + 'static)) -> Fault {
    let mut kind = UpstreamFault::Protocol;
    let mut reason = error.to_string();
    if error.downcast_ref::<hyper_util::client::legacy::Error>().is_some_and(|e| e.is_connect())
        || error.downcast_ref::<reqwest::Error>().is_some_and(reqwest::Error::is_connect)
        || matches!(error.downcast_ref(), Some(plain::Failed::Connect(_)))
    {
        kind = UpstreamFault::Connect;
    }
    let mut source = error.source();
    while let Some(cause) = source {
        reason = cause.to_string();
        if let Some(error) = cause.downcast_ref::<io::Error>() {
            if let Some(alert) = alert(error) {
                kind = UpstreamFault::Connect;
                reason = format!("the upstream refused the TLS connection: {alert:?}");
            }
            match error.kind() {
                io::ErrorKind::TimedOut => kind = UpstreamFault::Timeout,
                io::ErrorKind::ConnectionRefused => reason = "connection refused".to_owned(),
                io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe if kind != UpstreamFault::Connect => {
                    kind = UpstreamFault::CutShort;
                    "the connection was closed before an answer came".clone_into(&mut reason);
                }
                _ => {}
            }
        }
        if let Some(error) = cause.downcast_ref::<hyper::Error>()
            && error.is_incomplete_message()
        {
            kind = UpstreamFault::CutShort;
            "the connection was closed before an answer came".clone_into(&mut reason);
        }
        source = cause.source();
    }
    Fault::upstream(kind, reason)
}

/// Why the upstream ended the TLS connection: a certificate that is missing or not trusted, which TLS 1.3 tells after the
/// handshake only.
fn alert(error: &io::Error) -> Option<rustls::AlertDescription> {
    let inner = error.get_ref()?;
    match inner.downcast_ref() {
        Some(rustls::Error::AlertReceived(alert)) => Some(*alert),
        Some(_) => None,
        None => alert(inner.downcast_ref()?),
    }
}

/// A request body for every client.
pub(crate) enum OutBody {
    /// Bytes, or nothing.
    Full(Option<Bytes>),
    /// A stream.
    Stream(crate::base::invocation::InboundBody),
}

impl From<Outgoing> for OutBody {
    fn from(body: Outgoing) -> Self {
        match body {
            Outgoing::Empty => Self::Full(None),
            Outgoing::Bytes(bytes) => Self::Full(Some(bytes)),
            Outgoing::Stream(stream) => Self::Stream(stream),
        }
    }
}

impl Body for OutBody {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        match self.get_mut() {
            Self::Full(bytes) => Poll::Ready(bytes.take().map(|bytes| Ok(Frame::data(bytes)))),
            Self::Stream(stream) => Pin::new(stream).poll_frame(cx).map_err(Into::into),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Full(bytes) => bytes.is_none(),
            Self::Stream(stream) => stream.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Full(bytes) => SizeHint::with_exact(bytes.as_ref().map_or(0, |b| b.len() as u64)),
            Self::Stream(stream) => stream.size_hint(),
        }
    }
}

/// A response body of any client.
pub(crate) enum InBody {
    Plain(plain::Returning),
    Hyper(Incoming),
    Reqwest(reqwest::Body),
}

impl Body for InBody {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        match self.get_mut() {
            Self::Plain(body) => Pin::new(body).poll_frame(cx).map_err(Into::into),
            Self::Hyper(body) => Pin::new(body).poll_frame(cx).map_err(Into::into),
            Self::Reqwest(body) => Pin::new(body).poll_frame(cx).map_err(Into::into),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Plain(body) => body.is_end_stream(),
            Self::Hyper(body) => body.is_end_stream(),
            Self::Reqwest(body) => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Plain(body) => body.size_hint(),
            Self::Hyper(body) => body.size_hint(),
            Self::Reqwest(body) => body.size_hint(),
        }
    }
}
