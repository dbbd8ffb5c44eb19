//! A document on its way: its text, its tree, and what it does. A change is taken where the plan stays the same and no comment is lost.

use std::{collections::BTreeMap, iter, ops::Range, path::Path};

use capstan_plan::{Origin, Plan};

use super::{
    story::{Difference, Story, story},
    tree::{self, Piece, Tree},
};
use crate::{
    Compilation, DocumentKind, Options, compile,
    diagnostic::Sink,
    document::{self, Document},
    source::{FileId, Files, Replaced, SourceSet},
    standard::{self, Dialect, Violation},
};

/// How often parts of a change are tried.
const MOST: usize = 40;

/// Why a document is not migrated.
pub(super) enum Unfit {
    /// It is none that is served or imported.
    Other,
    /// It cannot be, for this reason.
    Because(String),
}

/// A change that was not taken.
#[derive(Clone, Debug)]
pub(super) struct Refusal {
    /// The key path it concerns, or its end.
    pub(super) path: String,
    /// What would be otherwise.
    pub(super) what: String,
}

/// A change of the changes numbered for it that are wanted.
type Chosen<'c> = &'c dyn Fn(&mut Tree, &dyn Fn(usize) -> bool);

/// A document on its way into a dialect.
pub(super) struct Draft<'m> {
    files: &'m dyn Files,
    path: &'m Path,
    /// The dialect it goes to.
    pub(super) dialect: Dialect,
    text: String,
    /// The document as it is edited.
    tree: Tree,
    plan: Plan,
    sources: SourceSet,
    /// What the document did in the beginning.
    first: Story,
    comments: BTreeMap<String, usize>,
    refusals: Vec<Refusal>,
    notes: Vec<String>,
}

impl<'m> Draft<'m> {
    /// Reads a document.
    pub(super) fn read(files: &'m dyn Files, path: &'m Path, text: &str, dialect: Dialect) -> Result<Self, Unfit> {
        let because = |why: &str| Unfit::Because(why.to_owned());
        let Compilation { plan, sources, kind, diagnostics, .. } = compiled(files, path, text);
        if matches!(kind, DocumentKind::NotACapability) {
            return Err(Unfit::Other);
        }
        let Some(plan) = plan else {
            let first = diagnostics.iter().find(|found| found.is_error());
            return Err(Unfit::Because(first.map_or("it cannot be read", |error| &error.message).to_owned()));
        };
        if plan.sandbox.is_some() {
            return Err(Unfit::Other);
        }
        let Some(document) = parsed(text) else { return Err(because("it cannot be read")) };
        let Some(comments) = counted(text) else {
            return Err(because("its tail is missing: replace it by the full original first"));
        };
        let tree = tree::read(&document, text).map_err(Unfit::Because)?;
        let first = story(&plan);
        let text = text.to_owned();
        let (refusals, notes) = (Vec::new(), Vec::new());
        Ok(Self { files, path, dialect, text, tree, plan, sources, first, comments, refusals, notes })
    }

    /// The text as it is now.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// The tree as it is now.
    pub(super) const fn tree(&self) -> &Tree {
        &self.tree
    }

    /// The plan as it is now.
    pub(super) const fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Where in the text something of the plan is written; nothing, when that is another file.
    pub(super) fn place(&self, origin: &Origin) -> Option<u32> {
        let span = self.sources.at(&origin.file, origin.line, origin.column)?;
        (span.file == FileId(0)).then_some(span.start)
    }

    /// Whether the schema of the dialect accepts it.
    pub(super) fn is_valid(&self) -> bool {
        standard::accepts(&self.text, self.dialect)
    }

    /// What the schema of the dialect rejects, each with its key path.
    pub(super) fn violations(&self) -> Vec<(Violation, String)> {
        let Some(document) = parsed(&self.text) else { return Vec::new() };
        let located = |violation: Violation| {
            let node = document.root.at_pointer(&violation.pointer)?;
            let path = standard::path(&document, node, &violation);
            Some((violation, path))
        };
        standard::violations(&document.root, self.dialect).into_iter().filter_map(located).collect()
    }

    /// Changes that were not taken.
    pub(super) fn refusals(&self) -> &[Refusal] {
        &self.refusals
    }

    /// Notes why something stays.
    pub(super) fn refused(&mut self, path: &str, what: String) {
        if !self.refusals.iter().any(|known| known.path == path) {
            self.refusals.push(Refusal { path: path.to_owned(), what });
        }
    }

