//! Findings that only follow from another one: a key that is missed because it stands at another place, and names that nothing declares
//! because what declares them could not be read. One mistake is one finding; what follows from it is seen again once it is mended, if
//! there is anything left to see. The units stay unavailable: what they are is decided elsewhere.

use std::collections::HashSet;

use crate::diagnostic::{Code, Diagnostic, Label};

/// What declares names: its section, the keys in it, and what is said of names when one of them could not be read.
const DECLARING: &[(&str, &[&str], &[Code])] = &[
    (
        "consumes",
        &["consumes", "resources", "operations", "namespace", "name", "import", "from", "as"],
        &[Code::UnresolvedCall, Code::AmbiguousCall],
    ),
    (
        "aggregates",
        &["aggregates", "flows", "functions", "namespace", "name", "import", "from", "as"],
        &[Code::UnresolvedRef],
    ),
    ("aggregates", &["inputParameters", "name", "with"], &[Code::UnknownName]),
    ("exposes", &["inputParameters", "namespace", "name", "with"], &[Code::UnknownName]),
    ("steps", &["steps", "name"], &[Code::UnresolvedStep, Code::UnknownName]),
    ("binds", &["binds", "keys", "namespace", "import", "from", "as"], &[Code::UnknownName, Code::AuthDynamic]),
];

/// Keys that say what a unit does.
const CALLING: [&str; 5] = ["call", "ref", "steps", "mock", "outputParameters"];

/// What more mistakes cause is said.
const CAUSES: usize = 100;

/// Leaves out what follows from something else.
pub(super) fn settled(mut found: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let mut gone: HashSet<usize> = HashSet::new();
    let mut labels: Vec<(usize, Label)> = Vec::new();
    let errors = || found.iter().enumerate().filter(|(_, one)| one.is_error());
    let is_cause = |one: &Diagnostic| matches!(one.code, Code::WrongType | Code::UnknownKey | Code::MissingKey);
    let causes: Vec<(usize, &Diagnostic)> = errors().filter(|(_, one)| is_cause(one)).take(CAUSES).collect();
    for (at, one) in errors() {
        for (cause, other) in causes.iter().copied().filter(|(cause, _)| *cause != at) {
            if is_displaced(one, other) {
                labels.extend(one.span().map(|span| (cause, Label { span, text: "it is missed here".to_owned() })));
                gone.insert(at);
            } else if is_unread(one, other) {
                gone.insert(at);
            }
        }
    }
    for (cause, label) in labels.into_iter().filter(|(cause, _)| !gone.contains(cause)) {
        if let Some(cause) = found.get_mut(cause) {
            cause.labels.push(label);
        }
    }
    let mut at = 0..;
    found.retain(|_| at.next().is_some_and(|at| !gone.contains(&at)));
    found
}

/// Whether a key is missed that stands in a mapping around or inside.
fn is_displaced(missed: &Diagnostic, unknown: &Diagnostic) -> bool {
    let ((place, key), (elsewhere, written)) = (split(&missed.path), split(&unknown.path));
    missed.code == Code::MissingKey
        && unknown.code == Code::UnknownKey
        && key == written
        && (is_within(place, elsewhere) || is_within(elsewhere, place))
}

/// Whether a name is not found, or a unit does nothing, because what says it could not be read.
fn is_unread(one: &Diagnostic, cause: &Diagnostic) -> bool {
    let (elsewhere, key) = split(&cause.path);
    let calls = || one.code == Code::UnresolvedCall && CALLING.contains(&key);
    let inside = |section: &str| cause.path.split('.').any(|part| part.split('[').next() == Some(section));
    DECLARING.iter().any(|(section, keys, codes)| codes.contains(&one.code) && keys.contains(&key) && inside(section))
        || calls() && (is_within(&one.path, elsewhere) || is_within(elsewhere, &one.path))
}

/// The mapping and the key of a key path.
fn split(path: &str) -> (&str, &str) {
    let path = path.strip_suffix(']').and_then(|path| path.rsplit_once('[')).map_or(path, |(path, _)| path);
    path.rsplit_once('.').unwrap_or(("", path))
}

/// Whether a place lies inside another, or is it.
fn is_within(place: &str, outer: &str) -> bool {
    place.strip_prefix(outer).is_some_and(|rest| outer.is_empty() || rest.is_empty() || rest.starts_with(['.', '[']))
}
