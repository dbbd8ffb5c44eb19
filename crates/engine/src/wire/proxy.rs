//! Requests through the proxy that the machine's environment names. Sends them whole.

use std::time::Duration;

use http::{Request, Response, Uri};
use http_body_util::BodyExt as _;

use super::{body::OutgoingBody, client_body::ClientBody, failure::explain, tls};
use crate::base::fault::{Fault, UpstreamFault};

/// Whether the machine has a proxy configured.
#[allow(clippy::disallowed_methods, reason = "proxies are the machine's, named by its environment")]
pub(crate) fn is_configured() -> bool {
    ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"]
        .iter()
        .flat_map(|name| [(*name).to_owned(), name.to_ascii_lowercase()])
        .any(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()))
}

/// Whether a request stays on this machine, so that no proxy has a part in it.
pub(crate) fn is_loopback(uri: &Uri) -> bool {
    uri.host().is_some_and(|host| {
        host == "localhost"
            || host.trim_matches(['[', ']']).parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
    })
}

/// A client that uses the machine's proxy settings.
pub(crate) fn client(connect: Duration) -> Result<reqwest::Client, String> {
    let mut config = tls::config(None)?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    reqwest::Client::builder()
        .tls_backend_preconfigured(config)
        .redirect(reqwest::redirect::Policy::none())
        .no_gzip()
        .no_brotli()
        .no_zstd()
        .no_deflate()
        .connect_timeout(connect)
        .build()
        .map_err(|error| error.to_string())
}

/// Sends a request and waits for the head of its response.
pub(crate) async fn send(
    client: &reqwest::Client,
    request: Request<OutgoingBody>,
) -> Result<Response<ClientBody>, Fault> {
    let (parts, body) = request.into_parts();
    // A proxied request is sent whole: its body must be `Sync`, which a caller's stream is not.
    let body = match body {
        OutgoingBody::Empty => bytes::Bytes::new(),
        OutgoingBody::Bytes(bytes) => bytes,
        OutgoingBody::Stream(stream) => stream
            .collect()
            .await
            .map_err(|error| Fault::upstream(UpstreamFault::Protocol, format!("the request body broke off: {error}")))?
            .to_bytes(),
    };
    let request = reqwest::Request::try_from(Request::from_parts(parts, body))
        .map_err(|error| Fault::upstream(UpstreamFault::Protocol, error.without_url().to_string()))?;
    let response = client.execute(request).await.map_err(|error| explain(&error.without_url()))?;
    Ok(Response::<reqwest::Body>::from(response).map(ClientBody::Reqwest))
}
