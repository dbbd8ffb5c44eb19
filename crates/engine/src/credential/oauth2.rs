//! Settings of an OAuth 2.0 client-credentials grant. Tokens are fetched and kept by `tokens`.

use capstan_plan::Credential;

use super::secret::{Filler, Secret};
use crate::base::fault::Fault;

/// Settings of a client-credentials grant.
pub(crate) struct OAuth2 {
    pub(crate) token_url: String,
    pub(crate) discover: bool,
    pub(crate) client_id: Secret,
    pub(crate) client_secret: Secret,
    pub(crate) scope: Box<str>,
    pub(crate) audience: Option<Secret>,
    pub(crate) resource: Option<Secret>,
    pub(crate) in_body: bool,
}

impl OAuth2 {
    /// Fills the settings in; nothing when the credential is of another kind.
    pub(super) fn fill<'a>(filler: &Filler<'a, '_>, credential: &'a Credential) -> Result<Option<Self>, Fault> {
        let Credential::OAuth2 { token_url, discover, client_id, client_secret, scope, audience, resource, in_body } =
            credential
        else {
            return Ok(None);
        };
        Ok(Some(Self {
            token_url: filler.given(token_url, "token URL")?.to_string(),
            discover: *discover,
            client_id: filler.given(client_id, "client id")?,
            client_secret: filler.text(client_secret)?,
            scope: scope.clone(),
            audience: filler.optional(audience.as_ref())?,
            resource: filler.optional(resource.as_ref())?,
            in_body: *in_body,
        }))
    }
}
