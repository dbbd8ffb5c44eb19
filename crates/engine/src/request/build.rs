//! Builds upstream requests from a plan and a frame: URL, headers, cookies, body and what the credential adds to them.

use std::sync::Arc;

use capstan_plan::{Call as CallStep, Format, Outputs, Request, header::is_reserved};
use http::{HeaderMap, HeaderName, HeaderValue, Method, header};

use crate::{
    base::encode,
    base::fault::{CallerFault, Fault},
    credential::activate::Fields,
    request::body::{self, Payload},
    request::url::path_and_query,
    target::routing::Target,
    template::computed::Computed,
    template::scope::Scope,
    wire::body::OutgoingBody,
};

/// What we call ourselves.
const USER_AGENT: HeaderValue = HeaderValue::from_static(concat!("capstan/", env!("CARGO_PKG_VERSION")));

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
    accept: HeaderValue,
    random: impl FnOnce(&mut [u8]),
) -> Result<Prepared, Fault> {
    let path_and_query = path_and_query(&target, &request.path, &request.query, scope, &fields.path, &fields.query)?;
    let mut headers = HeaderMap::with_capacity(request.headers.len() + fields.headers.len() + 5);
    for part in &request.headers {
        if is_reserved(&part.name) {
            continue;
        }
        if let Some(value) = scope.eval(&part.value)?.filter(|value| !value.is_null()) {
            headers.insert(part.name.clone(), header_value(&part.name, &list(value))?);
        }
    }
    cookies(request, scope, fields, &mut headers)?;
    let Payload { content, media_type } = body::build(&request.body, scope, &fields.body, random)?;
    if let Some(media_type) = media_type
        && !headers.contains_key(header::CONTENT_TYPE)
    {
        headers.insert(header::CONTENT_TYPE, header_value(&header::CONTENT_TYPE, &media_type)?);
    }
    headers.entry(header::ACCEPT).or_insert(accept);
    headers.entry(header::USER_AGENT).or_insert(USER_AGENT);
    for (name, value) in &fields.headers {
        headers.insert(name.clone(), value.clone());
    }
    Ok(Prepared { method: request.method.clone(), target, path_and_query, headers, body: content })
}

/// What to ask for when the author does not say.
pub(crate) fn accept(call: &CallStep, outputs: Option<&Outputs>) -> HeaderValue {
    if matches!(outputs, Some(Outputs::Identity)) {
        return HeaderValue::from_static("*/*");
    }
    HeaderValue::from_static(match call.format {
        Format::Xml => "application/xml, text/xml;q=0.9, */*;q=0.5",
        Format::Yaml => "application/yaml, text/yaml;q=0.9, */*;q=0.5",
        Format::Csv => "text/csv, */*;q=0.5",
        Format::Tsv => "text/tab-separated-values, */*;q=0.5",
        Format::Html => "text/html, */*;q=0.5",
        Format::Markdown => "text/markdown, text/plain;q=0.9, */*;q=0.5",
        Format::Json | Format::Psv | Format::Avro | Format::Protobuf | Format::Text | Format::Binary => "*/*",
    })
}

/// A list of scalars prints comma-separated in a header.
fn list(value: Computed<'_>) -> String {
    match &value {
        Computed::Json(json) => match json.as_array() {
            Some(items) => {
                let mut out = String::new();
                for (at, item) in items.iter().enumerate() {
                    if at > 0 {
                        out.push_str(", ");
                    }
                    crate::template::computed::write_text(item, &mut out);
                }
                out
            }
            None => value.into_text().into_owned(),
        },
        Computed::Text(_) | Computed::Bytes { .. } => value.into_text().into_owned(),
    }
}

/// A value as header; nothing that would end it.
pub(crate) fn header_value(name: &HeaderName, value: &str) -> Result<HeaderValue, Fault> {
    HeaderValue::from_bytes(value.trim_matches([' ', '\t']).as_bytes()).map_err(|_| {
        Fault::caller(
            CallerFault::BadHeader,
            format!("the value for header `{name}` contains a line break or another control character"),
        )
    })
}

fn cookies(request: &Request, scope: Scope<'_>, fields: &Fields, headers: &mut HeaderMap) -> Result<(), Fault> {
    if request.cookies.is_empty() && fields.cookies.is_empty() {
        return Ok(());
    }
    let mut out = match headers.get(header::COOKIE) {
        Some(value) => String::from_utf8_lossy(value.as_bytes()).into_owned(),
        None => String::new(),
    };
    let mut push = |name: &str, value: &str| {
        if !out.is_empty() {
            out.push_str("; ");
        }
        out.push_str(&encode::cookie(name));
        out.push('=');
        out.push_str(&encode::cookie(value));
    };
    for (name, template) in &request.cookies {
        if fields.cookies.iter().any(|(known, _)| known == name) {
            continue;
        }
        if let Some(value) = scope.eval(template)?.filter(|value| !value.is_null()) {
            push(name, &value.into_text());
        }
    }
    for (name, value) in &fields.cookies {
        push(name, value);
    }
    if !out.is_empty() {
        headers.insert(header::COOKIE, header_value(&header::COOKIE, &out)?);
    }
    Ok(())
}
