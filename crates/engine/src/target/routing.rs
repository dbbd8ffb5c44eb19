//! What the operator decided about upstreams, applied to a URL: stand-ins and sandboxes come last.

use std::collections::HashMap;

use url::Url;

use super::{
    address::{Target, contacted},
    overrides::{BaseEnvironment, Overrides, UpstreamRule, origin_of},
};
use crate::base::fault::{CapabilityFault, Fault, UpstreamFault};

/// What the operator decided about upstreams.
#[derive(Clone, Default)]
pub(crate) struct Routing {
    upstream: Vec<UpstreamRule>,
    sandboxes: Option<HashMap<Box<str>, Box<str>>>,
    /// `--base-uri`, by namespace.
    pub(super) base_uris: HashMap<Box<str>, Box<str>>,
    /// Finds `<NS>_BASE_URL`.
    pub(super) base_env: Option<BaseEnvironment>,
}

impl Routing {
    pub(crate) fn new(overrides: &Overrides) -> Self {
        let sandboxes = overrides.sandboxes.as_ref().map(|map| {
            map.iter().filter_map(|(from, to)| Some((origin_of(from).ok()?, origin_of(to).ok()?))).collect()
        });
        Self {
            upstream: overrides.upstream.clone(),
            sandboxes,
            base_uris: overrides.base_uris.clone(),
            base_env: overrides.base_env.clone(),
        }
    }

    /// Whether nothing may leave the machine.
    pub(crate) fn is_sandboxed(&self) -> bool {
        self.sandboxes.is_some()
    }

    /// Where requests for `url` really go.
    pub(crate) fn target(&self, url: &Url) -> Result<Target, Fault> {
        self.target_as(url, url.port())
    }

    /// The same for a URL whose author wrote this `port`: `Host` repeats a default port that was written.
    pub(super) fn target_as(&self, url: &Url, port: Option<u16>) -> Result<Target, Fault> {
        let origin = origin_of(url.as_str()).map_err(|why| Fault::capability(CapabilityFault::BadBase, why))?;
        let (scheme, authority) = contacted(url, port)?;
        let mut target = Target {
            scheme,
            authority,
            host: None,
            origin,
            path: if url.path() == "/" { Box::default() } else { url.path().into() },
            query: url.query().unwrap_or_default().into(),
        };
        if let Some(sandboxes) = &self.sandboxes {
            let Some(to) = sandboxes.get(&target.origin) else {
                return Err(Fault::upstream(
                    UpstreamFault::NotCovered,
                    format!(
                        "sandbox mode: no sandbox stands in for {}, and nothing leaves this machine",
                        target.origin
                    ),
                ));
            };
            target.redirect(to);
        } else if let Some(rule) =
            self.upstream.iter().find(|rule| rule.from.as_ref().is_none_or(|from| *from == target.origin))
        {
            target.redirect(&rule.to);
        }
        Ok(target)
    }
}
