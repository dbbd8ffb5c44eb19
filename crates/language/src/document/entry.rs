//! Owns the way from a text to a document: limits on the whole, the parser loop, and truncated tails.
//! It does not build nodes (`builder`) and does not read bytes (`decode`).

use super::builder::{Builder, Stop};
use super::limits::MAX_BYTES;
use super::node::NodeKind;
use super::whole::Document;
use crate::diagnostic::{Code, Sink};
use crate::source::{FileId, Span};
use granit_parser::Parser;

/// How many lines are given up to save a truncated document, and how much parsing that may cost.
const MAX_DROPPED_LINES: usize = 60;
const MAX_REPAIR_BYTES: usize = 4 * MAX_BYTES;

const MARK: &str = "# --- truncated at";

/// Reads a text. `None` when nothing can be made of it; the reasons are in the sink.
pub fn parse(file: FileId, text: &str, sink: &mut Sink) -> Option<Document> {
    if text.len() > MAX_BYTES {
        sink.error(Code::YamlTooLarge, Span::new(file, 0, 0), format!("the document exceeds {} MiB", MAX_BYTES >> 20))
            .help("split it into several files");
        return None;
    }
    let Some(mark) = truncation_mark(text) else { return build(file, text, sink) };
    let line = text.get(mark..).and_then(|rest| rest.lines().next()).map_or(0, str::len);
    sink.report(Code::TruncatedDocument, Span::new(file, mark, mark + line), "the rest of this document is missing")
        .help("replace the file by the full original");
    let mut document = repair(file, text, mark, sink)?;
    document.truncated = true;
    Some(document)
}

/// Where the line with the truncation mark begins.
fn truncation_mark(text: &str) -> Option<usize> {
    // Nearly no text has one, and this search is the fastest there is.
    if !text.contains(MARK) {
        return None;
    }
    if text.starts_with(MARK) {
        return Some(0);
    }
    text.rfind("\n# --- truncated at").map(|at| at + 1)
}

/// Gives up trailing lines until the rest is a mapping.
fn repair(file: FileId, text: &str, mark: usize, sink: &mut Sink) -> Option<Document> {
    let mut whole = Sink::new();
    if let Some(document) = build(file, text, &mut whole) {
        sink.append(whole);
        return Some(document);
    }
    let mut rest = text.get(..mark)?;
    let mut spent = 0;
    for _ in 0..=MAX_DROPPED_LINES {
        spent += rest.len();
        if spent > MAX_REPAIR_BYTES {
            break;
        }
        let mut attempt = Sink::new();
        match build(file, rest, &mut attempt) {
            Some(document) if matches!(document.root.kind, NodeKind::Map(_)) => {
                sink.append(attempt);
                return Some(document);
            }
            _ => rest = without_last_line(rest),
        }
    }
    sink.append(whole);
    None
}

fn without_last_line(text: &str) -> &str {
    let body = text.strip_suffix('\n').unwrap_or(text);
    body.rfind('\n').and_then(|at| text.get(..=at)).unwrap_or_default()
}

/// One attempt at a text as it is.
fn build(file: FileId, text: &str, sink: &mut Sink) -> Option<Document> {
    let visible = text.strip_prefix('\u{feff}').unwrap_or(text);
    let skipped = text.len() - visible.len();
    let options = granit_parser::options! { emit_unresolved_aliases: true, emit_comments: false };
    let mut parser = Parser::new_from_str_with_options(visible, options);
    let mut builder = Builder::new(file, text, skipped, sink);
    loop {
        match parser.next_event() {
            None => return Some(builder.finish()),
            Some(Ok((event, at))) => match builder.event(event, &at) {
                Ok(()) => {}
                Err(Stop::Nothing) => return None,
                Err(Stop::Enough) => return Some(builder.finish()),
            },
            Some(Err(error)) => {
                builder.fail(&error);
                return None;
            }
        }
    }
}
