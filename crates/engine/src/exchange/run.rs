//! One upstream exchange: computed credentials, sending, redirects on the same origin, the second try a challenge asks for.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use http::{HeaderMap, HeaderValue, Method, Request, StatusCode, Uri, header};
use tokio::time::timeout;
use url::Url;

use super::{client::UpstreamClient, network::Network};
use crate::{
    base::exchange_log::UpstreamExchange,
    base::fault::{CapabilityFault, Fault, FaultKind, UpstreamFault},
    base::invocation::Invocation,
    credential::activate::Scheme,
    credential::sign,
    request::build::Prepared,
    target::routing::Target,
    wire::body::OutgoingBody,
    wire::upstream_body::UpstreamBody,
};

/// How many redirects are followed.
const REDIRECTS: usize = 5;

/// A head of a response and its body to come.
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: UpstreamBody,
    pub(crate) exchange: Arc<UpstreamExchange>,
}

/// Writes an exchange down when it ends, be it that nobody waits for it any more.
struct Record<'a> {
    exchange: &'a Exchange<'a>,
    started: Instant,
    uri: Option<Uri>,
}

impl Record<'_> {
    fn close(mut self, status: Option<StatusCode>) -> Arc<UpstreamExchange> {
        let uri = self.uri.take().unwrap_or_default();
        self.write(uri, status)
    }

    fn write(&self, url: Uri, status: Option<StatusCode>) -> Arc<UpstreamExchange> {
        let Exchange { name, invocation, network, .. } = *self.exchange;
        let elapsed = self.started.elapsed();
        tracing::debug!(
            target: "capstan::upstream",
            request_id = invocation.request_id.as_deref(),
            name,
            status = status.map(|status| status.as_u16()),
            us = u64::try_from(elapsed.as_micros()).unwrap_or(u64::MAX),
        );
        let exchange =
            Arc::new(UpstreamExchange { name: name.into(), status, elapsed, url, mask: network.mask.clone() });
        invocation.exchanges.push(Arc::clone(&exchange));
        exchange
    }
}

impl Drop for Record<'_> {
    fn drop(&mut self) {
        if let Some(url) = self.uri.take() {
            self.write(url, None);
        }
    }
}

/// What an exchange needs to know.
pub(crate) struct Exchange<'a> {
    pub(crate) network: Network<'a>,
    pub(crate) client: &'a UpstreamClient,
    pub(crate) name: &'a str,
    pub(crate) invocation: &'a Invocation,
}

/// The Digest session of a client, kept between requests.
#[derive(Default)]
pub(crate) struct DigestState(Mutex<Option<Arc<sign::digest::Session>>>);

impl DigestState {
    fn get(&self) -> Option<Arc<sign::digest::Session>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set(&self, session: Arc<sign::digest::Session>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(session);
    }
}

/// A request as it is sent, to be sent again where a challenge or redirect asks for it.
struct Draft {
    method: Method,
    target: Arc<Target>,
    path_and_query: String,
    headers: HeaderMap,
    body: OutgoingBody,
}

