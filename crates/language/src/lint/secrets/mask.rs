//! Takes secrets out of what is said: out of the texts excerpts are made of, and out of messages, help and fixes.

use std::ops::Range;

use super::raw;
use crate::{
    diagnostic::{Code, Diagnostic},
    source::{FileId, SourceSet, Span},
};

/// What stands in the place of a secret inside a sentence.
const HIDDEN: &str = "***";

/// Texts this short are hidden only where they stand alone in quotes: they may be words.
const SHORT: usize = 8;

/// Hides every secret that was warned of, and what looks like one where nothing could be `parsed`. Positions stay what they were.
pub(crate) fn conceal(diagnostics: &mut [Diagnostic], sources: &mut SourceSet, parsed: &[FileId]) {
    let warned: Vec<Span> =
        diagnostics.iter().filter(|known| known.code == Code::LiteralSecret).filter_map(Diagnostic::span).collect();
    if warned.is_empty() && sources.iter().all(|(id, _)| parsed.contains(&id)) {
        return;
    }
    let mut places: Vec<(FileId, Vec<Range<usize>>)> = Vec::new();
    let mut secrets: Vec<String> = Vec::new();
    for (id, file) in sources.iter() {
        let ranges = match parsed.contains(&id) {
            true => warned.iter().filter(|span| span.file == id).map(|span| span.range()).collect(),
            false => raw::secrets(&file.text),
        };
        for range in &ranges {
            let written = file.text.get(range.clone()).unwrap_or_default();
            secrets.push(written.trim_matches(['"', '\'']).trim().to_owned());
        }
        if !ranges.is_empty() {
            places.push((id, ranges));
        }
    }
    secrets.retain(|secret| !secret.is_empty());
    if !secrets.is_empty() {
        // What is written twice is hidden twice, under whatever key.
        let again: Vec<(FileId, Vec<Range<usize>>)> =
            sources.iter().map(|(id, file)| (id, repeated(&file.text, &secrets))).collect();
        for (id, ranges) in places.into_iter().chain(again).filter(|(_, ranges)| !ranges.is_empty()) {
            sources.conceal(id, &ranges);
        }
        diagnostics.iter_mut().for_each(|diagnostic| clean(diagnostic, &secrets));
    }
}

/// Every place of the secrets that are long enough to be no word.
fn repeated(text: &str, secrets: &[String]) -> Vec<Range<usize>> {
    let long = secrets.iter().filter(|secret| secret.len() >= SHORT);
    long.flat_map(|secret| text.match_indices(&**secret).map(|(at, found)| at..at + found.len())).collect()
}

fn clean(diagnostic: &mut Diagnostic, secrets: &[String]) {
    let without = |text: &mut String| {
        for secret in secrets {
            if secret.len() < SHORT {
                for quote in ['`', '\'', '"'] {
                    *text = text.replace(&format!("{quote}{secret}{quote}"), &format!("{quote}{HIDDEN}{quote}"));
                }
            } else if text.contains(&**secret) {
                *text = text.replace(&**secret, HIDDEN);
            }
        }
    };
    without(&mut diagnostic.message);
    diagnostic.help.iter_mut().for_each(without);
    diagnostic.labels.iter_mut().for_each(|label| without(&mut label.text));
    // A repair with a secret in it is nobody's to see, and with a hole in it none.
    diagnostic.fix.take_if(|fix| {
        fix.edits.iter_mut().any(|edit| {
            let before = edit.replacement.clone();
            without(&mut edit.replacement);
            edit.replacement != before
        })
    });
}
