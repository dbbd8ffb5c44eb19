//! The texts of OAuth 2.0 client credentials (RFC 6749, 4.4): the token request's form, the token response, the metadata of
//! an issuer. Does not send anything and does not keep tokens.

use std::fmt;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::Value;
use url::{Url, form_urlencoded};
use zeroize::Zeroizing;

use super::error::SignError;

/// How long a token whose lifetime is unknown is kept.
const UNKNOWN_LIFETIME: Duration = Duration::from_secs(300);
/// No server means more than this.
const LONGEST_LIFETIME: Duration = Duration::from_secs(366 * 86_400);
/// How early before its end a token is replaced, at most.
const SKEW: Duration = Duration::from_secs(60);

/// What a token is asked for.
#[derive(Clone, Copy)]
pub struct ClientCredentials<'a> {
    /// The client's id.
    pub client_id: &'a str,
    /// The client's secret.
    pub client_secret: &'a str,
    /// Scopes separated by blanks, possibly none.
    pub scope: &'a str,
    /// The audience.
    pub audience: Option<&'a str>,
    /// The resource (RFC 8707).
    pub resource: Option<&'a str>,
    /// Id and secret in the form instead of `Authorization: Basic`.
    pub in_body: bool,
}

/// A token request, to be sent as `POST` with content type `application/x-www-form-urlencoded` and `Accept: application/json`.
pub struct TokenRequest {
    /// The form.
    pub body: Zeroizing<String>,
    /// The `Authorization` value, when the client does not authenticate in the form.
    pub authorization: Option<Zeroizing<String>>,
}

/// Builds the token request.
#[must_use]
pub fn token_request(client: &ClientCredentials<'_>) -> TokenRequest {
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.append_pair("grant_type", "client_credentials");
    let scope = client.scope.trim();
    if !scope.is_empty() {
        form.append_pair("scope", scope);
    }
    for (name, value) in [("audience", client.audience), ("resource", client.resource)] {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            form.append_pair(name, value);
        }
    }
    let authorization = if client.in_body {
        form.append_pair("client_id", client.client_id).append_pair("client_secret", client.client_secret);
        None
    } else {
        // RFC 6749, 2.3.1: both are form-encoded before they are joined.
        let encode = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
        let pair = Zeroizing::new(format!("{}:{}", encode(client.client_id), encode(client.client_secret)));
        Some(Zeroizing::new(format!("Basic {}", STANDARD.encode(pair.as_bytes()))))
    };
    TokenRequest { body: Zeroizing::new(form.finish()), authorization }
}

/// An access token.
pub struct Token {
    /// Its text.
    pub access_token: Zeroizing<String>,
    /// How long it is valid, as the server said.
    pub expires_in: Option<Duration>,
    /// What else came with it that proves an identity: refresh and identity tokens.
    others: Vec<Zeroizing<String>>,
}

impl Token {
    /// The `Authorization` value that uses it.
    #[must_use]
    pub fn authorization(&self) -> Zeroizing<String> {
        Zeroizing::new(format!("Bearer {}", self.access_token.as_str()))
    }

    /// Everything of it that nobody may see.
    pub(crate) fn secrets(&self) -> impl Iterator<Item = &str> {
        std::iter::once(&self.access_token).chain(&self.others).map(|secret| secret.as_str())
    }

    /// How long it may be kept: its lifetime less a margin of a tenth, at most a minute.
    #[must_use]
    pub fn keep_for(&self) -> Duration {
        let lifetime = self.expires_in.unwrap_or(UNKNOWN_LIFETIME).min(LONGEST_LIFETIME);
        lifetime.saturating_sub(SKEW.min(lifetime / 10))
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Token").field("expires_in", &self.expires_in).finish_non_exhaustive()
    }
}

#[derive(Deserialize)]
struct TokenResponse {
    access_token: Option<String>,
    refresh_token: Option<Value>,
    id_token: Option<Value>,
    token_type: Option<String>,
    expires_in: Option<Value>,
    error: Option<Value>,
    error_description: Option<String>,
}

