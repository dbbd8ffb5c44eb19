//! The path a route answers: resource path and own path (E5), required query (E3), the leading slash.

use capstan_plan::Pattern;

use super::super::{
    rule::Rule,
    tokens::{Malformed, malformed},
};
use crate::{
    diagnostic::{Code, Sink},
    source::Spanned,
};

/// Query pairs a route demands.
pub(super) type RequiredQuery = Box<[(Box<str>, Box<str>)]>;

/// The pattern of a route and the query it demands; `rest` is the placeholder that takes the rest of the path.
pub(super) fn pattern(
    resource: Spanned<&str>,
    own: Option<Spanned<&str>>,
    rest: Option<&str>,
    rules: &mut Vec<Rule>,
    sink: &mut Sink,
) -> Option<(Pattern, RequiredQuery)> {
    let mut text = resource.value.trim().to_owned();
    if let Some(own) = own.filter(|o| !matches!(o.value.trim(), "" | "/")) {
        let own = own.value.trim();
        let slash = if own.starts_with('/') || own.starts_with('?') { "" } else { "/" };
        text = format!("{}{slash}{own}", text.trim_end_matches('/'));
    }
    if !text.starts_with('/') {
        if !text.is_empty() {
            rules.push((Code::PathSlash, resource.span, "a leading `/` is added to the path".to_owned()));
        }
        text.insert(0, '/');
    }
    let (path, query) = text.split_once('?').map_or((text.as_str(), None), |(p, q)| (p, Some(q)));
    if let Some(Malformed { code, message, .. }) = malformed(path, false) {
        let span = own.filter(|own| malformed(own.value, false).is_some()).unwrap_or(resource).span;
        sink.error(code, span, message).help("write placeholders as {name}");
        return None;
    }
    if path.contains('#') {
        rules.push((Code::FragRoute, resource.span, "`#` in an exposed path is matched as `%23`".to_owned()));
    }
    let query: RequiredQuery = query
        .map(|q| {
            rules.push((
                Code::QueryRoute,
                resource.span,
                "the query in an exposed path must be in the request".to_owned(),
            ));
            q.split('&')
                .filter(|p| !p.is_empty())
                .map(|p| p.split_once('=').unwrap_or((p, "")))
                .map(|(k, v)| (k.into(), v.into()))
                .collect()
        })
        .unwrap_or_default();
    match Pattern::parse(path, rest) {
        Ok(pattern) => Some((pattern, query)),
        Err(error) => {
            sink.error(Code::BadUrl, resource.span, format!("the path does not parse: {error}"))
                .help("write placeholders as {name}");
            None
        }
    }
}
