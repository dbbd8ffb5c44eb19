//! Fingerprints of content: equal ones mean equal bytes.

use sha2::{Digest as _, Sha256};

/// What a file held; all zeros when it could not be read.
pub type Digest = [u8; 16];

/// The digest of these bytes.
#[must_use]
pub fn digest(bytes: &[u8]) -> Digest {
    let mut out = Digest::default();
    for (to, from) in out.iter_mut().zip(Sha256::digest(bytes)) {
        *to = from;
    }
    out
}
