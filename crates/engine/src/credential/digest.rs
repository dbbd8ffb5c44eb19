//! The Digest handshake (RFC 7616): the first request is refused with a challenge, whose nonce then serves many.

use std::sync::{Arc, Mutex, PoisonError};

use capstan_plan::Template;
use http::{HeaderMap, HeaderValue, header};

use super::{
    secret::{Filler, Secret},
    sign::digest::{RequestLine, Session, challenges},
    unsigned::{self, Unsigned},
};
use crate::base::{fault::Fault, host::Host, ids};

/// User name and password for a handshake.
pub(crate) struct Digest {
    username: Secret,
    password: Secret,
}

/// The nonce in use, kept between requests.
#[derive(Debug, Default)]
pub(crate) struct DigestSession(Mutex<Option<Arc<Session>>>);

impl DigestSession {
    fn get(&self) -> Option<Arc<Session>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set(&self, session: Arc<Session>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(session);
    }
}

impl Digest {
    pub(super) fn fill<'a>(
        filler: &Filler<'a, '_>,
        username: &'a Template,
        password: &'a Template,
    ) -> Result<Self, Fault> {
        Ok(Self { username: filler.given(username, "user name")?, password: filler.text(password)? })
    }

    /// User name and password, as what makes a session theirs.
    pub(super) fn parts(&self) -> [&str; 2] {
        [&self.username, &self.password]
    }

    /// The answer to the challenge in use; nothing before the first.
    pub(super) fn authorization(
        &self,
        request: &Unsigned<'_>,
        session: &DigestSession,
    ) -> Result<Option<HeaderValue>, Fault> {
        let Some(session) = session.get() else { return Ok(None) };
        let line = RequestLine { method: request.method.as_str(), uri: request.path_and_query.as_str() };
        unsigned::header(&session.authorization(&self.username, &self.password, line)).map(Some)
    }

    /// Takes the challenge of a refusal; whether there is one that can be answered.
    pub(super) fn challenged(headers: &HeaderMap, session: &DigestSession, host: &dyn Host) -> bool {
        // A realm may hold UTF-8.
        let values = headers.get_all(header::WWW_AUTHENTICATE).iter();
        let values = values.filter_map(|value| std::str::from_utf8(value.as_bytes()).ok());
        let Some(challenge) = challenges(values).into_iter().next() else { return false };
        let cnonce = ids::random(host).replace('-', "");
        session.set(Arc::new(Session::new(challenge, cnonce)));
        true
    }
}
