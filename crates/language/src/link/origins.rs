//! Positions of a document as a plan keeps them.

use std::sync::Arc;

use capstan_plan::{FilePath, Origin};

use crate::source::{SourceSet, Span};

/// Turns spans into origins.
pub(crate) struct Origins<'o> {
    sources: &'o SourceSet,
    names: Vec<Arc<str>>,
}

impl<'o> Origins<'o> {
    pub(super) fn new(sources: &'o SourceSet) -> Self {
        Self { sources, names: sources.iter().map(|(_, file)| file.path.clone()).collect() }
    }

    /// Where `span` begins.
    pub(crate) fn at(&self, span: Span) -> Origin {
        let (line, column) = self.sources.position(span).unwrap_or((1, 1));
        let file = self.names.get(span.file.0 as usize).cloned().unwrap_or_else(|| "".into());
        let narrow = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Origin::new(file, narrow(line), narrow(column))
    }

    /// The folder of the document `span` lies in: relative paths written there begin at it.
    pub(crate) fn folder(&self, span: Span) -> &str {
        FilePath::folder_of(self.names.get(span.file.0 as usize).map_or("", |name| name))
    }
}
