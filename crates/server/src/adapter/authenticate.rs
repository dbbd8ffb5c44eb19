//! The check in front of an exposure. Comparisons take the same time wherever texts differ; what we do not implement and what
//! lacks its secret refuses everyone.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use capstan_engine::{Engine, Fault};
use capstan_plan::{ApiKeyPlace, Authenticator, Exposure, Template};
use http::{HeaderValue, Response, StatusCode, header, request::Parts};
use subtle::ConstantTimeEq as _;

use crate::{body::Body, problem};

/// Refuses a caller who does not prove themselves as the exposure asks.
pub(crate) fn authenticate(exposure: &Exposure, engine: &Engine, parts: &Parts) -> Option<Response<Body>> {
    let authenticator = exposure.authenticator.as_ref()?;
    match check(authenticator, engine, parts) {
        Ok(None) => None,
        Ok(Some(challenge)) => Some(unauthorized(challenge)),
        Err(Refusal::Fault(fault)) => Some(problem::of_fault(&fault, &[], |_| None)),
        Err(Refusal::Unsupported(kind)) => {
            let detail = format!("`authentication` of type {kind} is not implemented, so nobody is let in");
            Some(problem::plain(StatusCode::SERVICE_UNAVAILABLE, "unsupported", detail))
        }
    }
}

enum Refusal {
    Fault(Box<Fault>),
    Unsupported(String),
}

/// Nothing when the caller may pass, else the challenge.
fn check(authenticator: &Authenticator, engine: &Engine, parts: &Parts) -> Result<Option<&'static str>, Refusal> {
    let text = |template: &Template| engine.secret_text(template).map_err(|fault| Refusal::Fault(Box::new(fault)));
    Ok(match authenticator {
        Authenticator::Bearer { token } => {
            let expected = text(token)?;
            (!credentials(parts, "bearer").is_some_and(|given| same(given, &expected))).then_some("Bearer")
        }
        Authenticator::Basic { username, password } => {
            let expected = format!("{}:{}", text(username)?, text(password)?);
            let given = credentials(parts, "basic").and_then(|given| BASE64_STANDARD.decode(given).ok());
            let passes = given.is_some_and(|given| bool::from(given.as_slice().ct_eq(expected.as_bytes())));
            (!passes).then_some("Basic realm=\"capstan\", charset=\"UTF-8\"")
        }
        Authenticator::ApiKey { place, name, value } => {
            let (name, expected) = (text(name)?, text(value)?);
            let passes = match place {
                ApiKeyPlace::Header => {
                    let given = parts.headers.get(name.as_str()).and_then(|value| value.to_str().ok());
                    given.is_some_and(|given| same(given, &expected))
                }
                ApiKeyPlace::Query => {
                    let query = parts.uri.query().unwrap_or_default();
                    url::form_urlencoded::parse(query.as_bytes()).any(|(k, v)| k == name && same(&v, &expected))
                }
                ApiKeyPlace::Cookie => {
                    let cookies = parts.headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
                    cookies
                        .flat_map(|text| text.split(';'))
                        .filter_map(|pair| pair.trim().split_once('='))
                        .any(|(k, v)| k == name && same(v, &expected))
                }
            };
            (!passes).then_some("ApiKey")
        }
        Authenticator::Digest { .. } => return Err(Refusal::Unsupported("digest".to_owned())),
        Authenticator::OAuth2(_) => return Err(Refusal::Unsupported("oauth2".to_owned())),
        Authenticator::Unsupported { kind, .. } => return Err(Refusal::Unsupported(kind.to_string())),
    })
}

fn credentials<'p>(parts: &'p Parts, scheme: &str) -> Option<&'p str> {
    let (given, rest) = parts.headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    given.eq_ignore_ascii_case(scheme).then(|| rest.trim())
}

/// An expected text that is empty fits nothing.
fn same(given: &str, expected: &str) -> bool {
    !expected.is_empty() && bool::from(given.as_bytes().ct_eq(expected.as_bytes()))
}

fn unauthorized(challenge: &'static str) -> Response<Body> {
    let mut response = problem::plain(StatusCode::UNAUTHORIZED, "unauthorized", "valid credentials are needed here");
    response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
    response
}
