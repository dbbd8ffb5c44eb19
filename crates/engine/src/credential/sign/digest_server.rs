//! HTTP Digest (RFC 7616), the server's side: challenges with signed nonces and the check of an answer. Stateless: a nonce
//! proves its own age, so an answer can be replayed for the same method and URI within the nonce's lifetime; callers who mind
//! keep the counts [`Accepted`] reports. Does not know where users come from.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::auth_header::{parse, quote};
use super::digest::{Algorithm, Count, Hash, Identity, RequestLine};
use super::parts::{hmac_sha256, sha256};

/// How far ahead of our clock a nonce may be (several processes may share the key).
const AHEAD: u64 = 60;

/// Issues challenges and checks answers.
pub struct Server {
    realm: String,
    key: [u8; 32],
    lifetime: u64,
}

/// Who is expected.
#[derive(Clone, Copy)]
pub struct Expected<'a> {
    /// The user's name.
    pub username: &'a str,
    /// The password.
    pub password: &'a str,
}

/// A good answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// The nonce used.
    pub nonce: String,
    /// How often the client says it has used it.
    pub count: u32,
    /// When it was issued, in seconds since 1970.
    pub issued: u64,
}

/// Why an answer is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It is no Digest answer, or not a well-formed one.
    Malformed,
    /// The answer is right but its nonce is too old: challenge again with `stale`.
    Stale,
    /// User, password, nonce or request do not match.
    Denied,
}

impl Server {
    /// A server for a realm. `key` signs nonces and should be random per process; `lifetime` of a nonce is in seconds.
    #[must_use]
    pub fn new(realm: impl Into<String>, key: [u8; 32], lifetime: u64) -> Self {
        Self { realm: realm.into(), key, lifetime }
    }

    /// The `WWW-Authenticate` values to send, best first. `now` is in seconds since 1970, `random` is fresh.
    #[must_use]
    pub fn challenges(&self, now: u64, random: [u8; 8], stale: bool) -> Vec<String> {
        let nonce = self.nonce(now, random);
        let stale = if stale { ", stale=true" } else { "" };
        [Hash::Sha256, Hash::Md5]
            .map(|hash| Algorithm { hash, session: false })
            .iter()
            .map(|algorithm| {
                let realm = quote(&self.realm);
                format!(
                    "Digest realm={realm}, qop=\"auth\", algorithm={}, nonce=\"{nonce}\", charset=UTF-8{stale}",
                    algorithm.name()
                )
            })
            .collect()
    }

    /// Checks an `Authorization` value against the request it came with.
    ///
    /// # Errors
    /// When it is not a right and fresh answer.
    pub fn verify(
        &self,
        header: &str,
        target: RequestLine<'_>,
        expected: Expected<'_>,
        now: u64,
    ) -> Result<Accepted, Refusal> {
        let schemes = parse(header);
        let [answer] = schemes.as_slice() else { return Err(Refusal::Malformed) };
        if !answer.name.eq_ignore_ascii_case("digest") {
            return Err(Refusal::Malformed);
        }
        let field = |name: &str| answer.get(name).ok_or(Refusal::Malformed);
        let algorithm = Algorithm::named(answer.get("algorithm")).ok_or(Refusal::Malformed)?;
        let (nonce, uri, response, cnonce) = (field("nonce")?, field("uri")?, field("response")?, field("cnonce")?);
        let count = field("nc").and_then(count)?;
        if !field("qop")?.eq_ignore_ascii_case("auth") {
            return Err(Refusal::Malformed);
        }
        let username = match (answer.get("username"), answer.get("username*")) {
            (Some(name), None) => name.to_owned(),
            (None, Some(name)) => extended(name).ok_or(Refusal::Malformed)?,
            _ => return Err(Refusal::Malformed),
        };
        let issued = self.issued(nonce).ok_or(Refusal::Denied)?;
        let who = Identity { username: expected.username, realm: &self.realm, password: expected.password };
        let digits = format!("{count:08x}");
        // The client's own spelling of the URI is what it hashed; that it names this request is checked beside.
        let proven = RequestLine { method: target.method, uri };
        let right = algorithm.response(&who, &proven, nonce, Some(&Count(&digits)), cnonce);
        let matches = [
            same(&right, &response.to_ascii_lowercase()),
            same(expected.username, &username),
            answer.get("realm").is_none_or(|realm| same(&self.realm, realm)),
            !algorithm.session,
            names(uri, target.uri),
        ];
        // Every comparison is made, whichever fails first.
        if matches.iter().fold(true, |all, one| all & one) {
            let fresh = issued <= now.saturating_add(AHEAD) && now <= issued.saturating_add(self.lifetime);
            if fresh { Ok(Accepted { nonce: nonce.to_owned(), count, issued }) } else { Err(Refusal::Stale) }
        } else {
            Err(Refusal::Denied)
        }
    }

    fn nonce(&self, now: u64, random: [u8; 8]) -> String {
        let mut bytes = now.to_be_bytes().to_vec();
        bytes.extend(random);
        let mac = self.mac(&bytes);
        bytes.extend(mac);
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// When a nonce of ours was issued.
    fn issued(&self, nonce: &str) -> Option<u64> {
        let bytes = URL_SAFE_NO_PAD.decode(nonce).ok()?;
        let (content, mac) = bytes.split_at_checked(16)?;
        verify_slices_are_equal(mac, &self.mac(content)).ok()?;
        content.first_chunk().map(|time| u64::from_be_bytes(*time))
    }

    fn mac(&self, content: &[u8]) -> [u8; 32] {
        let mut message = content.to_vec();
        message.extend(self.realm.as_bytes());
        hmac_sha256(&self.key, &message)
    }
}

fn same(left: &str, right: &str) -> bool {
    // Hashed first, so that not even the lengths show.
    verify_slices_are_equal(&sha256(left.as_bytes()), &sha256(right.as_bytes())).is_ok()
}

fn count(text: &str) -> Result<u32, Refusal> {
    let digits = text.len() == 8 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let count = digits.then(|| u32::from_str_radix(text, 16).ok()).flatten();
    count.filter(|count| *count > 0).ok_or(Refusal::Malformed)
}

/// Whether an answer's URI names the request's path and query; proxies make it absolute.
fn names(uri: &str, target: &str) -> bool {
    let absolute = || uri.split_once("://").and_then(|(_, rest)| rest.find('/').and_then(|at| rest.get(at..)));
    uri == target || absolute() == Some(target)
}

/// `UTF-8''J%C3%A4s` (RFC 5987).
fn extended(value: &str) -> Option<String> {
    let (charset, rest) = value.split_once('\'')?;
    let (_, encoded) = rest.split_once('\'')?;
    if !charset.eq_ignore_ascii_case("utf-8") {
        return None;
    }
    percent_encoding::percent_decode_str(encoded).decode_utf8().ok().map(std::borrow::Cow::into_owned)
}
