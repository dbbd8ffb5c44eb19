//! PEM text to DER bytes: the first private key of a text. Does not decrypt.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use super::error::SignError;

/// A private key's encoding.
pub(super) enum PrivateKey {
    /// `RSAPrivateKey` (PKCS#1).
    Pkcs1(Zeroizing<Vec<u8>>),
    /// `PrivateKeyInfo` (PKCS#8).
    Pkcs8(Zeroizing<Vec<u8>>),
}

/// Reads the first private key. A text whose line breaks are written `\n`, as environment variables often have it, is fine.
pub(super) fn private_key(text: &str) -> Result<PrivateKey, SignError> {
    let text = Zeroizing::new(text.replace("\\n", "\n"));
    let mut rest = text.as_str();
    while let Some((_, after)) = rest.split_once("-----BEGIN ") {
        let (label, after) =
            after.split_once("-----").ok_or_else(|| SignError::new("the key's PEM header is not closed"))?;
        let end = format!("-----END {label}-----");
        let (body, after) =
            after.split_once(&end).ok_or_else(|| SignError::new(format!("the PEM block `{label}` has no end")))?;
        rest = after;
        match label {
            "RSA PRIVATE KEY" if body.contains("Proc-Type") => {
                return Err(SignError::new("the private key is encrypted"));
            }
            "RSA PRIVATE KEY" => return decode(body).map(PrivateKey::Pkcs1),
            "PRIVATE KEY" => return decode(body).map(PrivateKey::Pkcs8),
            "ENCRYPTED PRIVATE KEY" => return Err(SignError::new("the private key is encrypted")),
            "EC PRIVATE KEY" => return Err(SignError::new("the private key is not an RSA key")),
            // Certificates and attributes may stand beside it.
            _ => {}
        }
    }
    Err(SignError::new("there is no private key in PEM form"))
}

fn decode(body: &str) -> Result<Zeroizing<Vec<u8>>, SignError> {
    let packed: Zeroizing<String> = Zeroizing::new(body.chars().filter(|c| !c.is_whitespace()).collect());
    STANDARD.decode(packed.as_bytes()).map(Zeroizing::new).map_err(|_| SignError::new("the private key is not base64"))
}
