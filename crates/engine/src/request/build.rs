//! A request put together: URL, headers, body, and what a credential adds to them.

use std::sync::Arc;

use capstan_plan::Request;
use http::{HeaderMap, Method};

use super::{
    body,
    headers::{self, Accept},
    payload::Payload,
    url::path_and_query,
};
use crate::{
    base::fault::Fault, credential::fields::Fields, target::address::Target, template::scope::Scope,
    wire::body::OutgoingBody,
};

/// A request ready to be signed and sent.
#[derive(Debug)]
pub(crate) struct Prepared {
    pub(crate) method: Method,
    pub(crate) target: Arc<Target>,
    pub(crate) path_and_query: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: OutgoingBody,
}

/// Fills a request.
pub(crate) fn build(
    request: &Request,
    target: Arc<Target>,
    scope: Scope<'_>,
    fields: &Fields,
    accept: Accept,
    random: impl FnOnce(&mut [u8]),
) -> Result<Prepared, Fault> {
    let path_and_query = path_and_query(&target, &request.path, &request.query, scope, &fields.path, &fields.query)?;
    let Payload { content, media_type } = body::build(&request.body, scope, &fields.body, random)?;
    let headers = headers::build(request, scope, fields, accept, media_type.as_deref())?;
    Ok(Prepared { method: request.method.clone(), target, path_and_query, headers, body: content })
}
