//! Tests of codes, identities and the sink.

use super::*;
use crate::source::FileId;
use crate::source::Span;
use std::collections::HashSet;

fn at(start: usize, end: usize) -> Span {
    Span::new(FileId(0), start, end)
}

#[test]
fn every_code_is_named_and_documented() {
    let mut names = HashSet::new();
    for code in Code::all() {
        assert!(names.insert(code.name()), "{code} twice");
        assert!(code.name().chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'), "{code}");
        let Doc { what, why, example, fix } = code.doc();
        for text in [what, why, example, fix] {
            assert!(!text.is_empty(), "{code}");
        }
    }
}

#[test]
fn rules_are_warnings_named_after_their_rule() {
    let rules: Vec<_> = Code::all().iter().filter(|code| code.is_rule()).collect();
    assert!(rules.len() > 60, "{}", rules.len());
    for code in rules {
        let rule = code.rule().unwrap();
        assert_eq!(code.severity(), Severity::Warning);
        if *code != Code::TruncatedDocument {
            assert_eq!(rule.to_ascii_lowercase(), code.name());
        }
    }
    assert_eq!(Code::UnknownKey.rule(), None);
}

#[test]
fn a_draft_is_pushed_as_a_whole() {
    let mut sink = Sink::new();
    sink.error(Code::DuplicateKey, at(3, 4), "`a` is given twice")
        .here("again here")
        .label(at(0, 1), "first here")
        .help("remove one")
        .fix(at(3, 4), "")
        .unit("get-a")
        .path("x.a");
    let diagnostics = sink.into_diagnostics();
    let expected = Diagnostic {
        code: Code::DuplicateKey,
        severity: Severity::Error,
        message: "`a` is given twice".into(),
        labels: vec![
            Label { span: at(3, 4), text: "again here".into() },
            Label { span: at(0, 1), text: "first here".into() },
        ],
        help: Some("remove one".into()),
        fix: Some(Fix::new(at(3, 4), "", Safety::Safe)),
        unit: Some("get-a".into()),
        path: "x.a".into(),
    };
    assert_eq!(diagnostics, [expected]);
    assert_eq!(diagnostics[0].identity(), (Code::DuplicateKey, Some("get-a"), "x.a"));
}

fn weights(sink: &Sink) -> Vec<Severity> {
    sink.diagnostics().iter().map(|diagnostic| diagnostic.severity).collect()
}

#[test]
fn the_same_words_at_the_same_place_are_said_once() {
    let mut sink = Sink::new();
    for place in [at(0, 1), at(0, 1), at(5, 6)] {
        sink.warning(Code::UnknownKey, place, "unknown");
    }
    sink.note(Code::NotACapability, at(0, 0), "skipped");
    sink.report(Code::WrongType, at(9, 9), "wrong");
    assert_eq!(weights(&sink), [Severity::Warning, Severity::Warning, Severity::Note, Severity::Error]);

    let mut other = Sink::new();
    other.warning(Code::UnknownKey, at(5, 6), "unknown");
    other.error(Code::BadUrl, at(7, 8), "bad");
    sink.append(other);
    assert_eq!(weights(&sink)[4..], [Severity::Error]);
}

#[test]
fn the_current_unit_is_noted() {
    let mut sink = Sink::new();
    let before = sink.set_unit(Some("one".into()));
    sink.error(Code::BadUrl, at(0, 1), "bad");
    sink.set_unit(before);
    sink.error(Code::BadUrl, at(1, 2), "bad");
    let units: Vec<_> = sink.diagnostics().iter().map(|d| d.unit.as_deref()).collect();
    assert_eq!(units, [Some("one"), None]);
}
