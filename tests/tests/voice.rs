//! One voice: whatever is said of a document is short and plain, says what is wrong, then what to do. Looked at are the findings in
//! the documents of the behaviour specs, with typical mistakes made in them, and the reference texts of the codes.
//!
//! `tests/data/messages.txt` holds every sentence that is heard there, without what it quotes, to be read in one go: `BLESS=1` writes
//! it, and what changed is to be read as a text.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed"
)]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use capstan_language::{
    Options, compile,
    diagnostic::{Code, Diagnostic, Doc, Severity, Sink},
    document,
    source::SourceSet,
};
use capstan_tests::mutate::{changes::mutants, subject::Subject};

/// Every how many of the mistakes in a document are made.
const EVERY: usize = 11;

/// Words that begin a message as they are written.
const NAMES: &[&str] = &["OpenAPI", "Capstan"];

/// What is not said, because it says nothing, blames, or shouts.
const WORDS: &[&str] = &["please", "invalid", "illegal", "must not be null", "sorry", "oops", "!", "  ", "etc."];

/// What is wrong with a sentence.
fn faults(text: &str, longest: usize) -> Vec<&'static str> {
    let mut found = Vec::new();
    let first = text.split([' ', ':']).next().unwrap_or_default();
    let is_word = first.chars().next().is_some_and(char::is_uppercase)
        && first.chars().nth(1).is_some_and(char::is_lowercase)
        && !NAMES.contains(&first);
    if is_word {
        found.push("begins with a capital");
    }
    if text.ends_with(['.', ':', ',', ';']) {
        found.push("ends like a paragraph");
    }
    if text.matches('`').count() % 2 == 1 {
        found.push("leaves a quotation open");
    }
    if text.chars().count() > longest {
        found.push("is long");
    }
    // What is quoted is the author's.
    let own: String = text.split('`').step_by(2).collect::<Vec<_>>().join("`").to_lowercase();
    if WORDS.iter().any(|word| own.contains(word)) {
        found.push("has a word that says nothing");
    }
    found
}

/// A sentence without what it quotes, and without names, paths and numbers.
fn shape(text: &str) -> String {
    let quoted = |(at, part): (usize, &str)| if at % 2 == 1 { "_".to_owned() } else { part.to_owned() };
    let plain = text.split('`').enumerate().map(quoted).collect::<Vec<_>>().join("`");
    let name = |word: &str| {
        let inner = word.trim_end_matches([',', ';', ':', '.', '?']);
        let own = inner.contains(['/', '{'])
            || inner.trim_matches('.').contains('.')
            || inner.ends_with(|c: char| c.is_ascii_digit());
        let method = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"].contains(&inner);
        match (method, own && !inner.starts_with("http")) {
            (true, _) => word.replace(inner, "METHOD"),
            (_, true) => word.replace(inner, "`_`"),
            _ => word.to_owned(),
        }
    };
    let mut shape = plain.split_whitespace().map(name).collect::<Vec<_>>().join(" ");
    for (list, one) in [("(`_`, `_`", "(`_`"), ("`_`, `_`", "`_`"), ("`_` (`_`), `_` (`_`)", "`_` (`_`)")] {
        while shape.contains(list) {
            shape = shape.replace(list, one);
        }
    }
    shape
}

/// What was said, as the golden file has it.
fn heard(diagnostic: &Diagnostic) -> String {
    let help = diagnostic.help.as_deref().map(|help| format!("\n    {}", shape(help))).unwrap_or_default();
    format!("{}[{}]: {}{help}\n", diagnostic.severity.name(), diagnostic.code, shape(&diagnostic.message))
}

fn judge(diagnostic: &Diagnostic, wrong: &mut BTreeMap<String, String>) {
    let mut note = |what: &str, text: &str| {
        wrong.entry(format!("{}: {what}", diagnostic.code)).or_insert_with(|| text.to_owned());
    };
    for fault in faults(&diagnostic.message, 220) {
        note(&format!("its message {fault}"), &diagnostic.message);
    }
    match &diagnostic.help {
        Some(help) => {
            for fault in faults(help, 400) {
                note(&format!("its help {fault}"), help);
            }
        }
        None if diagnostic.severity != Severity::Note => note("it says no way out", &diagnostic.message),
        None => {}
    }
    for label in &diagnostic.labels {
        for fault in faults(&label.text, 100) {
            note(&format!("a label {fault}"), &label.text);
        }
    }
}

#[test]
fn findings_speak_with_one_voice() {
    let root = capstan_tests::root();
    let mut subjects = Subject::below(&root.join("tests/specs"));
    subjects.extend(Subject::below(&root.join("capabilities")));
    let options = Options { pedantic: true, ..Options::default() };
    let mut wrong = BTreeMap::new();
    let mut sentences = BTreeSet::new();
    let mut codes = BTreeMap::new();
    let mut look = |subject: &Subject, text: &str, options: &Options| {
        for diagnostic in compile(&subject.with(text), &subject.path, options).diagnostics {
            *codes.entry(diagnostic.code).or_insert(0) += 1;
            judge(&diagnostic, &mut wrong);
            if !options.strict {
                sentences.insert(heard(&diagnostic));
            }
        }
    };
    for subject in &subjects {
        look(subject, &subject.text, &options);
        look(subject, &subject.text, &Options { strict: true, ..options.clone() });
        let mut sources = SourceSet::new();
        let file = sources.add(&subject.name, subject.text.as_str());
        let Some(document) = document::parse(file, &subject.text, &mut Sink::new()) else { continue };
        for mutant in mutants(&subject.text, &document).into_iter().step_by(EVERY) {
            look(subject, &mutant.text, &options);
        }
    }
    let wrong: Vec<_> = wrong.iter().map(|(what, text)| format!("{what}: {text}")).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    golden(&root.join("tests/data/messages.txt"), &sentences.into_iter().collect::<String>());
    assert!(codes.len() > 60, "only {} kinds of findings were heard: {:?}", codes.len(), codes.keys());
}

/// Compares with a file, or writes it.
fn golden(path: &Path, text: &str) {
    if std::env::var_os("BLESS").is_some() {
        fs::write(path, text).unwrap();
    }
    let known = fs::read_to_string(path).unwrap_or_default();
    let (old, new): (BTreeSet<&str>, BTreeSet<&str>) = (known.lines().collect(), text.lines().collect());
    let gone = old.difference(&new).map(|line| format!("- {line}\n"));
    let come: String = gone.chain(new.difference(&old).map(|line| format!("+ {line}\n"))).collect();
    assert!(come.is_empty(), "what is said has changed; read it, then run this with BLESS=1:\n{come}");
}

#[test]
fn reference_texts_are_sentences() {
    let mut wrong = Vec::new();
    for code in Code::all() {
        let Doc { what, why, fix, .. } = code.doc();
        for text in [what, why, fix] {
            let sentence = text.ends_with('.') && text.chars().next().is_some_and(|c| !c.is_lowercase());
            if !sentence || text.contains('!') || text.len() > 200 {
                wrong.push(format!("{code}: {text}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
