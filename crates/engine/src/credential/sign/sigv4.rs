//! AWS Signature Version 4 in headers. Signs host, content type, every `x-amz-*` header and the body. Does not do chunked
//! uploads, pre-signed URLs or Signature Version 4A.

use http::{HeaderMap, HeaderName, HeaderValue, header};
use percent_encoding::percent_decode_str;
use url::Url;
use zeroize::Zeroizing;

use super::error::SignError;
use super::parts::{hex, hmac_sha256, host, sha256, strict};
use crate::base::time::iso8601_basic;

const ALGORITHM: &str = "AWS4-HMAC-SHA256";

/// Who signs, and for what.
#[derive(Clone, Copy)]
pub struct Keys<'a> {
    /// The access key id.
    pub access_key: &'a str,
    /// The secret access key.
    pub secret_key: &'a str,
    /// The token of temporary credentials.
    pub session_token: Option<&'a str>,
    /// The region.
    pub region: &'a str,
    /// The service, as in its endpoint.
    pub service: &'a str,
}

impl Keys<'_> {
    /// S3 hashes its payload in a header and does not encode paths twice.
    fn is_s3(&self) -> bool {
        self.service.eq_ignore_ascii_case("s3")
    }
}

/// What is signed.
#[derive(Clone, Copy)]
pub struct Message<'a> {
    /// The method.
    pub method: &'a str,
    /// The URL as sent, after [`prepare`].
    pub url: &'a Url,
    /// The headers as sent; those that proxies change are not signed.
    pub headers: &'a HeaderMap,
    /// The body as sent, possibly empty.
    pub body: &'a [u8],
    /// Seconds since 1970.
    pub now: u64,
}

/// Rewrites a URL's query in AWS's encoding (a blank is `%20`, never `+`), so that what is sent is what is signed.
pub fn prepare(url: &mut Url) {
    let Some(query) = url.query().filter(|query| query.contains(['+', '%']) || !query.is_ascii()) else { return };
    let decode = |text: &str| strict(&percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy());
    let pairs: Vec<String> = query
        .split('&')
        .map(|pair| match pair.split_once('=') {
            Some((name, value)) => format!("{}={}", decode(name), decode(value)),
            None => decode(pair),
        })
        .collect();
    url.set_query(Some(&pairs.join("&")));
}

/// The headers to add to a request.
///
/// # Errors
/// When the URL has no host or a value cannot stand in a header.
pub fn sign(keys: &Keys<'_>, message: &Message<'_>) -> Result<Vec<(HeaderName, HeaderValue)>, SignError> {
    let time = iso8601_basic(message.now);
    let payload = hex(&sha256(message.body));
    let mut added = vec![("x-amz-date", time.clone())];
    added.extend(keys.session_token.map(|token| ("x-amz-security-token", token.to_owned())));
    added.extend(keys.is_s3().then(|| ("x-amz-content-sha256", payload.clone())));
    let mut signed: Vec<(String, String)> = vec![("host".to_owned(), host(message.url)?)];
    signed.extend(added.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
    for name in message.headers.keys().filter(|name| covers(name)) {
        if added.iter().any(|(own, _)| *own == name.as_str()) {
            continue;
        }
        let values: Vec<String> = message.headers.get_all(name).iter().map(trimmed).collect();
        signed.push((name.as_str().to_owned(), values.join(",")));
    }
    signed.sort();
    let authorization = authorization(keys, message, &time, &signed, &payload);
    added.push(("authorization", authorization));
    added
        .into_iter()
        .map(|(name, value)| {
            let mut header = HeaderValue::from_str(&value)
                .map_err(|_| SignError::new(format!("`{name}` has a value no header can hold")))?;
            header.set_sensitive(matches!(name, "authorization" | "x-amz-security-token"));
            Ok((HeaderName::from_static(name), header))
        })
        .collect()
}

/// Whether a header of the request is signed.
fn covers(name: &HeaderName) -> bool {
    *name == header::CONTENT_TYPE || *name == header::RANGE || name.as_str().starts_with("x-amz-")
}

/// A value with blanks trimmed and runs of them collapsed.
fn trimmed(value: &HeaderValue) -> String {
    String::from_utf8_lossy(value.as_bytes()).split_ascii_whitespace().collect::<Vec<_>>().join(" ")
}

fn authorization(
    keys: &Keys<'_>,
    message: &Message<'_>,
    time: &str,
    signed: &[(String, String)],
    payload: &str,
) -> String {
    let names: Vec<&str> = signed.iter().map(|(name, _)| name.as_str()).collect();
    let names = names.join(";");
    let headers: String = signed.iter().map(|(name, value)| format!("{name}:{value}\n")).collect();
    let canonical = format!(
        "{}\n{}\n{}\n{headers}\n{names}\n{payload}",
        message.method.to_ascii_uppercase(),
        path(message.url, keys.is_s3()),
        query(message.url),
    );
    let date = time.split('T').next().unwrap_or_default();
    let scope = format!("{date}/{}/{}/aws4_request", keys.region, keys.service);
    let to_sign = format!("{ALGORITHM}\n{time}\n{scope}\n{}", hex(&sha256(canonical.as_bytes())));
    let secret = Zeroizing::new(format!("AWS4{}", keys.secret_key));
    let key = [date, keys.region, keys.service, "aws4_request"]
        .iter()
        .fold(Zeroizing::new(secret.as_bytes().to_vec()), |key, part| {
            Zeroizing::new(hmac_sha256(&key, part.as_bytes()).to_vec())
        });
    let signature = hex(&hmac_sha256(&key, to_sign.as_bytes()));
    format!("{ALGORITHM} Credential={}/{scope}, SignedHeaders={names}, Signature={signature}", keys.access_key)
}

/// The path, each segment encoded twice (once for S3, whose empty segments count too).
fn path(url: &Url, s3: bool) -> String {
    let path = url.path();
    if s3 {
        let segments = path.split('/').map(|segment| strict(&percent_decode_str(segment).decode_utf8_lossy()));
        return segments.collect::<Vec<_>>().join("/");
    }
    let mut canonical = String::new();
    for segment in path.split('/').filter(|segment| !segment.is_empty()) {
        canonical.push('/');
        canonical.push_str(&strict(segment));
    }
    if canonical.is_empty() || path.ends_with('/') {
        canonical.push('/');
    }
    canonical
}

/// The query's parameters in order of their encoded names and values.
fn query(url: &Url) -> String {
    let encode = |text: &str| strict(&percent_decode_str(text).decode_utf8_lossy());
    let mut pairs: Vec<(String, String)> = url
        .query()
        .unwrap_or_default()
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| (encode(name), encode(value)))
        .collect();
    pairs.sort();
    pairs.into_iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&")
}

#[cfg(test)]
mod tests;
