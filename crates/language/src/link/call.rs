//! Call targets: from `ns.op` as written to one consumed operation (rules C0-C6).

use std::rc::Rc;

use capstan_plan::IdVec;

use super::{callee::Callee, derived::Derived, ids::CalleeId, names::norm, problem::Slip, rule::Rule};
use crate::{
    diagnostic::{Code, Defect, Fix, Sink},
    source::{Span, Spanned},
    suggest::{Names, nearest, slip},
};

/// Why a call leads nowhere.
#[derive(Clone, Debug)]
pub(super) struct NoTarget {
    pub(super) code: Code,
    pub(super) message: String,
    pub(super) help: String,
    /// What would repair it.
    pub(super) fix: Option<Fix>,
    pub(super) span: Span,
    /// It is nearly the name of something declared.
    pub(super) near: bool,
    /// An import was to bring it and did not, which is said there.
    pub(super) told: bool,
}

impl NoTarget {
    /// The error as a value; said unless what causes it has been.
    pub(super) fn report(self, path: impl std::fmt::Display, sink: &mut Sink) -> Defect {
        if self.told {
            return Defect { code: self.code, message: self.message, span: Some(self.span) };
        }
        sink.error(self.code, self.span, self.message).help(self.help).repair(self.fix).path(path).defect()
    }
}

/// A resolved target and the rule it took.
pub(super) type Found = (CalleeId, Option<Rule>);

type Callees<'s, 'd> = IdVec<CalleeId, Rc<Callee<'s, 'd>>>;

/// Which of the units with the same call string this one is, of how many.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Ordinal {
    pub(super) index: usize,
    pub(super) count: usize,
}

/// A call being resolved: what is written, and the declared namespaces it may begin with, the longest first.
struct Written<'c, 't, 's, 'd> {
    callees: &'c Callees<'s, 'd>,
    text: &'t str,
    span: Span,
    namespaces: Vec<&'c str>,
    /// Namespace and rest, for each namespace the call begins with.
    prefixed: Vec<(&'c str, &'t str)>,
}

/// Resolves `call` among the callees of the document; `imported` are the namespaces imports are to bring, empty for an import of
/// all that brought nothing.
pub(super) fn resolve(
    callees: &Callees<'_, '_>,
    imported: &[&str],
    call: Spanned<&str>,
    ordinal: Ordinal,
) -> Result<Found, NoTarget> {
    let text = call.value.trim();
    let mut namespaces: Vec<&str> = callees.iter().map(|c| c.api.namespace.value.as_str()).collect();
    namespaces.sort_unstable_by_key(|ns| std::cmp::Reverse(ns.len()));
    namespaces.dedup();
    let prefixed: Vec<(&str, &str)> =
        namespaces.iter().filter_map(|ns| Some((*ns, text.strip_prefix(ns)?.strip_prefix('.')?))).collect();
    let written = Written { callees, text, span: call.span, namespaces, prefixed };
    if let Some(found) = written.exact(ordinal).or_else(|| written.close()) {
        return Ok(found);
    }
    // A namespace that an import should bring is not guessed around.
    if written.prefixed.is_empty()
        && !imported.contains(&written.parts().0)
        && let Some(found) = written.anywhere()?
    {
        return Ok(found);
    }
    let told = written.prefixed.is_empty() && (imported.contains(&written.parts().0) || imported.contains(&""));
    Err(NoTarget { told, ..written.unresolved() })
}

