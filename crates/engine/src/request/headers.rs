//! Headers of upstream requests: what the author states, cookies, content negotiation, what a credential adds.

use capstan_plan::{Request, Template, header::is_reserved};
use http::{HeaderMap, HeaderName, HeaderValue, header};

use super::serialize;

use crate::{
    base::encode,
    base::fault::{CallerFault, Fault},
    credential::fields::Fields,
    template::computed::{Computed, write_text},
    template::scope::Scope,
};

/// What we call ourselves.
const USER_AGENT: HeaderValue = HeaderValue::from_static(concat!("capstan/", env!("CARGO_PKG_VERSION")));

/// What is asked for when the author does not say.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Accept {
    /// Media types.
    pub(crate) media_types: &'static str,
    /// Content encodings, when the answer is read here and not passed on.
    pub(crate) encodings: Option<&'static str>,
}

/// All headers of a request; `media_type` is its body's.
pub(crate) fn build(
    request: &Request,
    scope: Scope<'_>,
    fields: &Fields,
    accept: Accept,
    media_type: Option<&str>,
) -> Result<HeaderMap, Fault> {
    let mut headers = HeaderMap::with_capacity(request.headers.len() + fields.headers.len() + 5);
    for part in &request.headers {
        if is_reserved(&part.name) {
            continue;
        }
        if let Some(value) = scope.eval(&part.value)?.filter(|value| !value.is_null()) {
            let text = match part.serialization {
                Some(how) => serialize::header(&value.into_json(), how),
                None => list(value),
            };
            headers.insert(part.name.clone(), header_value(&part.name, &text)?);
        }
    }
    cookies(request, scope, fields, &mut headers)?;
    if let Some(media_type) = media_type
        && !headers.contains_key(header::CONTENT_TYPE)
    {
        headers.insert(header::CONTENT_TYPE, header_value(&header::CONTENT_TYPE, media_type)?);
    }
    headers.entry(header::ACCEPT).or_insert(HeaderValue::from_static(accept.media_types));
    headers.entry(header::USER_AGENT).or_insert(USER_AGENT);
    for (name, value) in &fields.headers {
        headers.insert(name.clone(), value.clone());
    }
    if let Some(encodings) = accept.encodings {
        headers.entry(header::ACCEPT_ENCODING).or_insert(HeaderValue::from_static(encodings));
    }
    Ok(headers)
}

/// Whether building the headers again gives the same ones: no expression is evaluated, which could ask the clock or for an id.
pub(crate) fn are_repeatable(request: &Request) -> bool {
    let computes = |template: &Template| {
        let mut found = false;
        template.visit(&mut |part| found |= matches!(part, Template::Expression(_)));
        found
    };
    !request.headers.iter().any(|part| computes(&part.value))
        && !request.cookies.iter().any(|(_, value)| computes(value))
}

/// The text of a value in a header; a list of scalars is comma-separated.
fn list(value: Computed<'_>) -> String {
    match &value {
        Computed::Json(json) => match json.as_array() {
            Some(items) => {
                let mut out = String::new();
                for (at, item) in items.iter().enumerate() {
                    if at > 0 {
                        out.push_str(", ");
                    }
                    write_text(item, &mut out);
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

#[cfg(test)]
mod tests {
    use capstan_plan::{Body, ClientId, Expression, HeaderPart, Origin, SlotId};

    use super::*;

    fn request(value: Template) -> Request {
        Request {
            client: ClientId(0),
            name: "api.op".into(),
            method: http::Method::GET,
            base: None,
            path: [].into(),
            query: [].into(),
            headers: [HeaderPart::new(HeaderName::from_static("x-a"), value)].into(),
            cookies: [].into(),
            body: Body::None,
            origin: Origin::new("x.yaml".into(), 1, 1),
        }
    }

    #[test]
    fn headers_that_ask_the_machine_are_not_built_twice() {
        assert!(are_repeatable(&request(Template::text("1"))));
        assert!(are_repeatable(&request(Template::slot(SlotId(0)))));
        let id = Template::Expression(Box::new(Expression::compile("uuid()", |_| None).unwrap()));
        let text = Template::Text([Template::text("id-"), id].into());
        assert!(!are_repeatable(&request(text)));
    }
}
