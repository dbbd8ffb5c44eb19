//! Transparent proxying: method, body and query go on; of the headers only trusted ones; credentials are the client's own.

use bytes::Bytes;
use capstan_plan::{Forward, header::is_reserved};
use http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use http_body::Body as _;

use super::{
    call::{has_no_body, passed_error},
    execution::Execution,
};
use crate::{
    base::fault::{CallerFault, Fault, FaultKind},
    base::url_path::{join, traverses},
    base::value::Inputs,
    credential::scheme::Scheme,
    exchange::draft::Draft,
    exchange::reply::Reply,
    request::build::build,
    request::headers::Accept,
    response::answer::{Answer, AnswerBody, BodyStream},
    response::headers::passed_on,
    template::functions::Functions,
    template::scope::Scope,
    wire::body::OutgoingBody,
    wire::collect::collect,
    wire::upload::{InboundBody, Upload},
};

/// Whatever the upstream has, as the caller did not say.
const ACCEPT: Accept = Accept { media_types: "*/*", encodings: None };

/// A request for a transparent proxy.
#[derive(Debug)]
pub struct ForwardRequest {
    /// Its method.
    pub method: Method,
    /// What the route's open placeholder matched, as it came (still percent-encoded).
    pub rest: Option<String>,
    /// The query string, as it came.
    pub query: Option<String>,
    /// All headers; only trusted ones are passed on.
    pub headers: HeaderMap,
    /// The body.
    pub body: InboundBody,
}

/// Passes a request on.
pub(crate) async fn run(
    execution: &Execution<'_>,
    forward: &Forward,
    functions: &Functions,
    inputs: Inputs,
    request: ForwardRequest,
) -> Result<Answer, Fault> {
    execution.bindings.require(&forward.bindings)?;
    let client = execution.client(forward.client)?;
    if let Scheme::Unusable(fault) = &client.credential.scheme {
        return Err(fault.clone());
    }
    let scope = Scope::new(&inputs, execution.bindings, functions);
    let fields = &client.credential.fields;
    let prepare = |scope| {
        let random = |bytes: &mut [u8]| execution.network.host.random(bytes);
        build(&forward.request, execution.target(&forward.request, scope)?, scope, fields, ACCEPT, random)
    };
    let mut prepared = execution.compute(scope, 0, prepare).await?;
    prepared.path_and_query =
        extended(&prepared.path_and_query, request.rest.as_deref(), &theirs(request.query.as_deref(), &fields.query))?;
    trusted(forward, &request.headers, &mut prepared.headers);
    for (name, value) in &fields.headers {
        prepared.headers.insert(name.clone(), value.clone());
    }
    prepared.method = request.method;
    prepared.body = if request.body.is_end_stream() {
        OutgoingBody::Empty
    } else if signs_body(&client.credential.scheme) {
        OutgoingBody::Bytes(whole(execution, request.body).await?)
    } else {
        OutgoingBody::Stream(Upload::new(request.body))
    };
    let method = prepared.method.clone();
    let mut draft = Draft::new(prepared, None)?;
    let reply = Box::pin(execution.exchange(client, &forward.request.name).run(&mut draft)).await?;
    let failed = reply.status.as_u16() >= 400;
    let bodiless = has_no_body(&method, reply.status);
    if failed && !bodiless {
        return Ok(Box::pin(passed_error(execution, reply)).await);
    }
    let Reply { status, headers, body, .. } = reply;
    let body = if bodiless { AnswerBody::Empty } else { AnswerBody::Stream(BodyStream::new(body)) };
    Ok(Answer {
        status,
        headers: passed_on(&headers, true, execution.secrets()),
        body,
        from_upstream_error: failed,
        room: None,
    })
}

/// Whether the body must be known before it is sent, or may have to be sent twice.
fn signs_body(scheme: &Scheme) -> bool {
    scheme.is_computed()
}

async fn whole(execution: &Execution<'_>, body: InboundBody) -> Result<Bytes, Fault> {
    let limit = execution.limit;
    collect(execution.network.upstreams.buffers, body, limit).await.map_err(|fault| match fault.kind {
        FaultKind::Caller(_) | FaultKind::Overload(_) => fault,
        _ => Fault::caller(CallerFault::TooLarge, format!("a request body may have {limit} bytes")),
    })
}

/// Headers the author trusts, as they came; what the author gives a value stays.
fn trusted(forward: &Forward, from: &HeaderMap, to: &mut HeaderMap) {
    let given = |name: &HeaderName| forward.request.headers.iter().any(|part| part.name == *name);
    // What describes the body goes where the body goes.
    let names = forward.trusted_headers.iter().chain([&header::CONTENT_TYPE, &header::CONTENT_ENCODING]);
    for name in names.filter(|name| !is_reserved(name) && !given(name)) {
        to.remove(name);
        for value in from.get_all(name) {
            to.append(name.clone(), value.clone());
        }
    }
    to.entry(header::ACCEPT).or_insert(HeaderValue::from_static("*/*"));
}

/// The caller's query as it came, less what the credential says itself.
fn theirs(query: Option<&str>, ours: &[(Box<str>, String)]) -> String {
    let query = query.unwrap_or_default();
    if ours.is_empty() {
        return query.to_owned();
    }
    let is_ours = |pair: &str| {
        url::form_urlencoded::parse(pair.as_bytes()).any(|(name, _)| ours.iter().any(|(own, _)| **own == *name))
    };
    query.split('&').filter(|pair| !is_ours(pair)).collect::<Vec<_>>().join("&")
}

/// Appends what the route left open and the caller's query.
fn extended(base: &str, rest: Option<&str>, query: &str) -> Result<String, Fault> {
    let (path, own) = base.split_once('?').unwrap_or((base, ""));
    let rest = rest.unwrap_or_default();
    if traverses(rest) {
        let why = "the path leads out of the upstream's base path: `.` and `..` are refused in any encoding";
        return Err(Fault::caller(CallerFault::InvalidInput, why));
    }
    let rest = crate::base::encode::literal_path(rest);
    let mut out = if rest.is_empty() { path.to_owned() } else { join(path, &rest) };
    for (at, part) in [own, query].into_iter().filter(|part| !part.is_empty()).enumerate() {
        out.push(if at == 0 { '?' } else { '&' });
        out.push_str(part);
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_caller_appends_stays_below_the_base() {
        assert_eq!(extended("/v1?a=1", Some("x/y%20z"), "b=2").unwrap(), "/v1/x/y%20z?a=1&b=2");
        assert_eq!(extended("/", None, "").unwrap(), "/");
        for evil in
            ["..", "../x", "a/../../x", "%2e%2e/x", "a/%2E%2E%2fx", "..\\x", "./x", "..;/x", "a/..;b=c/x", "..%252fx"]
        {
            assert!(extended("/v1", Some(evil), "").is_err(), "{evil}");
        }
        assert_eq!(extended("/v1", Some("x?y#z"), "").unwrap(), "/v1/x%3Fy%23z");
    }

    #[test]
    fn a_caller_does_not_give_our_key() {
        let ours = [("key".into(), "secret".to_owned())];
        assert_eq!(theirs(Some("a=1&key=x&%6bey=y&b"), &ours), "a=1&b");
        assert_eq!(theirs(Some("a=%20&key=x"), &[]), "a=%20&key=x");
    }
}
