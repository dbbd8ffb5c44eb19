//! State that outlives snapshots: the engine's clients and tokens, and the MCP endpoints with their sessions.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use crate::{
    adapter::mcp::McpEndpoint, auth::Memory, capability::instance::ExposureRef, metrics::Metrics,
    publication::snapshot::Live,
};

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
    endpoints: Mutex<HashMap<ExposureRef, Arc<McpEndpoint>>>,
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
    /// The most connections of one listener.
    pub connections: usize,
    /// The most MCP sessions of one endpoint.
    pub sessions: usize,
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
            drain: std::time::Duration::from_secs(30),
        }
    }
}

impl Shared {
    /// The state of a new process.
    #[must_use]
    pub fn new(engine: Arc<capstan_engine::Shared>, limits: Limits) -> Self {
        let mut seed = [0; 8];
        // Without randomness ids merely become guessable; they protect nothing.
        let _ = getrandom::fill(&mut seed);
        Self {
            metrics: Arc::default(),
            memory: Memory::new(&**engine.host()),
            engine,
            limits,
            endpoints: Mutex::default(),
            request_prefix: u64::from_ne_bytes(seed) >> 16,
            requests: AtomicU64::new(1),
        }
    }

    /// A fresh request id.
    #[must_use]
    pub fn request_id(&self) -> String {
        format!("{:012x}-{:x}", self.request_prefix, self.requests.fetch_add(1, Ordering::Relaxed))
    }

    /// The endpoint of an exposure: the one there is, or a new one.
    #[must_use]
    pub fn endpoint(self: &Arc<Self>, at: ExposureRef, live: &Arc<Live>) -> Arc<McpEndpoint> {
        let mut endpoints = self.endpoints.lock().unwrap_or_else(PoisonError::into_inner);
        endpoints
            .entry(at)
            .or_insert_with_key(|at| Arc::new(McpEndpoint::new(at.clone(), live.clone(), self.clone())))
            .clone()
    }

    /// Lets go of endpoints that are no longer mounted and hands them out to be drained.
    pub fn end_removed(&self, mounted: impl Fn(&ExposureRef) -> bool) -> Vec<Arc<McpEndpoint>> {
        let mut endpoints = self.endpoints.lock().unwrap_or_else(PoisonError::into_inner);
        let gone: Vec<_> = endpoints.keys().filter(|at| !mounted(at)).cloned().collect();
        gone.iter().filter_map(|at| endpoints.remove(at)).collect()
    }

    /// Every endpoint.
    #[must_use]
    pub fn endpoints(&self) -> Vec<Arc<McpEndpoint>> {
        self.endpoints.lock().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
    }
}
