//! A consumed operation as a request sees it: effective parameters, path, static query and body (rules U1-U3, U7, FRAG-UP,
//! QUERY-IN-PATH, PARAM-IN-DEFAULT, PARAM-NOISE). Independent of who calls.

mod path;
mod tokens;

use capstan_plan::Format;
use http::Method;

pub(super) use self::{
    path::absolute_paths,
    tokens::{Token, tokens},
};
use self::{
    path::{full_path, split_suffix},
    tokens::decode,
};
use super::{Rule, names::norm};
use crate::{
    diagnostic::{Code, Sink},
    model::{BodyDecl, Consume, Operation, Param},
    source::Spanned,
    suggest::nearest,
};

/// Where a callee's parameter goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Where {
    Path,
    Query,
    Header,
    Cookie,
    Body,
    Environment,
}

/// One consumed operation, ready to be called by any unit.
#[derive(Debug)]
pub(super) struct Callee<'s, 'd> {
    pub(super) client: usize,
    pub(super) api: &'s Consume<'d>,
    pub(super) op: &'s Operation<'d>,
    pub(super) method: Method,
    pub(super) params: Vec<(Param<'d>, Where)>,
    pub(super) path: Vec<Token>,
    /// Parameters appended as segments, and the byte offset of the literal suffix they stand before.
    pub(super) orphans: Vec<usize>,
    pub(super) suffix: String,
    pub(super) query: Vec<(String, Vec<Token>)>,
    pub(super) headers: Vec<(String, Vec<Token>)>,
    pub(super) whole_body: Option<usize>,
    pub(super) body: Option<&'s BodyDecl<'d>>,
    pub(super) format: Format,
    /// Rules that shaped it; they concern every unit that calls it.
    pub(super) rules: Vec<Rule>,
}

const SCHEMA_WORDS: &[&str] = &[
    "type",
    "nullable",
    "format",
    "items",
    "enum",
    "default",
    "description",
    "properties",
    "required",
    "example",
    "title",
    "minimum",
    "maximum",
    "pattern",
];

impl<'d> Callee<'_, 'd> {
    /// GET-ish methods carry no body unless one is declared.
    pub(super) fn getish(&self) -> bool {
        !matches!(self.method.as_str(), "POST" | "PUT" | "PATCH")
    }

    /// The placeholders of the path.
    pub(super) fn holes(&self) -> impl Iterator<Item = &str> {
        self.path.iter().filter_map(|token| match token {
            Token::Hole(name) => Some(name.as_str()),
            Token::Literal(_) | Token::Variable(_) => None,
        })
    }

    /// The path as text, with `{name}` for placeholders.
    pub(super) fn path_text(&self) -> String {
        let mut text = String::new();
        for token in &self.path {
            match token {
                Token::Literal(literal) => text.push_str(literal),
                Token::Hole(name) | Token::Variable(name) => {
                    text.push('{');
                    text.push_str(name);
                    text.push('}');
                }
            }
        }
        for index in &self.orphans {
            if let Some((param, _)) = self.params.get(*index) {
                text.push_str(&format!("/{{{}}}", param.name.value));
            }
        }
        text.push_str(&self.suffix);
        text
    }

    /// Parameters of one place, with their index.
    pub(super) fn at(&self, place: Where) -> impl Iterator<Item = (usize, &Param<'d>)> {
        self.params.iter().enumerate().filter(move |(_, (_, at))| *at == place).map(|(i, (p, _))| (i, p))
    }

    /// Whether the body is undeclared: neither template nor body parameters.
    pub(super) fn undeclared_body(&self) -> bool {
        self.body.is_none() && self.at(Where::Body).next().is_none()
    }
}

