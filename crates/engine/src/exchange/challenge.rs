//! A 401 may be the challenge of a handshake, or about a token that is valid no more: answered once for each address.

use http::{HeaderValue, StatusCode};

use super::reply::Response;
use crate::{
    base::fault::Fault,
    credential::scheme::{Means, Scheme},
};

/// Answers a refusal.
#[derive(Default)]
pub(super) struct Challenge {
    done: bool,
}

impl Challenge {
    /// Whether the credential has a better answer; `refused` is the token that was sent.
    pub(super) async fn again(
        &mut self,
        scheme: &Scheme,
        outcome: &Result<Response, Fault>,
        refused: Option<&HeaderValue>,
        means: &Means<'_>,
    ) -> bool {
        let Ok(response) = outcome else { return false };
        if self.done || !scheme.is_computed() || response.status() != StatusCode::UNAUTHORIZED {
            return false;
        }
        let again = Box::pin(scheme.challenged(response.headers(), refused, means)).await;
        self.done |= again;
        again
    }

    /// The request goes elsewhere now.
    pub(super) fn renew(&mut self) {
        self.done = false;
    }
}
