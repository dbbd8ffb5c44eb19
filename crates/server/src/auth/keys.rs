//! The public keys of issuers: found by discovery, kept for a while, asked for again when a token names one we do not know. A
//! failure is remembered for seconds only; keys we had stay good for an hour while the issuer cannot be reached.

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use arc_swap::ArcSwapOption;
use capstan_engine::{Engine, sign::oauth2};
use jsonwebtoken::{
    Algorithm, AlgorithmFamily, DecodingKey,
    jwk::{AlgorithmParameters, EllipticCurve, Jwk, PublicKeyUse},
};
use serde::Deserialize as _;
use serde_json::Value;
use url::Url;

/// How long keys are used without asking again, in milliseconds.
const FRESH: u64 = 5 * 60_000;
/// How long keys are used while the issuer cannot be reached.
const STALE: u64 = 60 * 60_000;
/// How long nobody asks again for a key that was not there.
const UNKNOWN: u64 = 30_000;
/// How long nobody asks again after a failure.
const FAILURE: u64 = 5_000;
/// How long discovery may take in all.
const PATIENCE: Duration = Duration::from_secs(15);
/// The most keys of an issuer.
const KEYS: usize = 100;
/// The most keys tried for a token that names none.
const TRIED: usize = 8;

/// The keys of all issuers.
#[derive(Default)]
pub(super) struct KeyRing(Mutex<HashMap<Name, Arc<Issuer>>>);

/// An issuer, and whether a sandbox stands in for it.
type Name = (Box<str>, bool);

/// Why there are no keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Unobtainable {
    pub(super) why: String,
    /// In seconds.
    pub(super) retry_after: u64,
}

#[derive(Default)]
struct Issuer {
    keys: ArcSwapOption<Keys>,
    /// The last attempt to get keys; held while one is made.
    attempt: tokio::sync::Mutex<Option<Attempt>>,
}

#[derive(Clone)]
struct Attempt {
    at: u64,
    failed: Option<String>,
}

struct Keys {
    keys: Vec<Key>,
    at: u64,
}

struct Key {
    id: Option<String>,
    /// The algorithms it may be used with.
    fits: Vec<Algorithm>,
    key: Arc<DecodingKey>,
}

impl Keys {
    fn find(&self, id: Option<&str>, algorithm: Algorithm) -> Vec<Arc<DecodingKey>> {
        let named = |key: &&Key| id.is_none() || key.id.as_deref() == id;
        let fits = |key: &&Key| key.fits.contains(&algorithm);
        self.keys.iter().filter(named).filter(fits).take(TRIED).map(|key| Arc::clone(&key.key)).collect()
    }
}

impl KeyRing {
    /// The keys a token's signature may be of: none when its issuer has no such key.
    pub(super) async fn candidates(
        &self,
        issuer: &str,
        id: Option<&str>,
        algorithm: Algorithm,
        engine: &Arc<Engine>,
        now: u64,
    ) -> Result<Vec<Arc<DecodingKey>>, Unobtainable> {
        let held = self.issuer(issuer, engine.is_sandboxed());
        let known = |limit: u64| {
            let keys = held.keys.load();
            let keys = keys.as_ref().filter(|keys| now.saturating_sub(keys.at) < limit)?;
            Some(keys.find(id, algorithm))
        };
        if let Some(found) = known(FRESH)
            && !found.is_empty()
        {
            return Ok(found);
        }
        let failed = held.clone().refreshed(issuer.to_owned(), engine.clone(), now).await;
        match known(STALE) {
            Some(found) => Ok(found),
            None => Err(failed.unwrap_or(Unobtainable { why: "no keys yet".to_owned(), retry_after: 1 })),
        }
    }

    fn issuer(&self, name: &str, sandboxed: bool) -> Arc<Issuer> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.entry((name.into(), sandboxed)).or_default().clone()
    }
}

