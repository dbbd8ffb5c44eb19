//! What a path carries beside the path: its query and its fragment, sent with every request (rules QUERY-IN-PATH, FRAG-UP).

use super::super::{
    rule::Rule,
    tokens::{Token, decode, tokens},
};
use crate::{diagnostic::Code, source::Span};

/// Query and headers written into a path.
pub(super) struct StaticPairs {
    pub(super) query: Vec<(String, Vec<Token>)>,
    pub(super) headers: Vec<(String, Vec<Token>)>,
}

impl StaticPairs {
    /// Whether a placeholder of this name stands in one of the values.
    pub(super) fn hold(&self, name: &str) -> bool {
        self.query
            .iter()
            .chain(&self.headers)
            .any(|(_, tokens)| tokens.iter().any(|t| matches!(t, Token::Hole(hole) if hole == name)))
    }
}

/// Splits the query and the fragment of a path.
pub(super) fn static_pairs(
    query: Option<&str>,
    fragment: Option<&str>,
    span: Span,
    declared: &dyn Fn(&str) -> bool,
    rules: &mut Vec<Rule>,
) -> StaticPairs {
    let mut pairs = StaticPairs { query: Vec::new(), headers: Vec::new() };
    for part in parts(query) {
        pairs.query.push(match part.split_once('=') {
            Some((name, value)) => (decode(name), tokens(&decode(value), declared)),
            None => (decode(part), vec![Token::Literal(String::new())]),
        });
    }
    if query.is_some() {
        rules.push((Code::QueryInPath, span, "the query in this path is sent with every request".to_owned()));
    }
    for part in parts(fragment) {
        match part.split_once('=') {
            Some((name, value)) if name.starts_with("X-") || name.starts_with("x-") => {
                pairs.headers.push((name.to_owned(), tokens(value, declared)));
            }
            Some((name, value)) => pairs.query.push((decode(name), tokens(&decode(value), declared))),
            None => {}
        }
    }
    if fragment.is_some() {
        rules.push((
            Code::FragUp,
            span,
            "the part after `#` becomes headers and query, not part of the URL".to_owned(),
        ));
    }
    pairs
}

fn parts(text: Option<&str>) -> impl Iterator<Item = &str> {
    text.unwrap_or_default().split('&').filter(|part| !part.is_empty())
}
