//! The tree of segments. A lookup tries literal children, then children with placeholders (most literal text first), then one
//! that takes the rest, and backs out of branches that lead nowhere.

use std::collections::HashMap;

use capstan_plan::{Piece, Segment};

use super::{
    entry::Entry,
    segment::{decode, matches, weight},
};

#[derive(Debug)]
pub(super) struct Node<T> {
    leaf: Vec<Entry<T>>,
    literals: HashMap<Box<str>, Node<T>>,
    pieces: Vec<(Box<[Piece]>, Node<T>)>,
    rest: Vec<Entry<T>>,
}

impl<T> Default for Node<T> {
    fn default() -> Self {
        Self { leaf: Vec::new(), literals: HashMap::new(), pieces: Vec::new(), rest: Vec::new() }
    }
}

impl<T> Node<T> {
    pub(super) fn insert(&mut self, segments: &[Segment], entry: Entry<T>) {
        match segments {
            [] => self.leaf.push(entry),
            [Segment::Literal(text), tail @ ..] => {
                self.literals.entry(decode(text).into()).or_default().insert(tail, entry);
            }
            [Segment::Rest(_), ..] => self.rest.push(entry),
            [Segment::Pieces(pieces), tail @ ..] => {
                let at = match self.pieces.iter().position(|(known, _)| same(known, pieces)) {
                    Some(at) => at,
                    None => {
                        let at = self.pieces.partition_point(|(known, _)| weight(known) >= weight(pieces));
                        self.pieces.insert(at, (pieces.clone(), Self::default()));
                        at
                    }
                };
                if let Some((_, node)) = self.pieces.get_mut(at) {
                    node.insert(tail, entry);
                }
            }
        }
    }

    /// Walks `path` (without its first slash); `accept` looks at each leaf reached and ends the walk by giving a result.
    pub(super) fn find<'t, R>(
        &'t self,
        path: &str,
        captures: &mut Vec<String>,
        accept: &mut impl FnMut(&'t [Entry<T>]) -> Option<R>,
    ) -> Option<R> {
        let (segment, tail) = match path.split_once('/') {
            Some((segment, tail)) => (segment, Some(tail)),
            None => (path, None),
        };
        let decoded = decode(segment);
        let mark = captures.len();
        if let Some(node) = self.literals.get(&*decoded)
            && let Some(found) = node.descend(tail, captures, accept)
        {
            return Some(found);
        }
        for (pieces, node) in &self.pieces {
            captures.truncate(mark);
            if matches(pieces, &decoded, captures)
                && let Some(found) = node.descend(tail, captures, accept)
            {
                return Some(found);
            }
        }
        captures.truncate(mark);
        if self.rest.is_empty() {
            return None;
        }
        captures.push(path.to_owned());
        let found = accept(&self.rest);
        if found.is_none() {
            captures.truncate(mark);
        }
        found
    }

    fn descend<'t, R>(
        &'t self,
        tail: Option<&str>,
        captures: &mut Vec<String>,
        accept: &mut impl FnMut(&'t [Entry<T>]) -> Option<R>,
    ) -> Option<R> {
        match tail {
            Some(tail) => self.find(tail, captures, accept),
            None if self.leaf.is_empty() => None,
            None => accept(&self.leaf),
        }
    }
}

/// Equal up to the names of placeholders.
fn same(a: &[Piece], b: &[Piece]) -> bool {
    a.len() == b.len()
        && a.iter().zip(b).all(|pair| match pair {
            (Piece::Literal(a), Piece::Literal(b)) => a == b,
            (Piece::Param(_), Piece::Param(_)) => true,
            _ => false,
        })
}
