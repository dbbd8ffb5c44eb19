//! Owns source texts, byte spans into them, and the door through which imports are read.
//! It does not parse, judge or render anything, and it performs no IO itself.

use std::collections::BTreeMap;
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Names one file of a [`SourceSet`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FileId(pub u32);

/// A half-open range of bytes in one file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Span {
    /// The file the range lies in.
    pub file: FileId,
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    /// The range `start..end` of `file`; an inverted range collapses to its start.
    #[must_use]
    pub fn new(file: FileId, start: usize, end: usize) -> Self {
        let start = u32::try_from(start).unwrap_or(u32::MAX);
        let end = u32::try_from(end).unwrap_or(u32::MAX);
        Self { file, start, end: end.max(start) }
    }

    /// The range as indices.
    #[must_use]
    pub fn range(self) -> std::ops::Range<usize> {
        self.start as usize..self.end as usize
    }

    /// True when the range holds no byte (an absent value).
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.start == self.end
    }

    /// True when `other` lies inside this range of the same file.
    #[must_use]
    pub fn contains(self, other: Self) -> bool {
        self.file == other.file && self.start <= other.start && other.end <= self.end
    }

    /// The smallest range that covers both; `self` when they are in different files.
    #[must_use]
    pub fn to(self, other: Self) -> Self {
        if self.file != other.file {
            return self;
        }
        Self { file: self.file, start: self.start.min(other.start), end: self.end.max(other.end) }
    }

    /// The part `start..end` of this range, in bytes from its first; clamped to the range.
    #[must_use]
    pub fn slice(self, start: usize, end: usize) -> Self {
        let limit = self.end as usize;
        let base = self.start as usize;
        Self::new(self.file, base.saturating_add(start).min(limit), base.saturating_add(end).min(limit))
    }

    /// The place of the part `start..end` of a text of `length` bytes that is written here. A text in quotes begins behind the first of
    /// them; of one that is written otherwise (escapes, lines that are folded or indented) only the beginning is known.
    #[must_use]
    pub fn within(self, length: usize, start: usize, end: usize) -> Self {
        match self.range().len().checked_sub(length) {
            Some(0) => self.slice(start, end),
            Some(2) => self.slice(start + 1, end + 1),
            _ => self.slice(0, 0),
        }
    }
}

/// A value and where it was written. Two are equal when their values are.
#[derive(Debug, Clone, Copy)]
pub struct Spanned<T> {
    /// The value.
    pub value: T,
    /// Where it stands.
    pub span: Span,
}

impl<T> Spanned<T> {
    /// Puts `value` at `span`.
    pub const fn new(value: T, span: Span) -> Self {
        Self { value, span }
    }

    /// The same place with another value.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Spanned<U> {
        Spanned { value: f(self.value), span: self.span }
    }

    /// A borrowed value at the same place.
    pub fn as_ref(&self) -> Spanned<&T> {
        Spanned { value: &self.value, span: self.span }
    }
}

impl Spanned<&str> {
    /// The part `start..end` of a text, at its own place where that is known, else at that of the text.
    #[must_use]
    pub fn part(self, start: usize, end: usize) -> Self {
        let value = self.value.get(start..end).unwrap_or_default();
        let length = self.value.len();
        let known = matches!(self.span.range().len().checked_sub(length), Some(0 | 2));
        Self { value, span: if known { self.span.within(length, start, end) } else { self.span } }
    }

    /// The text behind its first `start` bytes.
    #[must_use]
    pub fn rest(self, start: usize) -> Self {
        self.part(start, self.value.len())
    }

    /// The part that is a name, when it stands in the text as a word of its own.
    #[must_use]
    pub fn word(self, name: &str) -> Option<Self> {
        let part = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_');
        let found = self.value.match_indices(name).find(|(at, _)| {
            let before = self.value.get(..*at).and_then(|text| text.chars().next_back());
            let after = self.value.get(at + name.len()..).and_then(|text| text.chars().next());
            !before.is_some_and(part) && !after.is_some_and(part)
        });
        found.map(|(at, _)| self.part(at, at + name.len()))
    }
}

