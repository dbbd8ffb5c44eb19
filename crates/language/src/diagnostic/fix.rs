//! Owns repairs: edits of the text that belong together, and how sure they are. It applies nothing; see `repair`.

use crate::source::{SourceSet, Span};
use crate::suggest::{Names, slip};

/// A text in place of another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// What to replace.
    pub span: Span,
    /// By what.
    pub replacement: String,
}

/// How sure a repair is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Safety {
    /// There is one right answer.
    Safe,
    /// It is the likeliest of several answers.
    Unsafe,
}

/// A repair.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fix {
    /// What changes, all of it or nothing.
    pub edits: Vec<Edit>,
    /// How sure it is.
    pub safety: Safety,
    /// The word that is replaced, where the place of the one edit may hold more than it.
    word: Option<Box<str>>,
}

impl Fix {
    /// One text in place of another.
    pub fn new(span: Span, replacement: impl Into<String>, safety: Safety) -> Self {
        Self { edits: vec![Edit { span, replacement: replacement.into() }], safety, word: None }
    }

    /// The word an author meant in place of the one that is written somewhere at `span`. It is sure when only a letter or two, case or
    /// punctuation are wrong.
    #[must_use]
    pub fn word(span: Span, written: &str, meant: &str) -> Self {
        // Part by part: `shop.get-user` is no slip of `shop.set-user`, though they are as near as two long names can be.
        let near = |(one, other): (&str, &str)| one == other || slip(one, [other], Names::Given).is_some();
        let parts = |text: &str| text.split('.').count();
        let sure = parts(written) == parts(meant) && written.split('.').zip(meant.split('.')).all(near);
        let safety = if sure { Safety::Safe } else { Safety::Unsafe };
        Self { word: Some(written.into()), ..Self::new(span, meant, safety) }
    }

    /// The same, where it may not be meant.
    #[must_use]
    pub(crate) fn doubtful(self) -> Self {
        Self { safety: Safety::Unsafe, ..self }
    }

    /// Another spelling of the same word: it means what it meant.
    #[must_use]
    pub(crate) fn spelling(span: Span, written: &str, right: &str) -> Self {
        Self { safety: Safety::Safe, ..Self::word(span, written, right) }
    }

    /// Narrows the place of a word to the word itself, and leaves quotes where they are. Nothing, when the place does not hold the word
    /// once: then nobody knows what to replace.
    #[must_use]
    pub(crate) fn settled(mut self, sources: &SourceSet) -> Option<Self> {
        let Some(word) = self.word.take() else { return Some(self) };
        let edit = self.edits.first_mut()?;
        let text = sources.text(edit.span)?;
        let at = only(text, &word)?;
        edit.span = edit.span.slice(at, at + word.len());
        Some(self)
    }
}

/// Where a word stands in a text, as a word, when it stands there once.
fn only(text: &str, word: &str) -> Option<usize> {
    let part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-');
    let stands = |(at, _): &(usize, &str)| {
        let before = text.get(..*at).and_then(|text| text.chars().next_back());
        let after = text.get(at + word.len()..).and_then(|text| text.chars().next());
        !before.is_some_and(part) && !after.is_some_and(part)
    };
    let mut found = text.match_indices(word).filter(stands);
    let (at, _) = found.next().filter(|_| !word.is_empty())?;
    found.next().is_none().then_some(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_found_once_or_not_at_all() {
        let cases = [
            ("lst", "lst", Some(0)),
            ("'lst'", "lst", Some(1)),
            ("shop.lst", "lst", Some(5)),
            ("{{lst}} and {{list}}", "lst", Some(2)),
            ("lst-all", "lst", None),
            ("lst lst", "lst", None),
            ("a", "", None),
        ];
        for (text, word, expected) in cases {
            assert_eq!(only(text, word), expected, "{text} {word}");
        }
    }

    #[test]
    fn only_slips_are_safe() {
        let span = Span::new(crate::source::FileId(0), 0, 4);
        assert_eq!(Fix::word(span, "promt", "prompt").safety, Safety::Safe);
        assert_eq!(Fix::word(span, "basePath", "baseUri").safety, Safety::Unsafe);
        assert_eq!(Fix::word(span, "shop.get-user", "shop.set-user").safety, Safety::Unsafe);
        assert_eq!(Fix::word(span, "shop.get-usr", "shop.get-user").safety, Safety::Safe);
    }
}
