//! Who was let in: the same for the same caller and different for different ones, and nothing that anybody could be let in with.

use sha2::{Digest as _, Sha256};

/// Who was let in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Principal {
    /// Nobody is asked.
    #[default]
    Anyone,
    /// Somebody, told from others by this.
    Known([u8; 32]),
}

impl Principal {
    /// What tells it from others, where it is written down.
    #[must_use]
    pub fn digest(self) -> [u8; 32] {
        match self {
            Self::Anyone => [0; 32],
            Self::Known(digest) => digest,
        }
    }

    /// Who is known by all of these.
    pub(super) fn known(parts: &[&[u8]]) -> Self {
        let mut hasher = Sha256::new();
        for part in parts {
            hasher.update((part.len() as u64).to_le_bytes());
            hasher.update(part);
        }
        Self::Known(hasher.finalize().into())
    }
}
