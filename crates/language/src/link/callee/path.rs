//! Resource and operation paths as one (rule U2), and the suffix segments are put before (rule U3).

use super::super::{rule::Rule, tokens::Token};
use crate::{
    diagnostic::Code,
    model::{Consume, Operation},
    source::Span,
};

/// Rule U2: whether the operation paths of an adapter are absolute.
pub(in crate::link) fn absolute_paths(api: &Consume<'_>) -> bool {
    api.operations.iter().any(|op| {
        let (Some(own), Some(resource)) = (op.own_path, op.resource_path) else { return false };
        let resource = resource.value.trim_end_matches('/');
        !resource.is_empty()
            && (own.value == resource || own.value.strip_prefix(resource).is_some_and(|rest| rest.starts_with('/')))
    })
}

/// Resource path and own path joined by rule U2, with a leading slash (PATH-SLASH).
pub(in crate::link) fn full_path(op: &Operation<'_>, absolute: bool, rules: &mut Vec<Rule>) -> (String, Span) {
    let resource = op.resource_path.map_or("", |p| p.value.trim());
    let span = op.own_path.or(op.resource_path).map_or(op.span, |p| p.span);
    let mut path = match op.own_path {
        None => resource.to_owned(),
        Some(own) => {
            if op.resource.is_some() {
                rules.push((
                    Code::OpPath,
                    own.span,
                    "the operation's own `path` is read together with its resource's".to_owned(),
                ));
            }
            let own = own.value.trim();
            if absolute || matches!(resource, "" | "/") {
                own.to_owned()
            } else if matches!(own, "" | "/") {
                resource.to_owned()
            } else {
                let slash = if own.starts_with(['/', '?', '#', ':']) { "" } else { "/" };
                format!("{}{slash}{own}", resource.trim_end_matches('/'))
            }
        }
    };
    if !path.is_empty() && !path.starts_with(['/', '?', '#']) {
        if !path.starts_with("{{") || !is_base_variable(&path) {
            rules.push((Code::PathSlash, span, "a leading `/` is added to the path".to_owned()));
            path.insert(0, '/');
        } else {
            path.insert(0, '/');
        }
    }
    (path, span)
}

pub(in crate::link) fn is_base_variable(path: &str) -> bool {
    path.trim_start_matches('{').starts_with(|c: char| c.is_ascii_uppercase())
}

/// A custom verb (`:search`) behind an empty segment belongs to what stands before it. One that begins the path joins the base
/// URI, which is the engine's to see.
pub(in crate::link) fn join_verbs(path: &mut [Token]) {
    for (at, token) in path.iter_mut().enumerate() {
        let Token::Literal(text) = token else { continue };
        let kept = usize::from(at == 0 && text.starts_with('/'));
        if let Some(rest) = text.get(kept..).filter(|rest| rest.contains("/:")) {
            *text = format!("{}{}", text.get(..kept).unwrap_or_default(), rest.replace("/:", ":"));
        }
    }
}

/// Takes a trailing slash, a file suffix or the verb behind an empty segment off the path, so that segments can be put before
/// it (rule U3).
pub(in crate::link) fn split_suffix(path: &mut Vec<Token>) -> String {
    let Some(Token::Literal(last)) = path.last_mut() else { return String::new() };
    if let Some((before, verb)) = last.rsplit_once('/').filter(|(_, verb)| verb.starts_with(':')) {
        let suffix = verb.to_owned();
        *last = before.to_owned();
        if last.is_empty() {
            path.pop();
        }
        return suffix;
    }
    for suffix in ["/", ".json", ".xml", ".csv"] {
        if let Some(kept) = last.strip_suffix(suffix) {
            let suffix = suffix.to_owned();
            *last = kept.to_owned();
            if last.is_empty() {
                path.pop();
                // A path that is only `/` keeps nothing after its segments.
                if path.is_empty() {
                    return String::new();
                }
            }
            return suffix;
        }
    }
    String::new()
}
