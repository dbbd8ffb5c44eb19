//! What waits in memory, counted for the process: bodies until they are whole (callers' requests, upstreams' answers that are
//! mapped, answers over MCP), large values made of them, and large answers on their way. What would pass the bound is refused before
//! it is held; of values that is known once they are made, which few are at the same time. Bodies that stream through wait for nobody
//! and are not counted. Where there is no room for a large body, those that come slowly give theirs back.

use std::{
    pin::{Pin, pin},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use http_body::{Body, Frame};
use http_body_util::BodyExt as _;
use tokio::{sync::Notify, time::Instant};

/// The most bytes that wait at the same time, unless somebody says otherwise.
const MOST: usize = 256 << 20;

/// Up to here a body is small. The last quarter of all room is for small ones, so that a few large bodies do not keep everybody out.
const SMALL: usize = 64 << 10;

/// How many bytes a second a large body must bring to stay when there is no room for another one.
const HURRY: u128 = 256 << 10;

/// In so long it is known how fast a body comes.
const SPAN: Duration = Duration::from_secs(2);

/// All bytes of a process that wait.
#[derive(Debug)]
pub struct Buffers {
    held: AtomicUsize,
    most: usize,
    /// Told when there is no room for a large body.
    pressed: Notify,
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

/// Room for the bytes of one body, or of all values of one invocation; given back when it is dropped.
#[derive(Debug)]
pub struct Held {
    buffers: Arc<Buffers>,
    bytes: AtomicUsize,
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
        Self { held: AtomicUsize::new(0), most, pressed: Notify::new() }
    }

    /// The bytes that wait now.
    #[must_use]
    pub fn held(&self) -> usize {
        self.held.load(Ordering::Relaxed)
    }

    /// Room for a body that has not begun.
    #[must_use]
    pub fn begin(self: &Arc<Self>) -> Held {
        Held { buffers: Arc::clone(self), bytes: AtomicUsize::new(0) }
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
        let (held, mut speed) = (self.begin(), None);
        let (mut first, mut whole) = (Bytes::new(), Vec::new());
        loop {
            let frame = match &speed {
                None => body.frame().await,
                // Boxed: few bodies are large, and futures of requests are copied about.
                Some(speed) => Box::pin(self.hurried(body.as_mut(), speed)).await?,
            };
            let Some(frame) = frame else { break };
            let Ok(data) = frame.map_err(Uncollected::Broken)?.into_data() else { continue };
            if data.len() > limit - held.bytes() {
                return Err(Uncollected::TooLarge);
            }
            held.grow(data.len()).map_err(|NoRoom| Uncollected::NoRoom)?;
            if held.bytes() > SMALL {
                speed.get_or_insert_with(Speed::new).came(data.len(), Instant::now());
            }
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

    /// The next piece of a large body. One that comes slowly is given up when others find no room.
    async fn hurried<B: Body<Data = Bytes>>(
        &self,
        mut body: Pin<&mut B>,
        speed: &Speed,
    ) -> Result<Option<Result<Frame<Bytes>, B::Error>>, Uncollected<B::Error>> {
        loop {
            let mut pressed = pin!(self.pressed.notified());
            pressed.as_mut().enable();
            tokio::select! {
                biased;
                frame = body.frame() => return Ok(frame),
                () = pressed => if speed.is_slow(Instant::now()) {
                    return Err(Uncollected::NoRoom);
                }
            }
        }
    }

    /// Counts bytes that are there already.
    ///
    /// # Errors
    /// When there is no room for them.
    pub fn keep(self: &Arc<Self>, bytes: Bytes) -> Result<Bytes, NoRoom> {
        let held = self.begin();
        held.grow(bytes.len())?;
        Ok(held.around(bytes))
    }
}

impl Held {
    /// Takes room for more bytes of the same body.
    ///
    /// # Errors
    /// When there is none.
    pub fn grow(&self, bytes: usize) -> Result<(), NoRoom> {
        let most = self.buffers.most;
        let is_small = self.bytes().saturating_add(bytes) <= SMALL;
        let most = if is_small { most } else { most - most / 4 };
        let before = self.buffers.held.fetch_add(bytes, Ordering::Relaxed);
        if before.saturating_add(bytes) > most {
            self.buffers.held.fetch_sub(bytes, Ordering::Relaxed);
            if !is_small {
                self.buffers.pressed.notify_waiters();
            }
            return Err(NoRoom);
        }
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
        Ok(())
    }

    fn bytes(&self) -> usize {
        self.bytes.load(Ordering::Relaxed)
    }

    /// The bytes this room was taken for; it is given back with them.
    #[must_use]
    pub fn around(self, bytes: Bytes) -> Bytes {
        if bytes.is_empty() { bytes } else { Bytes::from_owner(Counted { bytes, _held: self }) }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        // Nearly every invocation holds nothing; what the whole process shares is left alone then.
        match *self.bytes.get_mut() {
            0 => {}
            bytes => drop(self.buffers.held.fetch_sub(bytes, Ordering::Relaxed)),
        }
    }
}

/// How fast a body comes at present.
struct Speed {
    /// When the present span began.
    since: Instant,
    /// What came in it.
    bytes: usize,
    /// Whether the last span was slow.
    was_slow: bool,
}

impl Speed {
    fn new() -> Self {
        Self { since: Instant::now(), bytes: 0, was_slow: false }
    }

    fn came(&mut self, bytes: usize, now: Instant) {
        if now - self.since >= SPAN {
            *self = Self { since: now, bytes: 0, was_slow: self.is_slow(now) };
        }
        self.bytes += bytes;
    }

    fn is_slow(&self, now: Instant) -> bool {
        let took = now - self.since;
        if took < SPAN { self.was_slow } else { (self.bytes as u128) * 1000 < HURRY * took.as_millis() }
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

    #[test]
    fn slow_is_what_brings_little_at_present() {
        let begun = Instant::now();
        let at = |seconds| begun + Duration::from_secs(seconds);
        let mut speed = Speed { since: begun, bytes: 0, was_slow: false };
        assert!(!speed.is_slow(at(1)) && speed.is_slow(at(3)));
        speed.came(1 << 20, at(1));
        assert!(!speed.is_slow(at(4)) && speed.is_slow(at(5)));
        // What came at first does not count for ever.
        speed.came(1, at(5));
        assert!(speed.is_slow(at(6)));
        speed.came(1 << 20, at(6));
        speed.came(1, at(8));
        assert!(!speed.is_slow(at(9)) && speed.is_slow(at(10)));
    }

    #[tokio::test]
    async fn a_large_body_that_comes_slowly_gives_way_to_others_and_only_then() {
        let buffers = Arc::new(Buffers::new(8 * SMALL));
        let never = || StreamBody::new(futures_util::stream::pending::<Result<Frame<Bytes>, std::io::Error>>());
        let slow = Speed { since: Instant::now() - SPAN, bytes: 9, was_slow: false };
        let (mut body, held) = (pin!(never()), buffers.begin());
        held.grow(5 * SMALL).unwrap();
        let mut waits = pin!(buffers.hurried(body.as_mut(), &slow));
        assert!(futures_util::poll!(waits.as_mut()).is_pending());
        // A small one presses nobody.
        assert_eq!(buffers.begin().grow(SMALL), Ok(()));
        assert!(futures_util::poll!(waits.as_mut()).is_pending());
        assert_eq!(buffers.begin().grow(4 * SMALL), Err(NoRoom));
        assert!(matches!(waits.await, Err(Uncollected::NoRoom)));
        // One that has just begun stays.
        let (young, mut body) = (Speed::new(), pin!(never()));
        let mut stays = pin!(buffers.hurried(body.as_mut(), &young));
        assert!(futures_util::poll!(stays.as_mut()).is_pending());
        assert_eq!(buffers.begin().grow(4 * SMALL), Err(NoRoom));
        assert!(futures_util::poll!(stays.as_mut()).is_pending());
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
