//! Veracode's request signature, `VERACODE-HMAC-SHA-256`: a key derived from nonce and time signs host, path and method. The
//! body is not covered.

use url::Url;
use zeroize::Zeroizing;

use super::error::SignError;
use super::parts::{hex, hmac_sha256, host, target, unhex};

const SCHEME: &str = "VERACODE-HMAC-SHA-256";
const VERSION: &[u8] = b"vcode_request_version_1";

/// The `Authorization` value for a request. `now` is in milliseconds since 1970, `nonce` is fresh.
///
/// # Errors
/// When the key is not hexadecimal or the URL has no host.
pub fn authorization(
    id: &str,
    key: &str,
    method: &str,
    url: &Url,
    now: u64,
    nonce: [u8; 16],
) -> Result<String, SignError> {
    // Credentials of a region carry its name in front: `vera01ei-...`.
    let unprefixed = |text: &str| text.trim().rsplit('-').next().unwrap_or_default().to_owned();
    let (id, key) = (unprefixed(id), Zeroizing::new(unprefixed(key)));
    let key = unhex(&key).filter(|key| !key.is_empty()).map(Zeroizing::new);
    let key = key.ok_or_else(|| SignError::new("the API key is not hexadecimal"))?;
    let data = format!(
        "id={}&host={}&url={}&method={}",
        id.to_lowercase(),
        host(url)?.to_lowercase(),
        target(url),
        method.to_uppercase()
    );
    let by_nonce = hmac_sha256(&key, &nonce);
    let by_time = hmac_sha256(&by_nonce, now.to_string().as_bytes());
    let by_version = hmac_sha256(&by_time, VERSION);
    let signature = hmac_sha256(&by_version, data.as_bytes());
    Ok(format!("{SCHEME} id={id},ts={now},nonce={},sig={}", hex(&nonce), hex(&signature)))
}
