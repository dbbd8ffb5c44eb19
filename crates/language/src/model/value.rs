//! A value of the author's own, where any value may stand: what `with` gives, a body, a constant, a default.
//! It can be walked and turned into JSON; no key can be asked for by name, so what a key means stays with the reader.

use serde_json::Value;

use crate::{
    document::{Node, NodeKind},
    source::{Span, Spanned},
};

/// An entry of `with`: a parameter of the callee and what it is given.
pub(crate) type WithDecl<'d> = (Spanned<&'d str>, ValueDecl<'d>);

/// A value as written. Its texts may hold templates.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ValueDecl<'d>(&'d Node);

/// What a value is, one level of it.
#[derive(Debug)]
pub(crate) enum ValueKind<'d> {
    /// Nothing, a truth value or a number: nothing a template could stand in.
    Plain,
    Text(&'d str),
    List(Vec<ValueDecl<'d>>),
    /// Members in document order.
    Object(Vec<(Spanned<&'d str>, ValueDecl<'d>)>),
}

impl<'d> ValueDecl<'d> {
    /// The value of a node.
    pub(crate) const fn new(node: &'d Node) -> Self {
        Self(node)
    }

    /// Where it stands.
    pub(crate) const fn span(self) -> Span {
        self.0.span
    }

    /// One level of it.
    pub(crate) fn kind(self) -> ValueKind<'d> {
        match &self.0.kind {
            NodeKind::Null | NodeKind::Bool(_) | NodeKind::Number(_) => ValueKind::Plain,
            NodeKind::String(text) => ValueKind::Text(text),
            NodeKind::Seq(items) => ValueKind::List(items.iter().map(Self).collect()),
            NodeKind::Map(entries) => ValueKind::Object(
                entries.iter().map(|e| (Spanned::new(&*e.key.value, e.key.span), Self(&e.value))).collect(),
            ),
        }
    }

    /// Its text, when it is text.
    pub(crate) fn text(self) -> Option<&'d str> {
        self.0.as_str()
    }

    /// The text of any scalar as the author wrote it.
    pub(crate) fn scalar_text(self) -> Option<&'d str> {
        self.0.scalar_text()
    }

    /// True for null or nothing.
    pub(crate) const fn is_null(self) -> bool {
        self.0.is_null()
    }

    /// The same value as JSON.
    pub(crate) fn to_json(self) -> Value {
        self.0.to_json()
    }
}
