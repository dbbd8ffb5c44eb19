//! Path and value text in literals, placeholders and variables (rule U1).

use std::ops::Range;

use super::{binding::is_variable, names::KIND_ROOTS};
use crate::{diagnostic::Code, template::is_path};

/// A part of a path or static value.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    Literal(String),
    /// A placeholder: a need of the callee.
    Hole(String),
    /// A variable: from bindings only.
    Variable(String),
    /// A template that is more than a name, braces included.
    Expression(String),
}

/// Splits text into literals, placeholders and variables (rule U1).
pub(super) fn tokens(text: &str, declared: &dyn Fn(&str) -> bool) -> Vec<Token> {
    let mut out: Vec<Token> = Vec::new();
    let mut literal = String::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let (open, close) = match c {
            '$' if rest.starts_with("${") => ("${", "}"),
            '{' if rest.starts_with("{{{") => ("{{{", "}}}"),
            '{' if rest.starts_with("{{") => ("{{", "}}"),
            '{' => ("{", "}"),
            '<' if rest.starts_with("<<") => ("<<", ">>"),
            _ => ("", ""),
        };
        let inner = rest.get(open.len()..).unwrap_or_default();
        let name = (!open.is_empty()).then(|| inner.find(close).and_then(|end| inner.get(..end))).flatten();
        match name.map(|n| (n, n.trim())) {
            Some((raw, name)) if !name.is_empty() && (is_path(name) || open == "{") => {
                if !literal.is_empty() {
                    out.push(Token::Literal(std::mem::take(&mut literal)));
                }
                let bare = strip_kind_root(name);
                let variable = match open {
                    "{" => name.starts_with("env."),
                    "${" => true,
                    _ => name.starts_with("env.") || (is_variable(name) && !declared(name)),
                };
                out.push(if variable { Token::Variable(name.to_owned()) } else { Token::Hole(bare.to_owned()) });
                rest = inner.get(raw.len() + close.len()..).unwrap_or_default();
            }
            Some((raw, name)) if !name.is_empty() && matches!(open, "{{" | "{{{") => {
                if !literal.is_empty() {
                    out.push(Token::Literal(std::mem::take(&mut literal)));
                }
                let length = open.len() + raw.len() + close.len();
                out.push(Token::Expression(rest.get(..length).unwrap_or_default().to_owned()));
                rest = rest.get(length..).unwrap_or_default();
            }
            _ => {
                literal.push(c);
                rest = rest.get(c.len_utf8()..).unwrap_or_default();
            }
        }
    }
    if !literal.is_empty() {
        out.push(Token::Literal(literal));
    }
    out
}

/// What is wrong with the braces of a path or a base URI.
pub(super) struct Malformed {
    pub(super) code: Code,
    /// Where, in bytes.
    pub(super) at: Range<usize>,
    pub(super) message: String,
}

/// The first thing that is wrong with the braces of a text; `computes` says whether expressions may stand in it.
pub(super) fn malformed(text: &str, computes: bool) -> Option<Malformed> {
    let wrong = |code, at, message: String| Some(Malformed { code, at, message });
    let mut at = 0;
    while let Some(open) = text.get(at..).and_then(|rest| rest.find(['{', '}'])).map(|found| found + at) {
        let rest = text.get(open..).unwrap_or_default();
        let (braces, close) = match rest {
            _ if rest.starts_with("{{{") => ("{{{", "}}}"),
            _ if rest.starts_with("{{") => ("{{", "}}"),
            _ if rest.starts_with('{') => ("{", "}"),
            _ => return wrong(Code::BadTemplate, open..open + 1, "`}` closes nothing".to_owned()),
        };
        let inner = rest.get(braces.len()..).unwrap_or_default();
        let Some(end) = inner.find(close) else {
            return wrong(Code::UnclosedTemplate, open..open + braces.len(), format!("`{braces}` is never closed"));
        };
        let name = inner.get(..end).unwrap_or_default().trim();
        at = open + braces.len() + end + close.len();
        // `{id:(a|b)}` is a name with a pattern.
        let named = name.contains(':') || !name.contains(['{', '|', '(', '"', '\'']);
        if name.is_empty() {
            return wrong(Code::BadTemplate, open..at, "a placeholder has no name".to_owned());
        }
        if !named && (braces == "{" || !computes) {
            return wrong(Code::BadTemplate, open..at, format!("`{name}` is not a name"));
        }
    }
    None
}

/// The names of the placeholders.
pub(super) fn holes(path: &[Token]) -> impl Iterator<Item = &str> {
    path.iter().filter_map(|token| match token {
        Token::Hole(name) => Some(name.as_str()),
        Token::Literal(_) | Token::Variable(_) | Token::Expression(_) => None,
    })
}

/// `tools.x` and `rest.x` without the adapter word.
pub(super) fn strip_kind_root(name: &str) -> &str {
    match name.split_once('.') {
        Some((root, rest)) if KIND_ROOTS.contains(&root) && !rest.is_empty() => rest,
        _ => name,
    }
}

pub(super) fn decode(text: &str) -> String {
    percent_encoding::percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned()
}
