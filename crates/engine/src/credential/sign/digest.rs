//! HTTP Digest (RFC 7616), the client's side: reading challenges, answering them, reusing a nonce. MD5 and SHA-256, also as
//! `-sess`, with `qop=auth` or without any (RFC 2069). Does not do `auth-int`.

use std::sync::atomic::{AtomicU32, Ordering};

use md5::Md5;
use sha2::{Digest as _, Sha256};

use super::auth_header::{AuthHeader, parse, quote};
use super::parts::{hex, strict};

/// A digest's hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hash {
    /// MD5: for upstreams that offer nothing better.
    Md5,
    /// SHA-256.
    Sha256,
}

/// A challenge's algorithm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Algorithm {
    /// The hash.
    pub hash: Hash,
    /// Whether the key is bound to the nonces (`-sess`).
    pub session: bool,
}

impl Algorithm {
    /// Its registered name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match (self.hash, self.session) {
            (Hash::Md5, false) => "MD5",
            (Hash::Md5, true) => "MD5-sess",
            (Hash::Sha256, false) => "SHA-256",
            (Hash::Sha256, true) => "SHA-256-sess",
        }
    }

    pub(super) fn named(name: Option<&str>) -> Option<Self> {
        let Some(name) = name else { return Some(Self { hash: Hash::Md5, session: false }) };
        [Hash::Md5, Hash::Sha256]
            .into_iter()
            .flat_map(|hash| [false, true].map(|session| Self { hash, session }))
            .find(|algorithm| algorithm.name().eq_ignore_ascii_case(name))
    }

    /// The hash of a text, in hexadecimal digits.
    pub(super) fn of(self, text: &str) -> String {
        match self.hash {
            Hash::Md5 => hex(&Md5::digest(text.as_bytes())),
            Hash::Sha256 => hex(&Sha256::digest(text.as_bytes())),
        }
    }

    /// The value of `response`. `qop` holds the nonce count; without it the answer is RFC 2069's.
    pub(super) fn response(
        self,
        who: &Identity<'_>,
        what: &RequestLine<'_>,
        nonce: &str,
        qop: Option<&Count<'_>>,
        cnonce: &str,
    ) -> String {
        let mut key = self.of(&format!("{}:{}:{}", who.username, who.realm, who.password));
        if self.session {
            key = self.of(&format!("{key}:{nonce}:{cnonce}"));
        }
        let request = self.of(&format!("{}:{}", what.method, what.uri));
        match qop {
            Some(Count(count)) => self.of(&format!("{key}:{nonce}:{count}:{cnonce}:auth:{request}")),
            None => self.of(&format!("{key}:{nonce}:{request}")),
        }
    }
}

/// Who is proven.
pub(super) struct Identity<'a> {
    pub(super) username: &'a str,
    pub(super) realm: &'a str,
    pub(super) password: &'a str,
}

/// A nonce count as eight hexadecimal digits.
pub(super) struct Count<'a>(pub(super) &'a str);

/// The request an answer is for.
#[derive(Clone, Copy, Debug)]
pub struct RequestLine<'a> {
    /// The method.
    pub method: &'a str,
    /// Path and query as sent: never the absolute URL.
    pub uri: &'a str,
}

/// A Digest challenge we can answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Challenge {
    /// The realm.
    pub realm: String,
    /// The server's nonce.
    pub nonce: String,
    /// To be sent back.
    pub opaque: Option<String>,
    /// The algorithm.
    pub algorithm: Algorithm,
    /// Whether `qop=auth` was offered.
    pub qop: bool,
    /// Whether only the nonce was too old.
    pub stale: bool,
    /// Whether the user's name is to be sent hashed.
    pub userhash: bool,
    /// The charset the server says it reads: only those say so that know `username*`.
    pub charset: Option<String>,
}

