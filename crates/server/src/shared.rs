//! State that outlives every publication and is shared by all adapters: the engine's clients and tokens, what is counted, what
//! checks of callers remember, and limits. MCP endpoints outlive publications too; they are `adapter::mcp`'s.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use crate::{auth::Memory, metrics::Metrics, settings::Patience};

/// What is shared by everything a process serves.
#[derive(Debug)]
pub struct Shared {
    /// The engine's part: HTTP clients, token store.
    pub engine: Arc<capstan_engine::Shared>,
    /// What callers may do everywhere.
    pub limits: Limits,
    /// What is counted.
    pub metrics: Arc<Metrics>,
    /// What checks of callers remember: keys of issuers, answers that were used.
    pub memory: Memory,
    request_prefix: u64,
    requests: AtomicU64,
}

/// Limits of one process.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// The most bytes of a request body.
    pub body: usize,
    /// The most bytes of request headers.
    pub headers: usize,
    /// The most connections of the process.
    pub connections: usize,
    /// The most MCP sessions of one endpoint.
    pub sessions: usize,
    /// How long callers are waited for.
    pub patience: Patience,
    /// How long a drain may take.
    pub drain: std::time::Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body: 10 << 20,
            headers: 64 << 10,
            connections: 16_384,
            sessions: 1_000,
            patience: Patience::default(),
            drain: std::time::Duration::from_secs(30),
        }
    }
}

impl Shared {
    /// The state of a new process.
    #[must_use]
    pub fn new(engine: Arc<capstan_engine::Shared>, limits: Limits) -> Self {
        let mut seed = [0; 8];
        engine.host().random(&mut seed);
        Self {
            metrics: Arc::default(),
            memory: Memory::new(engine.host().clone()),
            engine,
            limits,
            request_prefix: u64::from_ne_bytes(seed) >> 16,
            requests: AtomicU64::new(1),
        }
    }

    /// A fresh request id.
    #[must_use]
    pub fn request_id(&self) -> String {
        format!("{:012x}-{:x}", self.request_prefix, self.requests.fetch_add(1, Ordering::Relaxed))
    }
}
