//! Owns the SARIF 2.1.0 form of diagnostics, for code-scanning services.
//! It contains exactly what the JSON form does, in that standard's words.

use super::json::Place;
use super::printable::printable;
use crate::diagnostic::{Code, Diagnostic, Fix, Severity};
use crate::source::{SourceSet, Span};
use serde_json::{Value, json};

/// A SARIF log with one run.
#[must_use]
pub fn sarif(diagnostics: &[Diagnostic], sources: &SourceSet) -> Value {
    let mut codes: Vec<Code> = diagnostics.iter().map(|diagnostic| diagnostic.code).collect();
    codes.sort_unstable();
    codes.dedup();
    let results: Vec<_> = diagnostics.iter().map(|diagnostic| result(diagnostic, &codes, sources)).collect();
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "capstan",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": codes.iter().map(|code| rule(*code)).collect::<Vec<_>>(),
            }},
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    })
}

fn rule(code: Code) -> Value {
    let doc = code.doc();
    json!({
        "id": code.name(),
        "shortDescription": { "text": doc.what },
        "fullDescription": { "text": doc.why },
        "help": { "text": doc.fix },
        "defaultConfiguration": { "level": code.severity().name() },
    })
}

fn result(diagnostic: &Diagnostic, codes: &[Code], sources: &SourceSet) -> Value {
    let mut text = printable(&diagnostic.message).into_owned();
    if let Some(help) = &diagnostic.help {
        text.push_str("\nhelp: ");
        text.push_str(&printable(help));
    }
    let mut places = diagnostic.labels.iter().filter_map(|label| location(label.span, &label.text, sources));
    let primary: Vec<_> = places.next().into_iter().collect();
    let related: Vec<_> = places.collect();
    let (_, unit, path) = diagnostic.identity();
    let mut result = json!({
        "ruleId": diagnostic.code.name(),
        "ruleIndex": codes.binary_search(&diagnostic.code).unwrap_or_default(),
        "level": level(diagnostic.severity),
        "message": { "text": text },
        "locations": primary,
        "partialFingerprints": { "identity/v1": format!("{}:{}:{path}", diagnostic.code, unit.unwrap_or_default()) },
    });
    if let Some(object) = result.as_object_mut() {
        if !related.is_empty() {
            object.insert("relatedLocations".into(), related.into());
        }
        if let Some(fix) = diagnostic.fix.as_ref().and_then(|repair| fix(repair, sources)) {
            object.insert("fixes".into(), json!([fix]));
        }
    }
    result
}

const fn level(severity: Severity) -> &'static str {
    severity.name()
}

fn location(span: Span, text: &str, sources: &SourceSet) -> Option<Value> {
    let place = Place::of(span, sources)?;
    let mut location = json!({
        "physicalLocation": { "artifactLocation": { "uri": uri(&place.file) }, "region": region(&place) },
    });
    if let Some(object) = location.as_object_mut().filter(|_| !text.is_empty()) {
        object.insert("message".into(), json!({ "text": printable(text) }));
    }
    Some(location)
}

fn fix(fix: &Fix, sources: &SourceSet) -> Option<Value> {
    let changes = fix.edits.iter().map(|edit| {
        let place = Place::of(edit.span, sources)?;
        Some(json!({
            "artifactLocation": { "uri": uri(&place.file) },
            "replacements": [{
                "deletedRegion": region(&place),
                "insertedContent": { "text": edit.replacement },
            }],
        }))
    });
    Some(json!({ "artifactChanges": changes.collect::<Option<Vec<_>>>()? }))
}

fn region(place: &Place) -> Value {
    json!({
        "startLine": place.line,
        "startColumn": place.column,
        "endLine": place.end_line,
        "endColumn": place.end_column,
    })
}

/// A path as a relative or absolute URI reference.
fn uri(path: &str) -> String {
    const UNSAFE: &percent_encoding::AsciiSet =
        &percent_encoding::CONTROLS.add(b' ').add(b'"').add(b'#').add(b'%').add(b'<').add(b'>').add(b'?').add(b'\\');
    percent_encoding::utf8_percent_encode(path, UNSAFE).to_string()
}
