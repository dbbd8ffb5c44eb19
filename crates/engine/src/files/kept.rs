//! What is kept of files, once a process: generations and documents share what is equal. Holds nothing alive itself.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError, Weak},
};

use crate::base::digest::Digest;

/// How many entries there may be before those that nobody keeps are looked for.
const FEW: usize = 64;

/// The bytes and texts that are kept at present.
#[derive(Default)]
pub(crate) struct KeptFiles {
    pub(crate) bytes: Kept<[u8]>,
    pub(crate) texts: Kept<str>,
}

/// Things of one kind by the digest of the bytes they were made from.
pub(crate) struct Kept<T: ?Sized>(Mutex<Entries<T>>);

struct Entries<T: ?Sized> {
    by_digest: HashMap<Digest, Weak<T>>,
    limit: usize,
}

impl<T: ?Sized> Default for Kept<T> {
    fn default() -> Self {
        Self(Mutex::new(Entries { by_digest: HashMap::new(), limit: FEW }))
    }
}

impl<T: ?Sized> Kept<T> {
    /// What is kept under this digest already, or `new` from now on.
    pub(crate) fn share(&self, digest: Digest, new: impl Into<Arc<T>>) -> Arc<T> {
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(kept) = entries.by_digest.get(&digest).and_then(Weak::upgrade) {
            return kept;
        }
        if entries.by_digest.len() >= entries.limit {
            entries.by_digest.retain(|_, kept| kept.strong_count() > 0);
            entries.limit = entries.by_digest.len().max(FEW) * 2;
        }
        let kept = new.into();
        entries.by_digest.insert(digest, Arc::downgrade(&kept));
        kept
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::digest::digest;

    #[test]
    fn equal_content_is_kept_once_and_no_longer_than_needed() {
        let kept = Kept::<[u8]>::default();
        let one = kept.share(digest(b"x"), b"x".to_vec());
        assert!(Arc::ptr_eq(&one, &kept.share(digest(b"x"), b"x".to_vec())));
        drop(one);
        for n in 0..1000_u32 {
            kept.share(digest(&n.to_le_bytes()), n.to_le_bytes().to_vec());
        }
        assert!(kept.0.lock().unwrap().by_digest.len() <= 2 * FEW);
    }
}
