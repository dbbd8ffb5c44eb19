//! OAuth 2.0 resource server: signed access tokens (RFC 9068) of one issuer. Signatures by an allow-list of algorithms, claims
//! against an injected clock. Keys come from the key ring.

use std::sync::Arc;

use capstan_engine::Engine;
use capstan_plan::{OAuth2Resource, Template};
use http::{StatusCode, request::Parts};
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde_json::{Map, Value};
use url::Url;

use super::{
    closed::{Closed, Defect},
    credentials::credentials,
    keys::{KeyRing, Unobtainable},
    principal::Principal,
    refusal::{Refusal, quoted},
    well_known::{WELL_KNOWN, at_host},
};
use crate::http::guard::is_loopback;

/// How far clocks may be apart, in seconds.
const LEEWAY: f64 = 30.0;

/// Public-key signatures; neither `none` nor shared secrets are ever taken.
const ALGORITHMS: [Algorithm; 9] = [
    Algorithm::RS256,
    Algorithm::RS384,
    Algorithm::RS512,
    Algorithm::PS256,
    Algorithm::PS384,
    Algorithm::PS512,
    Algorithm::ES256,
    Algorithm::ES384,
    Algorithm::EdDSA,
];

/// What tokens are held against.
pub struct Resource {
    issuer: String,
    resource: Option<Url>,
    /// The resource as it is written.
    name: Option<String>,
    audience: String,
    scopes: Box<[Box<str>]>,
}

impl Resource {
    pub(super) fn new(
        declared: &OAuth2Resource,
        text: impl Fn(&Template) -> Result<String, Closed>,
    ) -> Result<Self, Closed> {
        let defect = |detail: String| Closed::from(Defect::new("bad-authentication", detail, &declared.origin));
        let issuer = text(&declared.authorization_server)?;
        match Url::parse(&issuer) {
            Ok(url) if url.scheme() == "https" => {}
            Ok(url) if url.scheme() == "http" && url.host_str().is_some_and(is_loopback) => {}
            Ok(_) => {
                return Err(defect("`authorizationServerUri` is not an https URL, so nobody is let in".to_owned()));
            }
            Err(error) => {
                return Err(defect(format!("`authorizationServerUri` is not a URL ({error}), so nobody is let in")));
            }
        }
        let audience = declared.audience.as_ref().map(&text).transpose()?;
        let name = match (&declared.resource, &audience) {
            // Nobody has to name the resource when the audience is named.
            (Template::Literal(value), Some(_)) if value.as_str().is_none_or(str::is_empty) => None,
            (resource, _) => Some(text(resource)?),
        };
        let resource = match &name {
            None => None,
            Some(name) => match Url::parse(name) {
                Ok(url) if url.host_str().is_some() => Some(url),
                Ok(_) | Err(_) if audience.is_some() => None,
                Ok(_) | Err(_) => return Err(defect("`resource` is not a URL, so nobody is let in".to_owned())),
            },
        };
        let audience = audience.or_else(|| name.clone()).unwrap_or_default();
        Ok(Self { issuer, resource, name, audience, scopes: declared.scopes.clone() })
    }

    /// The issuer.
    pub(super) fn issuer(&self) -> &str {
        &self.issuer
    }

    /// The resource's public name.
    pub(super) fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// The path of the resource's public URL, nothing for the root.
    pub(crate) fn path(&self) -> Option<&str> {
        self.resource.as_ref().map(|url| url.path().trim_end_matches('/'))
    }

    /// The scopes every token must carry.
    pub(super) fn scopes(&self) -> impl Iterator<Item = &str> {
        self.scopes.iter().map(|scope| &**scope)
    }

