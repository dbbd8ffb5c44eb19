//! A GET of an address that an upstream gave.

use std::sync::Arc;

use capstan_plan::{Body, ClientId, Origin, Request};
use http::Method;

use super::execution::Execution;
use crate::{
    base::encode,
    base::fault::Fault,
    credential::scheme::Scheme,
    exchange::draft::Draft,
    exchange::reply::Reply,
    job::address::Address,
    request::build::Prepared,
    request::headers::{self, Accept},
    template::scope::Scope,
    wire::body::OutgoingBody,
};

/// An address that may be followed, and as whom.
pub(super) struct Link<'a> {
    /// Where to.
    pub(super) address: Address,
    /// The API it belongs to.
    pub(super) client: ClientId,
    /// Whether the credential of that API goes along.
    pub(super) with_credential: bool,
    /// What is asked for.
    pub(super) accept: Accept,
    /// What the exchange is called where it is written down.
    pub(super) name: &'a str,
    /// Where the author asks for it.
    pub(super) origin: &'a Origin,
}

/// Sends the request and waits for the head of the response.
pub(super) async fn get<'a>(execution: &Execution<'a>, link: Link<'a>, scope: Scope<'_>) -> Result<Reply, Fault> {
    let client = if link.with_credential { execution.client(link.client)? } else { execution.anonymous };
    if let Scheme::Unusable(fault) = &client.credential.scheme {
        return Err(fault.clone());
    }
    let fields = &client.credential.fields;
    let request = Request {
        client: link.client,
        name: link.name.into(),
        method: Method::GET,
        base: None,
        path: [].into(),
        query: [].into(),
        headers: [].into(),
        cookies: [].into(),
        body: Body::None,
        origin: link.origin.clone(),
    };
    let headers = headers::build(&request, scope, fields, link.accept, None)?;
    let mut path_and_query = link.address.path_and_query;
    for (name, value) in &fields.query {
        path_and_query.push(if path_and_query.contains('?') { '&' } else { '?' });
        encode::form(&mut path_and_query, name);
        path_and_query.push('=');
        encode::form(&mut path_and_query, value);
    }
    let target = Arc::clone(&link.address.target);
    let body = OutgoingBody::Empty;
    let prepared = Prepared { method: Method::GET, target, path_and_query, headers, body };
    execution.exchange(client, link.name).run(&mut Draft::new(prepared, None)?).await
}
