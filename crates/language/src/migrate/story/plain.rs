//! Part of a plan as text: the debug form, which leaves nothing out, with names in place of numbers and without places in the text.

use std::fmt::Debug;

/// The text of a part of a plan. Slots of inputs have names; others are numbered as they come.
pub(super) fn plain(part: &dyn Debug, slots: &[(u32, String)], binding: &dyn Fn(u32) -> String) -> String {
    let text = format!("{part:?}");
    let mut out = String::with_capacity(text.len());
    let mut others: Vec<u32> = Vec::new();
    let mut rest = text.as_str();
    while let Some(at) = rest.find(['S', 'B', 'O']) {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        if let Some((slot, after)) = number(from, "SlotId(") {
            match slots.iter().find(|(known, _)| *known == slot) {
                Some((_, name)) => out.push_str(&format!("<{name}>")),
                None => {
                    let nth = others.iter().position(|known| *known == slot).unwrap_or_else(|| {
                        others.push(slot);
                        others.len() - 1
                    });
                    out.push_str(&format!("<slot {nth}>"));
                }
            }
            rest = after;
        } else if let Some((id, after)) = number(from, "BindingId(") {
            out.push_str(&format!("<variable {}>", binding(id)));
            rest = after;
        } else if let Some(after) = origin(from) {
            out.push_str("<origin>");
            rest = after;
        } else {
            let (one, after) = from.split_at(1);
            out.push_str(one);
            rest = after;
        }
    }
    out.push_str(rest);
    out
}

/// A number behind a word, and what comes after.
fn number<'t>(text: &'t str, word: &str) -> Option<(u32, &'t str)> {
    let (digits, after) = text.strip_prefix(word)?.split_once(')')?;
    Some((digits.parse().ok()?, after))
}

/// What comes after a place in the text.
fn origin(text: &str) -> Option<&str> {
    let inside = text.strip_prefix("Origin { file: \"")?;
    let (_, after) = inside.split_once("\", line: ")?;
    Some(after.split_once(" }")?.1)
}

#[cfg(test)]
mod tests {
    use capstan_plan::{BindingId, Origin, SlotId};

    use super::plain;

    #[test]
    fn numbers_become_names_and_places_vanish() {
        let part = (
            SlotId(1),
            SlotId(7),
            SlotId(9),
            SlotId(7),
            BindingId(0),
            "Some SlotId of mine",
            Origin::new("a \"b.yaml".into(), 3, 4),
        );
        let told = plain(&part, &[(1, "id".to_owned())], &|_| "KEY".to_owned());
        assert_eq!(told, "(<id>, <slot 0>, <slot 1>, <slot 0>, <variable KEY>, \"Some SlotId of mine\", <origin>)");
    }
}