impl<'c> Written<'c, '_, '_, '_> {
    fn rule(&self, code: Code, message: String) -> Option<Rule> {
        Some((code, self.span, message))
    }

    /// The callees of a namespace that pass `test`.
    fn in_ns(&self, ns: &str, test: impl Fn(&Callee<'_, '_>) -> bool) -> Vec<CalleeId> {
        self.callees.entries().filter(|(_, c)| c.api.namespace.value == ns && test(c)).map(|(id, _)| id).collect()
    }

    /// Namespace and operation as far as they can be told apart.
    fn parts(&self) -> (&str, &str) {
        self.prefixed.first().copied().or_else(|| self.text.rsplit_once('.')).unwrap_or(("", self.text))
    }

    /// C1, C2: the longest declared namespace and the operation of exactly that name.
    fn exact(&self, ordinal: Ordinal) -> Option<Found> {
        let (op, hits) = self
            .prefixed
            .iter()
            .map(|(ns, op)| (op, self.in_ns(ns, |c| named(c, op))))
            .find(|(_, hits)| !hits.is_empty())?;
        let first = *hits.first()?;
        if hits.len() == 1 {
            return Some((first, None));
        }
        let times = format!("`{op}` is declared {} times", hits.len());
        Some(match hits.get(ordinal.index).filter(|_| ordinal.count == hits.len()) {
            Some(hit) => {
                (*hit, self.rule(Code::CallDupOrdinal, format!("{times}: the uses are paired with them in order")))
            }
            None => (first, self.rule(Code::CallDupFirst, format!("{times}: the first is called"))),
        })
    }

    /// C3-C5: nearly a name, inside a declared namespace.
    fn close(&self) -> Option<Found> {
        self.prefixed.iter().find_map(|(ns, rest)| {
            self.in_resource(ns, rest).or_else(|| self.normed(ns, rest)).or_else(|| self.begun(ns, rest))
        })
    }

    /// C3: ns.resource.op
    fn in_resource(&self, ns: &str, rest: &str) -> Option<Found> {
        let (resource, op) = rest.rsplit_once('.')?;
        let hits = self
            .in_ns(ns, |c| named(c, op) && c.op.resource.is_some_and(|r| r == resource || norm(r) == norm(resource)));
        let [only] = hits.as_slice() else { return None };
        let message = format!("`{}` is read as namespace, resource and operation", self.text);
        Some((*only, self.rule(Code::CallResource, message)))
    }

    /// C4: equal after normalising.
    fn normed(&self, ns: &str, rest: &str) -> Option<Found> {
        let hits = self.in_ns(ns, |c| op_name(c).is_some_and(|n| norm(n) == norm(rest)));
        let [only] = hits.as_slice() else { return None };
        Some((*only, self.rule(Code::CallNorm, format!("`{rest}` is read as `{}`", name(self.callees, *only)))))
    }

    /// C5: exactly one op-...
    fn begun(&self, ns: &str, rest: &str) -> Option<Found> {
        let prefix = format!("{rest}-");
        let hits = self.in_ns(ns, |c| op_name(c).is_some_and(|n| n.starts_with(&prefix)));
        let [only] = hits.as_slice() else { return None };
        Some((*only, self.rule(Code::CallPrefix, format!("`{rest}` is read as `{}`", name(self.callees, *only)))))
    }

    /// C4 and C6 anywhere in the file, for a namespace nobody declares.
    fn anywhere(&self) -> Result<Option<Found>, NoTarget> {
        let (ns, op) = self.parts();
        if let Some(near) = slip(ns, self.namespaces.iter().copied(), Names::Unused) {
            return Err(self.no_target(format!("did you mean `{near}.{op}`?"), Some(&format!("{near}.{op}"))));
        }
        let exact = indexes(self.callees, |n| n == op);
        if let [only] = exact.as_slice() {
            let message = format!("namespace `{ns}` is not declared; `{op}` is the only operation of that name");
            return Ok(Some((*only, self.rule(Code::CallUniqueOp, message))));
        }
        let close = indexes(self.callees, |n| norm(n) == norm(op));
        if let [only] = close.as_slice() {
            let message = format!("`{}` is read as `{}`", self.text, full_name(self.callees, *only));
            return Ok(Some((*only, self.rule(Code::CallNorm, message))));
        }
        if exact.len() > 1 {
            return Err(NoTarget {
                code: Code::AmbiguousCall,
                message: format!(
                    "call target `{}` is ambiguous: namespace `{ns}` is not declared and {} operations are named `{op}`",
                    self.text,
                    exact.len()
                ),
                help: "name the consumed API in the call".to_owned(),
                fix: None,
                span: self.span,
                near: false,
                told: false,
            });
        }
        Ok(None)
    }

    fn unresolved(&self) -> NoTarget {
        let all: Vec<String> = self.callees.entries().map(|(id, _)| full_name(self.callees, id)).collect();
        let near = nearest(self.text, all.iter().map(String::as_str));
        let help = match near {
            Some(near) => format!("did you mean `{near}`?"),
            None if self.prefixed.is_empty() && !self.namespaces.is_empty() => {
                format!("the consumed APIs are: {}", first_few(self.namespaces.iter().copied()))
            }
            None if self.namespaces.is_empty() => {
                "the document consumes no API; declare it under `consumes` or import it".to_owned()
            }
            None => {
                let (ns, _) = self.parts();
                let ops = self.callees.iter().filter(|c| c.api.namespace.value == ns).filter_map(|c| op_name(c));
                format!("`{ns}` declares: {}", first_few(ops))
            }
        };
        self.no_target(help, near)
    }

    /// Nothing of the written name, or of the part in which it differs from one that is near.
    fn no_target(&self, help: String, near: Option<&str>) -> NoTarget {
        let written = Spanned::new(self.text, self.span);
        let Slip { at, fix } = match (near, self.prefixed.first()) {
            (Some(near), _) => Slip::of(written, near),
            (None, Some((_, op))) => Slip::none(written.rest(self.text.len() - op.len()).span),
            (None, None) => Slip::none(self.span),
        };
        NoTarget {
            code: Code::UnresolvedCall,
            message: format!("call target `{}` is not declared in this capability", self.text),
            help,
            fix,
            span: at,
            near: near.is_some(),
            told: false,
        }
    }
}