impl Challenge {
    fn read(scheme: &AuthHeader) -> Option<Self> {
        if !scheme.name.eq_ignore_ascii_case("digest") {
            return None;
        }
        let qop = scheme.get("qop");
        let flag = |name: &str| scheme.get(name).is_some_and(|value| value.eq_ignore_ascii_case("true"));
        let offers_auth = |list: &str| list.split(',').any(|option| option.trim().eq_ignore_ascii_case("auth"));
        if qop.is_some_and(|list| !list.trim().is_empty() && !offers_auth(list)) {
            return None;
        }
        Some(Self {
            realm: scheme.get("realm").unwrap_or_default().to_owned(),
            nonce: scheme.get("nonce")?.to_owned(),
            opaque: scheme.get("opaque").map(str::to_owned),
            algorithm: Algorithm::named(scheme.get("algorithm"))?,
            qop: qop.is_some_and(offers_auth),
            stale: flag("stale"),
            userhash: flag("userhash"),
            charset: scheme.get("charset").map(str::to_owned),
        })
    }
}

/// The challenges of all `WWW-Authenticate` values that we can answer, in the server's order of preference.
pub fn challenges<'a>(headers: impl IntoIterator<Item = &'a str>) -> Vec<Challenge> {
    headers.into_iter().flat_map(parse).filter_map(|scheme| Challenge::read(&scheme)).collect()
}

/// The `Authorization` value for one request. `count` is how often the nonce has been used, this time included.
#[must_use]
pub fn authorization(
    challenge: &Challenge,
    username: &str,
    password: &str,
    line: RequestLine<'_>,
    cnonce: &str,
    count: u32,
) -> String {
    let algorithm = challenge.algorithm;
    let count = format!("{count:08x}");
    let qop = challenge.qop.then_some(Count(&count));
    let who = Identity { username, realm: &challenge.realm, password };
    let response = algorithm.response(&who, &line, &challenge.nonce, qop.as_ref(), cnonce);
    let utf8 = challenge.charset.as_ref().is_some_and(|charset| charset.eq_ignore_ascii_case("utf-8"));
    let name = if challenge.userhash {
        format!("username={}", quote(&algorithm.of(&format!("{username}:{}", challenge.realm))))
    } else if utf8 && !username.is_ascii() {
        format!("username*=UTF-8''{}", strict(username))
    } else {
        // Apache and other servers of RFC 2617 compare the bytes.
        format!("username={}", quote(username))
    };
    let mut header = format!(
        "Digest {name}, realm={}, nonce={}, uri={}, algorithm={}, response=\"{response}\"",
        quote(&challenge.realm),
        quote(&challenge.nonce),
        quote(line.uri),
        algorithm.name(),
    );
    if challenge.qop {
        header.push_str(&format!(", qop=auth, nc={count}"));
    }
    if challenge.qop || algorithm.session {
        header.push_str(&format!(", cnonce={}", quote(cnonce)));
    }
    if let Some(opaque) = &challenge.opaque {
        header.push_str(&format!(", opaque={}", quote(opaque)));
    }
    if challenge.userhash {
        header.push_str(", userhash=true");
    }
    header
}

/// A nonce in use: counts its uses, so that one challenge serves many requests.
#[derive(Debug)]
pub struct Session {
    challenge: Challenge,
    cnonce: String,
    used: AtomicU32,
}

impl Session {
    /// Begins with a challenge. The client nonce stays the same throughout, as `-sess` demands.
    #[must_use]
    pub fn new(challenge: Challenge, cnonce: String) -> Self {
        Self { challenge, cnonce, used: AtomicU32::new(0) }
    }

    /// The challenge answered.
    #[must_use]
    pub fn challenge(&self) -> &Challenge {
        &self.challenge
    }

    /// The `Authorization` value for the next request.
    #[must_use]
    pub fn authorization(&self, username: &str, password: &str, line: RequestLine<'_>) -> String {
        let count = self.used.fetch_add(1, Ordering::Relaxed).wrapping_add(1);
        authorization(&self.challenge, username, password, line, &self.cnonce, count)
    }
}
