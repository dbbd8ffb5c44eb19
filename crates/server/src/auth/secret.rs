//! Bearer tokens, API keys and Basic credentials: what a caller sends is compared with what is expected, digest with digest, so
//! that neither content nor length shows in the time it takes.

use base64::{Engine as _, engine::GeneralPurpose};
use capstan_plan::ApiKeyPlace;
use http::{header, request::Parts};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use super::{credentials::credentials, principal::Principal, refusal::Refusal};

/// Clients differ in whether they pad.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    base64::engine::GeneralPurposeConfig::new()
        .with_decode_padding_mode(base64::engine::DecodePaddingMode::Indifferent),
);

/// What is expected, and where.
pub struct Secret {
    scheme: Scheme,
    expected: [u8; 32],
}

enum Scheme {
    Bearer,
    Basic,
    ApiKey(ApiKeyPlace, String),
}

impl Secret {
    pub(super) fn bearer(token: &str) -> Self {
        Self { scheme: Scheme::Bearer, expected: hash(token.as_bytes()) }
    }

    pub(super) fn basic(username: &str, password: &str) -> Self {
        Self { scheme: Scheme::Basic, expected: hash(format!("{username}:{password}").as_bytes()) }
    }

    pub(super) fn api_key(place: ApiKeyPlace, name: String, value: &str) -> Self {
        Self { scheme: Scheme::ApiKey(place, name), expected: hash(value.as_bytes()) }
    }

    /// Lets the caller pass who knows the secret: whoever does is the same to us.
    pub(super) fn check(&self, parts: &Parts) -> Result<Principal, Box<Refusal>> {
        let passes = match &self.scheme {
            Scheme::Bearer => credentials(parts, "bearer").is_some_and(|given| self.is(given.as_bytes())),
            Scheme::Basic => {
                let given = credentials(parts, "basic").and_then(|given| BASE64.decode(given).ok());
                given.is_some_and(|given| self.is(&given))
            }
            Scheme::ApiKey(ApiKeyPlace::Header, name) => {
                parts.headers.get_all(name.as_str()).iter().any(|value| self.is(value.as_bytes()))
            }
            Scheme::ApiKey(ApiKeyPlace::Query, name) => {
                let query = parts.uri.query().unwrap_or_default();
                url::form_urlencoded::parse(query.as_bytes())
                    .any(|(key, value)| key == *name && self.is(value.as_bytes()))
            }
            Scheme::ApiKey(ApiKeyPlace::Cookie, name) => parts
                .headers
                .get_all(header::COOKIE)
                .iter()
                .filter_map(|value| value.to_str().ok())
                .flat_map(|text| text.split(';'))
                .filter_map(|pair| pair.trim().split_once('='))
                .any(|(key, value)| key == name && self.is(value.trim_matches('"').as_bytes())),
        };
        if passes {
            Ok(Principal::known(&[b"secret".as_slice(), &self.expected]))
        } else {
            Err(Refusal::unauthorized(vec![self.challenge().to_owned()]))
        }
    }

    fn is(&self, given: &[u8]) -> bool {
        !given.is_empty() && bool::from(hash(given).ct_eq(&self.expected))
    }

    fn challenge(&self) -> &'static str {
        match self.scheme {
            Scheme::Bearer => "Bearer",
            Scheme::Basic => "Basic realm=\"capstan\", charset=\"UTF-8\"",
            Scheme::ApiKey(..) => "ApiKey",
        }
    }
}

fn hash(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// The value of a Basic `Authorization` header.
#[cfg(test)]
pub(super) fn basic_header(username: &str, password: &str) -> String {
    format!("Basic {}", BASE64.encode(format!("{username}:{password}")))
}
