//! Owns the words for what YAML forbids, and the guess at what an author meant.
//! It does not detect anything but unquoted templates; the parser and the builder do.

use super::quotes;
use crate::diagnostic::{Code, Sink};
use crate::source::{FileId, Span};
use granit_parser::{ErrorKind, ScanError};
use std::ops::Range;

pub(super) fn too_deep(span: Span, sink: &mut Sink) {
    let message = format!("mappings and lists are nested more than {} levels deep", super::limits::MAX_DEPTH);
    sink.error(Code::YamlTooDeep, span, message).help("flatten the structure");
}

/// `text` is the template as written, with everything that belongs to the value.
pub(super) fn unquoted_template(text: &str, span: Span, sink: &mut Sink) {
    let quoted = format!("'{}'", text.replace('\'', "''"));
    sink.error(Code::UnquotedTemplate, span, "a value that begins with `{{` must be quoted")
        .here("YAML reads these braces as a mapping")
        .help(format!("quote it: {quoted}"))
        .fix(span, quoted);
}

/// Reports what stopped the parser, and says where.
pub(super) fn report(error: &ScanError, file: FileId, text: &str, skipped: usize, sink: &mut Sink) -> Span {
    let at = error.marker().byte_offset().unwrap_or_default() + skipped;
    let at = text.floor_char_boundary(at);
    if matches!(error.kind(), ErrorKind::RecursionLimitExceeded) {
        let span = Span::new(file, at, at);
        too_deep(span, sink);
        return span;
    }
    if let Some((start, end)) = template_on_line(text, at) {
        let written = text.get(start..end).unwrap_or_default();
        let span = Span::new(file, start, end);
        unquoted_template(written, span, sink);
        return span;
    }
    if is_about_quotes(error.kind())
        && let Some(open) = quotes::left_open(text, at)
    {
        return left_open(&open, file, sink);
    }
    if is_about_tabs(error.kind())
        && let Some(tabs) = tabs_near(text, at)
    {
        return tab(Span::new(file, tabs.start, tabs.end), sink);
    }
    let next = text.get(at..).and_then(|rest| rest.chars().next()).filter(|c| *c != '\n' && *c != '\r');
    let span = Span::new(file, at, at + next.map_or(0, char::len_utf8));
    let (message, help) = phrase(error.kind());
    let draft = sink.error(Code::YamlSyntax, span, message.unwrap_or_else(|| error.info()));
    if let Some(help) = help {
        draft.help(help);
    }
    span
}

/// A quote that its line leaves open swallows what follows; the parser stops somewhere behind it.
fn left_open(open: &quotes::Open, file: FileId, sink: &mut Sink) -> Span {
    let span = Span::new(file, open.start, open.end);
    let draft = sink.error(Code::YamlSyntax, span, "a quote is opened but never closed").help("add the closing quote");
    if open.ends_value {
        drop(draft.guess(Span::new(file, open.end, open.end), open.quote));
    }
    span
}

fn tab(span: Span, sink: &mut Sink) -> Span {
    let spaces = "  ".repeat(span.range().len());
    sink.error(Code::YamlSyntax, span, "a tab cannot be used here").help("indent with spaces").guess(span, spaces);
    span
}

fn is_about_quotes(kind: &ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::InvalidQuotedScalarIndent
            | ErrorKind::UnclosedQuotedScalar
            | ErrorKind::DocumentIndicatorInQuotedScalar
            | ErrorKind::InvalidTrailingSingleQuotedScalar
            | ErrorKind::InvalidTrailingDoubleQuotedScalar
    )
}

fn is_about_tabs(kind: &ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::TabNotAllowed
            | ErrorKind::TabInBlockIndentation
            | ErrorKind::TabInIndentation
            | ErrorKind::TabAtBlockScalarStart
            | ErrorKind::TabInPlainScalar
    )
}

/// The tabs at an offset, or else the last ones before it on its line, or those its next line begins with.
fn tabs_near(text: &str, at: usize) -> Option<Range<usize>> {
    let start = text.get(..at)?.rfind('\n').map_or(0, |n| n + 1);
    let next = text.get(at..)?.find('\n').map_or(text.len(), |n| at + n + 1);
    let indent = text.get(next..)?.len() - text.get(next..)?.trim_start_matches([' ', '\t']).len();
    let here = (text.as_bytes().get(at) == Some(&b'\t')).then_some((start, at + 1));
    let before = || text.get(start..at)?.rfind('\t').map(|tab| (start, start + tab + 1));
    let below = || text.get(next..next + indent)?.rfind('\t').map(|tab| (next, next + tab + 1));
    let (from, end) = here.or_else(before).or_else(below)?;
    Some(from + text.get(from..end)?.trim_end_matches('\t').len()..end)
}

