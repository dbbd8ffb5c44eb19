//! Tells clients that a list differs, and only then. Clients with a session are told as long as it lasts; those without ask
//! for it with `subscriptions/listen`.

use std::{sync::Arc, time::Duration};

use rmcp::{Peer, RoleServer, service::SubscriptionContext};

use super::{
    core::Core,
    view::{Difference, View},
};
use crate::capability::catalogue::Catalogue;

/// How long a client may take to accept a notification.
const PATIENCE: Duration = Duration::from_secs(5);

/// Adds a session to those that are told.
pub(super) fn join(core: &Arc<Core>, peer: Peer<RoleServer>) {
    if core.peers.add(peer) {
        tokio::spawn(watch(core.clone()));
    }
}

/// Tells sessions until the endpoint stops.
async fn watch(core: Arc<Core>) {
    let mut watch = Watch::new(&core);
    while let Some(difference) = watch.next(&core).await {
        for peer in core.peers.open() {
            tokio::spawn(async move {
                let _ = tokio::time::timeout(PATIENCE, notify(&peer, difference)).await;
            });
        }
    }
}

async fn notify(peer: &Peer<RoleServer>, difference: Difference) {
    if difference.tools {
        let _ = peer.notify_tool_list_changed().await;
    }
    if difference.prompts {
        let _ = peer.notify_prompt_list_changed().await;
    }
    if difference.resources {
        let _ = peer.notify_resource_list_changed().await;
    }
}

/// Serves one subscription until it is cancelled or the endpoint stops.
pub(super) async fn listen(core: &Core, context: &SubscriptionContext) {
    let mut watch = Watch::new(core);
    let sink = context.sink();
    loop {
        let difference = tokio::select! {
            () = context.cancelled() => return,
            next = watch.next(core) => match next {
                Some(difference) => difference,
                None => return,
            },
        };
        // The sink drops what the client did not ask for.
        if difference.tools {
            let _ = sink.notify_tool_list_changed().await;
        }
        if difference.prompts {
            let _ = sink.notify_prompt_list_changed().await;
        }
        if difference.resources {
            let _ = sink.notify_resource_list_changed().await;
        }
    }
}

/// Compares what is served with what was.
struct Watch {
    changes: tokio::sync::watch::Receiver<Arc<Catalogue>>,
    last: Option<Arc<View>>,
}

impl Watch {
    fn new(core: &Core) -> Self {
        // In this order: what is published in between is then seen as a change.
        let changes = core.follow();
        Self { changes, last: core.view().ok() }
    }

    /// The next difference; none when the endpoint stops.
    async fn next(&mut self, core: &Core) -> Option<Difference> {
        loop {
            tokio::select! {
                () = core.closing.cancelled() => return None,
                changed = self.changes.changed() => changed.ok()?,
            }
            // What does not serve at present keeps the lists it had.
            let Ok(now) = core.view() else { continue };
            let everything = Difference { tools: true, prompts: true, resources: true };
            let difference = self.last.as_ref().map_or(everything, |before| now.difference(before));
            self.last = Some(now);
            if difference.any() {
                return Some(difference);
            }
        }
    }
}
