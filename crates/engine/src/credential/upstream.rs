//! The credential of a client, ready for use.

use capstan_plan::Client;

use super::{fields::Fields, scheme::Scheme, secret::Filler};
use crate::{base::host::Host, template::scope::Scope};

/// A credential ready for use.
pub(crate) struct UpstreamCredential {
    /// What every request bears.
    pub(crate) fields: Fields,
    /// What is computed beside.
    pub(crate) scheme: Scheme,
}

impl UpstreamCredential {
    /// Fills in a client's credential; what cannot be filled makes every request fail with the reason.
    pub(crate) fn activate(client: &Client, scope: Scope<'_>, host: &dyn Host) -> Self {
        let mut fields = Fields::default();
        let filler = Filler { client, scope, host };
        let scheme = match &client.credential {
            None => Scheme::Fixed,
            Some(credential) => Scheme::fill(filler, credential, &mut fields).unwrap_or_else(Scheme::Unusable),
        };
        Self { fields, scheme }
    }
}