    /// Makes a change, unless the document would do something else.
    pub(super) fn attempt(&mut self, change: impl FnOnce(&mut Tree)) -> Result<(), Vec<Difference>> {
        self.attempt_on(self.tree.clone(), change)
    }

    fn attempt_on(&mut self, mut tree: Tree, change: impl FnOnce(&mut Tree)) -> Result<(), Vec<Difference>> {
        change(&mut tree);
        let text = tree.write();
        if text == self.text {
            return Ok(());
        }
        let all = |what: &str| vec![Difference { unit: None, what: what.to_owned() }];
        let compilation = compiled(self.files, self.path, &text);
        let Some(plan) = compilation.plan else { return Err(all("whether it can be read")) };
        let differences = self.first.differences(&story(&plan));
        if !differences.is_empty() {
            return Err(differences);
        }
        let after = counted(&text).unwrap_or_default();
        if self.comments.iter().any(|(comment, times)| after.get(comment).is_none_or(|kept| kept < times)) {
            return Err(all("a comment: it would be lost"));
        }
        let Some(Ok(tree)) = parsed(&text).map(|document| tree::read(&document, &text)) else {
            return Err(all("whether it can be read"));
        };
        (self.tree, self.text, self.plan, self.sources) = (tree, text, plan, compilation.sources);
        Ok(())
    }

    /// Makes a change wherever it applies: everywhere at once, or else where it can be. `change` says whether it changed something.
    pub(super) fn everywhere(&mut self, change: &dyn Fn(&mut Piece) -> bool) {
        if self.attempt(|tree| tree.root.each(&mut |piece| _ = change(piece))).is_ok() {
            return;
        }
        let mut count = 0;
        self.tree.clone().root.each(&mut |piece| count += usize::from(change(piece)));
        // A place is counted before what is inside it is changed: the same order each time, whatever is left out.
        self.some_of(count, &|tree, wanted| {
            let mut nth = 0;
            tree.root.each(&mut |piece| {
                let before = piece.clone();
                if change(piece) {
                    if !wanted(nth) {
                        *piece = before;
                    }
                    nth += 1;
                }
            });
        });
    }

    /// Makes as many of several changes as can be made; says why each of the others cannot, as far as that was tried.
    pub(super) fn some_of(&mut self, count: usize, apply: Chosen<'_>) -> Vec<(usize, String)> {
        let base = self.tree.clone();
        let mut taken = vec![false; count];
        let mut refused = Vec::new();
        let mut waiting: Vec<Range<usize>> = iter::once(0..count).collect();
        let mut tries = 0;
        while let Some(range) = waiting.pop().filter(|_| tries < MOST) {
            tries += 1;
            let wanted = |nth: usize| range.contains(&nth) || taken.get(nth).copied().unwrap_or(false);
            match self.attempt_on(base.clone(), |tree| apply(tree, &wanted)) {
                Ok(()) => taken.iter_mut().enumerate().for_each(|(nth, taken)| *taken |= range.contains(&nth)),
                Err(why) if range.len() == 1 => {
                    refused.push((range.start, why.first().map(ToString::to_string).unwrap_or_default()));
                }
                Err(_) => {
                    let middle = range.start + range.len() / 2;
                    waiting.push(middle..range.end);
                    waiting.push(range.start..middle);
                }
            }
        }
        refused
    }

    /// Notes what callers may notice.
    pub(super) fn note(&mut self, note: String) {
        if !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }

    /// What callers may notice: what was noted, and what units ask of them otherwise than before.
    pub(super) fn notes(&self) -> Vec<String> {
        let mut notes = self.notes.clone();
        notes.extend(self.first.loosened(&story(&self.plan)));
        notes
    }
}

fn compiled(files: &dyn Files, path: &Path, text: &str) -> Compilation {
    compile(&Replaced { files, path, text }, path, &Options::default())
}

fn parsed(text: &str) -> Option<Document> {
    document::parse(FileId(0), text, &mut Sink::new())
}

/// How often each comment stands in a text.
fn counted(text: &str) -> Option<BTreeMap<String, usize>> {
    let mut counts = BTreeMap::new();
    tree::comments(text)?.into_iter().for_each(|comment| *counts.entry(comment).or_default() += 1);
    Some(counts)
}
