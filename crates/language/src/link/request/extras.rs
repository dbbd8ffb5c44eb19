//! Values nothing in the callee asks for, and where they go (rule I8).

use capstan_plan::Template;

use super::super::{
    callee::{Callee, Where},
    caller::Caller,
};
use crate::{diagnostic::Code, source::Span};

/// Values that go where nothing in the callee asks for them (rule I8).
#[derive(Default)]
pub(super) struct Extras {
    pub(super) segments: Vec<(String, Template)>,
    pub(super) query: Vec<(String, Template)>,
    pub(super) headers: Vec<(String, Template)>,
    pub(super) cookies: Vec<(String, Template)>,
    pub(super) fields: Vec<(String, Template)>,
}

/// Rule I8: where values go that nothing in the callee asks for.
pub(super) fn extras<'d>(caller: &mut Caller<'_, '_, 'd>, callee: &Callee<'_, 'd>, simple: bool) -> Extras {
    let mut out = Extras::default();
    let no_path_hole = callee.holes().next().is_none() && callee.orphans.is_empty();
    let declared_body = !callee.undeclared_body();
    let put = |out: &mut Extras,
               caller: &mut Caller<'_, '_, 'd>,
               name: &str,
               template: Template,
               place: Option<Where>,
               from_placeholder: bool,
               span: Span,
               code: Code| {
        let what = match place {
            Some(Where::Query) => "query",
            Some(Where::Header) => "headers",
            Some(Where::Cookie) => "cookies",
            Some(Where::Body) => "body",
            Some(Where::Path) => "path",
            _ if from_placeholder && callee.method != http::Method::POST && no_path_hole => "path",
            _ if callee.getish() => "query",
            _ => "body",
        };
        let code = if what == "path" { Code::EphAppend } else { code };
        caller.rule(code, span, format!("nothing in the callee asks for `{name}`: it goes into the {what}"));
        let target = match what {
            "query" => &mut out.query,
            "headers" => &mut out.headers,
            "cookies" => &mut out.cookies,
            "path" => &mut out.segments,
            _ => &mut out.fields,
        };
        target.push((name.to_owned(), template));
    };
    for at in 0..caller.with.len() {
        let Some(entry) = caller.with.get_mut(at).filter(|w| !w.used) else { continue };
        let Some(template) = entry.template.clone() else { continue };
        entry.used = true;
        let (key, input, place) = (entry.key, entry.input, entry.place);
        let draft = input.and_then(|i| caller.inputs.drafts.get(i));
        if draft.is_some_and(|d| d.whole_body) {
            continue;
        }
        let from_placeholder = draft.is_some_and(|d| d.placeholder.is_some());
        put(&mut out, caller, key.value, template, place, from_placeholder, key.span, Code::WithExtra);
    }
    if !simple {
        return out;
    }
    for at in 0..caller.inputs.drafts.len() {
        let Some(draft) = caller.inputs.get_mut(at).filter(|d| !d.claimed && !d.whole_body) else { continue };
        draft.claimed = true;
        let (name, span, placeholder) = (draft.name.clone(), draft.span, draft.placeholder.is_some());
        let place = draft.declared.as_ref().and_then(|p| p.place).and_then(|word| {
            match word.value.to_ascii_lowercase().as_str() {
                "query" => Some(Where::Query),
                "header" => Some(Where::Header),
                "cookie" => Some(Where::Cookie),
                "body" => Some(Where::Body),
                _ => None,
            }
        });
        let template = caller.slot(at);
        if placeholder && place.is_none() {
            if !callee.getish() && declared_body && !(callee.method != http::Method::POST && no_path_hole) {
                caller.rule(Code::EphDrop, span, format!("nothing uses the exposed placeholder `{name}`"));
                continue;
            }
            put(&mut out, caller, &name, template, None, true, span, Code::EphAppend);
        } else {
            put(&mut out, caller, &name, template, place, placeholder, span, Code::InputExtra);
        }
    }
    out
}
