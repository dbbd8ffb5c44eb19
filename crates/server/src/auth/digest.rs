//! HTTP Digest: the engine's stateless server with a key per process, and the counts that make an answer good only once.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Mutex, PoisonError},
    time::UNIX_EPOCH,
};

use capstan_engine::{
    Host,
    sign::{
        digest::RequestLine,
        digest_server::{Accepted, Expected, Refusal as Wrong, Server},
    },
};
use http::{header, request::Parts};

use super::{principal::Principal, refusal::Refusal};

/// How long a nonce is good, in seconds.
const LIFETIME: u64 = 300;

/// The most nonces remembered; of more, the oldest are no longer accepted.
const NONCES: usize = 20_000;

/// Who is expected.
pub struct User {
    pub(super) username: String,
    pub(super) password: String,
}

/// Issues challenges and takes answers, each once.
pub(super) struct DigestVerifier {
    server: Server,
    seen: Mutex<Seen>,
}

/// Counts that were used, by age of the nonce.
#[derive(Default)]
struct Seen {
    nonces: BTreeMap<(u64, String), Window>,
    /// Nonces issued until then are not taken any more unless they are known.
    floor: u64,
}

/// The highest count used, and which of the 64 below it were.
#[derive(Clone, Copy, Default)]
struct Window {
    highest: u32,
    below: u64,
}

impl DigestVerifier {
    pub(super) fn new(host: &dyn Host) -> Self {
        let mut key = [0; 32];
        host.random(&mut key);
        Self { server: Server::new("capstan", key, LIFETIME), seen: Mutex::default() }
    }

    /// Lets the expected user pass.
    pub(super) fn check(&self, user: &User, parts: &Parts, host: &dyn Host) -> Result<Principal, Box<Refusal>> {
        let now = host.now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        let stale = match self.verify(user, parts, now) {
            Ok(accepted) if self.first_time(&accepted, now) => {
                return Ok(Principal::known(&[
                    b"digest".as_slice(),
                    user.username.as_bytes(),
                    user.password.as_bytes(),
                ]));
            }
            Ok(_) | Err(Wrong::Stale) => true,
            Err(Wrong::Malformed | Wrong::Denied) => false,
        };
        let mut random = [0; 8];
        host.random(&mut random);
        Err(Refusal::unauthorized(self.server.challenges(now, random, stale)))
    }

    fn verify(&self, user: &User, parts: &Parts, now: u64) -> Result<Accepted, Wrong> {
        let given = parts.headers.get(header::AUTHORIZATION).ok_or(Wrong::Malformed)?;
        let given = std::str::from_utf8(given.as_bytes()).map_err(|_| Wrong::Malformed)?;
        let uri = parts.uri.path_and_query().map_or("/", http::uri::PathAndQuery::as_str);
        let target = RequestLine { method: parts.method.as_str(), uri };
        self.server.verify(given, target, Expected { username: &user.username, password: &user.password }, now)
    }

    /// Whether this nonce comes with this count for the first time.
    fn first_time(&self, accepted: &Accepted, now: u64) -> bool {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).first_time(accepted, now)
    }
}

impl Seen {
    fn first_time(&mut self, accepted: &Accepted, now: u64) -> bool {
        while let Some(oldest) = self.nonces.first_entry() {
            let issued = oldest.key().0;
            let expired = issued.saturating_add(LIFETIME) < now;
            if !expired && self.nonces.len() < NONCES {
                break;
            }
            self.floor = self.floor.max(issued);
            self.nonces.pop_first();
        }
        let key = (accepted.issued, accepted.nonce.clone());
        if accepted.issued <= self.floor && !self.nonces.contains_key(&key) {
            return false;
        }
        self.nonces.entry(key).or_default().take(accepted.count)
    }
}

impl Window {
    fn take(&mut self, count: u32) -> bool {
        if count > self.highest {
            let distance = count - self.highest;
            let shifted = if distance < 64 { self.below << distance } else { 0 };
            // The old highest is `distance` below the new one.
            let old = if self.highest > 0 && distance <= 64 { 1 << (distance - 1) } else { 0 };
            self.below = shifted | old;
            self.highest = count;
            return true;
        }
        let distance = self.highest - count;
        if distance == 0 || distance > 64 {
            return false;
        }
        let bit = 1 << (distance - 1);
        let new = self.below & bit == 0;
        self.below |= bit;
        new
    }
}

impl fmt::Debug for DigestVerifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DigestVerifier").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepted(nonce: &str, issued: u64, count: u32) -> Accepted {
        Accepted { nonce: nonce.to_owned(), count, issued }
    }

    #[test]
    fn a_count_is_good_once_in_any_order() {
        let mut seen = Seen::default();
        for (count, expected) in [
            (1, true),
            (1, false),
            (3, true),
            (2, true),
            (2, false),
            (3, false),
            (70, true),
            (69, true),
            (6, true),
            (5, false),
            (70, false),
            (200, true),
            (70, false),
        ] {
            assert_eq!(seen.first_time(&accepted("n", 10, count), 20), expected, "{count}");
        }
        assert!(seen.first_time(&accepted("m", 10, 1), 20), "another nonce has counts of its own");
    }

    #[test]
    fn what_was_forgotten_is_not_taken_again() {
        let mut seen = Seen::default();
        for n in 0..NONCES {
            assert!(seen.first_time(&accepted(&format!("{n:06}"), 1000 + n as u64 / 100, 1), 1000));
        }
        assert!(seen.first_time(&accepted("new", 5000, 1), 1000));
        assert_eq!(seen.nonces.len(), NONCES);
        assert!(!seen.first_time(&accepted("000000", 1000, 1), 1000), "forgotten, and too old to be new");
        assert!(!seen.first_time(&accepted("999999", 1000, 1), 1000), "as old as what was forgotten");
        assert!(seen.first_time(&accepted("019999", 1199, 2), 1000));
    }
}
