//! Access tokens of client-credentials grants: kept until shortly before they expire, fetched once however many ask.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use bytes::Bytes;
use http::{HeaderValue, Method, Request, header};
use sha2::{Digest, Sha256};
use url::Url;

use crate::{
    base::fault::{CapabilityFault, Fault, UpstreamFault},
    base::secrets::Secrets,
    credential::oauth2::OAuth2,
    credential::sign::oauth2,
    target::address,
    target::upstreams::Upstreams,
    wire::body::OutgoingBody,
    wire::collect::collect,
    wire::{encodings::decoded, upstream_body::UpstreamBody},
};

/// The most bytes of a token response.
const LIMIT: usize = 1 << 20;

/// How long after its last use a token may still turn up somewhere.
const ECHOED: Duration = Duration::from_secs(3600);

type TokenKey = [u8; 32];
type Held = Arc<tokio::sync::Mutex<Option<(HeaderValue, Instant)>>>;

/// All access tokens of the process.
pub(crate) struct Tokens {
    held: Mutex<HashMap<TokenKey, Held>>,
    secrets: Secrets,
}

impl Tokens {
    /// None yet; those that are issued are hidden like other secrets.
    pub(crate) fn new(secrets: Secrets) -> Self {
        Self { held: Mutex::default(), secrets }
    }

    /// The `Authorization` value for these settings.
    pub(crate) async fn get(&self, settings: &OAuth2, upstreams: Upstreams<'_>) -> Result<HeaderValue, Fault> {
        let held = self.held(settings, upstreams);
        let mut held = held.lock().await;
        if let Some((value, until)) = &*held
            && *until > Instant::now()
        {
            return Ok(value.clone());
        }
        let token = fetch(settings, upstreams).await?;
        let until = Instant::now() + token.keep_for();
        for issued in token.secrets() {
            self.secrets.register_until(issued, until + ECHOED);
        }
        let mut value = HeaderValue::from_str(&token.authorization())
            .map_err(|_| Fault::upstream(UpstreamFault::Token, "the access token cannot stand in a header"))?;
        value.set_sensitive(true);
        *held = Some((value.clone(), until));
        Ok(value)
    }

    /// Forgets a token that was refused, unless a newer one is there already.
    pub(crate) async fn forget(&self, settings: &OAuth2, refused: Option<&HeaderValue>) {
        let held: Vec<Held> = {
            let map = self.held.lock().unwrap_or_else(PoisonError::into_inner);
            [true, false].iter().filter_map(|sandboxed| map.get(&key(settings, *sandboxed)).cloned()).collect()
        };
        for held in held {
            let mut held = held.lock().await;
            if held.as_ref().is_some_and(|(value, _)| Some(value) == refused) {
                *held = None;
            }
        }
    }

    fn held(&self, settings: &OAuth2, upstreams: Upstreams<'_>) -> Held {
        let key = key(settings, upstreams.routing.is_sandboxed());
        Arc::clone(self.held.lock().unwrap_or_else(PoisonError::into_inner).entry(key).or_default())
    }
}

/// What makes tokens interchangeable; tokens of a sandbox never serve a real upstream.
fn key(settings: &OAuth2, sandboxed: bool) -> TokenKey {
    let mut hash = Sha256::new();
    for part in [
        &*settings.token_url,
        settings.client_id.as_str(),
        settings.client_secret.as_str(),
        &*settings.scope,
        settings.audience.as_ref().map_or("", |text| text.as_str()),
        settings.resource.as_ref().map_or("", |text| text.as_str()),
    ] {
        hash.update(part.len().to_be_bytes());
        hash.update(part.as_bytes());
    }
    hash.update([u8::from(settings.in_body), u8::from(settings.discover), u8::from(sandboxed)]);
    hash.finalize().into()
}

async fn fetch(settings: &OAuth2, upstreams: Upstreams<'_>) -> Result<oauth2::Token, Fault> {
    let endpoint =
        if settings.discover { discover(&settings.token_url, upstreams).await? } else { settings.token_url.clone() };
    let asked = oauth2::token_request(&oauth2::ClientCredentials {
        client_id: &settings.client_id,
        client_secret: &settings.client_secret,
        scope: &settings.scope,
        audience: settings.audience.as_ref().map(|text| text.as_str()),
        resource: settings.resource.as_ref().map(|text| text.as_str()),
        in_body: settings.in_body,
    });
    let mut request = Request::new(OutgoingBody::Bytes(Bytes::from(asked.body.to_string())));
    *request.method_mut() = Method::POST;
    let headers = request.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
    if let Some(authorization) = &asked.authorization {
        let mut value = HeaderValue::from_str(authorization)
            .map_err(|_| Fault::capability(CapabilityFault::BadCredential, "the client id cannot stand in a header"))?;
        value.set_sensitive(true);
        headers.insert(header::AUTHORIZATION, value);
    }
    let (status, body) = send(request, &endpoint, upstreams).await?;
    oauth2::token(status, &body).map_err(|error| Fault::upstream(UpstreamFault::Token, error.to_string()))
}

async fn discover(issuer: &str, upstreams: Upstreams<'_>) -> Result<String, Fault> {
    let refused = |error: crate::credential::sign::SignError| Fault::upstream(UpstreamFault::Token, error.to_string());
    let mut last = None;
    for url in oauth2::metadata_urls(issuer).map_err(refused)? {
        let (status, body) = send(Request::new(OutgoingBody::Empty), url.as_str(), upstreams).await?;
        if status == 200 {
            match oauth2::token_endpoint(issuer, &body) {
                Ok(endpoint) => return Ok(endpoint.to_string()),
                Err(error) => last = Some(refused(error)),
            }
        }
    }
    Err(last.unwrap_or_else(|| Fault::upstream(UpstreamFault::Token, "the issuer publishes no metadata")))
}

/// Reads a public document of an authorization server: its status and body.
pub(crate) async fn document(url: &Url, upstreams: Upstreams<'_>) -> Result<(u16, Bytes), Fault> {
    send(Request::new(OutgoingBody::Empty), url.as_str(), upstreams).await
}

async fn send(mut request: Request<OutgoingBody>, url: &str, upstreams: Upstreams<'_>) -> Result<(u16, Bytes), Fault> {
    let url = Url::parse(url).map_err(|error| {
        Fault::capability(CapabilityFault::BadCredential, format!("the token URL is not a URL: {error}"))
    })?;
    let target = upstreams.routing.target(&url)?;
    *request.uri_mut() = target.uri(address::path_and_query(address::path_of(&url))?)?;
    let headers = request.headers_mut();
    headers.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
    if let Some(host) = &target.host {
        headers.insert(header::HOST, host.clone());
    }
    let response = upstreams.clients.send(request, None).await?;
    let (parts, body) = response.into_parts();
    let body = collect(upstreams.buffers, UpstreamBody::new(body, Duration::from_secs(30)), LIMIT).await?;
    let body = decoded(upstreams.buffers, upstreams.turns, body, &parts.headers, LIMIT).await?;
    Ok((parts.status.as_u16(), body))
}
