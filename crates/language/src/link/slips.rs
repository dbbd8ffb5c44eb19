//! Slips of the pen among a unit's inputs, seen once everything that names one is linked: a name nobody declared beside a declared one
//! that it nearly is, and that has no use.

use super::{derived::Derived, inputs::Draft, origins::Origins, problem::Problem};
use crate::{
    diagnostic::Code,
    source::{Span, Spanned},
    suggest::{Names, slip},
};

/// Notes every input that is a slip of another.
pub(super) fn slips(derived: &mut Derived<'_>, origins: &Origins<'_>) {
    let unused = |draft: &&Draft<'_>| draft.is_declared() && !draft.fed && !draft.mentioned && !draft.whole_body;
    let unused: Vec<Spanned<String>> =
        derived.inputs.drafts.iter().filter(unused).map(|draft| Spanned::new(draft.name.clone(), draft.span)).collect();
    let made = derived.inputs.drafts.iter().filter(|draft| !draft.is_declared() && !draft.whole_body);
    let made = made.filter(|draft| draft.mentioned != draft.implied && draft.narrow.is_none());
    let mut meant: Vec<String> = Vec::new();
    let found: Vec<Problem> = made
        .filter_map(|draft| {
            let near = slip(&draft.name, unused.iter().map(|name| name.value.as_str()), Names::Unused)?;
            let near = unused.iter().find(|name| name.value == near)?;
            let near = Spanned::new(near.value.as_str(), near.span);
            meant.push(near.value.to_owned());
            let message = format!("no input is called `{}`, and nothing uses `{}`", draft.name, near.value);
            let (wrong, right) = origins.slip(Spanned::new(draft.name.as_str(), draft.span), near);
            Some(Problem::slip(wrong, message, right.value).beside(right.span))
        })
        .collect();
    // Where the value that was meant went instead is of no interest.
    let drafts = derived.inputs.drafts.iter().filter(|draft| meant.contains(&draft.name));
    let spans: Vec<Span> = drafts.map(|draft| draft.span).collect();
    let placed = |code: Code| matches!(code, Code::EphAppend | Code::EphDrop | Code::InputExtra);
    derived.rules.retain(|(code, span, _)| !(placed(*code) && spans.contains(span)));
    found.into_iter().for_each(|problem| derived.problem(problem));
    placeless(derived, origins);
}

/// Inputs that say they are in a path which has no such placeholder.
fn placeless(derived: &mut Derived<'_>, origins: &Origins<'_>) {
    let drafts = &derived.inputs.drafts;
    let open = drafts.iter().filter(|draft| draft.declared.is_none());
    let open = open.filter_map(|draft| Some(Spanned::new(draft.placeholder.as_deref()?, draft.span)));
    let open: Vec<Spanned<&str>> = open.collect();
    let lost = drafts.iter().filter(|draft| draft.placeholder.is_none()).filter_map(|draft| draft.declared.as_ref());
    let lost = lost.filter(|param| param.place.is_some_and(|place| place.value.eq_ignore_ascii_case("path")));
    let found: Vec<Problem> = lost
        .filter_map(|param| {
            let near = slip(param.name.value, open.iter().map(|name| name.value), Names::Unused)?;
            let near = open.iter().find(|name| name.value == near)?;
            let message = format!("the path has no placeholder `{{{}}}`", param.name.value);
            let (wrong, right) = origins.slip(param.name, *near);
            Some(Problem::slip(wrong, message, right.value).beside(right.span))
        })
        .collect();
    found.into_iter().for_each(|problem| derived.problem(problem));
}
