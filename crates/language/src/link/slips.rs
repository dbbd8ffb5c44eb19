//! Slips of the pen among a unit's inputs, seen once everything that names one is linked: a name nobody declared beside a declared one
//! that it nearly is, and that has no use.

use super::{derived::Derived, inputs::Draft, problem::Problem};
use crate::{diagnostic::Code, source::Span, suggest::slip};

/// Notes every input that is a slip of another.
pub(super) fn slips(derived: &mut Derived<'_>) {
    let unused = |draft: &&Draft<'_>| draft.is_declared() && !draft.fed && !draft.mentioned && !draft.whole_body;
    let unused: Vec<String> = derived.inputs.drafts.iter().filter(unused).map(|draft| draft.name.clone()).collect();
    let made = derived.inputs.drafts.iter().filter(|draft| !draft.is_declared() && !draft.whole_body);
    let made = made.filter(|draft| draft.mentioned != draft.implied && draft.narrow.is_none());
    let mut meant: Vec<String> = Vec::new();
    let found: Vec<Problem> = made
        .filter_map(|draft| {
            let near = slip(&draft.name, unused.iter().map(String::as_str))?;
            meant.push(near.to_owned());
            let message = format!("no input is called `{}`, and nothing uses `{near}`", draft.name);
            Some(Problem::unknown(draft.span, message, format!("did you mean `{near}`?")).meant(&draft.name, near))
        })
        .collect();
    // Where the value that was meant went instead is of no interest.
    let drafts = derived.inputs.drafts.iter().filter(|draft| meant.contains(&draft.name));
    let spans: Vec<Span> = drafts.map(|draft| draft.span).collect();
    let placed = |code: Code| matches!(code, Code::EphAppend | Code::EphDrop | Code::InputExtra);
    derived.rules.retain(|(code, span, _)| !(placed(*code) && spans.contains(span)));
    found.into_iter().for_each(|problem| derived.problem(problem));
    placeless(derived);
}

/// Inputs that say they are in a path which has no such placeholder.
fn placeless(derived: &mut Derived<'_>) {
    let drafts = &derived.inputs.drafts;
    let open = drafts.iter().filter(|draft| draft.declared.is_none()).filter_map(|draft| draft.placeholder.as_deref());
    let open: Vec<&str> = open.collect();
    let lost = drafts.iter().filter(|draft| draft.placeholder.is_none()).filter_map(|draft| draft.declared.as_ref());
    let lost = lost.filter(|param| param.place.is_some_and(|place| place.value.eq_ignore_ascii_case("path")));
    let found: Vec<Problem> = lost
        .filter_map(|param| {
            let near = slip(param.name.value, open.iter().copied())?;
            let message = format!("the path has no placeholder `{{{}}}`", param.name.value);
            let problem = Problem::unknown(param.name.span, message, format!("did you mean `{near}`?"));
            Some(problem.meant(param.name.value, near))
        })
        .collect();
    found.into_iter().for_each(|problem| derived.problem(problem));
}
