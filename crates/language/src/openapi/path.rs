//! Owns how paths compare: server paths in front, placeholders without names.
//! It does not know methods or operations beyond the keys it makes.

use crate::document::Node;

/// What an operation is found by.
pub(super) fn key(method: &str, path: &str) -> String {
    format!("{} {}", method.to_ascii_lowercase(), canonical(path))
}

/// A path with one slash between segments, none at the end, and `{}` for every placeholder of any spelling.
pub(super) fn canonical(path: &str) -> String {
    let mut out = String::with_capacity(path.len() + 1);
    out.push('/');
    let mut rest = path;
    while let Some(next) = rest.chars().next() {
        if let Some(after) = skip_placeholder(rest) {
            out.push_str("{}");
            rest = after;
            continue;
        }
        if next != '/' || !out.ends_with('/') {
            out.push(next);
        }
        rest = rest.get(next.len_utf8()..).unwrap_or_default();
    }
    if out.len() > 1 && out.ends_with('/') {
        out.pop();
    }
    out
}

/// A path without its query and its fragment; those inside a placeholder are none.
pub(super) fn without_tail(path: &str) -> &str {
    let mut rest = path;
    while let Some(next) = rest.chars().next() {
        rest = match skip_placeholder(rest) {
            Some(after) => after,
            None if matches!(next, '?' | '#') => return path.get(..path.len() - rest.len()).unwrap_or(path),
            None => rest.get(next.len_utf8()..).unwrap_or_default(),
        };
    }
    path
}

/// What follows the placeholder a text begins with.
fn skip_placeholder(text: &str) -> Option<&str> {
    let close =
        [("{{{", "}}}"), ("{{", "}}"), ("{", "}"), ("<<", ">>")].iter().find(|(open, _)| text.starts_with(open))?.1;
    text.find(close).and_then(|at| text.get(at + close.len()..))
}

/// The paths of every server that may serve an operation: of the document, the path item and the operation.
pub(super) fn prefixes(root: &Node, item: &Node, operation: &Node) -> Vec<String> {
    let mut prefixes: Vec<String> = Vec::new();
    let servers = [operation, item, root].into_iter().filter_map(|node| node.get("servers")?.as_seq()).flatten();
    for server in servers {
        for url in urls(server) {
            let path = path_of(&url).to_owned();
            if !prefixes.contains(&path) {
                prefixes.push(path);
            }
        }
    }
    prefixes.extend(root.get("basePath").and_then(Node::as_str).map(str::to_owned));
    prefixes
}

/// A server's URL with its variables at their defaults, at each of their other values, and left open.
fn urls(server: &Node) -> Vec<String> {
    let Some(url) = server.get("url").and_then(Node::as_str) else { return Vec::new() };
    let variables = server.get("variables").and_then(Node::as_map).unwrap_or_default();
    let slot = |name: &str| format!("{{{name}}}");
    let defaults = |url: &str| {
        variables.iter().fold(url.to_owned(), |url, variable| {
            match variable.value.get("default").and_then(Node::scalar_text) {
                Some(default) => url.replace(&slot(&variable.key.value), default),
                None => url,
            }
        })
    };
    let mut urls = vec![defaults(url), url.to_owned()];
    for variable in variables {
        let values = variable.value.get("enum").and_then(Node::as_seq).unwrap_or_default();
        for value in values.iter().filter_map(Node::scalar_text) {
            urls.push(defaults(&url.replace(&slot(&variable.key.value), value)));
        }
    }
    urls
}

/// The path of a URL, absolute or relative to where the document is.
pub(super) fn path_of(url: &str) -> &str {
    let url = url.split(['?', '#']).next().unwrap_or_default();
    let authority = match url.split_once("://") {
        Some((_, rest)) => Some(rest),
        None => url.strip_prefix("//").or_else(|| {
            let first = url.split('/').next().unwrap_or_default();
            // `api.example.org/v1` forgot its scheme; `v1` and `./v1` are paths.
            (first.contains(['.', ':']) && !first.starts_with('.')).then_some(url)
        }),
    };
    match authority {
        Some(rest) => rest.find('/').and_then(|at| rest.get(at..)).unwrap_or_default(),
        None => url.trim_start_matches('.'),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn canonical_paths() {
        let cases = [
            ("", "/"),
            ("/", "/"),
            ("a//b/", "/a/b"),
            ("/a/{x}/b", "/a/{}/b"),
            ("/a/{{x}}/{{{y}}}", "/a/{}/{}"),
            ("/a/<<x>>.json", "/a/{}.json"),
            ("/a/{x}-{y}", "/a/{}-{}"),
            ("/a/{open", "/a/{open"),
            ("/ä/{ü}", "/ä/{}"),
        ];
        for (path, expected) in cases {
            assert_eq!(canonical(path), expected, "{path}");
        }
    }

    #[test]
    fn paths_of_urls() {
        let cases = [
            ("https://api.bfl.ai/v1", "/v1"),
            ("https://api.bfl.ai", ""),
            ("//host/a?x=1", "/a"),
            ("/v2/", "/v2/"),
            ("./v2", "/v2"),
            ("v2", "v2"),
            ("api.example.org/v3", "/v3"),
            ("{scheme}://{host}/{base}", "/{base}"),
        ];
        for (url, expected) in cases {
            assert_eq!(path_of(url), expected, "{url}");
        }
    }
}
