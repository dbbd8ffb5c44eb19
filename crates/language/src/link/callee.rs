//! A consumed operation as a request sees it: effective parameters, path, static query and body (rules U1-U3, U7, FRAG-UP,
//! QUERY-IN-PATH, PARAM-IN-DEFAULT, PARAM-NOISE). Independent of who calls.

mod format;
mod orphans;
mod pairs;
mod params;
mod path;

use capstan_plan::{ClientId, Format};
use http::Method;

pub(super) use self::path::absolute_paths;
use self::{format::format, orphans::orphans, pairs::static_pairs, params::params, path::full_path};
use super::{
    names::norm,
    origins::Origins,
    place::Where,
    problem::Problem,
    rule::Rule,
    tokens::{Malformed, Token, holes, malformed, tokens},
};
use crate::{
    diagnostic::{Code, Defect, Sink},
    model::{BodyDecl, Consume, Operation, Param},
    openapi::{TypedBody, TypedMedia, TypedOperation},
    source::{Span, Spanned},
    suggest::{Names, slip},
};

/// One consumed operation, ready to be called by any unit.
#[derive(Debug)]
pub(super) struct Callee<'s, 'd> {
    pub(super) client: ClientId,
    pub(super) api: &'s Consume<'d>,
    pub(super) op: &'s Operation<'d>,
    pub(super) method: Method,
    pub(super) params: Vec<(Param<'d>, Where)>,
    pub(super) path: Vec<Token>,
    /// Parameters appended as segments, in front of `suffix`.
    pub(super) orphans: Vec<usize>,
    pub(super) suffix: String,
    pub(super) query: Vec<(String, Vec<Token>)>,
    pub(super) headers: Vec<(String, Vec<Token>)>,
    pub(super) whole_body: Option<usize>,
    pub(super) body: Option<&'s BodyDecl<'d>>,
    pub(super) format: Format,
    /// What an OpenAPI document says of it.
    pub(super) typed: Option<TypedOperation>,
    /// Why nothing can be sent to it.
    pub(super) defect: Option<Defect>,
    /// Rules that shaped it; they concern every unit that calls it.
    pub(super) rules: Vec<Rule>,
}

impl<'d> Callee<'_, 'd> {
    /// GET-ish methods carry no body unless one is declared.
    pub(super) fn getish(&self) -> bool {
        getish(&self.method)
    }

    /// The placeholders of the path.
    pub(super) fn holes(&self) -> impl Iterator<Item = &str> {
        holes(&self.path)
    }

    /// Where its path is written, or itself when it has none.
    pub(super) fn path_span(&self) -> Span {
        self.op.resource_path.or(self.op.own_path).map_or(self.op.span, |p| p.span)
    }

    /// Where a placeholder of the path is written, or the path.
    pub(super) fn hole_span(&self, name: &str) -> Span {
        hole_span(self.op, name).unwrap_or_else(|| self.path_span())
    }

