//! Ids that carry their own creation time, a number from 0 to 15 and a check, so that a mock needs no memory.
//!
//! Layout of the UUID (version 8): 48 bits of milliseconds, version, 4 bits of tag, 8 random bits, variant, 30 random bits,
//! 32 bits of check over everything before.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::base::host::Host;

/// Not a secret: it only makes ids that were not minted here unlikely to pass.
const KEY: &[u8] = b"capstan mock id";

/// A random UUID (version 4).
#[must_use]
pub fn random(host: &dyn Host) -> String {
    let mut bytes = [0_u8; 16];
    host.random(&mut bytes);
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    text(&bytes)
}

/// A new id with this tag (its lowest four bits).
pub(crate) fn mint(host: &dyn Host, tag: u8) -> String {
    let mut bytes = [0_u8; 16];
    host.random(&mut bytes);
    let time = host.now_ms().to_be_bytes();
    for (to, from) in bytes.iter_mut().zip(time.iter().skip(2)) {
        *to = *from;
    }
    bytes[6] = 0x80 | (tag & 0x0f);
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    let check = check(&bytes);
    for (to, from) in bytes.iter_mut().skip(12).zip(check) {
        *to = from;
    }
    text(&bytes)
}

/// What an id minted here says: milliseconds since 1970, and its tag.
pub(crate) fn read(id: &str) -> Option<(u64, u8)> {
    let id = id.as_bytes();
    if id.len() != 36 {
        return None;
    }
    let mut bytes = [0_u8; 16];
    let mut digits = id.iter().enumerate().filter(|(at, _)| !matches!(at, 8 | 13 | 18 | 23)).map(|(_, c)| *c);
    if ![8, 13, 18, 23].iter().all(|at| id.get(*at) == Some(&b'-')) {
        return None;
    }
    for byte in &mut bytes {
        *byte = digit(digits.next()?)? << 4 | digit(digits.next()?)?;
    }
    if bytes[6] & 0xf0 != 0x80 || bytes.get(12..) != Some(check(&bytes).as_slice()) {
        return None;
    }
    let time = bytes.iter().take(6).fold(0_u64, |time, byte| time << 8 | u64::from(*byte));
    Some((time, bytes[6] & 0x0f))
}

fn digit(c: u8) -> Option<u8> {
    match c {
        b'0'..=b'9' => Some(c - b'0'),
        b'a'..=b'f' => Some(c - b'a' + 10),
        b'A'..=b'F' => Some(c - b'A' + 10),
        _ => None,
    }
}

fn check(bytes: &[u8; 16]) -> [u8; 4] {
    let mut out = [0_u8; 4];
    if let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(KEY) {
        mac.update(bytes.get(..12).unwrap_or_default());
        for (to, from) in out.iter_mut().zip(mac.finalize().into_bytes()) {
            *to = from;
        }
    }
    out
}

fn text(bytes: &[u8; 16]) -> String {
    let mut out = String::with_capacity(36);
    for (at, byte) in bytes.iter().enumerate() {
        if matches!(at, 4 | 6 | 8 | 10) {
            out.push('-');
        }
        for half in [byte >> 4, byte & 0x0f] {
            out.push(char::from_digit(u32::from(half), 16).unwrap_or('0'));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::host::SystemHost;

    #[test]
    fn an_id_tells_its_age_and_tag() {
        let id = mint(&SystemHost, 13);
        let (time, tag) = read(&id).unwrap();
        assert_eq!(tag, 13);
        assert!(SystemHost.now_ms().abs_diff(time) < 5_000);
        assert_eq!(id.len(), 36);
        assert_eq!(read(&id.to_uppercase()), Some((time, tag)));
        assert_ne!(id, mint(&SystemHost, 13));
    }

    #[test]
    fn other_ids_say_nothing() {
        for id in ["", "x", "00000000-0000-0000-0000-000000000000", "0193483c-8f2a-8d3a-9c1e-0242ac120002"] {
            assert_eq!(read(id), None, "{id}");
        }
        assert_eq!(read(&random(&SystemHost)), None);
        let mut id = mint(&SystemHost, 0).into_bytes();
        id[0] = if id[0] == b'0' { b'1' } else { b'0' };
        assert_eq!(read(&String::from_utf8(id).unwrap()), None);
    }
}