    /// Lets the bearer of a good token pass.
    pub(super) async fn check(
        &self,
        parts: &Parts,
        engine: &Arc<Engine>,
        keys: &KeyRing,
        now_ms: u64,
    ) -> Result<Principal, Box<Refusal>> {
        let Some(token) = credentials(parts, "bearer") else {
            return Err(Refusal::unauthorized(vec![self.challenge(parts, None)]));
        };
        match self.verify(token, engine, keys, now_ms).await {
            Ok(principal) => Ok(principal),
            Err(Wrong::Token(why)) => {
                let mut refusal = Refusal::unauthorized(vec![self.challenge(parts, Some(("invalid_token", why)))]);
                refusal.detail = why.to_owned();
                refusal.code = "invalid-token";
                Err(refusal)
            }
            Err(Wrong::Scope(missing)) => {
                let detail = format!("Required scope '{missing}' not present in token");
                let challenges = vec![self.challenge(parts, Some(("insufficient_scope", &detail)))];
                let status = StatusCode::FORBIDDEN;
                Err(Box::new(Refusal { status, code: "insufficient-scope", detail, challenges, retry_after: None }))
            }
            Err(Wrong::Keys(unobtainable)) => {
                let Unobtainable { why, retry_after } = unobtainable;
                tracing::warn!(issuer = self.issuer, why, "tokens cannot be checked");
                let detail = "the keys of the authorization server cannot be had, so tokens cannot be checked";
                Err(Refusal::unavailable(detail.to_owned(), retry_after))
            }
        }
    }

    fn challenge(&self, parts: &Parts, error: Option<(&str, &str)>) -> String {
        let mut fields = Vec::new();
        if let Some((error, description)) = error {
            fields.push(format!("error=\"{error}\", error_description={}", quoted(description)));
        }
        if !self.scopes.is_empty() {
            fields.push(format!("scope={}", quoted(&self.scopes.join(" "))));
        }
        fields.push(format!("resource_metadata={}", quoted(&self.metadata_url(parts))));
        format!("Bearer {}", fields.join(", "))
    }

    /// Where the metadata is: at the resource's own host.
    fn metadata_url(&self, parts: &Parts) -> String {
        match &self.resource {
            Some(url) => {
                format!("{}{WELL_KNOWN}{}", url.origin().ascii_serialization(), url.path().trim_end_matches('/'))
            }
            None => at_host(parts, &format!("{WELL_KNOWN}{}", parts.uri.path().trim_end_matches('/'))),
        }
    }

    async fn verify(&self, token: &str, engine: &Arc<Engine>, keys: &KeyRing, now_ms: u64) -> Result<Principal, Wrong> {
        let header = jsonwebtoken::decode_header(token).map_err(|_| FAILED)?;
        if !ALGORITHMS.contains(&header.alg) || is_critical(token) {
            return Err(FAILED);
        }
        if !is_access_type(header.typ.as_deref()) {
            return Err(NO_ACCESS_TOKEN);
        }
        let candidates = keys
            .candidates(&self.issuer, header.kid.as_deref(), header.alg, engine, now_ms)
            .await
            .map_err(Wrong::Keys)?;
        let claims = candidates.iter().find_map(|key| claims(token, key, header.alg));
        let claims = claims.ok_or(Wrong::Token("Signature verification failed"))?;
        self.judge(&claims, now_ms)?;
        Ok(self.principal(&claims, token))
    }

    /// Whose token it is: a subject of an issuer, with the client that acts for it. A token that names nobody stands for itself.
    fn principal(&self, claims: &Map<String, Value>, token: &str) -> Principal {
        let text = |name: &str| claims.get(name).and_then(Value::as_str).unwrap_or_default();
        let (subject, client) = (text("sub"), [text("client_id"), text("azp")].concat());
        let token = if subject.is_empty() && client.is_empty() { token } else { "" };
        let parts =
            [b"oauth2".as_slice(), self.issuer.as_bytes(), subject.as_bytes(), client.as_bytes(), token.as_bytes()];
        Principal::known(&parts)
    }

