//! Edits put into a text. Of two fixes that meet in one place the first is taken; a fix is taken whole or not at all.

use std::ops::Range;

use crate::diagnostic::{Edit, Fix};

/// The text with these fixes applied.
#[must_use]
pub fn apply<'f>(text: &str, fixes: impl Iterator<Item = &'f Fix>) -> String {
    let mut taken: Vec<&Edit> = Vec::new();
    for fix in fixes {
        let fits = fix.edits.iter().enumerate().all(|(at, edit)| {
            let others = taken.iter().copied().chain(fix.edits.iter().take(at));
            text.get(edit.span.range()).is_some() && others.into_iter().all(|other| apart(edit, other))
        });
        if fits {
            taken.extend(&fix.edits);
        }
    }
    taken.sort_by_key(|edit| edit.span.start);
    let mut out = String::with_capacity(text.len());
    let mut from = 0;
    for edit in taken {
        let Range { start, end } = edit.span.range();
        out.push_str(text.get(from..start).unwrap_or_default());
        out.push_str(&edit.replacement);
        from = end;
    }
    out.push_str(text.get(from..).unwrap_or_default());
    out
}

/// Whether two edits do not touch the same text. Two insertions at one place are no repair of either.
fn apart(one: &Edit, other: &Edit) -> bool {
    (one.span.end <= other.span.start || other.span.end <= one.span.start) && one.span != other.span
}
