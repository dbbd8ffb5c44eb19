//! The policies of an exchange, in the one order they apply: before an attempt the credential is computed; after it the
//! innermost policy is asked first whether there is another. A new policy is a file of its own and its place here; what it
//! keeps beyond one exchange stands in `state`.

use http::{HeaderValue, Request};

use super::{
    challenge::Challenge, client::UpstreamClient, draft::Draft, network::Network, redirect::Redirect, reply::Response,
    retry::Retry,
};
use crate::{base::fault::Fault, base::invocation::Invocation, credential::scheme::Means, wire::body::OutgoingBody};

/// What the policies of one exchange remember.
pub(super) struct Policies<'a> {
    client: &'a UpstreamClient,
    means: Means<'a>,
    /// The token of the last attempt.
    token: Option<HeaderValue>,
    retry: Retry,
    challenge: Challenge,
    redirect: Redirect,
}

impl<'a> Policies<'a> {
    pub(super) fn new(client: &'a UpstreamClient, network: Network<'a>, invocation: &Invocation) -> Self {
        let means = Means {
            host: &**network.host,
            tokens: network.tokens,
            upstreams: network.upstreams,
            session: &client.state.digest,
            limit: network.first_byte(invocation.deadline),
        };
        Self {
            client,
            means,
            token: None,
            retry: Retry::default(),
            challenge: Challenge::default(),
            redirect: Redirect::default(),
        }
    }

    /// Whether a second attempt is possible at all.
    pub(super) fn may_repeat(&self, draft: &Draft<'_>) -> bool {
        draft.is_repeatable() && (draft.is_safe() || self.client.credential.scheme.is_computed())
    }

    /// Before an attempt.
    pub(super) async fn before(&mut self, draft: &Draft<'_>, request: &mut Request<OutgoingBody>) -> Result<(), Fault> {
        let scheme = &self.client.credential.scheme;
        if !scheme.is_computed() {
            return Ok(());
        }
        let unsigned = draft.unsigned();
        let authorized = Box::pin(scheme.authorize(&unsigned, request.headers_mut(), &self.means)).await?;
        if let Some(path_and_query) = authorized.path_and_query {
            *request.uri_mut() = draft.target.uri(path_and_query)?;
        }
        self.token = authorized.token;
        Ok(())
    }

    /// After an attempt: whether there is another.
    pub(super) async fn again(
        &mut self,
        draft: &mut Draft<'_>,
        outcome: &Result<Response, Fault>,
    ) -> Result<bool, Fault> {
        if self.retry.again(draft, outcome) {
            return Ok(true);
        }
        let scheme = &self.client.credential.scheme;
        if self.challenge.again(scheme, outcome, self.token.as_ref(), &self.means).await {
            return Ok(true);
        }
        if self.redirect.again(draft, outcome)? {
            self.challenge.renew();
            return Ok(true);
        }
        Ok(false)
    }
}
