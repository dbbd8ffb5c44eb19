//! Slips of the pen among a unit's inputs, seen once everything that names one is linked: a name nobody declared beside a declared one
//! that it nearly is, and that has no use.

use super::{derived::Derived, inputs::Draft, problem::Problem};
use crate::suggest::slip;

/// Notes every input that is a slip of another.
pub(super) fn slips(derived: &mut Derived<'_>) {
    let unused = |draft: &&Draft<'_>| draft.is_declared() && !draft.fed && !draft.mentioned && !draft.whole_body;
    let unused: Vec<String> = derived.inputs.drafts.iter().filter(unused).map(|draft| draft.name.clone()).collect();
    if unused.is_empty() {
        return;
    }
    let made = derived.inputs.drafts.iter().filter(|draft| !draft.is_declared() && !draft.whole_body);
    let made = made.filter(|draft| draft.mentioned != draft.implied && draft.narrow.is_none());
    let found: Vec<Problem> = made
        .filter_map(|draft| {
            let near = slip(&draft.name, unused.iter().map(String::as_str))?;
            let message = format!("no input is called `{}`, and nothing uses `{near}`", draft.name);
            Some(Problem::unknown(draft.span, message, format!("did you mean `{near}`?")))
        })
        .collect();
    found.into_iter().for_each(|problem| derived.problem(problem));
}
