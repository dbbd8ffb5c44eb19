//! What all transports of one exposure share: which exposure, what it offers at present, and the clients that are told of changes.

use std::sync::Arc;

use arc_swap::ArcSwapOption;
use capstan_engine::{Buffers, workers::Turns};
use rmcp::{ErrorData, model::Extensions};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::{peers::Peers, request, view::View};
use crate::{
    capability::{
        catalogue::Catalogue,
        instance::{Capability, ExposureRef},
    },
    http::access::AccessRecord,
    shared::Shared,
};

/// What all transports of one exposure share.
pub(super) struct Core {
    pub(super) at: ExposureRef,
    /// The documents of the present publication.
    catalogue: watch::Receiver<Arc<Catalogue>>,
    shared: Arc<Shared>,
    /// What was made of the capability seen last.
    view: ArcSwapOption<View>,
    /// Sessions of clients that get notifications without asking.
    pub(super) peers: Arc<Peers>,
    /// Set when the endpoint stops: subscriptions end.
    pub(super) closing: CancellationToken,
}

impl Core {
    pub(super) fn new(at: ExposureRef, catalogue: watch::Receiver<Arc<Catalogue>>, shared: Arc<Shared>) -> Self {
        let (view, peers, closing) = (ArcSwapOption::empty(), Arc::default(), CancellationToken::new());
        Self { at, catalogue, shared, view, peers, closing }
    }

    /// Where bodies wait until they are whole.
    pub(super) fn buffers(&self) -> &Arc<Buffers> {
        self.shared.engine.buffers()
    }

    /// Turns at work that takes long.
    pub(super) fn turns(&self) -> &Turns {
        self.shared.engine.turns()
    }

    /// The documents of the present publication.
    pub(super) fn catalogue(&self) -> Arc<Catalogue> {
        self.catalogue.borrow().clone()
    }

    /// Follows what is published from now on.
    pub(super) fn follow(&self) -> watch::Receiver<Arc<Catalogue>> {
        let mut follower = self.catalogue.clone();
        follower.mark_unchanged();
        follower
    }

    /// The record of the call a message makes; a message without HTTP begins one that is to be written when the call ended.
    pub(super) fn record(&self, extensions: &mut Extensions) -> Option<AccessRecord> {
        if request::record(extensions).is_some() {
            return None;
        }
        let mut record = AccessRecord::of_message(self.shared.request_id().into());
        record.adapter(&self.at.capability, "mcp");
        extensions.insert(record.elsewhere());
        Some(record)
    }

    /// What is served at present.
    pub(super) fn view(&self) -> Result<Arc<View>, ErrorData> {
        match self.catalogue().capabilities.get(&self.at.capability) {
            Some(capability) => self.view_of(capability),
            None => Err(stopped(format!("capability `{}` is not served any more", self.at.capability))),
        }
    }

    /// What a request sees: the capability its listener took, or else the present one.
    pub(super) fn view_for(&self, extensions: &Extensions) -> Result<Arc<View>, ErrorData> {
        match request::capability(extensions) {
            Some(capability) => self.view_of(capability),
            None => self.view(),
        }
    }

    pub(super) fn view_of(&self, capability: &Arc<Capability>) -> Result<Arc<View>, ErrorData> {
        if let Some(view) = &*self.view.load()
            && Arc::ptr_eq(&view.capability, capability)
        {
            return Ok(view.clone());
        }
        let Some(view) = View::new(capability, &self.at.key) else { return Err(state(&self.at, capability)) };
        let view = Arc::new(view);
        self.view.store(Some(view.clone()));
        Ok(view)
    }
}

/// Why a capability has nothing to say.
fn state(at: &ExposureRef, capability: &Capability) -> ErrorData {
    if capability.plan().is_some() {
        return stopped(format!("capability `{}` has no MCP adapter `{}` any more", at.capability, at.key));
    }
    let error = capability.errors().next();
    let why = error.map_or_else(String::new, |e| format!(": {}:{}: {} [{}]", e.file, e.line, e.message, e.code));
    stopped(format!("capability `{}` has errors and does not run{why}", at.capability))
}

fn stopped(message: String) -> ErrorData {
    ErrorData::internal_error(message, None)
}
