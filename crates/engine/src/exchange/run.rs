//! One upstream exchange, from a request to the head of the final response.

use super::{
    client::UpstreamClient,
    draft::Draft,
    limits::Place,
    network::Network,
    policies::Policies,
    record::Record,
    reply::{Reply, Response},
    send::send,
    usable,
};
use crate::{
    base::fault::{Fault, FaultKind},
    base::invocation::Invocation,
    wire::upstream_body::UpstreamBody,
};

/// An exchange with a client's upstream.
pub(crate) struct Exchange<'a> {
    pub(crate) network: Network<'a>,
    pub(crate) client: &'a UpstreamClient,
    /// What it is called where it is written down.
    pub(crate) name: &'a str,
    pub(crate) invocation: &'a Invocation,
    /// Whether it takes a place, where the client has limits.
    pub(crate) admission: Admission,
}

/// Whether an exchange takes one of the places its client has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Admission {
    /// It waits for one, and keeps it until the response has arrived.
    Own,
    /// Whoever makes it has one already.
    Held,
    /// It looks at what runs upstream already: it needs none, and waits as long as the rate wants.
    Look,
}

impl Exchange<'_> {
    /// Sends a request and waits for the head of the final response. The exchange is written down however it ends.
    pub(crate) async fn run(&self, draft: &mut Draft<'_>) -> Result<Reply, Fault> {
        let url = draft.target.uri(draft.path_and_query.clone())?;
        let place = self.admitted().await?;
        let record = Record::begin(self.name, url, self.network, self.invocation);
        match self.attempts(draft).await {
            Ok(response) => {
                let (parts, body) = response.into_parts();
                if let Err(mut fault) = usable::check(self.name, &parts) {
                    fault.upstream = Some(record.end(Some(parts.status)));
                    return Err(fault);
                }
                Ok(Reply {
                    status: parts.status,
                    headers: parts.headers,
                    body: UpstreamBody::new(body, self.network.timeouts.idle).keeping(place),
                    exchange: record.end(Some(parts.status)),
                })
            }
            Err(mut fault) => {
                let masked = self.network.mask.apply(&fault.detail).into_owned();
                fault.detail = masked;
                let exchange = record.end(None);
                if matches!(fault.kind, FaultKind::Upstream(_)) {
                    fault.upstream.get_or_insert(exchange);
                }
                Err(fault)
            }
        }
    }

    /// Waits until the client's limits allow the exchange.
    async fn admitted(&self) -> Result<Place, Fault> {
        let Some(limiter) = &self.client.state.limiter else { return Ok(None) };
        let host = &**self.network.host;
        // Boxed, as all that not every request needs.
        match self.admission {
            Admission::Own => {
                Box::pin(async {
                    let place = limiter.enter(host, self.invocation, self.name).await?;
                    limiter.paced(host, self.invocation, self.name, true).await?;
                    Ok(place)
                })
                .await
            }
            Admission::Held | Admission::Look => {
                let bounded = self.admission == Admission::Held;
                Box::pin(limiter.paced(host, self.invocation, self.name, bounded)).await.map(|()| None)
            }
        }
    }

    /// Attempts until the policies want no other.
    async fn attempts(&self, draft: &mut Draft<'_>) -> Result<Response, Fault> {
        let mut policies = Policies::new(self.client, self.network, self.invocation);
        let may_repeat = policies.may_repeat(draft);
        loop {
            let mut request = draft.request(!may_repeat)?;
            policies.before(draft, &mut request).await?;
            let outcome = send(request, self.client, self.network, self.invocation).await;
            if !may_repeat || !policies.again(draft, &outcome).await? {
                return outcome;
            }
            tracing::debug!(
                target: "capstan::upstream",
                request_id = self.invocation.request_id.as_deref(),
                name = self.name,
                "sent again"
            );
        }
    }
}
