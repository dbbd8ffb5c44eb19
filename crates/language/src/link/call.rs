//! Call targets: from `ns.op` as written to one consumed operation (rules C0-C6).

use std::rc::Rc;

use super::{
    callee::{Callee, op_name},
    names::norm,
};
use crate::{
    diagnostic::Code,
    source::{Span, Spanned},
    suggest::nearest,
};

/// Why a call leads nowhere.
#[derive(Clone, Debug)]
pub(super) struct NoTarget {
    pub(super) code: Code,
    pub(super) message: String,
    pub(super) help: String,
    pub(super) span: Span,
}

/// A resolved target and the rule it took.
pub(super) type Found = (usize, Option<super::Rule>);

/// Which of the units with the same call string this one is, of how many.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ordinal {
    pub(super) index: usize,
    pub(super) count: usize,
}

/// Resolves `call` among the callees of the document.
pub(super) fn resolve(
    callees: &[Rc<Callee<'_, '_>>],
    imported: &[&str],
    call: Spanned<&str>,
    ordinal: Ordinal,
) -> Result<Found, NoTarget> {
    let text = call.value.trim();
    let rule = |code: Code, message: String| Some((code, call.span, message));
    // C1, C2: the longest declared namespace that prefixes the call.
    let mut namespaces: Vec<&str> = callees.iter().map(|c| c.api.namespace.value.as_str()).collect();
    namespaces.sort_unstable_by_key(|ns| std::cmp::Reverse(ns.len()));
    namespaces.dedup();
    let prefixed: Vec<(&str, &str)> =
        namespaces.iter().filter_map(|ns| Some((*ns, text.strip_prefix(ns)?.strip_prefix('.')?))).collect();
    let in_ns = |ns: &str, test: &dyn Fn(&Callee<'_, '_>) -> bool| -> Vec<usize> {
        callees.iter().enumerate().filter(|(_, c)| c.api.namespace.value == ns && test(c)).map(|(i, _)| i).collect()
    };
    let named = |c: &Callee<'_, '_>, name: &str| op_name(c.op).is_some_and(|n| n.value == name);
    for (ns, op) in &prefixed {
        let hits = in_ns(ns, &|c| named(c, op));
        if let Some(first) = hits.first() {
            if hits.len() == 1 {
                return Ok((*first, None));
            }
            return Ok(match hits.get(ordinal.index).filter(|_| ordinal.count == hits.len()) {
                Some(hit) => {
                    let message =
                        format!("`{op}` is declared {} times: the uses are paired with them in order", hits.len());
                    (*hit, rule(Code::CallDupOrdinal, message))
                }
                None => (
                    *first,
                    rule(Code::CallDupFirst, format!("`{op}` is declared {} times: the first is called", hits.len())),
                ),
            });
        }
    }
    for (ns, rest) in &prefixed {
        // C3: ns.resource.op
        if let Some((resource, op)) = rest.rsplit_once('.') {
            let hits = in_ns(ns, &|c| {
                named(c, op) && c.op.resource.is_some_and(|r| r == resource || norm(r) == norm(resource))
            });
            if let [only] = hits.as_slice() {
                return Ok((
                    *only,
                    rule(Code::CallResource, format!("`{text}` is read as namespace, resource and operation")),
                ));
            }
        }
        // C4: equal after normalising.
        let hits = in_ns(ns, &|c| op_name(c.op).is_some_and(|n| norm(n.value) == norm(rest)));
        if let [only, ..] = hits.as_slice()
            && hits.len() == 1
        {
            return Ok((*only, rule(Code::CallNorm, format!("`{rest}` is read as `{}`", name(callees, *only)))));
        }
        // C5: exactly one op-...
        let prefix = format!("{rest}-");
        let hits = in_ns(ns, &|c| op_name(c.op).is_some_and(|n| n.value.starts_with(&prefix)));
        if let [only] = hits.as_slice() {
            return Ok((*only, rule(Code::CallPrefix, format!("`{rest}` is read as `{}`", name(callees, *only)))));
        }
    }
    let (ns, op) = prefixed.first().copied().or_else(|| text.rsplit_once('.')).unwrap_or(("", text));
    // A namespace that an import should bring is not guessed around.
    if prefixed.is_empty() && !imported.contains(&ns) {
        // C4 and C6 anywhere in the file.
        let exact: Vec<usize> = indexes(callees, |n| n == op);
        if let [only] = exact.as_slice() {
            let message = format!("namespace `{ns}` is not declared; `{op}` is the only operation of that name");
            return Ok((*only, rule(Code::CallUniqueOp, message)));
        }
        let close: Vec<usize> = indexes(callees, |n| norm(n) == norm(op));
        if let [only] = close.as_slice() {
            return Ok((*only, rule(Code::CallNorm, format!("`{text}` is read as `{}`", full_name(callees, *only)))));
        }
        if exact.len() > 1 {
            return Err(NoTarget {
                code: Code::AmbiguousCall,
                message: format!(
                    "call target {text} is ambiguous: namespace `{ns}` is not declared and {} operations are named `{op}`",
                    exact.len()
                ),
                help: "name the consumed API in the call".to_owned(),
                span: call.span,
            });
        }
    }
    let all: Vec<String> = (0..callees.len()).map(|i| full_name(callees, i)).collect();
    let help = match nearest(text, all.iter().map(String::as_str)) {
        Some(near) => format!("did you mean `{near}`?"),
        None if prefixed.is_empty() && !namespaces.is_empty() => {
            format!("the consumed APIs are: {}", first_few(namespaces.iter().copied()))
        }
        None if namespaces.is_empty() => {
            "the document consumes no API; declare it under `consumes` or import it".to_owned()
        }
        None => {
            let ops =
                callees.iter().filter(|c| c.api.namespace.value == ns).filter_map(|c| op_name(c.op)).map(|n| n.value);
            format!("`{ns}` declares: {}", first_few(ops))
        }
    };
    Err(NoTarget {
        code: Code::UnresolvedCall,
        message: format!("call target {text} is not declared in this capability"),
        help,
        span: call.span,
    })
}

/// Rule CALL-NAME: a unit without a call whose name equals exactly one operation's.
pub(super) fn by_name(callees: &[Rc<Callee<'_, '_>>], unit: Spanned<&str>) -> Option<Found> {
    match indexes(callees, |n| n == unit.value).as_slice() {
        [only] => {
            let message = format!("`{}` has no `call`: it calls `{}`", unit.value, full_name(callees, *only));
            Some((*only, Some((Code::CallName, unit.span, message))))
        }
        _ => None,
    }
}

fn indexes(callees: &[Rc<Callee<'_, '_>>], test: impl Fn(&str) -> bool) -> Vec<usize> {
    callees.iter().enumerate().filter(|(_, c)| op_name(c.op).is_some_and(|n| test(n.value))).map(|(i, _)| i).collect()
}

fn name<'c>(callees: &'c [Rc<Callee<'_, '_>>], index: usize) -> &'c str {
    callees.get(index).and_then(|c| op_name(c.op)).map_or("", |n| n.value)
}

fn full_name(callees: &[Rc<Callee<'_, '_>>], index: usize) -> String {
    callees
        .get(index)
        .map(|c| format!("{}.{}", c.api.namespace.value, op_name(c.op).map_or("", |n| n.value)))
        .unwrap_or_default()
}

fn first_few<'n>(names: impl Iterator<Item = &'n str>) -> String {
    let mut names: Vec<&str> = names.collect();
    let more = names.len().saturating_sub(6);
    names.truncate(6);
    let list = names.join(", ");
    if more > 0 { format!("{list} and {more} more") } else { list }
}
