//! OAuth 1.0a without a token (RFC 5849), signed with RSA-SHA256 and covering the body by `oauth_body_hash`, which is what
//! Mastercard's APIs ask for. Does not read key files, does not do the three-legged flow.

use aws_lc_rs::rsa::KeyPair;
use aws_lc_rs::signature::RSA_PKCS1_SHA256;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use url::Url;

use super::error::SignError;
use super::parts::{host, sha256, strict};
use super::pem::{self, PrivateKey};

/// A signing key.
pub struct SigningKey(KeyPair);

impl SigningKey {
    /// Reads an RSA key in PEM form, PKCS#1 or PKCS#8.
    ///
    /// # Errors
    /// When there is none, it is encrypted, or it is not an RSA key of 2048 bits or more.
    pub fn from_pem(text: &str) -> Result<Self, SignError> {
        let pair = match pem::private_key(text)? {
            PrivateKey::Pkcs1(der) => KeyPair::from_der(&der),
            PrivateKey::Pkcs8(der) => KeyPair::from_pkcs8(&der),
        };
        pair.map(Self).map_err(|error| SignError::new(format!("the private key is not usable: {error}")))
    }

    fn sign(&self, message: &[u8]) -> Result<String, SignError> {
        let mut signature = vec![0; self.0.public_modulus_len()];
        self.0
            .sign(&RSA_PKCS1_SHA256, &aws_lc_rs::rand::SystemRandom::new(), message, &mut signature)
            .map_err(|_| SignError::new("signing failed"))?;
        Ok(STANDARD.encode(signature))
    }
}

/// What is signed.
#[derive(Clone, Copy, Debug)]
pub struct Message<'a> {
    /// The method.
    pub method: &'a str,
    /// The URL as sent.
    pub url: &'a Url,
    /// The body as sent, possibly empty.
    pub body: &'a [u8],
    /// Seconds since 1970.
    pub now: u64,
    /// Never used before with this second.
    pub nonce: &'a str,
}

/// The `Authorization` value for a request.
///
/// # Errors
/// When the URL has no host or the key refuses to sign.
pub fn authorization(consumer_key: &str, key: &SigningKey, message: &Message<'_>) -> Result<String, SignError> {
    let mut fields = fields(consumer_key, message);
    let signature = key.sign(base_string(message, &fields)?.as_bytes())?;
    fields.push(("oauth_signature", signature));
    let fields: Vec<String> = fields.iter().map(|(name, value)| format!("{name}=\"{}\"", strict(value))).collect();
    Ok(format!("OAuth {}", fields.join(",")))
}

fn fields(consumer_key: &str, message: &Message<'_>) -> Vec<(&'static str, String)> {
    vec![
        ("oauth_body_hash", STANDARD.encode(sha256(message.body))),
        ("oauth_consumer_key", consumer_key.to_owned()),
        ("oauth_nonce", message.nonce.to_owned()),
        ("oauth_signature_method", "RSA-SHA256".to_owned()),
        ("oauth_timestamp", message.now.to_string()),
        ("oauth_version", "1.0".to_owned()),
    ]
}

/// RFC 5849, 3.4.1: method, base URI and normalized parameters.
fn base_string(message: &Message<'_>, fields: &[(&str, String)]) -> Result<String, SignError> {
    let url = message.url;
    let base = format!("{}://{}{}", url.scheme(), host(url)?.to_ascii_lowercase(), url.path());
    let query = url.query_pairs().map(|(name, value)| (strict(&name), strict(&value)));
    let own = fields.iter().map(|(name, value)| (strict(name), strict(value)));
    let mut parameters: Vec<(String, String)> = query.chain(own).collect();
    parameters.sort();
    let normalized: Vec<String> = parameters.into_iter().map(|(name, value)| format!("{name}={value}")).collect();
    Ok(format!("{}&{}&{}", message.method.to_ascii_uppercase(), strict(&base), strict(&normalized.join("&"))))
}

#[cfg(test)]
mod tests;