/// Reads a token response.
///
/// # Errors
/// When the server refused, or answered with something that holds no bearer token.
pub fn token(status: u16, body: &[u8]) -> Result<Token, SignError> {
    let refused = |detail: String| SignError::new(format!("the token endpoint answered {status}{detail}"));
    let Ok(response) = serde_json::from_slice::<TokenResponse>(body) else {
        return Err(refused(" without a JSON object".to_owned()));
    };
    if let Some(error) = response.error.filter(|error| !error.is_null()) {
        let code = error.as_str().map_or_else(|| error.to_string(), str::to_owned);
        let description = response.error_description.map(|text| format!(": {text}")).unwrap_or_default();
        return Err(refused(format!(", {}{}", brief(&code), brief(&description))));
    }
    if !(200..300).contains(&status) {
        return Err(refused(String::new()));
    }
    let access_token = response.access_token.filter(|token| !token.is_empty()).map(Zeroizing::new);
    let access_token = access_token.ok_or_else(|| refused(" without an access token".to_owned()))?;
    if !access_token.bytes().all(|byte| (0x20..0x7F).contains(&byte)) {
        return Err(refused(" with a token no header can hold".to_owned()));
    }
    // Some servers leave the type out; what is not a bearer token would be used wrongly.
    if let Some(kind) = response.token_type.filter(|kind| !kind.is_empty() && !kind.eq_ignore_ascii_case("bearer")) {
        return Err(refused(format!(" with a token of type `{}`", brief(&kind))));
    }
    let expires_in = response.expires_in.as_ref().and_then(seconds);
    let others = [response.refresh_token, response.id_token].into_iter().flatten();
    let others = others.filter_map(|token| Some(Zeroizing::new(token.as_str()?.to_owned()))).collect();
    Ok(Token { access_token, expires_in, others })
}

/// A number of seconds, which some servers send as text.
fn seconds(value: &Value) -> Option<Duration> {
    let seconds = match value {
        Value::Number(number) => number.as_f64()?,
        Value::String(text) => text.trim().parse().ok()?,
        _ => return None,
    };
    Duration::try_from_secs_f64(seconds).ok()
}

/// Foreign text cut to a length that suits a message.
fn brief(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(200).collect()
}

/// Where an issuer's metadata may be, in the order to try (RFC 8414, then OpenID Connect Discovery).
///
/// # Errors
/// When the issuer is not an `http` or `https` URL.
pub fn metadata_urls(issuer: &str) -> Result<Vec<Url>, SignError> {
    let url = Url::parse(issuer).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
    let url = url.ok_or_else(|| SignError::new("the issuer is not a URL"))?;
    let path = url.path().trim_end_matches('/').to_owned();
    let at = |path: String| {
        let mut url = url.clone();
        url.set_path(&path);
        url.set_query(None);
        url.set_fragment(None);
        url
    };
    let mut urls = vec![
        at(format!("/.well-known/oauth-authorization-server{path}")),
        at(format!("{path}/.well-known/openid-configuration")),
        at(format!("{path}/.well-known/oauth-authorization-server")),
    ];
    urls.dedup();
    if path.is_empty() {
        urls.truncate(2);
    }
    Ok(urls)
}

/// The token endpoint in an issuer's metadata. The metadata must name the issuer it was asked for.
///
/// # Errors
/// When it does not, or names no usable endpoint.
pub fn token_endpoint(issuer: &str, metadata: &[u8]) -> Result<Url, SignError> {
    member(issuer, metadata, "token_endpoint", "token endpoint")
}

/// Where an issuer's public keys are. The metadata must name the issuer it was asked for.
///
/// # Errors
/// When it does not, or names no usable address.
pub fn key_set(issuer: &str, metadata: &[u8]) -> Result<Url, SignError> {
    member(issuer, metadata, "jwks_uri", "key set")
}

/// A URL in an issuer's metadata, called `what` in errors.
fn member(issuer: &str, metadata: &[u8], name: &str, what: &str) -> Result<Url, SignError> {
    let metadata: Value =
        serde_json::from_slice(metadata).map_err(|_| SignError::new("the issuer's metadata is not JSON"))?;
    let text = |name: &str| metadata.get(name).and_then(Value::as_str);
    if text("issuer").is_some_and(|named| named.trim_end_matches('/') != issuer.trim_end_matches('/')) {
        return Err(SignError::new("the issuer's metadata names another issuer"));
    }
    let url = text(name).and_then(|url| Url::parse(url).ok());
    let url = url.ok_or_else(|| SignError::new(format!("the issuer's metadata names no {what}")))?;
    let downgraded = url.scheme() != "https" && issuer.starts_with("https:");
    if downgraded || !matches!(url.scheme(), "http" | "https") {
        return Err(SignError::new(format!("the issuer's {what} is not as safe as the issuer")));
    }
    Ok(url)
}
