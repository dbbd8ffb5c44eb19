//! What outlives an engine: HTTP clients and access tokens.

use std::{
    fmt,
    sync::{Arc, OnceLock},
    time::Duration,
};

use crate::{
    base::{
        host::{Host, SystemHost},
        secrets::Secrets,
        workers::Turns,
    },
    credential::tokens::Tokens,
    exchange::state::ClientStates,
    files::kept::KeptFiles,
    flow::scripts::Scripts,
    job::{registry::Jobs, seal::Seal},
    wire::{buffers::Buffers, clients::Clients, transport::Transport},
};

/// What outlives an engine; one for the whole process. Its clients run on the Tokio runtime that first uses them.
pub struct Shared {
    pub(super) host: Arc<dyn Host>,
    pub(super) clients: Clients,
    pub(super) tokens: Tokens,
    /// What exchanges leave behind for later ones, by client.
    pub(super) states: ClientStates,
    /// Content of files that generations and documents have in common.
    pub(super) kept_files: KeptFiles,
    /// What nobody may see.
    pub(super) secrets: Secrets,
    /// Bodies that wait in memory.
    pub(super) buffers: Arc<Buffers>,
    /// Turns at work that takes long.
    pub(super) turns: Turns,
    /// Threads for scripts.
    pub(super) scripts: Scripts,
    /// What outlives the requests that began it.
    pub(super) jobs: Arc<Jobs>,
    /// The key of handles where none is given.
    seal: OnceLock<Option<Arc<Seal>>>,
}

impl Shared {
    /// With this machine and connect time limit.
    #[must_use]
    pub fn new(host: Arc<dyn Host>, connect: Duration) -> Arc<Self> {
        Self::hiding(host, connect, Secrets::default())
    }

    /// The same, with secrets that others hide too.
    #[must_use]
    pub fn hiding(host: Arc<dyn Host>, connect: Duration, secrets: Secrets) -> Arc<Self> {
        Self::with(host, Clients::new(connect), secrets)
    }

    /// With a machine and something that answers in place of the network: nothing is connected to.
    #[must_use]
    pub fn over(host: Arc<dyn Host>, transport: Arc<dyn Transport>, secrets: Secrets) -> Arc<Self> {
        Self::with(host, Clients::over(transport), secrets)
    }

    fn with(host: Arc<dyn Host>, clients: Clients, secrets: Secrets) -> Arc<Self> {
        Arc::new(Self {
            host,
            clients,
            tokens: Tokens::new(secrets.clone()),
            states: ClientStates::default(),
            kept_files: KeptFiles::default(),
            secrets,
            buffers: Arc::default(),
            turns: Turns::default(),
            scripts: Scripts::default(),
            jobs: Arc::default(),
            seal: OnceLock::new(),
        })
    }

    /// With the real machine and the usual limits.
    #[must_use]
    pub fn system() -> Arc<Self> {
        Self::system_hiding(Secrets::default())
    }

    /// The same, with secrets that others hide too: whoever writes the log.
    #[must_use]
    pub fn system_hiding(secrets: Secrets) -> Arc<Self> {
        Self::hiding(Arc::new(SystemHost), Duration::from_secs(5), secrets)
    }

    /// What nobody may see.
    #[must_use]
    pub fn secrets(&self) -> &Secrets {
        &self.secrets
    }

    /// Bodies that wait in memory, of all requests and answers.
    #[must_use]
    pub fn buffers(&self) -> &Arc<Buffers> {
        &self.buffers
    }

    /// What outlives the requests that began it.
    #[must_use]
    pub fn jobs(&self) -> &Arc<Jobs> {
        &self.jobs
    }

    /// The key of handles where none is given: that of this process.
    pub(super) fn seal(&self) -> Option<Arc<Seal>> {
        self.seal.get_or_init(|| Seal::random(&*self.host).map(Arc::new)).clone()
    }

    /// Turns at work that takes long.
    #[must_use]
    pub fn turns(&self) -> &Turns {
        &self.turns
    }

    /// The machine.
    #[must_use]
    pub fn host(&self) -> &Arc<dyn Host> {
        &self.host
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared").finish_non_exhaustive()
    }
}
