//! What the engine needs of the machine: clock, randomness, files. Injected, so tests own time.

use std::{
    future::Future,
    io,
    path::Path,
    pin::Pin,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use super::{
    door,
    walk::{Tree, walk},
};

/// The machine as the engine sees it.
pub trait Host: Send + Sync + 'static {
    /// The wall clock.
    fn now(&self) -> SystemTime;

    /// Fills `buffer` with unpredictable bytes.
    fn random(&self, buffer: &mut [u8]);

    /// Reads a whole file.
    ///
    /// # Errors
    /// What the file system says.
    fn read(&self, path: &str) -> io::Result<Vec<u8>>;

    /// Reads a whole file below `folder`, and none that is hidden or that a link inside it has elsewhere.
    ///
    /// # Errors
    /// What the file system says, or that the file lies elsewhere.
    fn read_below(&self, folder: &Path, file: &str) -> io::Result<Vec<u8>> {
        self.read(&folder.join(file).to_string_lossy())
    }

    /// What a folder that is published holds.
    ///
    /// # Errors
    /// What the file system says of the folder.
    fn walk(&self, folder: &Path) -> io::Result<Tree> {
        walk(folder)
    }

    /// Waits, by the same clock.
    fn sleep(&self, time: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(tokio::time::sleep(time))
    }

    /// Milliseconds since 1970.
    fn now_ms(&self) -> u64 {
        let since = self.now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
        u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
    }
}

/// The real machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemHost;

impl Host for SystemHost {
    fn now(&self) -> SystemTime {
        SystemTime::now()
    }

    fn random(&self, buffer: &mut [u8]) {
        if getrandom::fill(buffer).is_err() {
            // No entropy source: fall back on what the standard library seeds its maps with.
            use std::hash::{BuildHasher, RandomState};
            for (at, byte) in buffer.iter_mut().enumerate() {
                *byte = u8::try_from(RandomState::new().hash_one(at) & 0xff).unwrap_or_default();
            }
        }
    }

    fn read(&self, path: &str) -> io::Result<Vec<u8>> {
        door::read(Path::new(path), door::LARGEST)
    }

    fn read_below(&self, folder: &Path, file: &str) -> io::Result<Vec<u8>> {
        door::read_below(folder, file, door::LARGEST)
    }
}