impl Issuer {
    /// Asks for keys unless that was done just now; says what failed. Goes on when the caller hangs up, or else callers who
    /// do could keep keys from ever arriving.
    async fn refreshed(self: Arc<Self>, name: String, engine: Arc<Engine>, now: u64) -> Option<Unobtainable> {
        let work = tokio::spawn(async move {
            let mut attempt = self.attempt.lock().await;
            if let Some(last) = &*attempt {
                let pause = if last.failed.is_some() { FAILURE } else { UNKNOWN };
                let since = now.saturating_sub(last.at);
                if since < pause {
                    let retry_after = (pause - since).div_ceil(1000);
                    return last.failed.clone().map(|why| Unobtainable { why, retry_after });
                }
            }
            let fetched = match tokio::time::timeout(PATIENCE, fetch(&name, &engine)).await {
                Ok(fetched) => fetched,
                Err(_) => Err("discovery takes too long".to_owned()),
            };
            let failed = match fetched {
                Ok(keys) => {
                    self.keys.store(Some(Arc::new(Keys { keys, at: now })));
                    None
                }
                Err(why) => Some(why),
            };
            *attempt = Some(Attempt { at: now, failed: failed.clone() });
            failed.map(|why| Unobtainable { why, retry_after: FAILURE / 1000 })
        });
        work.await.unwrap_or_else(|error| Some(Unobtainable { why: error.to_string(), retry_after: 1 }))
    }
}

/// The keys of an issuer, by the first form of discovery that leads to some.
async fn fetch(issuer: &str, engine: &Engine) -> Result<Vec<Key>, String> {
    let mut why = Vec::new();
    for at in oauth2::metadata_urls(issuer).map_err(|error| error.to_string())? {
        match discovered(issuer, &at, engine).await {
            Ok(keys) => return Ok(keys),
            Err(error) => why.push(format!("{at}: {error}")),
        }
    }
    Err(why.join("; "))
}

async fn discovered(issuer: &str, at: &Url, engine: &Engine) -> Result<Vec<Key>, String> {
    let metadata = document(at, engine).await?;
    let at = oauth2::key_set(issuer, &metadata).map_err(|error| error.to_string())?;
    let keys = document(&at, engine).await.map_err(|error| format!("{at}: {error}"))?;
    read(&keys).ok_or_else(|| format!("{at} is no key set with usable keys"))
}

async fn document(at: &Url, engine: &Engine) -> Result<bytes::Bytes, String> {
    match engine.document(at).await {
        Ok((200, body)) => Ok(body),
        Ok((status, _)) => Err(format!("the answer is {status}")),
        Err(fault) => Err(fault.detail.clone()),
    }
}

/// The usable keys of a key set; those of other kinds are passed over.
fn read(text: &[u8]) -> Option<Vec<Key>> {
    let set: Value = serde_json::from_slice(text).ok()?;
    let keys = set.get("keys")?.as_array()?.iter().take(KEYS);
    let keys: Vec<Key> = keys.filter_map(|key| Jwk::deserialize(key).ok()).filter_map(|jwk| usable(&jwk)).collect();
    (!keys.is_empty()).then_some(keys)
}

fn usable(jwk: &Jwk) -> Option<Key> {
    if jwk.common.public_key_use.as_ref().is_some_and(|purpose| *purpose != PublicKeyUse::Signature) {
        return None;
    }
    let mut fits = match &jwk.algorithm {
        AlgorithmParameters::RSA(_) => AlgorithmFamily::Rsa.algorithms().to_vec(),
        AlgorithmParameters::EllipticCurve(key) => match key.curve {
            EllipticCurve::P256 => vec![Algorithm::ES256],
            EllipticCurve::P384 => vec![Algorithm::ES384],
            _ => return None,
        },
        AlgorithmParameters::OctetKeyPair(key) if key.curve == EllipticCurve::Ed25519 => vec![Algorithm::EdDSA],
        // Shared secrets have no place in a public set.
        _ => return None,
    };
    if let Some(only) = jwk.common.key_algorithm {
        fits.retain(|algorithm| jsonwebtoken::jwk::KeyAlgorithm::from(*algorithm) == only);
    }
    if fits.is_empty() {
        return None;
    }
    Some(Key { id: jwk.common.key_id.clone(), fits, key: Arc::new(DecodingKey::from_jwk(jwk).ok()?) })
}

impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyRing").finish_non_exhaustive()
    }
}