/// Finds a value that begins with `{{` and is not quoted, on the line of an offset or the line before.
fn template_on_line(text: &str, at: usize) -> Option<(usize, usize)> {
    let line_start = |end: usize| text.get(..end).and_then(|before| before.rfind('\n')).map_or(0, |n| n + 1);
    let here = line_start(at);
    let before = line_start(here.saturating_sub(1));
    [here, before].into_iter().find_map(|start| {
        let line = text.get(start..)?.lines().next()?;
        let braces = line.find("{{")?;
        let lead = line.get(..braces)?.trim_end();
        if !(lead.is_empty() || lead.ends_with([':', '-', ',', '['])) || lead.contains(['"', '\'', '#']) {
            return None;
        }
        let value = line.get(braces..)?;
        let value = value.split(" #").next()?.trim_end();
        Some((start + braces, start + braces + value.len()))
    })
}

/// Message and help in words of the author's world; `None` keeps the parser's own words.
fn phrase(kind: &ErrorKind) -> (Option<String>, Option<&'static str>) {
    let (message, help) = match kind {
        kind if is_about_tabs(kind) => ("a tab cannot be used here", Some("indent with spaces")),
        ErrorKind::MappingValueNotAllowed | ErrorKind::InvalidColonPlacement => (
            "this `:` makes a key where no key can stand",
            Some("quote the whole value if it is text; else check the indentation and the line above"),
        ),
        ErrorKind::UnclosedQuotedScalar | ErrorKind::InvalidQuotedScalarIndent => {
            ("a quote is opened but never closed", Some("add the closing quote"))
        }
        ErrorKind::SimpleKeyExpected | ErrorKind::InvalidSimpleKey => (
            "this line is not `key: value`",
            Some("add the missing `:`, or indent the line under the text it continues"),
        ),
        ErrorKind::InvalidIndentation | ErrorKind::ExpectedBlockMappingKey => {
            ("this line does not fit the indentation of the mapping around it", Some("align it with its siblings"))
        }
        ErrorKind::ExpectedBlockSequenceEntry => {
            ("expected a list item that begins with `-`", Some("align it with the items above"))
        }
        ErrorKind::BlockSequenceEntryNotAllowed | ErrorKind::BlockEntryInFlowCollection => {
            ("a list item cannot begin here", Some("put it on a line of its own, indented under its key"))
        }
        ErrorKind::ExpectedFlowMappingSeparator
        | ErrorKind::UnexpectedEofFlowMapping
        | ErrorKind::UnexpectedEofImplicitFlowMapping => {
            ("expected `,` or `}` in a mapping in braces", Some("close the brace, or quote the text it stands in"))
        }
        ErrorKind::ExpectedFlowSequenceSeparator | ErrorKind::UnexpectedEofFlowSequence => {
            ("expected `,` or `]` in a list in brackets", Some("close the bracket, or quote the text it stands in"))
        }
        ErrorKind::MisplacedFlowCollectionEnd => {
            ("a closing bracket without an opening one", Some("remove it, or quote the text it stands in"))
        }
        ErrorKind::UnclosedFlowCollection { .. } => {
            ("a bracket is opened but never closed", Some("close it, or quote the text it stands in"))
        }
        ErrorKind::InvalidTrailingSingleQuotedScalar | ErrorKind::InvalidTrailingDoubleQuotedScalar => {
            ("text follows the closing quote", Some("put the whole value into quotes"))
        }
        ErrorKind::UnknownQuotedScalarEscape => {
            ("unknown escape in a double-quoted text", Some("write `\\\\` for a backslash, or use single quotes"))
        }
        ErrorKind::UnexpectedCharacter { character: c @ ('@' | '`' | '%') } => {
            return (Some(format!("a value cannot begin with `{c}`")), Some("quote the value"));
        }
        ErrorKind::InvalidBlockScalarIndent => {
            ("a line of this text block is indented less than its first line", Some("align it with the first line"))
        }
        ErrorKind::ExpectedNodeContent | ErrorKind::UnexpectedEof => ("expected a value", None),
        _ => return (None, None),
    };
    (Some(message.to_owned()), help)
}