impl Exchange<'_> {
    /// Sends a request and waits for the head of the final response. The exchange is written down however it ends.
    pub(crate) async fn run(&self, prepared: Prepared) -> Result<Reply, Fault> {
        let uri = prepared.target.uri(&prepared.path_and_query)?;
        let record = Record { exchange: self, started: Instant::now(), uri: Some(uri.clone()) };
        match self.attempt(prepared, &uri).await {
            Ok(response) => {
                let (parts, body) = response.into_parts();
                Ok(Reply {
                    status: parts.status,
                    headers: parts.headers,
                    body: UpstreamBody::new(body, self.network.timeouts.idle),
                    exchange: record.close(Some(parts.status)),
                })
            }
            Err(mut fault) => {
                let masked = self.network.mask.apply(&fault.detail).into_owned();
                fault.detail = masked;
                let exchange = record.close(None);
                if matches!(fault.kind, FaultKind::Upstream(_)) {
                    fault.upstream.get_or_insert(exchange);
                }
                Err(fault)
            }
        }
    }

    async fn attempt(&self, prepared: Prepared, uri: &Uri) -> Result<Response, Fault> {
        let Prepared { method, target, path_and_query, mut headers, body } = prepared;
        if let Some(host) = &target.host {
            headers.insert(header::HOST, host.clone());
        }
        let follows = matches!(method, Method::GET | Method::HEAD);
        if !follows && matches!(self.client.credential.scheme, Scheme::Fixed) {
            // Nothing can make this request go out twice.
            return self.send(method, uri.clone(), headers, body).await;
        }
        let draft = Draft { method, target, path_and_query, headers, body };
        self.follow(draft, uri, follows).await
    }

    async fn follow(&self, mut draft: Draft, first: &Uri, follows: bool) -> Result<Response, Fault> {
        let mut uri = first.clone();
        let mut tried_again = false;
        let mut repeated = false;
        let mut redirects = 0;
        loop {
            let mut headers = draft.headers.clone();
            let mut body = draft.body.again();
            let can_repeat = body.is_some();
            let token = match self.client.credential.scheme {
                Scheme::Fixed | Scheme::Certificate { .. } => None,
                _ => Box::pin(self.authorize(&draft, &mut headers, &mut uri)).await?,
            };
            let body = match body.take() {
                Some(body) => body,
                None => std::mem::take(&mut draft.body),
            };
            let response = match self.send(draft.method.clone(), uri.clone(), headers, body).await {
                // The upstream closed a kept connection just as it was used: a safe request is sent once more.
                Err(fault)
                    if follows
                        && can_repeat
                        && !repeated
                        && fault.kind == FaultKind::Upstream(UpstreamFault::CutShort) =>
                {
                    repeated = true;
                    continue;
                }
                outcome => outcome?,
            };
            if response.status() == StatusCode::UNAUTHORIZED
                && can_repeat
                && !tried_again
                && self.challenged(&response, token.as_deref()).await
            {
                tried_again = true;
                continue;
            }
            if follows
                && can_repeat
                && redirects < REDIRECTS
                && let Some(next) = redirected(&response, &draft)
            {
                redirects += 1;
                tried_again = false;
                uri = draft.target.uri(&next)?;
                draft.path_and_query = next;
                continue;
            }
            return Ok(response);
        }
    }

    async fn send(&self, method: Method, uri: Uri, headers: HeaderMap, body: OutgoingBody) -> Result<Response, Fault> {
        let mut request = Request::new(body);
        *request.method_mut() = method;
        *request.uri_mut() = uri;
        *request.headers_mut() = headers;
        let identity = match &self.client.credential.scheme {
            Scheme::Certificate { pem } => Some(pem.as_str()),
            _ => None,
        };
        let limit = self.first_byte();
        match timeout(limit, self.network.upstreams.clients.send(request, identity)).await {
            Ok(outcome) => outcome,
            Err(_) => {
                Err(Fault::upstream(UpstreamFault::Timeout, format!("no answer within {} s", limit.as_secs_f32())))
            }
        }
    }

    fn first_byte(&self) -> Duration {
        match self.invocation.deadline {
            None => self.network.timeouts.first_byte,
            Some(deadline) => deadline.saturating_duration_since(Instant::now()).min(self.network.timeouts.first_byte),
        }
    }

    /// Adds what the credential computes for this very request; hands out the token used.
    async fn authorize(
        &self,
        draft: &Draft,
        headers: &mut HeaderMap,
        uri: &mut Uri,
    ) -> Result<Option<Box<str>>, Fault> {
        let host = &**self.network.host;
        let seconds = host.now_ms() / 1000;
        let value = match &self.client.credential.scheme {
            Scheme::Fixed | Scheme::Certificate { .. } => return Ok(None),
            Scheme::Unusable(fault) => return Err(fault.clone()),
            Scheme::Digest { username, password } => {
                let Some(session) = self.client.digest.get() else { return Ok(None) };
                let target = sign::digest::Target { method: draft.method.as_str(), uri: &draft.path_and_query };
                session.authorization(username, password, target)
            }
            Scheme::OAuth2(settings) => {
                let token = self.token(settings).await?;
                headers.insert(header::AUTHORIZATION, token.clone());
                return Ok(token.to_str().ok().map(Into::into));
            }
            Scheme::OAuth1 { consumer_key, key } => {
                let url = meant(draft)?;
                let key = sign::oauth1::SigningKey::from_pem(key).map_err(unsigned)?;
                let nonce = crate::base::ids::random(host);
                let message = sign::oauth1::Message {
                    method: draft.method.as_str(),
                    url: &url,
                    body: draft.body.bytes(),
                    now: seconds,
                    nonce: &nonce,
                };
                sign::oauth1::authorization(consumer_key, &key, &message).map_err(unsigned)?
            }
            Scheme::Hmac { id, key } => {
                let mut nonce = [0; 16];
                host.random(&mut nonce);
                sign::hmac::authorization(id, key, draft.method.as_str(), &meant(draft)?, host.now_ms(), nonce)
                    .map_err(unsigned)?
            }
            Scheme::AwsSigV4(keys) => {
                let mut url = meant(draft)?;
                sign::sigv4::prepare(&mut url);
                let signed = sign::sigv4::Keys {
                    access_key: &keys.access_key,
                    secret_key: &keys.secret_key,
                    session_token: keys.session_token.as_ref().map(|token| token.as_str()),
                    region: &keys.region,
                    service: &keys.service,
                };
                let message = sign::sigv4::Message {
                    method: draft.method.as_str(),
                    url: &url,
                    headers,
                    body: draft.body.bytes(),
                    now: seconds,
                };
                for (name, value) in sign::sigv4::sign(&signed, &message).map_err(unsigned)? {
                    headers.insert(name, value);
                }
                *uri = draft.target.uri(&path_of(&url))?;
                return Ok(None);
            }
        };
        let mut value = HeaderValue::from_bytes(value.as_bytes()).map_err(|_| {
            Fault::capability(CapabilityFault::BadCredential, "the credential cannot stand in a header")
        })?;
        value.set_sensitive(true);
        headers.insert(header::AUTHORIZATION, value);
        Ok(None)
    }

    /// Whether a 401 can be answered by trying once more.
    async fn challenged(&self, response: &Response, token: Option<&str>) -> bool {
        match &self.client.credential.scheme {
            Scheme::Digest { .. } => {
                // A realm may hold UTF-8.
                let values = response.headers().get_all(header::WWW_AUTHENTICATE).iter();
                let values = values.filter_map(|value| std::str::from_utf8(value.as_bytes()).ok());
                let Some(challenge) = sign::digest::challenges(values).into_iter().next() else { return false };
                let cnonce = crate::base::ids::random(&**self.network.host).replace('-', "");
                self.client.digest.set(Arc::new(sign::digest::Session::new(challenge, cnonce)));
                true
            }
            Scheme::OAuth2(settings) => {
                self.network.tokens.forget(settings, token).await;
                true
            }
            _ => false,
        }
    }

    async fn token(&self, settings: &crate::credential::activate::OAuth2) -> Result<HeaderValue, Fault> {
        let limit = self.first_byte();
        timeout(limit, self.network.tokens.get(settings, self.network.upstreams)).await.unwrap_or_else(|_| {
            Err(Fault::upstream(UpstreamFault::Timeout, "the authorization server did not answer in time"))
        })
    }
}

