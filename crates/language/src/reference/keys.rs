//! The page of all keys, from the key tables.

use super::types::described;
use crate::{
    fields::{Key, Support, Table},
    notes::note,
    schema::{tables, test_tables},
};
use std::fmt::Write as _;

/// `docs/reference.md`.
#[must_use]
pub fn language_page() -> String {
    let mut out = String::from(
        "# Language reference\n\nEvery key of a capability file and of a test file: what it holds, its default, an example, and whether it is a key \
         of the standard\nor Capstan's own. The dialect is that of [Naftiko](https://naftiko.io) and\n\
         [Ikanos](https://ikanos.io), where it was invented; `capstan check --strict` says where a file leaves it.\n\nThis page is made \
         from the tables that also read files: do not edit it.\n\n",
    );
    out.push_str("## Capability files\n");
    tables().into_iter().for_each(|table| section(&mut out, table));
    out.push_str("\n## Test files\n\nFiles named `*.test.yaml`; [testing.md](testing.md) tells how to use them.\n");
    test_tables().into_iter().for_each(|table| section(&mut out, table));
    out
}

fn section(out: &mut String, table: &'static Table) {
    let _ = write!(out, "\n### {}\n\n{}\n\n", heading(table.name), table.doc);
    out.push_str("| key | holds | meaning |\n|---|---|---|\n");
    for key in table.keys {
        let linked = |name: &'static str| format!("[{}](#{})", name.replace('`', ""), anchor(name));
        let holds =
            if key.support == Support::Prose { "anything, for people".to_owned() } else { described(&key.ty, &linked) };
        let name = if key.required { format!("**`{}`**", key.name) } else { format!("`{}`", key.name) };
        let _ =
            writeln!(out, "| {name} | {} | {} |", holds.replace('|', "\\|"), meaning(table, key).replace('|', "\\|"));
    }
    if table.open {
        out.push_str("\nOther keys are allowed here.\n");
    }
}

fn meaning(table: &'static Table, key: &Key) -> String {
    let mut text = key.doc.replace('<', "&lt;");
    if key.required {
        text.push_str(" Required.");
    }
    if let Some(note) = note(table, key.name) {
        if let Some(default) = note.default {
            let _ = write!(text, " Default: {default}.");
        }
        if let Some(example) = note.example {
            let _ = write!(text, " Example: `{example}`.");
        }
    }
    if !key.aliases.is_empty() {
        let names: Vec<String> = key.aliases.iter().map(|alias| format!("`{alias}`")).collect();
        let _ = write!(text, " Also read as {}.", names.join(", "));
    }
    if key.extension {
        text.push_str(" *Capstan's own.*");
    }
    if let Support::Unsupported(why) = key.support {
        let _ = write!(text, " *Not supported:* {why}.");
    }
    text
}

/// `a consumed API` becomes `A consumed API`.
fn heading(name: &str) -> String {
    let plain = name.replace('`', "");
    let mut chars = plain.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

/// What GitHub and mdBook make of a heading.
fn anchor(name: &str) -> String {
    let kept = name.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.flat_map(char::to_lowercase).map(|c| if c == ' ' { '-' } else { c }).collect()
}
