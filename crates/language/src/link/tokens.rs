//! Path and value text in literals, placeholders and variables (rule U1).

use super::{binding::is_variable, names::KIND_ROOTS};
use crate::template::is_path;

/// A part of a path or static value.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    Literal(String),
    /// A placeholder: a need of the callee.
    Hole(String),
    /// A variable: from bindings only.
    Variable(String),
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