/// Notes the rule a call took, and the spelling that takes none where it is another one.
pub(super) fn noted(
    derived: &mut Derived<'_>,
    callees: &Callees<'_, '_>,
    call: Option<Spanned<&str>>,
    (id, rule): Found,
) -> CalleeId {
    match (rule, call) {
        (Some(rule), Some(call)) if is_spelling(rule.0) => {
            derived.respelled(rule, call.value.trim(), &full_name(callees, id));
        }
        (rule, _) => derived.rules.extend(rule),
    }
    id
}

/// Whether a rule is about how a call is written.
const fn is_spelling(code: Code) -> bool {
    matches!(code, Code::CallResource | Code::CallNorm | Code::CallPrefix | Code::CallUniqueOp)
}

/// Rule CALL-NAME: a unit without a call whose name equals exactly one operation's.
pub(super) fn by_name(callees: &Callees<'_, '_>, unit: Spanned<&str>) -> Option<Found> {
    match indexes(callees, |n| n == unit.value).as_slice() {
        [only] => {
            let message =
                format!("`{}` has no `call`, `ref` or `steps`: it calls `{}`", unit.value, full_name(callees, *only));
            Some((*only, Some((Code::CallName, unit.span, message))))
        }
        _ => None,
    }
}

fn op_name<'d>(callee: &Callee<'_, 'd>) -> Option<&'d str> {
    callee.op.name.map(|n| n.value)
}

fn named(callee: &Callee<'_, '_>, name: &str) -> bool {
    op_name(callee) == Some(name)
}

fn indexes(callees: &Callees<'_, '_>, test: impl Fn(&str) -> bool) -> Vec<CalleeId> {
    callees.entries().filter(|(_, c)| op_name(c).is_some_and(&test)).map(|(id, _)| id).collect()
}

fn name<'d>(callees: &Callees<'_, 'd>, id: CalleeId) -> &'d str {
    callees.get(id).and_then(|c| op_name(c)).unwrap_or_default()
}

/// The name of an operation as calls write it.
pub(super) fn full_name(callees: &Callees<'_, '_>, id: CalleeId) -> String {
    callees.get(id).map(|c| format!("{}.{}", c.api.namespace.value, op_name(c).unwrap_or_default())).unwrap_or_default()
}

fn first_few<'n>(names: impl Iterator<Item = &'n str>) -> String {
    let mut names: Vec<String> = names.map(|name| format!("`{name}`")).collect();
    if names.is_empty() {
        return "nothing".to_owned();
    }
    let more = names.len().saturating_sub(6);
    names.truncate(6);
    let list = names.join(", ");
    if more > 0 { format!("{list} and {more} more") } else { list }
}
