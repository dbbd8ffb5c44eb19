//! The machine as a test sees it: a clock that begins at the same moment each time and runs with the virtual time of the runtime, and
//! random numbers that are the same each time. Files are those of the disk.

use std::{
    io,
    path::Path,
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use capstan_engine::{Host, SystemHost};
use tokio::time::Instant;

/// What the clock says where a file does not: 2026-01-31T09:30:00Z.
const BEGIN: u64 = 1_769_851_800;

/// A machine whose time is the test's.
#[derive(Debug)]
pub(super) struct VirtualHost {
    begin: SystemTime,
    since: Instant,
    drawn: AtomicU64,
}

impl VirtualHost {
    /// A machine on which a test begins now. To be made in the test's runtime.
    pub(super) fn new(begin: Option<u64>) -> Self {
        let begin = UNIX_EPOCH + Duration::from_secs(begin.unwrap_or(BEGIN));
        Self { begin, since: Instant::now(), drawn: AtomicU64::new(0) }
    }
}

impl Host for VirtualHost {
    fn now(&self) -> SystemTime {
        self.begin + self.since.elapsed()
    }

    fn random(&self, buffer: &mut [u8]) {
        for chunk in buffer.chunks_mut(8) {
            let bytes = mixed(self.drawn.fetch_add(1, Ordering::Relaxed)).to_le_bytes();
            for (to, from) in chunk.iter_mut().zip(bytes) {
                *to = from;
            }
        }
    }

    fn read(&self, path: &str) -> io::Result<Vec<u8>> {
        SystemHost.read(path)
    }

    fn read_below(&self, folder: &Path, file: &str) -> io::Result<Vec<u8>> {
        SystemHost.read_below(folder, file)
    }
}

/// The number after `n` steps of SplitMix64: well spread, and the same each time.
fn mixed(n: u64) -> u64 {
    let mut z = n.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
