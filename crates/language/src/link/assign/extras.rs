//! Values nothing in the callee asks for, and where they go (rule I8). What the operation fills by itself, or has already been
//! given, goes nowhere.

use capstan_plan::{Body, SlotId};
use http::Method;

use super::{
    super::{
        assignment::{Extra, ExtraPlace},
        callee::Callee,
        caller::Kind,
        collect::Needs,
        given::With,
        inputs::InputId,
        names::norm,
        need::Need,
        place::Where,
        problem::Problem,
        scope::CalleeScope,
        source::Source,
    },
    body::{nested_slots, taken},
};
use crate::{
    diagnostic::{Code, Sink},
    header::header_name,
    model::Param,
    source::{Span, Spanned},
    suggest::{Names, slip},
};

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

/// The leftovers of `with`; of the inputs too when this is the unit's only call. `body` is what the request sends so far.
pub(super) fn extras(
    scope: &mut CalleeScope<'_, '_>,
    needs: &Needs<'_, '_>,
    body: &Body,
    alone: bool,
    sink: &mut Sink,
) -> Vec<Extra> {
    let callee = needs.callee;
    let nested = nested_slots(body);
    let mut extras = Vec::new();
    for at in 0..scope.0.with.len() {
        if let Some(leftover) = unused_with(scope, at)
            && !goes_nowhere(scope, needs, &leftover, &nested)
        {
            extras.extend(placed(scope, callee, leftover, sink));
        }
    }
    if alone {
        let unclaimed = scope.0.derived.inputs.entries().filter(|(_, d)| !d.claimed && !d.whole_body);
        let unclaimed: Vec<InputId> = unclaimed.map(|(id, _)| id).collect();
        for id in unclaimed {
            scope.0.derived.claim(id);
            if let Some(leftover) = unclaimed_input(scope, callee, id)
                && !goes_nowhere(scope, needs, &leftover, &nested)
            {
                extras.extend(placed(scope, callee, leftover, sink));
            }
        }
        swallowed(scope, needs);
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

/// Whether a leftover is sent nowhere, with the reason said.
fn goes_nowhere(
    scope: &mut CalleeScope<'_, '_>,
    needs: &Needs<'_, '_>,
    leftover: &Leftover,
    nested: &[SlotId],
) -> bool {
    let Leftover { name, source, span, place, code, .. } = leftover;
    if needs.settled.iter().any(|settled| norm(settled.name) == norm(name)) {
        let message = format!("`{name}` goes nowhere: the operation fills it by itself");
        scope.0.rule(*code, *span, message);
        discard(scope, source);
        return true;
    }
    if scope.0.meant.contains(name) {
        return true;
    }
    if let Some(problem) = misspelt(scope, needs, leftover) {
        scope.0.derived.problem(problem);
        return true;
    }
    let holes = needs.path.iter().map(|hole| hole.need.name).chain(needs.orphans.iter().map(|need| need.name));
    let filled = holes.into_iter().find(|hole| norm(hole) == norm(name)).filter(|_| place.is_none());
    if let Some(hole) = filled {
        scope.0.rule(*code, *span, format!("`{name}` goes nowhere: `{{{hole}}}` of the path has its value already"));
        return true;
    }
    if place.is_some() || !taken(&scope.0.template(source), nested) {
        return false;
    }
    scope.0.rule(*code, *span, format!("`{name}` goes nowhere else: the body has its value already"));
    true
}

/// A leftover whose name is nearly that of something the operation asks for and nobody gives.
fn misspelt(scope: &mut CalleeScope<'_, '_>, needs: &Needs<'_, '_>, leftover: &Leftover) -> Option<Problem> {
    let values = &scope.0;
    let given = |name: &str| values.with.iter().any(|entry| entry.key.value == name);
    let params = needs.callee.params.iter().map(|(param, _)| param.name);
    let asked: Vec<Spanned<&str>> = (values.asked.iter().map(asked_value).chain(params))
        .filter(|name| !given(name.value) && name.value != leftover.name)
        .collect();
    let mut names: Vec<&str> = asked.iter().map(|name| name.value).collect();
    names.sort_unstable();
    names.dedup();
    let near = slip(&leftover.name, names, Names::Unused)?;
    let at = asked.iter().find(|name| name.value == near)?;
    let op = needs.callee.op.name.map_or("the operation", |name| name.value);
    let written = Spanned::new(leftover.name.as_str(), leftover.span);
    let (wrong, meant) = values.variables.origins.slip(written, *at);
    let message = match wrong.value == leftover.name {
        true => format!("`{op}` asks for no `{}`", wrong.value),
        false => format!("nothing gives `{op}` a `{}`", wrong.value),
    };
    let problem = Problem::slip(wrong, message, meant.value).beside(meant.span);
    let near = near.to_owned();
    let asked = scope.0.derived.inputs.drafts.iter_mut().filter(|draft| draft.name == near);
    asked.for_each(|draft| draft.mentioned = true);
    if let Source::Input(id) = &leftover.source {
        scope.0.derived.mention(*id);
    }
    Some(problem)
}

/// A dotted name asks for the value that it goes into.
fn asked_value(name: &Spanned<String>) -> Spanned<&str> {
    let length = name.value.find('.').unwrap_or(name.value.len());
    Spanned::new(name.value.as_str(), name.span).part(0, length)
}

/// The input behind a leftover that goes nowhere, unless something else takes it.
fn discard(scope: &mut CalleeScope<'_, '_>, source: &Source) {
    let id = match source {
        Source::Input(id) => Some(*id),
        Source::With(at) => scope.0.with.get(*at).and_then(|entry| entry.input),
        _ => None,
    };
    let Some((id, draft)) = id.and_then(|id| Some((id, scope.0.derived.inputs.get(id)?))) else { return };
    let elsewhere = |entry: &With<'_>| {
        let mut slots = Vec::new();
        entry.template.iter().for_each(|template| template.slots(&mut slots));
        entry.input != Some(id) && slots.contains(&draft.slot)
    };
    if !draft.fed && draft.placeholder.is_none() && !scope.0.with.iter().any(elsewhere) {
        scope.0.derived.discard(id);
    }
}

/// Arguments named like what the operation fills by itself are no part of a body made of all arguments.
fn swallowed(scope: &mut CalleeScope<'_, '_>, needs: &Needs<'_, '_>) {
    if scope.0.around.caller.kind != Kind::Mcp {
        return;
    }
    for settled in &needs.settled {
        let Some((place, span)) = settled.declared else { continue };
        if scope.0.derived.inputs.drafts.iter().all(|draft| draft.name != settled.name) {
            let need = Need { required: false, narrow: true, listed: false, ..Need::new(settled.name, place, span) };
            let id = scope.0.derived.implicit(scope.0.around.caller, need, None);
            scope.0.derived.discard(id);
        }
    }
}

fn placed(
    scope: &mut CalleeScope<'_, '_>,
    callee: &Callee<'_, '_>,
    leftover: Leftover,
    sink: &mut Sink,
) -> Option<Extra> {
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
    if place == ExtraPlace::Header {
        match header_name(&name, span, sink) {
            Ok(Some(_)) => {}
            Ok(None) => return None,
            Err(defect) => {
                scope.0.derived.broken(defect);
                return None;
            }
        }
    }
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
    Some(Extra { name, place, source })
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
