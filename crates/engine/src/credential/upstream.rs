//! The credential of a client, ready for use.

use capstan_plan::Client;

use super::{fields::Fields, scheme::Scheme, secret::Filler};
use crate::{files::reader::Reader, template::scope::Scope};

/// A credential ready for use.
pub(crate) struct UpstreamCredential {
    /// What every request bears.
    pub(crate) fields: Fields,
    /// What is computed beside.
    pub(crate) scheme: Scheme,
}

impl UpstreamCredential {
    /// Fills in a client's credential; what cannot be filled makes every request fail with the reason.
    pub(crate) fn activate(client: &Client, scope: Scope<'_>, reader: &mut Reader<'_>) -> Self {
        let mut fields = Fields::default();
        let mut filler = Filler { client, scope, reader };
        let scheme = match &client.credential {
            None => Scheme::Fixed,
            Some(credential) => Scheme::fill(&mut filler, credential, &mut fields).unwrap_or_else(Scheme::Unusable),
        };
        Self { fields, scheme }
    }
}
