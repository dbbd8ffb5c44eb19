//! The third pass: the request of an assignment. Nothing is looked up and no rule is applied any more.

use capstan_plan::{HeaderPart, Origin, PathPart, QueryPart, Request, Template};
use http::HeaderName;
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

use super::{
    assignment::{Assignment, ExtraPlace},
    collect::Needs,
    need::Need,
    place::Where,
    tokens::Token,
};
use crate::{
    diagnostic::{Defect, Sink},
    header::header_name,
    template::absent,
};

/// Characters a path literal may not hold as they are.
const PATH: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'<')
    .add(b'>')
    .add(b'`')
    .add(b'{')
    .add(b'}')
    .add(b'|')
    .add(b'\\')
    .add(b'^')
    .add(b'[')
    .add(b']')
    .add(b'?')
    .add(b'#');

/// Writes the request.
pub(super) fn emit(
    needs: &Needs<'_, '_>,
    assignment: &Assignment<'_>,
    origin: Origin,
    sink: &mut Sink,
) -> Result<Request, Defect> {
    let callee = needs.callee;
    Ok(Request {
        client: callee.client,
        name: format!("{}.{}", callee.api.namespace.value, callee.op.name.map_or("", |n| n.value)).into(),
        method: callee.method.clone(),
        base: assignment.base.clone(),
        path: path(needs, assignment),
        query: query(needs, assignment),
        headers: headers(needs, assignment, sink)?,
        cookies: cookies(needs, assignment),
        body: assignment.body.clone(),
        origin,
    })
}

fn path(needs: &Needs<'_, '_>, assignment: &Assignment<'_>) -> Box<[PathPart]> {
    let holes = needs.path.iter().zip(&assignment.path);
    let mut holes = holes.map(|(hole, source)| (hole.need.serialization(), assignment.template(source)));
    let mut variables = assignment.path_variables.iter().cloned();
    let written = needs.callee.path.iter().map(|token| match token {
        Token::Literal(text) => PathPart::Literal(utf8_percent_encode(text, PATH).to_string().into()),
        Token::Hole(name) => {
            let (serialization, value) = holes.next().unwrap_or_else(|| (None, absent()));
            PathPart::Value { name: name.as_str().into(), value, serialization }
        }
        Token::Variable(name) | Token::Expression(name) => {
            PathPart::value(name, variables.next().unwrap_or_else(absent))
        }
    });
    let mut path: Vec<PathPart> = written.collect();
    path.extend(needs.orphans.iter().zip(&assignment.orphans).map(|(need, source)| PathPart::Segment {
        name: need.name.into(),
        value: assignment.template(source),
        required: need.param.and_then(|param| param.required).unwrap_or(true),
    }));
    path.extend(extras(assignment, ExtraPlace::Segment).map(|(name, value)| PathPart::Segment {
        name: name.into(),
        value,
        required: false,
    }));
    if !needs.callee.suffix.is_empty() {
        path.push(PathPart::Literal(needs.callee.suffix.as_str().into()));
    }
    path.into_boxed_slice()
}

fn query(needs: &Needs<'_, '_>, assignment: &Assignment<'_>) -> Box<[QueryPart]> {
    let written = needs.callee.query.iter().zip(&assignment.query);
    written
        .map(|((name, _), value)| QueryPart::new(name, value.clone()))
        .chain(params(needs, assignment, Where::Query).map(|(need, value)| QueryPart {
            name: need.name.into(),
            value,
            serialization: need.serialization(),
        }))
        .chain(extras(assignment, ExtraPlace::Query).map(|(name, value)| QueryPart::new(name, value)))
        .collect()
}

fn headers(needs: &Needs<'_, '_>, assignment: &Assignment<'_>, sink: &mut Sink) -> Result<Box<[HeaderPart]>, Defect> {
    let mut defect = None;
    let part = |name: &str, value: Template| {
        HeaderName::from_bytes(name.as_bytes()).ok().map(|name| HeaderPart::new(name, value))
    };
    let written = needs.callee.headers.iter().zip(&assignment.headers);
    let mut headers: Vec<HeaderPart> = written.filter_map(|((name, _), value)| part(name, value.clone())).collect();
    for (need, value) in params(needs, assignment, Where::Header) {
        match header_name(need.name, need.span, sink) {
            Ok(name) => {
                headers.extend(name.map(|name| HeaderPart { name, value, serialization: need.serialization() }))
            }
            Err(first) => {
                defect.get_or_insert(first);
            }
        }
    }
    headers.extend(extras(assignment, ExtraPlace::Header).filter_map(|(name, value)| part(name, value)));
    defect.map_or(Ok(headers.into_boxed_slice()), Err)
}

fn cookies(needs: &Needs<'_, '_>, assignment: &Assignment<'_>) -> Box<[(Box<str>, Template)]> {
    params(needs, assignment, Where::Cookie)
        .map(|(need, value)| (need.name, value))
        .chain(extras(assignment, ExtraPlace::Cookie))
        .map(|(name, value)| (name.into(), value))
        .collect()
}

/// The parameters of one place with their values.
fn params<'e, 'd>(
    needs: &'e Needs<'_, 'd>,
    assignment: &'e Assignment<'d>,
    place: Where,
) -> impl Iterator<Item = (&'e Need<'e, 'd>, Template)> {
    let all = needs.params.iter().zip(&assignment.params);
    all.filter(move |(need, _)| need.place == place).map(|(need, source)| (need, assignment.template(source)))
}

/// The leftovers of one place with their values.
fn extras<'e>(assignment: &'e Assignment<'_>, place: ExtraPlace) -> impl Iterator<Item = (&'e str, Template)> {
    let placed = assignment.extras.iter().filter(move |extra| extra.place == place);
    placed.map(|extra| (extra.name.as_str(), assignment.template(&extra.source)))
}