type Response = http::Response<crate::wire::client_body::ClientBody>;

fn unsigned(error: sign::SignError) -> Fault {
    Fault::capability(CapabilityFault::BadCredential, error.to_string())
}

/// The URL the author meant, which is what signatures cover even when another server stands in.
fn meant(draft: &Draft) -> Result<Url, Fault> {
    let text = format!("{}{}", draft.target.origin, draft.path_and_query);
    let url = Url::parse(&text).map_err(|error| Fault::capability(CapabilityFault::BadBase, error.to_string()))?;
    if url.path() != draft.path_and_query.split('?').next().unwrap_or_default() {
        // The URL library would normalise what we encoded on purpose: what is signed must be what is sent.
        return Err(Fault::caller(
            crate::base::fault::CallerFault::InvalidInput,
            "a path value cannot be signed as it is",
        ));
    }
    Ok(url)
}

fn path_of(url: &Url) -> String {
    url.query().map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path()))
}

/// Path and query to go to next, when the response redirects within the same origin.
fn redirected(response: &Response, draft: &Draft) -> Option<String> {
    if !matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308) {
        return None;
    }
    let location = response.headers().get(header::LOCATION)?.to_str().ok()?;
    let origin = &draft.target.origin;
    let here = Url::parse(&format!("{origin}{}", draft.path_and_query)).ok()?;
    let next = here.join(location).ok()?;
    let scheme = if draft.target.https { "https" } else { "http" };
    let stand_in = Url::parse(&format!("{scheme}://{}", draft.target.authority)).ok()?;
    let same = next.origin() == here.origin() || (draft.target.host.is_some() && next.origin() == stand_in.origin());
    same.then(|| path_of(&next))
}
