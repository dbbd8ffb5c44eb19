//! Positions of a document as a plan keeps them.

use std::sync::Arc;

use capstan_plan::{FilePath, Origin};

use crate::source::{SourceSet, Span, Spanned};

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

    /// Two names that stand for the same and are spelt differently: the slip, then what is meant. The slip is the spelling that the
    /// documents write less often, else the first.
    pub(super) fn slip<'n>(
        &self,
        one: Spanned<&'n str>,
        other: Spanned<&'n str>,
    ) -> (Spanned<&'n str>, Spanned<&'n str>) {
        if self.times(other.value) < self.times(one.value) { (other, one) } else { (one, other) }
    }

    /// How often the documents write a word.
    fn times(&self, word: &str) -> usize {
        let part = |c: char| c.is_alphanumeric() || c == '_';
        let texts = self.sources.iter().map(|(_, file)| &*file.text);
        texts
            .flat_map(|text| text.match_indices(word).map(move |(at, _)| (text, at)))
            .filter(|(text, at)| {
                let before = text.get(..*at).and_then(|text| text.chars().next_back());
                let after = text.get(at + word.len()..).and_then(|text| text.chars().next());
                !before.is_some_and(part) && !after.is_some_and(part)
            })
            .count()
    }

    /// The folder of the document `span` lies in: relative paths written there begin at it.
    pub(crate) fn folder(&self, span: Span) -> &str {
        FilePath::folder_of(self.names.get(span.file.0 as usize).map_or("", |name| name))
    }
}