    /// Holds claims against what is expected.
    pub(super) fn judge(&self, claims: &Map<String, Value>, now_ms: u64) -> Result<(), Wrong> {
        if is_another_token(claims) {
            return Err(NO_ACCESS_TOKEN);
        }
        let now = std::time::Duration::from_millis(now_ms).as_secs_f64();
        let text = |name: &str| claims.get(name).and_then(Value::as_str);
        match claims.get("exp").map(Value::as_f64) {
            Some(Some(exp)) if now < exp + LEEWAY => {}
            Some(Some(_)) => return Err(Wrong::Token("Token expired")),
            Some(None) => return Err(FAILED),
            None => return Err(Wrong::Token("Token has no expiry")),
        }
        match claims.get("nbf").map(Value::as_f64) {
            None => {}
            Some(Some(nbf)) if nbf <= now + LEEWAY => {}
            Some(Some(_)) => return Err(Wrong::Token("Token not yet valid")),
            Some(None) => return Err(FAILED),
        }
        if text("iss").map(bare) != Some(bare(&self.issuer)) {
            return Err(Wrong::Token("Invalid issuer"));
        }
        let meant = match claims.get("aud") {
            Some(Value::String(audience)) => *audience == self.audience,
            Some(Value::Array(all)) => all.iter().any(|audience| audience.as_str() == Some(&*self.audience)),
            _ => false,
        };
        if !meant {
            return Err(Wrong::Token("Invalid audience"));
        }
        let held: Vec<&str> = ["scope", "scp"].iter().filter_map(|name| claims.get(*name)).flat_map(scopes).collect();
        match self.scopes().find(|scope| !held.contains(scope)) {
            None => Ok(()),
            Some(missing) => Err(Wrong::Scope(missing.to_owned())),
        }
    }
}

/// What is wrong with a token.
#[derive(Debug, PartialEq)]
pub(super) enum Wrong {
    Token(&'static str),
    /// It lacks this scope.
    Scope(String),
    /// It cannot be told.
    Keys(Unobtainable),
}

const NO_ACCESS_TOKEN: Wrong = Wrong::Token("Token is not an access token");

/// Whether a token of this type may be an access token. RFC 9068 has one of its own; most servers say `JWT`, or nothing.
fn is_access_type(typ: Option<&str>) -> bool {
    let typ = typ.unwrap_or("jwt").to_ascii_lowercase();
    matches!(typ.strip_prefix("application/").unwrap_or(&typ), "jwt" | "at+jwt")
}

/// Whether the claims are those of an identity token, a logout token or another one that a server signs with the same key for
/// the same audience (OpenID Connect Core 2 and 3.1.3.6, Back-Channel Logout 2.4, and what Keycloak and Cognito say of themselves).
fn is_another_token(claims: &Map<String, Value>) -> bool {
    let text = |name: &str| claims.get(name).and_then(Value::as_str).unwrap_or_default().to_ascii_lowercase();
    let is_named = matches!(&*text("typ"), "id" | "refresh" | "offline" | "logout" | "serialized-id")
        || matches!(&*text("token_use"), "id" | "refresh");
    let is_identity =
        ["at_hash", "c_hash", "s_hash", "events", "sub_jwk"].iter().any(|name| claims.contains_key(*name));
    // Some servers repeat the nonce in access tokens, but those say what they give access to.
    let is_answer =
        claims.contains_key("nonce") && !["scope", "scp", "client_id"].iter().any(|name| claims.contains_key(*name));
    is_named || is_identity || is_answer
}

const FAILED: Wrong = Wrong::Token("Token validation failed");

/// The claims, when the key fits the signature.
fn claims(token: &str, key: &DecodingKey, algorithm: Algorithm) -> Option<Map<String, Value>> {
    let mut validation = Validation::new(algorithm);
    // Claims are held against our own clock afterwards.
    validation.required_spec_claims.clear();
    (validation.validate_exp, validation.validate_nbf, validation.validate_aud) = (false, false, false);
    Some(jsonwebtoken::decode(token, key, &validation).ok()?.claims)
}

/// Whether the header asks for extensions we would have to understand (RFC 7515, 4.1.11).
fn is_critical(token: &str) -> bool {
    use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
    let header = token.split('.').next().and_then(|header| BASE64_URL_SAFE_NO_PAD.decode(header).ok());
    let header: Option<Map<String, Value>> = header.and_then(|header| serde_json::from_slice(&header).ok());
    header.is_none_or(|header| header.contains_key("crit"))
}

/// Without a trailing slash.
fn bare(issuer: &str) -> &str {
    issuer.strip_suffix('/').unwrap_or(issuer)
}

/// The scopes of a claim: separated by spaces, or a list.
fn scopes(claim: &Value) -> Vec<&str> {
    match claim {
        Value::String(text) => text.split_whitespace().collect(),
        Value::Array(all) => all.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}