impl<T> Deref for Spanned<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T: PartialEq> PartialEq for Spanned<T> {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl<T: Eq> Eq for Spanned<T> {}

impl<T: std::fmt::Display> std::fmt::Display for Spanned<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.value.fmt(f)
    }
}

/// One text with the path people know it by.
#[derive(Debug, Clone)]
pub struct SourceFile {
    /// The path as shown to people.
    pub path: Arc<str>,
    /// The whole text, as spans count it.
    pub text: Arc<str>,
    line_starts: Arc<[u32]>,
}

impl SourceFile {
    fn new(path: &str, text: Arc<str>) -> Self {
        let mut line_starts = vec![0];
        let breaks = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        line_starts.extend(breaks.map(|(at, _)| u32::try_from(at + 1).unwrap_or(u32::MAX)));
        Self { path: path.into(), text, line_starts: line_starts.into() }
    }

    /// Line and column of a byte offset, both from 1; the column counts characters.
    #[must_use]
    pub fn position(&self, offset: u32) -> (usize, usize) {
        let line = self.line_starts.partition_point(|start| *start <= offset).max(1);
        let start = self.line_starts.get(line - 1).copied().unwrap_or(0);
        let bytes = (offset - start.min(offset)) as usize;
        let rest = self.text.as_bytes().get(start as usize..).unwrap_or_default();
        let before = rest.get(..bytes).unwrap_or(rest);
        // A byte-order mark is not a column anyone sees.
        let before = before.strip_prefix(b"\xEF\xBB\xBF").filter(|_| start == 0).unwrap_or(before);
        (line, before.iter().filter(|b| !is_continuation(**b)).count() + 1)
    }

    /// The byte at which a line (from 1) begins.
    #[must_use]
    pub fn offset(&self, line: usize) -> Option<usize> {
        Some(*self.line_starts.get(line.checked_sub(1)?)? as usize)
    }

    /// The text of one line (from 1) without its line break.
    #[must_use]
    pub fn line(&self, line: usize) -> Option<&str> {
        let start = *self.line_starts.get(line.checked_sub(1)?)? as usize;
        let end = self.line_starts.get(line).map_or(self.text.len(), |next| *next as usize);
        Some(self.text.get(start..end)?.trim_end_matches(['\n', '\r']))
    }
}

fn is_continuation(byte: u8) -> bool {
    byte & 0b1100_0000 == 0b1000_0000
}

/// The texts of one capability: the main file first, then its imports.
#[derive(Debug, Clone, Default)]
pub struct SourceSet {
    files: Vec<SourceFile>,
}

impl SourceSet {
    /// An empty set.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a text under the path people know it by.
    pub fn add(&mut self, path: &str, text: impl Into<Arc<str>>) -> FileId {
        let id = FileId(u32::try_from(self.files.len()).unwrap_or(u32::MAX));
        self.files.push(SourceFile::new(path, text.into()));
        id
    }

    /// Adds a text that another set holds, under a path of its own: nothing is copied.
    pub fn adopt(&mut self, path: &str, file: &SourceFile) -> FileId {
        let id = FileId(u32::try_from(self.files.len()).unwrap_or(u32::MAX));
        self.files.push(SourceFile { path: path.into(), ..file.clone() });
        id
    }

    /// Hides parts of a text. Every character is replaced by one of the same length: lines, columns and spans stay what they were.
    pub fn conceal(&mut self, id: FileId, ranges: &[std::ops::Range<usize>]) {
        let Some(file) = self.files.get_mut(id.0 as usize) else { return };
        let mut text = String::with_capacity(file.text.len());
        for (at, c) in file.text.char_indices() {
            let hidden = !c.is_whitespace() && ranges.iter().any(|range| range.contains(&at));
            text.push(match (hidden, c.len_utf8()) {
                (false, _) => c,
                (true, 1) => '*',
                (true, 2) => '\u{b7}',
                (true, 3) => '\u{2022}',
                (true, _) => '\u{10101}',
            });
        }
        file.text = text.into();
    }

