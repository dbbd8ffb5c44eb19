//! The documents of one publication. Knows nothing of listeners.

use std::sync::Arc;

use capstan_plan::{Exposure, ExposureKind};

use super::{
    instance::{Capabilities, Capability, ExposureRef},
    removed_tools::RemovedTools,
};

/// Every document that is published at one moment. Immutable.
#[derive(Debug, Default)]
pub struct Catalogue {
    /// Counts publications; 0 is the empty catalogue before the first.
    pub generation: u64,
    /// Every document, by id.
    pub capabilities: Capabilities,
    removed: RemovedTools,
}

impl Catalogue {
    /// The one after this, with these documents.
    #[must_use]
    pub fn next(&self, capabilities: Capabilities) -> Self {
        let removed = self.removed.after(&self.capabilities, &capabilities);
        Self { generation: self.generation + 1, capabilities, removed }
    }

    /// The capability and exposure of that name, while they exist and serve.
    #[must_use]
    pub fn exposure(&self, at: &ExposureRef) -> Option<(&Arc<Capability>, &Exposure)> {
        let capability = self.capabilities.get(&at.capability)?;
        Some((capability, capability.exposure(&at.key)?))
    }

    /// What to say of a tool that is gone.
    #[must_use]
    pub fn removal_notice(&self, at: &ExposureRef, name: &str) -> Option<String> {
        let (_, exposure) = self.exposure(at)?;
        let ExposureKind::Mcp(mcp) = &exposure.kind else { return None };
        self.removed.notice(at, name, &mcp.tools)
    }
}