/// Prepares one operation of `api`.
pub(super) fn callee<'s, 'd>(
    client: usize,
    api: &'s Consume<'d>,
    op: &'s Operation<'d>,
    absolute: bool,
    base_holes: &[String],
    sink: &mut Sink,
) -> Callee<'s, 'd> {
    let mut rules = Vec::new();
    let method = Method::from_bytes(op.method.value.as_bytes()).unwrap_or_else(|_| {
        sink.error(Code::BadValue, op.method.span, format!("`{}` is not an HTTP method", op.method.value))
            .help("use GET, POST, PUT, PATCH, DELETE, HEAD or OPTIONS");
        Method::GET
    });
    let getish = !matches!(method.as_str(), "POST" | "PUT" | "PATCH");
    let (full, path_span) = full_path(op, absolute, &mut rules);
    let (before, fragment) = full.split_once('#').map_or((full.as_str(), None), |(b, f)| (b, Some(f)));
    let (path_text, query_text) = before.split_once('?').map_or((before, None), |(p, q)| (p, Some(q)));
    let declared =
        |name: &str| op.params.iter().chain(&op.resource_params).chain(&api.params).any(|p| p.name.value == name);
    let path = tokens(path_text, &declared);
    let holes: Vec<&str> =
        path.iter().filter_map(|t| if let Token::Hole(n) = t { Some(n.as_str()) } else { None }).collect();

    let mut query = Vec::new();
    let mut headers = Vec::new();
    let mut pairs = |text: &str, fragment: bool| {
        for part in text.split('&').filter(|p| !p.is_empty()) {
            match part.split_once('=') {
                Some((name, value)) if fragment && (name.starts_with("X-") || name.starts_with("x-")) => {
                    headers.push((name.to_owned(), tokens(value, &declared)));
                }
                Some((name, value)) => query.push((decode(name), tokens(&decode(value), &declared))),
                None if !fragment => query.push((decode(part), vec![Token::Literal(String::new())])),
                None => {}
            }
        }
    };
    if let Some(text) = query_text {
        pairs(text, false);
        rules.push((Code::QueryInPath, path_span, "the query in this path is sent with every request".to_owned()));
    }
    if let Some(text) = fragment {
        pairs(text, true);
        rules.push((
            Code::FragUp,
            path_span,
            "the part after `#` becomes headers and query, not part of the URL".to_owned(),
        ));
    }

    let mut params: Vec<(Param<'d>, Where)> = Vec::new();
    for param in op.params.iter().chain(&op.resource_params).chain(&api.params) {
        if param.name.value.is_empty() {
            continue;
        }
        let place = place(param, &holes, base_holes, getish, &mut rules, sink);
        if !params.iter().any(|(p, w)| p.name.value == param.name.value && *w == place) {
            params.push((param.clone(), place));
        }
    }
    let covers = |param: &str, hole: &str| param == hole || norm(param) == norm(hole);
    let undeclared_hole =
        holes.iter().any(|h| !params.iter().any(|(p, w)| *w == Where::Path && covers(p.name.value, h)));
    let orphans: Vec<usize> = params
        .iter()
        .enumerate()
        .filter(|(_, (p, w))| {
            *w == Where::Path
                && !holes.iter().any(|h| covers(p.name.value, h))
                && !base_holes.iter().any(|h| covers(p.name.value, h))
                && !query
                    .iter()
                    .chain(&headers)
                    .any(|(_, t)| t.iter().any(|t| matches!(t, Token::Hole(h) if h == p.name.value)))
        })
        .filter(|(_, (p, _))| {
            let noise = undeclared_hole && SCHEMA_WORDS.contains(&p.name.value);
            if noise {
                rules.push((
                    Code::ParamNoise,
                    p.name.span,
                    format!("path parameter `{}` has no place in the path and is ignored", p.name.value),
                ));
            }
            !noise
        })
        .map(|(i, _)| i)
        .collect();
    let mut path = path;
    let suffix = if orphans.is_empty() { String::new() } else { split_suffix(&mut path) };
    for index in &orphans {
        if let Some((param, _)) = params.get(*index) {
            let name = param.name.value;
            rules.push((
                Code::OrphanPath,
                param.name.span,
                format!("path parameter `{name}` has no `{{{name}}}` in the path: it is appended as a segment"),
            ));
        }
    }
    rules.extend(op.rules.iter().cloned());
    let body_params: Vec<usize> =
        params.iter().enumerate().filter(|(_, (_, w))| *w == Where::Body).map(|(i, _)| i).collect();
    let whole_body = match body_params.as_slice() {
        [only] => params
            .get(*only)
            .filter(|(p, _)| matches!(norm(p.name.value).as_str(), "body" | "payload" | "request" | "requestbody"))
            .map(|_| *only),
        _ => None,
    };
    Callee {
        client,
        api,
        op,
        method,
        params,
        path,
        orphans,
        suffix,
        query,
        headers,
        whole_body,
        body: op.body.as_ref(),
        format: format(op, sink),
        rules,
    }
}

fn place(
    param: &Param<'_>,
    holes: &[&str],
    base_holes: &[String],
    getish: bool,
    rules: &mut Vec<Rule>,
    sink: &mut Sink,
) -> Where {
    let default = |rules: &mut Vec<Rule>| {
        let name = param.name.value;
        let (place, word) = if holes.contains(&name) || base_holes.iter().any(|h| h == name) {
            (Where::Path, "path")
        } else if getish {
            (Where::Query, "query")
        } else {
            (Where::Body, "body")
        };
        rules.push((
            Code::ParamInDefault,
            param.name.span,
            format!("parameter `{name}` says no `in`: it goes into the {word}"),
        ));
        place
    };
    let Some(word) = param.place else { return default(rules) };
    match word.value.trim().to_ascii_lowercase().as_str() {
        "path" => Where::Path,
        "query" => Where::Query,
        "header" | "headers" => Where::Header,
        "cookie" => Where::Cookie,
        "body" | "formdata" | "form" => Where::Body,
        "environment" => Where::Environment,
        other => {
            let words = ["path", "query", "header", "cookie", "body", "environment"];
            let draft = sink.error(Code::BadValue, word.span, format!("`in` cannot be `{}`", word.value));
            match nearest(other, words) {
                Some(near) => drop(draft.help(format!("did you mean `{near}`?")).fix(word.span, near)),
                None => drop(draft.help("use path, query, header, cookie or body")),
            }
            default(rules)
        }
    }
}

fn format(op: &Operation<'_>, sink: &mut Sink) -> Format {
    let Some(word) = op.format else { return Format::Json };
    const WORDS: [(&str, Format); 12] = [
        ("json", Format::Json),
        ("xml", Format::Xml),
        ("yaml", Format::Yaml),
        ("csv", Format::Csv),
        ("tsv", Format::Tsv),
        ("psv", Format::Psv),
        ("html", Format::Html),
        ("markdown", Format::Markdown),
        ("avro", Format::Avro),
        ("protobuf", Format::Protobuf),
        ("text", Format::Text),
        ("binary", Format::Binary),
    ];
    let lower = word.value.trim().to_ascii_lowercase();
    if let Some((_, format)) = WORDS.iter().find(|(name, _)| *name == lower) {
        if matches!(format, Format::Avro | Format::Protobuf) && op.schema.is_none() {
            sink.warning(Code::MissingKey, word.span, format!("{lower} cannot be decoded without `outputSchema`"))
                .help("name the schema file, relative to the document; unmapped answers pass as they are");
        }
        return *format;
    }
    let draft = sink.error(Code::BadValue, word.span, format!("unknown format `{}`", word.value));
    match nearest(&lower, WORDS.iter().map(|(name, _)| *name)) {
        Some(near) => drop(draft.help(format!("did you mean `{near}`?")).fix(word.span, near)),
        None => drop(draft.help("use json, xml, yaml, csv, tsv, psv, html, markdown, avro, protobuf, text or binary")),
    }
    Format::Json
}

/// A name as calls compare it.
pub(super) fn op_name<'d>(op: &Operation<'d>) -> Option<Spanned<&'d str>> {
    op.name
}
