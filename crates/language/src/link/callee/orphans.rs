//! Path parameters without a place in the path: appended as segments, or ignored as noise (rules U3, ORPHAN-PATH, PARAM-NOISE).

use super::{
    super::{
        names::norm,
        place::Where,
        rule::Rule,
        tokens::{Token, holes},
    },
    pairs::StaticPairs,
};
use crate::{diagnostic::Code, model::Param};

/// Keywords of JSON Schema that stand among parameters where a schema was written in their place.
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

/// The path parameters that neither the path, the base URI nor a static value holds.
pub(super) fn orphans(
    params: &[(Param<'_>, Where)],
    path: &[Token],
    base_holes: &[String],
    pairs: &StaticPairs,
    rules: &mut Vec<Rule>,
) -> Vec<usize> {
    let holes: Vec<&str> = holes(path).collect();
    let computed = |name: &str| {
        let mentions = |text: &str| text.split(|c: char| !(c.is_alphanumeric() || c == '_')).any(|word| word == name);
        path.iter().any(|token| matches!(token, Token::Expression(text) if mentions(text)))
    };
    let covers = |param: &str, hole: &str| param == hole || norm(param) == norm(hole);
    let path_params =
        || params.iter().enumerate().filter(|(_, (_, place))| *place == Where::Path).map(|(i, (p, _))| (i, p));
    let undeclared_hole = holes.iter().any(|hole| !path_params().any(|(_, p)| covers(p.name.value, hole)));
    let placed = |name: &str| {
        holes.iter().any(|hole| covers(name, hole))
            || base_holes.iter().any(|hole| covers(name, hole))
            || pairs.hold(name)
            || computed(name)
    };
    let mut orphans = Vec::new();
    for (index, param) in path_params().filter(|(_, p)| !placed(p.name.value)) {
        let name = param.name.value;
        if undeclared_hole && SCHEMA_WORDS.contains(&name) {
            rules.push((
                Code::ParamNoise,
                param.name.span,
                format!("path parameter `{name}` has no place in the path and is ignored"),
            ));
        } else {
            orphans.push(index);
        }
    }
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
    orphans
}
