//! What a text says, comments included: the measure by which a layout changes nothing.

use std::borrow::Cow;

use granit_parser::{Event, Parser, ScalarStyle, StructureStyle};

use crate::{
    diagnostic::Sink,
    document::{self, Node, NodeKind},
    source::FileId,
};

/// Whether two texts say the same: the same values with the same tags and anchors in the same order, and the same comments.
pub(super) fn same(one: &str, other: &str) -> bool {
    matches!((said(one), said(other)), (Some(one), Some(other)) if one == other)
}

/// The same, but for the order of keys; comments move with them.
pub(super) fn same_but_for_order(one: &str, other: &str) -> bool {
    let comments = |text| {
        said(text).map(|said| {
            let mut comments: Vec<String> = said.comments.into_iter().map(Cow::into_owned).collect();
            comments.sort_unstable();
            comments
        })
    };
    let tree = |text: &str| document::parse(FileId(0), text, &mut Sink::new()).map(|document| sorted(&document.root));
    let (before, after) = (tree(one), tree(other));
    before.is_some() && before == after && comments(one) == comments(other)
}

/// Everything a text says.
#[derive(PartialEq)]
struct Said<'t> {
    events: Vec<Event<'t>>,
    comments: Vec<Cow<'t, str>>,
}

/// Nothing, when the text is no YAML.
fn said(text: &str) -> Option<Said<'_>> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let options = granit_parser::options! {
        emit_unresolved_aliases: true,
        emit_comments: true,
        max_buffered_comment_events: usize::MAX,
    };
    let mut parser = Parser::new_from_str_with_options(text, options);
    let mut said = Said { events: Vec::new(), comments: Vec::new() };
    while let Some(event) = parser.next_event() {
        match event.ok()?.0 {
            Event::Comment(text, _) => said.comments.push(match text {
                Cow::Borrowed(text) => Cow::Borrowed(text.trim()),
                Cow::Owned(text) => Cow::Owned(text.trim().to_owned()),
            }),
            event => said.events.push(without_looks(event)),
        }
    }
    Some(said)
}

/// An event without what is only looks: which quotes, braces or indentation, whether a document is marked off.
fn without_looks(event: Event<'_>) -> Event<'_> {
    match event {
        Event::Scalar(text, style, anchor, tag) => {
            // Whether a word is quoted decides whether it is text.
            let style = if style == ScalarStyle::Plain { style } else { ScalarStyle::SingleQuoted };
            Event::Scalar(text, style, anchor, tag)
        }
        Event::SequenceStart(_, anchor, tag) => Event::SequenceStart(StructureStyle::Block, anchor, tag),
        Event::MappingStart(_, anchor, tag) => Event::MappingStart(StructureStyle::Block, anchor, tag),
        Event::DocumentStart(_, version) => Event::DocumentStart(false, version),
        other => other,
    }
}

/// The same value with the keys of every mapping in one order.
fn sorted(node: &Node) -> Node {
    let kind = match &node.kind {
        NodeKind::Seq(items) => NodeKind::Seq(items.iter().map(sorted).collect()),
        NodeKind::Map(entries) => {
            let mut entries = entries.to_vec();
            entries.iter_mut().for_each(|entry| entry.value = sorted(&entry.value));
            entries.sort_by(|one, other| one.key.value.cmp(&other.key.value));
            NodeKind::Map(entries.into())
        }
        kind => kind.clone(),
    };
    Node::new(node.span, kind)
}
