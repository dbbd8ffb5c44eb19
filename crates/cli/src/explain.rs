//! `capstan explain`: what a code means, and what stands at a place of a document and what became of it.

mod answers;
mod place;

use std::io::{self, Write as _};

use capstan_language::{diagnostic::Code, suggest::nearest};

use crate::{
    args::author::Explain,
    exit::Exit,
    print::{complain, written},
};

/// Explains a code or a place.
pub(crate) fn run(args: &Explain) -> Exit {
    let text = match place::parse(&args.what) {
        Some(place) => place::explain(&place),
        None => code(&args.what),
    };
    match text {
        Ok(text) => written(io::stdout().lock().write_all(text.as_bytes()), Exit::Ok),
        Err(why) => {
            complain(why);
            Exit::Usage
        }
    }
}

fn code(written: &str) -> Result<String, String> {
    let name = written.trim().trim_start_matches('[').trim_end_matches(']').to_ascii_lowercase();
    let found = Code::all()
        .iter()
        .find(|code| code.name() == name || code.rule().is_some_and(|rule| rule.eq_ignore_ascii_case(&name)));
    let Some(code) = found else {
        if let Some(row) = answers::ROWS.iter().find(|row| row.code == name) {
            return Ok(row.described());
        }
        let names = Code::all().iter().map(|code| code.name()).chain(answers::ROWS.iter().map(|row| row.code));
        let near = nearest(&name, names).map(|near| format!(", did you mean `{near}`?"));
        return Err(format!(
            "there is no code `{written}`{}\n  a place is written FILE:LINE; docs/diagnostics.md has all codes",
            near.unwrap_or_default()
        ));
    };
    Ok(described(*code))
}

/// The reference text of a code.
pub(crate) fn described(code: Code) -> String {
    let doc = code.doc();
    let weight = match code.rule() {
        Some(rule) => {
            format!("warning, rule {rule}: the document deviates and was given a meaning; an error with --strict")
        }
        None => code.severity().name().to_owned(),
    };
    let example: String = doc.example.lines().map(|line| format!("    {line}\n")).collect();
    format!("{}: {weight}\n\n{}\n{}\n\nexample:\n{example}\nfix: {}\n", code.name(), doc.what, doc.why, doc.fix)
}
