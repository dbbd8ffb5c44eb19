//! Owns the step from parser events to a tree: nesting, keys, anchors and limits.
//! It does not decide what a scalar means (`scalar`) or how a syntax error is phrased (`syntax`).

use super::limits::{MAX_ALIAS_NODES, MAX_DEPTH, MAX_NODES};
use super::node::{Entry, Node, NodeKind, Word};
use super::whole::Document;
use super::{duplicates, scalar, syntax};
use crate::diagnostic::{Code, Sink};
use crate::source::{FileId, Span, Spanned};
use granit_parser::{Event, ScalarStyle, ScanError, StructureStyle, Tag};
use std::borrow::Cow;
use std::collections::HashMap;

/// Building ends early; the reason is in the sink.
pub(super) enum Stop {
    /// There is no document.
    Nothing,
    /// The first document is complete.
    Enough,
}

pub(super) struct Builder<'t, 's> {
    file: FileId,
    text: &'t str,
    /// Bytes of the text before what the parser sees (a byte-order mark).
    skipped: usize,
    sink: &'s mut Sink,
    frames: Vec<Frame>,
    /// Finished items of all open lists, and finished entries of all open mappings.
    nodes: Vec<Node>,
    entries: Vec<Entry>,
    anchors: HashMap<usize, Anchored>,
    keep_anchors: bool,
    count: usize,
    copied: usize,
    aliased: usize,
    roots: usize,
    root: Option<Node>,
    /// An unquoted template not yet reported: what follows may show that more text belongs to it.
    template: Option<Span>,
}

/// An open list or mapping.
struct Frame {
    start: usize,
    /// Where its last part ended: block collections have no end of their own.
    end: usize,
    first: usize,
    anchor: usize,
    shape: Shape,
    flow: bool,
    merges: bool,
    template: bool,
    key: Key,
}

#[derive(Clone, Copy, PartialEq)]
enum Shape {
    Seq,
    Map,
}

enum Key {
    Awaited,
    Name(Spanned<Box<str>>),
    Bad,
}

struct Anchored {
    node: Node,
    nodes: usize,
    height: usize,
}

impl<'t, 's> Builder<'t, 's> {
    pub(super) fn new(file: FileId, text: &'t str, skipped: usize, sink: &'s mut Sink) -> Self {
        Self {
            file,
            text,
            skipped,
            sink,
            frames: Vec::with_capacity(16),
            nodes: Vec::with_capacity(64),
            entries: Vec::with_capacity(64),
            anchors: HashMap::new(),
            keep_anchors: text.contains('*'),
            count: 0,
            copied: 0,
            aliased: 0,
            roots: 0,
            root: None,
            template: None,
        }
    }

    /// Reports what stopped the parser.
    pub(super) fn fail(mut self, error: &ScanError) {
        let template = self.template.take();
        let reported = syntax::report(error, self.file, self.text, self.skipped, self.sink);
        if template.is_some_and(|span| span.start != reported.start) {
            self.template = template;
            self.flush();
        }
    }

    fn flush(&mut self) {
        if let Some(span) = self.template.take() {
            let text = self.text.get(span.range()).unwrap_or_default();
            syntax::unquoted_template(text, span, self.sink);
        }
    }

    pub(super) fn finish(mut self) -> Document {
        self.flush();
        let root = self.root.unwrap_or_else(|| Node {
            span: Span::new(self.file, self.skipped, self.skipped),
            kind: NodeKind::Null,
            word: Word::Empty,
        });
        Document { root, truncated: false }
    }

