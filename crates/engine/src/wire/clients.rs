//! The only module that opens connections: our own for `http`, pooled hyper clients for `https`, one for each TLS client
//! certificate, and reqwest where the machine has a proxy configured; or none of them, where something else answers. Redirects, credentials and decoding are not its business.

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, OnceLock, PoisonError},
    time::Duration,
};

use http::{Request, Response};
use hyper_rustls::HttpsConnector;
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::{TokioExecutor, TokioTimer},
};

use super::{
    body::OutgoingBody,
    client_body::ClientBody,
    failure::explain,
    plain::Pool,
    proxy, tls,
    transport::{self, Transport},
};
use crate::base::fault::{CapabilityFault, Fault, UpstreamFault};

type Secure = Client<HttpsConnector<HttpConnector>, OutgoingBody>;

/// How long an idle connection is kept.
const IDLE: Duration = Duration::from_secs(30);

/// All HTTP clients of the process.
pub(crate) struct Clients {
    connect: Duration,
    plain: Pool,
    secure: OnceLock<Result<Secure, String>>,
    identities: Mutex<HashMap<Box<str>, Result<Secure, String>>>,
    proxied: Option<OnceLock<Result<reqwest::Client, String>>>,
    /// What answers instead of the network.
    transport: Option<Arc<dyn Transport>>,
}

impl Clients {
    pub(crate) fn new(connect: Duration) -> Self {
        Self {
            connect,
            plain: Pool::new(connector(connect)),
            secure: OnceLock::new(),
            identities: Mutex::default(),
            proxied: proxy::is_configured().then(OnceLock::new),
            transport: None,
        }
    }

    /// Clients that open no connection: this answers.
    pub(crate) fn over(transport: Arc<dyn Transport>) -> Self {
        Self { transport: Some(transport), ..Self::new(Duration::ZERO) }
    }

    /// Sends a request and waits for the head of its response. `identity` is a PEM certificate chain with its key.
    pub(crate) async fn send(
        &self,
        request: Request<OutgoingBody>,
        identity: Option<&str>,
    ) -> Result<Response<ClientBody>, Fault> {
        if let Some(transport) = &self.transport {
            // Boxed: nobody's requests go that way while serving, and everybody's futures would be larger.
            return Box::pin(transport::send(&**transport, request)).await.map(|r| r.map(ClientBody::Given));
        }
        if let Some(identity) = identity {
            let unusable = |why| Fault::capability(CapabilityFault::BadCredential, why);
            let client = self.identified(identity).map_err(unusable)?;
            return client.request(request).await.map(|r| r.map(ClientBody::Hyper)).map_err(|error| explain(&error));
        }
        if let Some(client) = &self.proxied
            && !proxy::is_loopback(request.uri())
        {
            let client = client.get_or_init(|| proxy::client(self.connect)).as_ref().map_err(no_tls)?;
            return Box::pin(proxy::send(client, request)).await;
        }
        if request.uri().scheme() == Some(&http::uri::Scheme::HTTPS) {
            let client = self.secure.get_or_init(|| secure(self.connect, None)).as_ref().map_err(no_tls)?;
            return client.request(request).await.map(|r| r.map(ClientBody::Hyper)).map_err(|error| explain(&error));
        }
        self.plain.send(request).await.map(|r| r.map(ClientBody::Plain)).map_err(|error| explain(&error))
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

fn no_tls(why: impl fmt::Display) -> Fault {
    Fault::upstream(UpstreamFault::Connect, format!("TLS cannot be set up: {why}"))
}
