//! The page of all diagnostics, from the code table.

use crate::diagnostic::Code;
use std::fmt::Write as _;

/// `docs/diagnostics.md`.
#[must_use]
pub fn diagnostics_page() -> String {
    let mut out = String::from(
        "# Diagnostics\n\nWhat `capstan check` and `capstan serve` say of documents, by code. `capstan explain CODE` prints one of these; \
         `capstan explain\nFILE:LINE` says what stands at a place. Codes are stable, messages are not. A *rule* is a deviation that was given a \
         meaning: a\nwarning, and an error with `--strict`.\n\nThis page is made from the table in the source: do not edit it.\n\n",
    );
    out.push_str("| code | weight | found |\n|---|---|---|\n");
    for code in Code::all() {
        let _ = writeln!(out, "| [{0}](#{0}) | {1} | {2} |", code.name(), weight(*code), cell(code.doc().what));
    }
    for code in Code::all() {
        let doc = code.doc();
        let (what, why) = (markdown(doc.what), markdown(doc.why));
        let _ = write!(
            out,
            "\n## {}\n\n{what} {why}\n\n```yaml\n{}\n```\n\n{}\n",
            code.name(),
            doc.example,
            markdown(doc.fix)
        );
    }
    out
}

fn weight(code: Code) -> String {
    code.rule().map_or_else(|| code.severity().name().to_owned(), |rule| format!("rule {rule}"))
}

fn cell(text: &str) -> String {
    markdown(text).replace('|', "\\|")
}

/// Outside of code `<` would begin a tag.
fn markdown(text: &str) -> String {
    let mut code = false;
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '`' => {
                code = !code;
                out.push(c);
            }
            '<' if !code => out.push_str("&lt;"),
            _ => out.push(c),
        }
    }
    out
}
