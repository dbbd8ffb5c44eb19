//! Seals: text that only holders of a key can make or read (AES-256-GCM), and only who knows what it was sealed with. Knows nothing of
//! what is inside.
//!
//! Layout, as URL-safe base64: version, key id (4 bytes), nonce (12), the sealed bytes with their tag. Version and key id are
//! authenticated too, and what it is bound to, which does not stand in it.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use crate::base::host::Host;

/// The layout this file knows.
const VERSION: u8 = 2;

/// Where the nonce begins.
const HEAD: usize = 5;

/// The most characters of a sealed text that is looked at.
const LONGEST: usize = 24 << 10;

/// The keys of seals: the first seals, each opens.
pub(crate) struct Seal(Box<[Key]>);

struct Key {
    id: [u8; 4],
    key: LessSafeKey,
}

impl Seal {
    /// Keys as text: 32 bytes in base64 each, separated by commas.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let keys: Result<Box<[Key]>, String> = text
            .split(',')
            .map(str::trim)
            .filter(|key| !key.is_empty())
            .enumerate()
            .map(|(at, key)| {
                let bytes = STANDARD.decode(key).or_else(|_| URL_SAFE_NO_PAD.decode(key)).map(Zeroizing::new);
                bytes.ok().and_then(|bytes| Key::new(&bytes)).ok_or_else(|| {
                    format!("key {} of it is not 32 bytes in base64 (`openssl rand -base64 32` makes one)", at + 1)
                })
            })
            .collect();
        keys.and_then(|keys| if keys.is_empty() { Err("it holds no key".to_owned()) } else { Ok(Self(keys)) })
    }

    /// A key nobody else has.
    pub(crate) fn random(host: &dyn Host) -> Option<Self> {
        let mut bytes = Zeroizing::new([0_u8; 32]);
        host.random(&mut *bytes);
        Some(Self([Key::new(&*bytes)?].into()))
    }

    /// Seals bytes: only who gives the same `bound` again opens them.
    pub(crate) fn seal(&self, bytes: Vec<u8>, bound: &[u8; 32], host: &dyn Host) -> Option<String> {
        let key = self.0.first()?;
        let mut nonce = [0_u8; NONCE_LEN];
        host.random(&mut nonce);
        let mut head = [VERSION; HEAD];
        head.iter_mut().skip(1).zip(key.id).for_each(|(to, from)| *to = from);
        let mut sealed = bytes;
        let nonce_used = Nonce::assume_unique_for_key(nonce);
        key.key.seal_in_place_append_tag(nonce_used, aad(head, bound), &mut sealed).ok()?;
        let mut all = Vec::with_capacity(HEAD + NONCE_LEN + sealed.len());
        all.extend_from_slice(&head);
        all.extend_from_slice(&nonce);
        all.append(&mut sealed);
        Some(URL_SAFE_NO_PAD.encode(all))
    }

    /// The bytes inside; nothing when it was not sealed with one of these keys, or bound to something else.
    pub(crate) fn open(&self, text: &str, bound: &[u8; 32]) -> Option<Vec<u8>> {
        if text.len() > LONGEST {
            return None;
        }
        let mut bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let head: [u8; HEAD] = bytes.get(..HEAD)?.try_into().ok()?;
        let nonce: [u8; NONCE_LEN] = bytes.get(HEAD..HEAD + NONCE_LEN)?.try_into().ok()?;
        if head.first() != Some(&VERSION) {
            return None;
        }
        let sealed = bytes.get_mut(HEAD + NONCE_LEN..)?;
        let key = self.0.iter().find(|key| head.get(1..) == Some(&key.id))?;
        let opened = key.key.open_in_place(Nonce::assume_unique_for_key(nonce), aad(head, bound), sealed).ok()?;
        Some(opened.to_vec())
    }
}

/// What is authenticated beside the bytes.
fn aad(head: [u8; HEAD], bound: &[u8; 32]) -> Aad<Vec<u8>> {
    Aad::from([&head[..], bound].concat())
}

impl Key {
    fn new(bytes: &[u8]) -> Option<Self> {
        let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, bytes).ok()?);
        let mut id = [0_u8; 4];
        id.iter_mut().zip(Sha256::digest(bytes)).for_each(|(to, from)| *to = from);
        Some(Self { id, key })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::base::host::SystemHost;

    const ME: [u8; 32] = [1; 32];

    fn key(byte: u8) -> String {
        STANDARD.encode([byte; 32])
    }

    #[test]
    fn keys_rotate() {
        let old = Seal::parse(&key(1)).unwrap();
        let both = Seal::parse(&format!("{}, {}", key(2), key(1))).unwrap();
        let new = Seal::parse(&key(2)).unwrap();
        let of_old = old.seal(b"a job".to_vec(), &ME, &SystemHost).unwrap();
        let of_both = both.seal(b"a job".to_vec(), &ME, &SystemHost).unwrap();
        assert_eq!(both.open(&of_old, &ME).as_deref(), Some(&b"a job"[..]));
        assert_eq!(new.open(&of_both, &ME).as_deref(), Some(&b"a job"[..]));
        assert_eq!(new.open(&of_old, &ME), None);
        assert_eq!(old.open(&of_both, &ME), None);
        assert_eq!(old.open(&of_old, &[2; 32]), None);
        assert!(!of_old.contains(['+', '/', '=']));
        assert_ne!(of_old, old.seal(b"a job".to_vec(), &ME, &SystemHost).unwrap());
    }

    #[test]
    fn keys_are_32_bytes() {
        for text in ["", " , ", "short", &STANDARD.encode([1; 16]), &format!("{},x", key(1))] {
            assert!(Seal::parse(text).is_err(), "{text}");
        }
        assert!(Seal::parse(&URL_SAFE_NO_PAD.encode([0xff; 32])).is_ok());
    }

    proptest! {
        /// One changed character anywhere, or any other text, opens nothing.
        #[test]
        fn a_forged_seal_opens_nothing(at in 0_usize..90, to in "[A-Za-z0-9_-]", other in ".{0,200}") {
            let seal = Seal::parse(&key(7)).unwrap();
            let sealed = seal.seal(b"the handle of a job that runs upstream".to_vec(), &ME, &SystemHost).unwrap();
            prop_assert_eq!(seal.open(&other, &ME), None);
            let mut forged: Vec<char> = sealed.chars().collect();
            let at = at % forged.len();
            // The last character of base64 may have bits that mean nothing; a decoder refuses or ignores them.
            prop_assume!(at + 1 < forged.len() && forged[at].to_string() != to);
            forged[at] = to.chars().next().unwrap();
            prop_assert_eq!(seal.open(&forged.into_iter().collect::<String>(), &ME), None);
        }
    }
}
