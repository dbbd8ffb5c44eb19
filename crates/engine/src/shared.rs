//! What outlives an engine: HTTP clients and access tokens.

use std::{fmt, sync::Arc, time::Duration};

use crate::host::{Host, SystemHost};

/// What outlives an engine; one for the whole process.
pub struct Shared {
    pub(crate) host: Arc<dyn Host>,
    pub(crate) connect: Duration,
}

impl Shared {
    /// With this machine and connect time limit.
    #[must_use]
    pub fn new(host: Arc<dyn Host>, connect: Duration) -> Arc<Self> {
        Arc::new(Self { host, connect })
    }

    /// With the real machine and the usual limits.
    #[must_use]
    pub fn system() -> Arc<Self> {
        Self::new(Arc::new(SystemHost), Duration::from_secs(5))
    }

    /// The machine.
    #[must_use]
    pub fn host(&self) -> &Arc<dyn Host> {
        &self.host
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared").field("connect", &self.connect).finish_non_exhaustive()
    }
}
