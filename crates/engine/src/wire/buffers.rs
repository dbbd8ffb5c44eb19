//! Bodies that wait in memory until they are whole, counted for the process: callers' requests, upstreams' answers that are
//! mapped, answers over MCP. A body that would pass the bound is refused before it is held. Bodies that stream through wait for
//! nobody and are not counted, nor are values made of bodies, which have a budget of their own.

use std::{
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use bytes::Bytes;
use http_body::Body;
use http_body_util::BodyExt as _;

/// The most bytes that wait at the same time, unless somebody says otherwise.
const MOST: usize = 256 << 20;

/// Up to here a body is small. The last quarter of all room is for small ones, so that a few large bodies do not keep everybody out.
const SMALL: usize = 64 << 10;

/// All bytes of a process that wait.
#[derive(Debug)]
pub struct Buffers {
    held: AtomicUsize,
    most: usize,
}

/// There is no room for more bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoRoom;

/// Why a body was not collected.
#[derive(Debug)]
pub enum Uncollected<E> {
    /// It has more bytes than it may.
    TooLarge,
    /// It may be fine, and there is no room for it now.
    NoRoom,
    /// It ended with an error.
    Broken(E),
}

/// Room for the bytes of one body, given back when it is dropped.
#[derive(Debug)]
pub struct Held {
    buffers: Arc<Buffers>,
    bytes: usize,
}

impl Default for Buffers {
    fn default() -> Self {
        Self::new(MOST)
    }
}

impl Buffers {
    /// Room for that many bytes.
    #[must_use]
    pub fn new(most: usize) -> Self {
        Self { held: AtomicUsize::new(0), most }
    }

    /// The bytes that wait now.
    #[must_use]
    pub fn held(&self) -> usize {
        self.held.load(Ordering::Relaxed)
    }

    /// Room for a body that has not begun.
    #[must_use]
    pub fn begin(self: &Arc<Self>) -> Held {
        Held { buffers: Arc::clone(self), bytes: 0 }
    }

    /// Waits for all of `body`, at most `limit` bytes. They count until the last copy of the result is dropped.
    ///
    /// # Errors
    /// Why there is no whole body.
    pub async fn collect<B>(self: &Arc<Self>, body: B, limit: usize) -> Result<Bytes, Uncollected<B::Error>>
    where
        B: Body<Data = Bytes>,
    {
        let mut body = pin!(body);
        let mut held = self.begin();
        let (mut first, mut whole) = (Bytes::new(), Vec::new());
        while let Some(frame) = body.frame().await {
            let Ok(data) = frame.map_err(Uncollected::Broken)?.into_data() else { continue };
            if data.len() > limit - held.bytes {
                return Err(Uncollected::TooLarge);
            }
            held.grow(data.len()).map_err(|NoRoom| Uncollected::NoRoom)?;
            if first.is_empty() {
                first = data;
                continue;
            }
            if whole.is_empty() {
                whole.extend_from_slice(&first);
            }
            whole.extend_from_slice(&data);
        }
        Ok(held.around(if whole.is_empty() { first } else { Bytes::from(whole) }))
    }

    /// Counts bytes that are there already.
    ///
    /// # Errors
    /// When there is no room for them.
    pub fn keep(self: &Arc<Self>, bytes: Bytes) -> Result<Bytes, NoRoom> {
        let mut held = self.begin();
        held.grow(bytes.len())?;
        Ok(held.around(bytes))
    }
}

impl Held {
    /// Takes room for more bytes of the same body.
    ///
    /// # Errors
    /// When there is none.
    pub fn grow(&mut self, bytes: usize) -> Result<(), NoRoom> {
        let most = self.buffers.most;
        let most = if self.bytes + bytes > SMALL { most - most / 4 } else { most };
        let before = self.buffers.held.fetch_add(bytes, Ordering::Relaxed);
        if before.saturating_add(bytes) > most {
            self.buffers.held.fetch_sub(bytes, Ordering::Relaxed);
            return Err(NoRoom);
        }
        self.bytes += bytes;
        Ok(())
    }

    /// The bytes this room was taken for; it is given back with them.
    #[must_use]
    pub fn around(self, bytes: Bytes) -> Bytes {
        if bytes.is_empty() { bytes } else { Bytes::from_owner(Counted { bytes, _held: self }) }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.buffers.held.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

/// Bytes with the room they take.
struct Counted {
    bytes: Bytes,
    _held: Held,
}

impl AsRef<[u8]> for Counted {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::{Full, StreamBody};

    use super::*;

    fn pieces(pieces: &[&'static [u8]]) -> impl Body<Data = Bytes, Error = std::io::Error> {
        let frames: Vec<_> = pieces.iter().map(|piece| Ok(http_body::Frame::data(Bytes::from_static(piece)))).collect();
        StreamBody::new(futures_util::stream::iter(frames))
    }

    #[tokio::test]
    async fn bytes_count_until_their_last_copy_is_gone() {
        let buffers = Arc::new(Buffers::new(1000));
        let body = buffers.collect(pieces(&[b"ab", b"", b"cde"]), 10).await.unwrap();
        assert_eq!((&*body, buffers.held()), (&b"abcde"[..], 5));
        let part = body.slice(1..2);
        drop(body);
        assert_eq!(buffers.held(), 5);
        drop(part);
        assert_eq!(buffers.held(), 0);
        assert!(buffers.collect(pieces(&[]), 10).await.unwrap().is_empty());
    }

    #[tokio::test]
    async fn what_is_refused_is_not_held() {
        let buffers = Arc::new(Buffers::new(10));
        assert!(matches!(buffers.collect(pieces(&[b"abc", b"def"]), 5).await, Err(Uncollected::TooLarge)));
        assert!(buffers.collect(pieces(&[b"abc", b"def"]), 6).await.is_ok());
        let kept = buffers.keep(Bytes::from_static(b"1234567")).unwrap();
        assert!(matches!(buffers.collect(pieces(&[b"abc", b"d"]), 6).await, Err(Uncollected::NoRoom)));
        assert_eq!(buffers.held(), 7);
        drop(kept);
        assert!(buffers.collect(pieces(&[b"abc", b"d"]), 6).await.is_ok());
        assert_eq!(buffers.held(), 0);
    }

    #[tokio::test]
    async fn large_bodies_leave_room_for_small_ones() {
        let buffers = Arc::new(Buffers::new(4 * SMALL));
        let large = || buffers.collect(Full::new(Bytes::from(vec![0; 2 * SMALL])), usize::MAX);
        let held = large().await.unwrap();
        assert!(matches!(large().await, Err(Uncollected::NoRoom)));
        assert!(buffers.collect(Full::new(Bytes::from_static(b"small")), 10).await.is_ok());
        drop(held);
        assert!(large().await.is_ok());
    }
}