    /// The path as text, with `{name}` for placeholders.
    pub(super) fn path_text(&self) -> String {
        let mut text = String::new();
        for token in &self.path {
            match token {
                Token::Literal(literal) => text.push_str(literal),
                Token::Hole(name) | Token::Variable(name) | Token::Expression(name) => {
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

    /// The query and the fragment of its path as they are written: some documents tell operations apart by them.
    pub(super) fn written_tail(&self) -> &str {
        let whole = self.op.own_path.or(self.op.resource_path).map_or("", |path| path.value);
        let mut depth = 0_u32;
        let tail = whole.char_indices().find(|(_, c)| {
            match c {
                '{' => depth += 1,
                '}' => depth = depth.saturating_sub(1),
                _ => {}
            }
            depth == 0 && matches!(c, '?' | '#')
        });
        tail.and_then(|(at, _)| whole.get(at..)).unwrap_or("")
    }

    /// The media type its author writes into a header, where that is one for all requests.
    pub(super) fn content_type(&self) -> Option<&str> {
        let header = self.at(Where::Header).find(|param| param.name.value.eq_ignore_ascii_case("content-type"))?;
        header.value?.text().filter(|text| !text.contains("{{") && !text.contains("<<"))
    }

    /// The body the OpenAPI document describes, in the media type that is sent; nothing where the file describes its own.
    pub(super) fn documented_body(&self) -> Option<(&TypedBody, &TypedMedia)> {
        let body = self.typed.as_ref()?.body.as_ref().filter(|_| self.body.is_none())?;
        let named = self.content_type().and_then(|written| {
            let essence = |media: &str| media.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
            body.media.iter().find(|media| essence(&media.media_type) == essence(written))
        });
        Some((body, named.or_else(|| body.chosen())?))
    }

    /// Whether no request of its method has a body: the method says so, and no document otherwise.
    pub(super) fn bodiless(&self) -> bool {
        let documented = self.method != Method::GET && self.method != Method::HEAD && self.documented_body().is_some();
        self.getish() && !documented
    }

    /// Parameters of one place.
    pub(super) fn at(&self, place: Where) -> impl Iterator<Item = &Param<'d>> {
        self.params.iter().filter(move |(_, at)| *at == place).map(|(param, _)| param)
    }

    /// Whether the text of the path says what a query pair or header of this name is.
    pub(super) fn carries(&self, place: Where, name: &str) -> bool {
        match place {
            Where::Query => self.query.iter().any(|(known, _)| known == name),
            Where::Header => self.headers.iter().any(|(known, _)| known.eq_ignore_ascii_case(name)),
            Where::Path | Where::Cookie | Where::Body | Where::Environment => false,
        }
    }

    /// The parameter that is the whole body.
    pub(super) fn whole_body(&self) -> Option<&Param<'d>> {
        self.params.get(self.whole_body?).map(|(param, _)| param)
    }

    /// Whether the body is undeclared: neither template nor body parameters.
    pub(super) fn undeclared_body(&self) -> bool {
        self.body.is_none() && self.at(Where::Body).next().is_none()
    }
}

/// Prepares one operation of `api`.
pub(super) fn callee<'s, 'd>(
    client: ClientId,
    api: &'s Consume<'d>,
    op: &'s Operation<'d>,
    absolute: bool,
    base_holes: &[String],
    (origins, sink): (&Origins<'_>, &mut Sink),
) -> Callee<'s, 'd> {
    let mut rules = Vec::new();
    let method = method(op, sink);
    let declared =
        |name: &str| op.params.iter().chain(&op.resource_params).chain(&api.params).any(|p| p.name.value == name);
    let (full, path_span) = full_path(op, absolute, &mut rules);
    let (before, fragment) = full.split_once('#').map_or((full.as_str(), None), |(b, f)| (b, Some(f)));
    let (path_text, query_text) = before.split_once('?').map_or((before, None), |(p, q)| (p, Some(q)));
    let mut defect = braces((path_text, path_span), [query_text, fragment], sink);
    let mut path = tokens(path_text, &declared);
    let pairs = static_pairs(query_text, fragment, path_span, &declared, &mut rules);
    let path_holes: Vec<&str> = holes(&path).collect();
    let params = params(op, api, &path_holes, base_holes, getish(&method), &mut rules);
    let orphans = orphans(&params, &path, base_holes, &pairs, &mut rules);
    defect = defect.or_else(|| misspelt((op, origins), &params, &orphans, &path_holes, sink));
    let suffix = if orphans.is_empty() { String::new() } else { path::split_suffix(&mut path) };
    path::join_verbs(&mut path);
    rules.extend(op.rules.iter().cloned());
    Callee {
        client,
        api,
        op,
        method,
        whole_body: whole_body(&params),
        params,
        path,
        orphans,
        suffix,
        query: pairs.query,
        headers: pairs.headers,
        body: op.body.as_ref(),
        format: format(op, sink),
        typed: None,
        defect,
        rules,
    }
}

/// What is wrong with the braces of a path, its query or its fragment.
fn braces((path, span): (&str, Span), others: [Option<&str>; 2], sink: &mut Sink) -> Option<Defect> {
    let (code, place, message) = match malformed(path, true) {
        Some(Malformed { code, at, message }) => (code, span.slice(at.start, at.end), message),
        None => {
            let open = |text: &&str| text.rsplit_once("{{").is_some_and(|(_, after)| !after.contains("}}"));
            others.into_iter().flatten().find(open)?;
            (Code::UnclosedTemplate, span, "`{{` is never closed".to_owned())
        }
    };
    let draft = sink.error(code, place, message);
    Some(draft.help("write a placeholder as `{name}`, and an expression as `{{name | upper}}`").defect())
}

/// A path parameter that has no place in the path, but nearly the name of a placeholder nobody declares.
fn misspelt(
    (op, origins): (&Operation<'_>, &Origins<'_>),
    params: &[(Param<'_>, Where)],
    orphans: &[usize],
    holes: &[&str],
    sink: &mut Sink,
) -> Option<Defect> {
    let declared =
        |hole: &str| params.iter().any(|(param, place)| *place == Where::Path && norm(param.name.value) == norm(hole));
    let open: Vec<&str> = holes.iter().copied().filter(|hole| !declared(hole)).collect();
    orphans.iter().filter_map(|index| params.get(*index)).find_map(|(param, _)| {
        let near = slip(param.name.value, open.iter().copied(), Names::Unused)?;
        let message = format!("the path has no placeholder `{{{}}}`", param.name.value);
        let hole = Spanned::new(near, hole_span(op, near).unwrap_or(op.span));
        let (wrong, meant) = origins.slip(param.name, hole);
        let problem = Problem::slip(wrong, message, meant.value).beside(meant.span);
        let defect = problem.defect();
        problem.report(sink);
        defect
    })
}

/// Where a placeholder is written in the path of an operation.
fn hole_span(op: &Operation<'_>, name: &str) -> Option<Span> {
    let paths = [op.own_path, op.resource_path];
    paths.into_iter().flatten().find_map(|path| path.word(name)).map(|found| found.span)
}

fn method(op: &Operation<'_>, sink: &mut Sink) -> Method {
    Method::from_bytes(op.method.value.as_bytes()).unwrap_or_else(|_| {
        sink.error(Code::BadValue, op.method.span, format!("`{}` is not an HTTP method", op.method.value))
            .help("use GET, POST, PUT, PATCH, DELETE, HEAD or OPTIONS");
        Method::GET
    })
}

fn getish(method: &Method) -> bool {
    !matches!(method.as_str(), "POST" | "PUT" | "PATCH")
}

/// The only body parameter, when its name says that it is the body (rule I11).
fn whole_body(params: &[(Param<'_>, Where)]) -> Option<usize> {
    let mut body = params.iter().enumerate().filter(|(_, (_, place))| *place == Where::Body);
    let (only, (param, _)) = body.next()?;
    let named = matches!(norm(param.name.value).as_str(), "body" | "payload" | "request" | "requestbody");
    (body.next().is_none() && named).then_some(only)
}
