//! One exposure of a capability that runs, and the check in front of it.

use std::sync::Arc;

use capstan_engine::Engine;
use capstan_plan::Exposure;
use http::{Response, request::Parts};

use super::instance::{Capability, ExposureRef};
use crate::{
    auth::{Gate, Principal, admit},
    http::body::Body,
    shared::Shared,
};

/// One exposure of a capability.
#[derive(Clone, Debug)]
pub struct Exposed {
    /// The capability.
    pub capability: Arc<Capability>,
    /// The position of the exposure.
    pub index: usize,
}

impl Exposed {
    /// Every exposure of a capability, in document order.
    pub fn all(capability: &Arc<Capability>) -> impl Iterator<Item = Self> {
        (0..capability.exposures().count()).map(|index| Self { capability: capability.clone(), index })
    }

    /// What the plan has of it.
    #[must_use]
    pub fn exposure(&self) -> Option<&Exposure> {
        self.capability.plan()?.exposures.get(self.index)
    }

    /// How it is named across reloads.
    #[must_use]
    pub fn reference(&self) -> Option<ExposureRef> {
        self.capability.exposures().nth(self.index).map(|(key, _)| self.capability.reference(key))
    }

    /// The check in front of it.
    #[must_use]
    pub fn gate(&self) -> Option<&Gate> {
        self.capability.gate(self.index)
    }

    /// The engine and who the caller is, or the answer of a capability that does not run, or why the caller may not pass.
    pub(crate) async fn admit(
        &self,
        shared: &Shared,
        parts: &Parts,
    ) -> Result<(&Arc<Engine>, Principal), Response<Body>> {
        let Some(engine) = self.capability.engine() else { return Err(self.capability.failing()) };
        let principal = admit(self.gate(), engine, &shared.memory, parts).await?;
        Ok((engine, principal))
    }
}

/// The check for a request that fits no route of these exposures: it passes where one of them would let it pass.
pub(crate) async fn admit_any(
    all: impl IntoIterator<Item = Exposed>,
    shared: &Shared,
    parts: &Parts,
) -> Option<Response<Body>> {
    let mut refused = None;
    for exposed in all {
        let Some(engine) = exposed.capability.engine() else { continue };
        let answer = admit(exposed.gate(), engine, &shared.memory, parts).await.err()?;
        refused.get_or_insert(answer);
    }
    refused
}
