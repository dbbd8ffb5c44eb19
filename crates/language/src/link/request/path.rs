//! Path needs: the placeholder only one value is left for (rule I7), static values, and a base URI this call fills (rule U4).

use capstan_plan::Template;

use super::super::{
    CredentialPlaces,
    callee::{Callee, Token, Where},
    caller::{Caller, Need},
    inputs::Kind,
    names::norm,
};
use crate::{diagnostic::Code, source::Span, template::absent};

/// The need of a path placeholder, with the parameter that declares it.
pub(super) fn path_need<'n, 'd>(callee: &'n Callee<'_, 'd>, name: &'n str, span: Span) -> Need<'n, 'd> {
    let exact = callee.at(Where::Path).map(|(_, p)| p).find(|p| p.name.value == name);
    let param = exact.or_else(|| callee.at(Where::Path).map(|(_, p)| p).find(|p| norm(p.name.value) == norm(name)));
    Need { param, ..Need::new(name, Where::Path, param.map_or(span, |p| p.name.span)) }
}

/// Rule I7.
pub(super) fn positional<'d>(
    caller: &mut Caller<'_, '_, 'd>,
    filled: &mut [(String, Option<Template>)],
    orphans: &mut [(usize, bool, Option<Template>)],
    callee: &Callee<'_, 'd>,
) {
    let open =
        filled.iter().filter(|(_, v)| v.is_none()).count() + orphans.iter().filter(|(_, _, v)| v.is_none()).count();
    if open != 1 {
        return;
    }
    let free: Vec<usize> = caller
        .inputs
        .drafts
        .iter()
        .enumerate()
        .filter(|(_, d)| !d.claimed && !d.whole_body)
        .filter(|(_, d)| match caller.inputs.kind {
            Kind::Rest => d.placeholder.is_some(),
            Kind::Mcp => d.declared.as_ref().is_some_and(|p| p.required == Some(true)),
        })
        .map(|(i, _)| i)
        .collect();
    let [only] = free.as_slice() else { return };
    let hole = filled.iter_mut().find(|(_, v)| v.is_none());
    let (name, slot): (String, &mut Option<Template>) = match hole {
        Some((name, slot)) => (name.clone(), slot),
        None => {
            let Some((index, _, slot)) = orphans.iter_mut().find(|(_, _, v)| v.is_none()) else { return };
            (callee.params.get(*index).map_or(String::new(), |(p, _)| p.name.value.to_owned()), slot)
        }
    };
    let span = callee.op.span;
    let (input, input_span) =
        caller.inputs.drafts.get(*only).map_or((String::new(), span), |d| (d.name.clone(), d.span));
    caller.rule(Code::Positional, input_span, format!("`{input}` is the only value left for `{name}`"));
    caller.feed(*only, Need::new(&name, Where::Path, span));
    *slot = Some(caller.slot(*only));
}

pub(super) fn static_value(caller: &mut Caller<'_, '_, '_>, tokens: &[Token], span: Span) -> Template {
    let mut parts: Vec<Template> = tokens
        .iter()
        .map(|token| match token {
            Token::Literal(text) => Template::text(text),
            Token::Variable(name) => caller.variable(name, span),
            Token::Hole(name) => {
                if let Some(id) = caller.context.bindings.qualified(name) {
                    return Template::Binding(id);
                }
                let need = Need::new(name, Where::Query, span);
                match caller.lookup(need) {
                    Some(template) => template,
                    None => caller.implicit(need),
                }
            }
        })
        .collect();
    if parts.len() == 1 { parts.pop().unwrap_or_else(absent) } else { Template::Text(parts.into_boxed_slice()) }
}

/// The base URI, when this call gives it values; and the `with` keys it took.
pub(super) fn base<'d>(
    caller: &mut Caller<'_, '_, 'd>,
    callee: &Callee<'_, 'd>,
    credential: &CredentialPlaces,
) -> (Option<capstan_plan::Base>, Vec<String>) {
    let Some(tokens) = caller.context.base(callee.client) else { return (None, Vec::new()) };
    caller.rules.extend(tokens.rules.iter().cloned());
    let holes = tokens.holes();
    let mut used = Vec::new();
    let mut literals: Vec<(String, Template)> = Vec::new();
    let mut callers: Vec<(String, Template)> = Vec::new();
    for hole in &holes {
        if let Some(secret) = credential.path(hole) {
            literals.push((hole.clone(), secret));
            continue;
        }
        if let Some(entry) = caller.with.iter().find(|w| w.key.value == hole) {
            if let Some(template) = &entry.template {
                if template.is_constant() { &mut literals } else { &mut callers }
                    .push((hole.clone(), template.clone()));
            }
            used.push(hole.clone());
        } else if let Some(at) = caller.inputs.exact(hole) {
            let slot = caller.slot(at);
            if let Some(draft) = caller.inputs.get_mut(at) {
                draft.claimed = true;
            }
            callers.push((hole.clone(), slot));
        } else if tokens.is_label_hole(hole) {
            let need = Need { required: false, narrow: true, ..Need::new(hole, Where::Query, tokens.span) };
            let slot = caller.implicit(need);
            callers.push((hole.clone(), slot));
        }
    }
    let find = |list: &[(String, Template)], name: &str| list.iter().find(|(n, _)| n == name).map(|(_, t)| t.clone());
    let mut rules = Vec::new();
    let context = &mut *caller.context;
    let (base, from_call) =
        tokens.base(&mut context.bindings, &context.origins, &mut rules, |n| find(&literals, n), |n| find(&callers, n));
    caller.rules.extend(rules);
    (from_call.then_some(base), used)
}
