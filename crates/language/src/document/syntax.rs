//! Owns the words for what YAML forbids, and the guess at what an author meant.
//! It does not detect anything but unquoted templates; the parser and the builder do.

use crate::diagnostic::{Code, Sink};
use crate::source::{FileId, Span};
use granit_parser::{ErrorKind, ScanError};

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
    let next = text.get(at..).and_then(|rest| rest.chars().next()).filter(|c| *c != '\n' && *c != '\r');
    let span = Span::new(file, at, at + next.map_or(0, char::len_utf8));
    let (message, help) = phrase(error.kind());
    let draft = sink.error(Code::YamlSyntax, span, message.unwrap_or_else(|| error.info()));
    if let Some(help) = help {
        draft.help(help);
    }
    span
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
        ErrorKind::TabNotAllowed
        | ErrorKind::TabInBlockIndentation
        | ErrorKind::TabInIndentation
        | ErrorKind::TabAtBlockScalarStart
        | ErrorKind::TabInPlainScalar => ("a tab cannot be used here", Some("indent with spaces")),
        ErrorKind::MappingValueNotAllowed | ErrorKind::InvalidColonPlacement => (
            "this `:` makes a key where no key can stand",
            Some("quote the whole value if it is text; else check the indentation and the line above"),
        ),
        ErrorKind::UnclosedQuotedScalar => ("a quote is opened but never closed", Some("add the closing quote")),
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