    /// The file behind an id.
    #[must_use]
    pub fn get(&self, id: FileId) -> Option<&SourceFile> {
        self.files.get(id.0 as usize)
    }

    /// All files with their ids, in the order they were added.
    pub fn iter(&self) -> impl Iterator<Item = (FileId, &SourceFile)> {
        self.files.iter().enumerate().map(|(at, file)| (FileId(u32::try_from(at).unwrap_or(u32::MAX)), file))
    }

    /// The same range, widened to whole characters: a place that was computed may begin or end inside one.
    #[must_use]
    pub fn whole_characters(&self, span: Span) -> Span {
        let Some(file) = self.get(span.file) else { return span };
        let range = span.range();
        Span::new(span.file, file.text.floor_char_boundary(range.start), file.text.ceil_char_boundary(range.end))
    }

    /// Line and column where a span begins, both from 1; `None` for an unknown file.
    #[must_use]
    pub fn position(&self, span: Span) -> Option<(usize, usize)> {
        Some(self.get(span.file)?.position(span.start))
    }

    /// The place at `line` and `column` (both from 1, in characters) of the file people know by `path`.
    #[must_use]
    pub fn at(&self, path: &str, line: u32, column: u32) -> Option<Span> {
        let (id, file) = self.iter().find(|(_, file)| *file.path == *path)?;
        let start = *file.line_starts.get(line.checked_sub(1)? as usize)? as usize;
        let rest = file.line(line as usize)?;
        let before = rest.char_indices().nth(column.checked_sub(1)? as usize).map_or(rest.len(), |(at, _)| at);
        Some(Span::new(id, start + before, start + rest.trim_end().len()))
    }

    /// The text a span covers.
    #[must_use]
    pub fn text(&self, span: Span) -> Option<&str> {
        self.get(span.file)?.text.get(span.range())
    }
}

/// Where imported files are read from. The disk implementation lives with the caller.
pub trait Files {
    /// The bytes of a file.
    ///
    /// # Errors
    /// Whatever the store reports, `NotFound` for a missing file.
    fn read(&self, path: &Path) -> Result<Vec<u8>, std::io::Error>;

    /// True when a file of that path can be read.
    fn exists(&self, path: &Path) -> bool;

    /// The names of what lies in a folder, for suggestions: none when it cannot be listed.
    fn names(&self, folder: &Path) -> Vec<String>;
}

/// Files held in memory, for tests and tools.
#[derive(Debug, Clone, Default)]
pub struct MemoryFiles {
    files: BTreeMap<PathBuf, Vec<u8>>,
}

impl MemoryFiles {
    /// No files.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds or replaces one file.
    #[must_use]
    pub fn with(mut self, path: impl Into<PathBuf>, bytes: impl Into<Vec<u8>>) -> Self {
        self.files.insert(path.into(), bytes.into());
        self
    }
}

impl Files for MemoryFiles {
    fn read(&self, path: &Path) -> Result<Vec<u8>, std::io::Error> {
        self.files.get(path).cloned().ok_or_else(|| std::io::ErrorKind::NotFound.into())
    }

    fn exists(&self, path: &Path) -> bool {
        self.files.contains_key(path)
    }

    fn names(&self, folder: &Path) -> Vec<String> {
        let inside = self.files.keys().filter(|path| path.parent() == Some(folder));
        inside.filter_map(|path| Some(path.file_name()?.to_str()?.to_owned())).collect()
    }
}

/// The files as they are, but for one that reads otherwise.
pub(crate) struct Replaced<'f> {
    pub(crate) files: &'f dyn Files,
    pub(crate) path: &'f Path,
    pub(crate) text: &'f str,
}

impl Files for Replaced<'_> {
    fn read(&self, path: &Path) -> Result<Vec<u8>, std::io::Error> {
        if path == self.path { Ok(self.text.as_bytes().to_vec()) } else { self.files.read(path) }
    }

    fn exists(&self, path: &Path) -> bool {
        path == self.path || self.files.exists(path)
    }

    fn names(&self, folder: &Path) -> Vec<String> {
        self.files.names(folder)
    }
}

#[cfg(test)]
mod tests;