    #[inline]
    pub(super) fn event(&mut self, event: Event<'t>, at: &granit_parser::Span) -> Result<(), Stop> {
        self.flush();
        let span = self.span(at);
        match event {
            Event::DocumentStart(..) => self.roots += 1,
            Event::Scalar(text, style, anchor, tag) => self.scalar(text, style, anchor, tag.as_deref(), span)?,
            Event::SequenceStart(style, anchor, tag) => {
                self.tag(tag.as_deref(), span);
                self.open(Shape::Seq, style, anchor, span)?;
            }
            Event::MappingStart(style, anchor, tag) => {
                self.tag(tag.as_deref(), span);
                self.open(Shape::Map, style, anchor, span)?;
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(span)?,
            Event::Alias(id) => self.alias(id, span)?,
            Event::UnresolvedAlias(name) => self.unknown_alias(&name, span)?,
            _ => {}
        }
        Ok(())
    }

    fn span(&self, at: &granit_parser::Span) -> Span {
        let range = at.byte_range().unwrap_or_default();
        Span::new(self.file, range.start + self.skipped, range.end + self.skipped)
    }

    fn count(&mut self, span: Span) -> Result<(), Stop> {
        self.count += 1;
        if self.count > MAX_NODES {
            self.sink
                .error(Code::YamlTooManyNodes, span, format!("the document has more than {MAX_NODES} values"))
                .help("split it into several files");
            return Err(Stop::Nothing);
        }
        // An empty second document is only a trailing `---`.
        if self.roots > 1 {
            self.sink
                .error(Code::YamlMultipleDocuments, span, "a second document begins here; a file holds one")
                .help("move it to a file of its own");
            return Err(Stop::Enough);
        }
        Ok(())
    }

    fn scalar(
        &mut self,
        text: Cow<'t, str>,
        style: ScalarStyle,
        anchor: usize,
        tag: Option<&Tag>,
        span: Span,
    ) -> Result<(), Stop> {
        let plain = style == ScalarStyle::Plain;
        let absent = plain && span.is_empty();
        if absent && self.roots > 1 && self.frames.is_empty() {
            return Ok(());
        }
        self.count(span)?;
        // The parser spells an absent value `~`.
        let text = if absent { Cow::Borrowed("") } else { text };
        let span = match style {
            _ if absent => self.absent(span),
            ScalarStyle::Literal | ScalarStyle::Folded => self.without_blank_tail(span),
            _ => span,
        };
        if tag.is_none()
            && anchor == 0
            && let Some(frame) = self.awaiting_key()
        {
            frame.merges |= plain && text == "<<";
            frame.end = span.end as usize;
            frame.key = Key::Name(Spanned::new(text.into(), span));
            return Ok(());
        }
        let (kind, word) = match self.scalar_tag(tag, span) {
            Some(true) => scalar::resolve(text),
            None if plain => scalar::resolve(text),
            _ => (NodeKind::String(text.into()), Word::Empty),
        };
        self.place(Node { span, kind, word }, anchor, span)
    }

    /// The place of a value that is not there: right behind what came before it.
    fn absent(&self, span: Span) -> Span {
        let Some(frame) = self.frames.last() else { return span };
        let colon = usize::from(self.text.as_bytes().get(frame.end) == Some(&b':'));
        let at = frame.end + colon;
        Span::new(self.file, at, at)
    }

    /// A text block's range reaches to the next token; what people see ends with its last word.
    fn without_blank_tail(&self, span: Span) -> Span {
        let seen = self.text.get(span.range()).unwrap_or_default().trim_end();
        span.slice(0, seen.len())
    }

    fn awaiting_key(&mut self) -> Option<&mut Frame> {
        self.frames.last_mut().filter(|frame| frame.shape == Shape::Map && matches!(frame.key, Key::Awaited))
    }

    /// `Some(true)`: resolve as if unquoted; `Some(false)`: text; `None`: no tag that says so.
    fn scalar_tag(&mut self, tag: Option<&Tag>, span: Span) -> Option<bool> {
        match tag?.core_suffix() {
            Some("str") => Some(false),
            Some("int" | "float" | "bool" | "null") => Some(true),
            _ => {
                self.tag(tag, span);
                None
            }
        }
    }

    fn tag(&mut self, tag: Option<&Tag>, span: Span) {
        let Some(tag) = tag else { return };
        let plain = matches!(tag.core_suffix(), Some("map" | "seq")) || tag.original() == "!";
        if !plain {
            self.sink
                .warning(
                    Code::YamlTag,
                    span,
                    format!("the tag `{}` has no meaning here and is ignored", tag.original()),
                )
                .help("remove the tag");
        }
    }

    fn open(&mut self, shape: Shape, style: StructureStyle, anchor: usize, span: Span) -> Result<(), Stop> {
        self.count(span)?;
        self.check_depth(1, span)?;
        let start = span.start as usize;
        let first = if shape == Shape::Seq { self.nodes.len() } else { self.entries.len() };
        let flow = style == StructureStyle::Flow;
        let key = Key::Awaited;
        self.frames.push(Frame { start, end: start, first, anchor, shape, flow, merges: false, template: false, key });
        Ok(())
    }

    fn check_depth(&mut self, more: usize, span: Span) -> Result<(), Stop> {
        if self.frames.len() + more <= MAX_DEPTH {
            return Ok(());
        }
        syntax::too_deep(span, self.sink);
        Err(Stop::Nothing)
    }

    fn close(&mut self, end: Span) -> Result<(), Stop> {
        let Some(frame) = self.frames.pop() else { return Ok(()) };
        let end = if frame.flow { end.end as usize } else { frame.end };
        let span = Span::new(self.file, frame.start, end);
        let kind = match frame.shape {
            Shape::Seq => NodeKind::Seq(self.nodes.drain(frame.first..).collect()),
            Shape::Map => {
                let mut entries = self.entries.drain(frame.first..).collect();
                if frame.merges {
                    entries = duplicates::merge(entries, self.sink);
                }
                NodeKind::Map(duplicates::unique(entries, self.sink))
            }
        };
        if frame.template {
            return self.template(span);
        }
        self.place(Node { span, kind, word: Word::Empty }, frame.anchor, span)
    }

    /// `{{x}}` read as a mapping within a mapping: says so once, and goes on with the text that was meant.
    fn template(&mut self, span: Span) -> Result<(), Stop> {
        if let Some(frame) = self.awaiting_key()
            && frame.flow
            && frame.start + 1 == span.start as usize
        {
            frame.template = true;
            frame.key = Key::Bad;
            return Ok(());
        }
        let text = self.text.get(span.range()).unwrap_or_default();
        self.template = Some(span);
        self.place(Node::new(span, NodeKind::String(text.into())), 0, span)
    }

    /// Puts a finished value where it belongs; `written` is where it stands in the text.
    fn place(&mut self, node: Node, anchor: usize, written: Span) -> Result<(), Stop> {
        if anchor != 0 && self.keep_anchors {
            self.anchor(anchor, &node)?;
        }
        let Some(frame) = self.frames.last_mut() else {
            self.root = Some(node);
            return Ok(());
        };
        frame.end = frame.end.max(written.end as usize);
        match frame.shape {
            Shape::Seq => self.nodes.push(node),
            Shape::Map => match std::mem::replace(&mut frame.key, Key::Awaited) {
                Key::Name(key) => self.entries.push(Entry { key, value: node }),
                Key::Bad => {}
                Key::Awaited => self.key(node),
            },
        }
        Ok(())
    }

    fn key(&mut self, node: Node) {
        let text = self.text;
        let Some(frame) = self.frames.last_mut() else { return };
        if let Some(name) = node.scalar_text() {
            frame.key = Key::Name(Spanned::new(name.into(), node.span));
            return;
        }
        frame.key = Key::Bad;
        let braces = text.get(frame.start..).is_some_and(|rest| rest.starts_with("{{"));
        if frame.flow && braces && frame.start + 1 == node.span.start as usize {
            frame.template = true;
            return;
        }
        self.sink
            .error(Code::YamlKey, node.span, format!("a key must be text, but this is {}", node.kind_name()))
            .help("use a plain word as the key");
    }

    fn anchor(&mut self, id: usize, node: &Node) -> Result<(), Stop> {
        let (nodes, height) = measure(node);
        self.copied += nodes;
        if self.copied > MAX_NODES {
            return self.over_budget(node.span);
        }
        self.anchors.insert(id, Anchored { node: node.clone(), nodes, height });
        Ok(())
    }

    fn alias(&mut self, id: usize, span: Span) -> Result<(), Stop> {
        self.count(span)?;
        let Some(anchored) = self.anchors.get(&id) else {
            self.sink
                .error(Code::YamlAlias, span, "this alias stands inside the value it refers to")
                .help("an alias can only repeat a value that ended before it");
            return self.place(Node::new(span, NodeKind::Null), 0, span);
        };
        let (nodes, height) = (anchored.nodes, anchored.height);
        self.aliased += nodes;
        if self.aliased > MAX_ALIAS_NODES || self.count + self.aliased > MAX_NODES {
            return self.over_budget(span);
        }
        self.check_depth(height, span)?;
        let Some(anchored) = self.anchors.get(&id) else { return Ok(()) };
        let node = anchored.node.clone();
        self.place(node, 0, span)
    }

    fn over_budget(&mut self, span: Span) -> Result<(), Stop> {
        let message = format!("aliases expand to more than {MAX_ALIAS_NODES} values");
        self.sink.error(Code::YamlAliasBudget, span, message).help("write the values out, or repeat them less often");
        Err(Stop::Nothing)
    }

    fn unknown_alias(&mut self, name: &str, span: Span) -> Result<(), Stop> {
        self.count(span)?;
        self.sink
            .error(Code::YamlAlias, span, format!("no anchor `&{name}` is defined above this alias"))
            .help(format!("if the `*` is meant literally, quote the value: '*{name}'"));
        self.place(Node::new(span, NodeKind::Null), 0, span)
    }
}

/// Number of values in a tree, and how many lists and mappings deep it is.
fn measure(node: &Node) -> (usize, usize) {
    let add = |(nodes, height): (usize, usize), child: &Node| {
        let (n, h) = measure(child);
        (nodes + n, height.max(h))
    };
    match &node.kind {
        NodeKind::Seq(items) => {
            let (nodes, height) = items.iter().fold((1, 0), add);
            (nodes, height + 1)
        }
        NodeKind::Map(entries) => {
            let (nodes, height) = entries.iter().map(|entry| &entry.value).fold((1, 0), add);
            (nodes, height + 1)
        }
        _ => (1, 0),
    }
}
