//! Keys no table knows at their place: misspelt ones and misplaced ones are errors, any other is a note to the author.

use super::{complaint::Complaints, related::homes};
use crate::{
    diagnostic::{Code, Severity},
    document::Entry,
    fields::{Key, Table},
    key_path::KeyPath,
    suggest::{Names, nearest, slip},
};

impl Complaints<'_> {
    /// Complains about a key that the innermost of the tables `around` does not know.
    pub(super) fn unknown(&mut self, entry: &Entry, siblings: &[Entry], around: &[&'static Table], path: &KeyPath<'_>) {
        let Some(table) = around.last() else { return };
        let (name, span) = (&*entry.key.value, entry.key.span);
        if table.open || name.starts_with("x-") {
            return;
        }
        // A key that is there already cannot be what was meant.
        let absent = |row: &&Key| {
            let written = |key: &str| siblings.iter().any(|entry| &*entry.key.value == key);
            !written(row.name) && !row.aliases.iter().copied().any(written)
        };
        let rows = table.keys.iter().filter(absent);
        let names = rows.flat_map(|row| std::iter::once(row.name).chain(row.aliases.iter().copied()));
        let near = nearest(name, names);
        let homes = homes(name, around);
        let severity = match (near, &homes) {
            (Some(_), _) | (None, Some((_, true))) => self.severity(span),
            _ => Severity::Warning,
        };
        let message = format!("unknown key `{name}` in {}", table.name);
        let draft = self.sink.weighed(severity, Code::UnknownKey, span, message).path(path);
        let belongs = |homes: &[&str]| {
            let all = match homes.split_last() {
                Some((last, [])) => (*last).to_owned(),
                Some((last, first)) => format!("{} or {last}", first.join(", ")),
                None => String::new(),
            };
            format!("`{name}` is a key of {all}: move it there")
        };
        match (near, homes) {
            (Some(near), Some((homes, _))) if slip(name, [near], Names::Given).is_some() => {
                drop(draft.help(format!("did you mean `{near}`? {}", belongs(&homes))).guess(span, near));
            }
            (_, Some((homes, _))) => drop(draft.help(belongs(&homes))),
            (Some(near), None) => {
                drop(draft.meant(span, name, near));
                if severity == Severity::Error && slip(name, [near], Names::Given).is_some() {
                    self.slips.insert(span, near);
                }
            }
            (None, None) => drop(draft.help("remove it, or begin it with `x-` to keep it as a note")),
        }
    }
}
