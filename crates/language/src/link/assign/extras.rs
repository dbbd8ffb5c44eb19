//! Values nothing in the callee asks for, and where they go (rule I8).

use http::Method;

use super::super::{
    assignment::{Extra, ExtraPlace},
    callee::Callee,
    given::With,
    inputs::InputId,
    place::Where,
    scope::CalleeScope,
    source::Source,
};
use crate::{diagnostic::Code, model::Param, source::Span};

/// A value left over.
struct Leftover {
    name: String,
    source: Source,
    span: Span,
    /// Where its declaration says that it goes.
    place: Option<ExtraPlace>,
    /// It comes from a placeholder of the exposed path.
    from_placeholder: bool,
    code: Code,
}

/// The leftovers of `with`; of the inputs too when this is the unit's only call.
pub(super) fn extras(scope: &mut CalleeScope<'_, '_>, callee: &Callee<'_, '_>, alone: bool) -> Vec<Extra> {
    let mut extras = Vec::new();
    for at in 0..scope.0.with.len() {
        if let Some(leftover) = unused_with(scope, at) {
            extras.push(placed(scope, callee, leftover));
        }
    }
    if alone {
        let unclaimed = scope.0.derived.inputs.entries().filter(|(_, d)| !d.claimed && !d.whole_body);
        let unclaimed: Vec<InputId> = unclaimed.map(|(id, _)| id).collect();
        for id in unclaimed {
            scope.0.derived.claim(id);
            if let Some(leftover) = unclaimed_input(scope, callee, id) {
                extras.push(placed(scope, callee, leftover));
            }
        }
    }
    extras
}

/// An entry of `with` that nothing asked for. One that is the whole body has its use as that.
fn unused_with(scope: &mut CalleeScope<'_, '_>, at: usize) -> Option<Leftover> {
    let entry = scope.0.with.get_mut(at).filter(|w| !w.used && w.template.is_some())?;
    entry.used = true;
    let With { key, input, place, .. } = entry;
    let draft = input.and_then(|id| scope.0.derived.inputs.get(id));
    if draft.is_some_and(|d| d.whole_body) {
        return None;
    }
    Some(Leftover {
        name: key.value.to_owned(),
        source: Source::With(at),
        span: key.span,
        place: place.and_then(extra_place),
        from_placeholder: draft.is_some_and(|d| d.placeholder.is_some()),
        code: Code::WithExtra,
    })
}

/// An input that nothing asked for. An exposed placeholder is not added to a declared body (EPH-DROP).
fn unclaimed_input(scope: &mut CalleeScope<'_, '_>, callee: &Callee<'_, '_>, id: InputId) -> Option<Leftover> {
    let draft = scope.0.derived.inputs.get(id)?;
    let place = draft.declared.as_ref().and_then(declared_place);
    let (name, span) = (draft.name.clone(), draft.span);
    let from_placeholder = draft.placeholder.is_some();
    let free = from_placeholder && place.is_none();
    if free && !callee.getish() && !callee.undeclared_body() && !appends(callee) {
        scope.0.rule(Code::EphDrop, span, format!("nothing uses the exposed placeholder `{name}`"));
        return None;
    }
    let code = if free { Code::EphAppend } else { Code::InputExtra };
    Some(Leftover { name, source: Source::Input(id), span, place, from_placeholder, code })
}

fn placed(scope: &mut CalleeScope<'_, '_>, callee: &Callee<'_, '_>, leftover: Leftover) -> Extra {
    let Leftover { name, source, span, place, from_placeholder, code } = leftover;
    let place = place.unwrap_or_else(|| {
        if from_placeholder && appends(callee) {
            ExtraPlace::Segment
        } else if callee.getish() {
            ExtraPlace::Query
        } else {
            ExtraPlace::Field
        }
    });
    let (code, word) = match place {
        ExtraPlace::Segment => (Code::EphAppend, "path"),
        ExtraPlace::Query => (code, "query"),
        ExtraPlace::Header => (code, "headers"),
        ExtraPlace::Cookie => (code, "cookies"),
        ExtraPlace::Field => (code, "body"),
    };
    scope.0.rule(code, span, format!("nothing in the callee asks for `{name}`: it goes into the {word}"));
    let input = match source {
        Source::Input(id) => Some(id),
        Source::With(at) => scope.0.with.get(at).and_then(|entry| entry.input),
        _ => None,
    };
    if let Some(id) = input {
        scope.0.derived.inputs.change(id, |draft| {
            draft.goes_to.get_or_insert(where_to(place));
        });
    }
    Extra { name, place, source }
}

/// Whether an exposed placeholder is appended to the path (EPH-APPEND).
fn appends(callee: &Callee<'_, '_>) -> bool {
    callee.method != Method::POST && callee.holes().next().is_none() && callee.orphans.is_empty()
}

fn extra_place(place: Where) -> Option<ExtraPlace> {
    match place {
        Where::Path => Some(ExtraPlace::Segment),
        Where::Query => Some(ExtraPlace::Query),
        Where::Header => Some(ExtraPlace::Header),
        Where::Cookie => Some(ExtraPlace::Cookie),
        Where::Body => Some(ExtraPlace::Field),
        Where::Environment => None,
    }
}

fn where_to(place: ExtraPlace) -> Where {
    match place {
        ExtraPlace::Segment => Where::Path,
        ExtraPlace::Query => Where::Query,
        ExtraPlace::Header => Where::Header,
        ExtraPlace::Cookie => Where::Cookie,
        ExtraPlace::Field => Where::Body,
    }
}

/// The place a declared input names for itself, beside the path.
fn declared_place(param: &Param<'_>) -> Option<ExtraPlace> {
    match param.place?.value.to_ascii_lowercase().as_str() {
        "query" => Some(ExtraPlace::Query),
        "header" => Some(ExtraPlace::Header),
        "cookie" => Some(ExtraPlace::Cookie),
        "body" => Some(ExtraPlace::Field),
        _ => None,
    }
}
