//! The document beside what is made: a copy as it is where it can be used as it is, else without what is in the way.

use std::path::Path;

use serde_json::Value;

use super::{
    mend::mended,
    reduce::reduced,
    select::Selection,
    stage::Stage,
    wanted::{Left, Wanted},
};
use crate::{
    diagnostic::{Diagnostic, Sink},
    document::{self, MAX_BYTES, MAX_NODES},
    openapi::{Intake, OpenApiHandle, Readings},
    source::{Files, SourceSet},
};

/// How often a copy is mended until nothing is left to complain about.
const ROUNDS: usize = 8;

/// A document that was copied.
pub(super) struct Copied {
    pub(super) api: OpenApiHandle,
    pub(super) left: Vec<Left>,
    pub(super) notes: Vec<String>,
}

/// The text of a file.
pub(super) fn text(files: &dyn Files, path: &Path) -> Result<String, String> {
    let bytes = files.read(path).map_err(|error| format!("{} cannot be read: {error}", path.display()))?;
    let (text, invalid) = document::decode(bytes);
    match invalid {
        None => Ok(text),
        Some(_) => Err(format!("{} is not UTF-8", path.display())),
    }
}

/// The title of a document.
pub(super) fn title(text: &str) -> Option<String> {
    match json(text) {
        Some(value) => value.pointer("/info/title")?.as_str().map(str::to_owned),
        None => {
            let file = SourceSet::new().add("", "");
            document::parse(file, text, &mut Sink::new())?
                .root
                .get("info")?
                .get("title")?
                .scalar_text()
                .map(str::to_owned)
        }
    }
}

/// Copies the document, or what was made of a collection, beside the capability.
pub(super) fn copied(
    stage: &mut Stage<'_>,
    wanted: &Wanted<'_>,
    text: String,
    made: Option<Value>,
    readings: &Readings,
) -> Result<Copied, String> {
    let mut notes = Vec::new();
    let shown = wanted.document.display();
    let (mut name, mut text) = match made {
        Some(value) => (stage.document("json"), printed(&value)),
        None => (stage.document(if is_json(&text) { "json" } else { "yaml" }), text),
    };
    if let Some(small) = smaller(&text, &wanted.selection)? {
        notes.push(format!(
            "{shown} is larger than documents may be here: the copy beside the capability has no examples of bodies, and nothing \
             that no operation refers to"
        ));
        (name, text) = (stage.document("json"), small);
    }
    let mut left = Vec::new();
    for round in 0.. {
        stage.make(stage.beside(&name), text.clone());
        let read = read(stage, &name, readings);
        let api = read.api.ok_or_else(|| unusable(&read.faults, &read.sources, &shown.to_string()))?;
        if read.faults.is_empty() || round == ROUNDS {
            if read.inputs > 1 {
                return Err(format!(
                    "{shown} refers to other files: bundle them into one document first (`redocly bundle`, `swagger-cli bundle`)"
                ));
            }
            return Ok(Copied { api, left, notes });
        }
        let Some((mended, out)) = without(&text, &read.faults) else { return Ok(Copied { api, left, notes }) };
        left.extend(out);
        stage.forget(&stage.beside(&name));
        (name, text) = (stage.document("json"), mended);
    }
    Err(format!("{shown} cannot be used"))
}

/// One reading of the copy.
struct Read {
    api: Option<OpenApiHandle>,
    faults: Vec<Diagnostic>,
    sources: SourceSet,
    inputs: usize,
}

fn read(stage: &Stage<'_>, name: &str, readings: &Readings) -> Read {
    let (mut sources, mut inputs, mut sink) = (SourceSet::new(), Vec::new(), Sink::new());
    let intake = Intake { sources: &mut sources, inputs: &mut inputs };
    let api = readings.read(stage, &stage.beside(name), intake, &mut sink);
    Read { api, faults: sink.into_diagnostics(), sources, inputs: inputs.len() }
}

/// Why a document cannot be used at all.
fn unusable(faults: &[Diagnostic], sources: &SourceSet, shown: &str) -> String {
    let Some(fault) = faults.first() else { return format!("{shown} is no OpenAPI document") };
    let at = fault.span().and_then(|span| sources.position(span));
    let at = at.map(|(line, column)| format!(":{line}:{column}")).unwrap_or_default();
    format!("{shown}{at}: {}", fault.message)
}

/// The text without what these faults complain about; nothing when it stays the same.
fn without(text: &str, faults: &[Diagnostic]) -> Option<(String, Vec<Left>)> {
    let file = faults.first()?.span()?.file;
    let root = document::parse(file, text, &mut Sink::new())?.root;
    let mut value = root.to_json();
    let left = mended(&mut value, &root, file, faults);
    (!left.is_empty()).then(|| (printed(&value), left))
}

/// A smaller text where a document is larger than one may be.
fn smaller(text: &str, selection: &Selection) -> Result<Option<String>, String> {
    // What has few bytes has few values.
    if text.len() <= MAX_NODES {
        return Ok(None);
    }
    let Some(mut value) = json(text) else {
        return match text.len() > MAX_BYTES {
            true => Err(format!(
                "a document in YAML may have {} MiB; save it as JSON to import parts of it",
                MAX_BYTES >> 20
            )),
            false => Ok(None),
        };
    };
    if text.len() <= MAX_BYTES && count(&value) <= MAX_NODES {
        return Ok(None);
    }
    reduced(&mut value, selection);
    let mut small = printed(&value);
    if small.len() > MAX_BYTES {
        small = value.to_string();
    }
    if small.len() > MAX_BYTES || count(&value) > MAX_NODES {
        return Err(format!(
            "the document is too large even without its examples: a document may have {} MiB and {MAX_NODES} values; choose \
             operations with --tag or --only",
            MAX_BYTES >> 20
        ));
    }
    Ok(Some(small))
}

/// How many values a value is made of.
fn count(value: &Value) -> usize {
    match value {
        Value::Object(members) => 1 + members.values().map(|value| 1 + count(value)).sum::<usize>(),
        Value::Array(items) => 1 + items.iter().map(count).sum::<usize>(),
        _ => 1,
    }
}

fn is_json(text: &str) -> bool {
    text.trim_start().starts_with('{')
}

fn json(text: &str) -> Option<Value> {
    if is_json(text) { serde_json::from_str(text).ok() } else { None }
}

fn printed(value: &Value) -> String {
    format!("{value:#}\n")
}
