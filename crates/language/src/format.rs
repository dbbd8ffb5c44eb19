//! Owns the one canonical layout of YAML files: indentation, spacing, quotes, the order of keys when it is asked for. How a text looks
//! changes and what it says does not: a text that would say something else, or lose a comment, is left as it is, with the reason.

mod layout;
mod order;
mod said;

use std::borrow::Cow;

use crate::{
    diagnostic::{Diagnostic, Sink},
    document::{self, Node, NodeKind},
    read, render,
    source::{SourceFile, SourceSet},
};

/// How often a text is laid out until nothing changes any more.
const PASSES: usize = 4;

/// The formatter keeps the columns of what is open in 64 bits.
const FAR: usize = 60;

/// What is wanted beyond the layout.
#[derive(Clone, Copy, Debug, Default)]
pub struct Style {
    /// Keys stand in the order of the key tables. Mappings from names of the author's choice keep theirs.
    pub order: bool,
}

/// Why a text is left as it is, a line for each reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Left(pub Vec<String>);

/// The text in the canonical layout; the same text when it has it already.
///
/// # Errors
/// When the text is no YAML, or cannot be laid out without saying something else.
pub fn format<'t>(path: &str, text: &'t str, style: Style) -> Result<Cow<'t, str>, Left> {
    readable(path, text)?;
    let (mark, body) = match text.strip_prefix('\u{feff}') {
        Some(body) => ("\u{feff}", body),
        None => ("", text),
    };
    let line_break = if body.split_once('\n').is_some_and(|(first, _)| first.ends_with('\r')) { "\r\n" } else { "\n" };
    let plain = if body.contains('\r') { Cow::Owned(body.replace("\r\n", "\n")) } else { Cow::Borrowed(body) };
    let mut done = settled(path, &plain)?;
    if style.order {
        done = settled(path, &order::ordered(&done))?;
    }
    if line_break == "\r\n" {
        done = done.replace('\n', "\r\n");
    }
    let done = format!("{mark}{done}");
    if done == text {
        return Ok(Cow::Borrowed(text));
    }
    let same = if style.order { said::same_but_for_order(text, &done) } else { said::same(text, &done) };
    if same { Ok(Cow::Owned(done)) } else { Err(left(path, "it would say something else in the canonical layout")) }
}

/// Whether a text is one that [`format`] is for when nobody named it: a capability document, or a sandbox.
#[must_use]
pub fn concerns(text: &str) -> bool {
    let mut sources = SourceSet::new();
    let (_, document) = document::load(&mut sources, "", text.as_bytes().to_vec(), &mut Sink::new());
    document.is_none_or(|document| read::classify(&document.root))
}

/// Nothing, when the text is YAML as we read it. It also keeps what nests too deep away from the formatter, which recurs.
fn readable(path: &str, text: &str) -> Result<(), Left> {
    let mut sources = SourceSet::new();
    let mut sink = Sink::new();
    let (file, document) = document::load(&mut sources, path, text.as_bytes().to_vec(), &mut sink);
    let errors = sink.diagnostics().iter().filter(|found| Diagnostic::is_error(found));
    let lines: Vec<String> = errors.map(|found| render::line(found, &sources)).collect();
    if !lines.is_empty() {
        return Err(Left(lines));
    }
    match (document, sources.get(file)) {
        (Some(document), Some(source)) if is_far_right(&document.root, source) => {
            Err(left(path, &format!("something is indented by more than {FAR} columns")))
        }
        _ => Ok(()),
    }
}

/// Whether a mapping or a list begins farther to the right than the formatter can count.
fn is_far_right(node: &Node, source: &SourceFile) -> bool {
    let far = |node: &Node| is_far_right(node, source);
    let inner = match &node.kind {
        NodeKind::Seq(items) => items.iter().any(far),
        NodeKind::Map(entries) => entries.iter().any(|entry| far(&entry.value)),
        _ => return false,
    };
    let flow = source.text.get(node.span.range()).is_some_and(|text| text.starts_with(['{', '[']));
    inner || (!flow && source.position(node.span.start).1 > FAR)
}

/// The text laid out until that changes nothing.
fn settled(path: &str, text: &str) -> Result<String, Left> {
    let mut now = text.to_owned();
    for _ in 0..PASSES {
        let next = layout::laid_out(&now).map_err(|why| left(path, &why))?;
        if next == now {
            return Ok(now);
        }
        now = next;
    }
    Err(left(path, "its layout does not settle"))
}

fn left(path: &str, why: &str) -> Left {
    Left(vec![format!("{path}: left as it is: {why}")])
}

#[cfg(test)]
mod tests;
