//! Outputs: a tree of what an answer is made of, every level read by the key table of outputs.

use super::ValueDecl;
use crate::source::{Span, Spanned};

/// One output, or a part of one.
#[derive(Clone, Debug)]
pub(crate) struct OutputDecl<'d> {
    /// Its name; of a member, the key it stands under.
    pub(crate) name: Option<Spanned<&'d str>>,
    /// Its type as written.
    pub(crate) ty: Option<&'d str>,
    /// A JSONPath into the answer.
    pub(crate) mapping: Option<Spanned<&'d str>>,
    pub(crate) value: Option<ValueDecl<'d>>,
    pub(crate) constant: Option<ValueDecl<'d>>,
    /// The members of an object.
    pub(crate) properties: Vec<OutputDecl<'d>>,
    /// The elements of an array.
    pub(crate) items: Option<Box<OutputDecl<'d>>>,
    /// The values of an object with free keys.
    pub(crate) values: Option<Box<OutputDecl<'d>>>,
    /// It declares parts, even if they say nothing.
    pub(crate) nested: bool,
    pub(crate) max_length: Option<usize>,
    pub(crate) description: Option<&'d str>,
    pub(crate) span: Span,
}

impl<'d> OutputDecl<'d> {
    /// An output that says nothing but its name.
    pub(crate) const fn bare(name: Option<Spanned<&'d str>>, span: Span) -> Self {
        Self {
            name,
            ty: None,
            mapping: None,
            value: None,
            constant: None,
            properties: Vec::new(),
            items: None,
            values: None,
            nested: false,
            max_length: None,
            description: None,
            span,
        }
    }

    /// What it always is, whatever the answer.
    pub(crate) fn fixed(&self) -> Option<ValueDecl<'d>> {
        self.value.or(self.constant)
    }
}
