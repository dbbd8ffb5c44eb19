//! Owns the annotated form: the source line, a caret, the code in brackets, help and a suggested edit.
//! It does not decide about colour; the caller knows its terminal.

use super::line::line;
use super::printable::printable;
use crate::diagnostic::{Diagnostic, Edit, Fix, Severity};
use crate::source::{FileId, SourceFile, SourceSet, Span};
use annotate_snippets::{AnnotationKind, Level, Patch, Renderer, Snippet};
use std::ops::Range;

/// Whether to colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// Plain text.
    Plain,
    /// ANSI colours.
    Coloured,
}

/// One diagnostic as annotated source text, without a final line break. One line when there is nothing to show of it.
#[must_use]
pub fn human(diagnostic: &Diagnostic, sources: &SourceSet, style: Style) -> String {
    let excerpts = excerpts(diagnostic, sources);
    if excerpts.is_empty() {
        return line(diagnostic, sources);
    }
    let title = level(diagnostic.severity)
        .primary_title(printable(&diagnostic.message).into_owned())
        .id(diagnostic.code.name());
    let mut groups = vec![title.elements(excerpts.iter().map(Excerpt::annotated))];
    let patch = diagnostic.fix.as_ref().and_then(only).and_then(|edit| patch(edit, sources));
    let help = diagnostic.help.as_deref().map(|help| printable(help).into_owned());
    match (patch, help) {
        (Some(patch), help) => {
            let title = Level::HELP.secondary_title(help.unwrap_or_else(|| "change it to".to_owned()));
            groups.push(title.element(patch));
        }
        (None, Some(help)) => {
            if let Some(primary) = groups.pop() {
                groups.push(primary.element(Level::HELP.message(help)));
            }
        }
        (None, None) => {}
    }
    let renderer = match style {
        Style::Plain => Renderer::plain(),
        Style::Coloured => Renderer::styled(),
    };
    renderer.render(&groups)
}

/// More than this is not worth laying out: labels too far apart, or a whole document on one line.
const MAX_EXCERPT: usize = 256 * 1024;

/// The lines of one file that the labels of a diagnostic touch, from the first to the last.
struct Excerpt<'a> {
    path: &'a str,
    text: &'a str,
    first_line: usize,
    annotations: Vec<(AnnotationKind, Range<usize>, &'a str)>,
}

impl<'a> Excerpt<'a> {
    fn annotated(&self) -> Snippet<'a, annotate_snippets::Annotation<'a>> {
        let annotations = self.annotations.iter().map(|(kind, range, text)| {
            let annotation = kind.span(range.clone());
            if text.is_empty() { annotation } else { annotation.label(printable(text).into_owned()) }
        });
        Snippet::source(self.text).path(self.path).line_start(self.first_line).annotations(annotations)
    }
}

fn excerpts<'a>(diagnostic: &'a Diagnostic, sources: &'a SourceSet) -> Vec<Excerpt<'a>> {
    let mut files: Vec<FileId> = Vec::new();
    for label in &diagnostic.labels {
        if !files.contains(&label.span.file) {
            files.push(label.span.file);
        }
    }
    files.into_iter().filter_map(|file| excerpt(diagnostic, file, sources.get(file)?)).collect()
}

fn excerpt<'a>(diagnostic: &'a Diagnostic, id: FileId, file: &'a SourceFile) -> Option<Excerpt<'a>> {
    let labels = diagnostic.labels.iter().enumerate().filter(|(_, label)| label.span.file == id);
    let mut ranges: Vec<_> =
        labels.map(|(at, label)| (at, within_line(label.span, &file.text), &*label.text)).collect();
    let near = covering(file, ranges.iter().map(|(_, range, _)| range)).or_else(|| {
        ranges.truncate(1);
        covering(file, ranges.iter().map(|(_, range, _)| range))
    });
    let (lines, first_line) = near?;
    let annotations = ranges.into_iter().map(|(at, range, text)| {
        let kind = if at == 0 { AnnotationKind::Primary } else { AnnotationKind::Context };
        (kind, range.start - lines.start..range.end - lines.start, text)
    });
    let annotations = annotations.collect();
    Some(Excerpt { path: &file.path, text: file.text.get(lines)?, first_line, annotations })
}

/// The whole lines around some ranges, without a byte-order mark, and the number of the first; `None` if too long.
fn covering<'r>(file: &SourceFile, ranges: impl Iterator<Item = &'r Range<usize>>) -> Option<(Range<usize>, usize)> {
    if file.text.is_empty() {
        return None;
    }
    let all = ranges.cloned().reduce(|a, b| a.start.min(b.start)..a.end.max(b.end))?;
    let before = file.text.get(..all.start)?;
    let start = before.rfind('\n').map_or(0, |at| at + 1);
    let start =
        if start == 0 && file.text.starts_with('\u{feff}') { '\u{feff}'.len_utf8().min(all.start) } else { start };
    let end = file.text.get(all.end..)?.find('\n').map_or(file.text.len(), |at| all.end + at);
    if end.saturating_sub(start) > MAX_EXCERPT {
        return None;
    }
    let (line, _) = file.position(u32::try_from(start).ok()?);
    Some((start..end, line))
}

/// A range on character boundaries that ends with its first line: a caret under a whole mapping says nothing.
fn within_line(span: Span, text: &str) -> Range<usize> {
    let start = text.floor_char_boundary(span.start as usize);
    let end = text.ceil_char_boundary(span.end as usize);
    let covered = text.get(start..end).unwrap_or_default();
    let first = covered.split('\n').next().unwrap_or_default().trim_end();
    start..start + first.len()
}

/// The edit of a fix that has one: what changes in several places is too much to show.
fn only(fix: &Fix) -> Option<&Edit> {
    match fix.edits.as_slice() {
        [edit] => Some(edit),
        _ => None,
    }
}

fn patch<'a>(edit: &'a Edit, sources: &'a SourceSet) -> Option<Snippet<'a, Patch<'a>>> {
    let file = sources.get(edit.span.file)?;
    let range = edit.span.range();
    file.text.get(range.clone())?;
    let (lines, first_line) = covering(file, std::iter::once(&range))?;
    let patch = Patch::new(range.start - lines.start..range.end - lines.start, printable(&edit.replacement));
    Some(Snippet::source(file.text.get(lines)?).path(&*file.path).line_start(first_line).patch(patch))
}

const fn level(severity: Severity) -> Level<'static> {
    match severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Note => Level::NOTE,
    }
}
