//! A document without its faults: what a reader complains about is taken out of the copy, so that the rest can be used without
//! complaints. What is taken out is named.

use serde_json::Value;

use super::wanted::Left;
use crate::{
    diagnostic::Diagnostic,
    document::{Node, NodeKind},
    source::FileId,
};

/// One step to a value.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    Key(String),
    Index(usize),
}

/// Takes what these faults complain about out of a document, whose tree is `root`. What was taken out, each once.
pub(super) fn mended(value: &mut Value, root: &Node, file: FileId, faults: &[Diagnostic]) -> Vec<Left> {
    let mut ways: Vec<(Vec<Step>, &Diagnostic)> = Vec::new();
    for fault in faults {
        let Some(span) = fault.span().filter(|span| span.file == file) else { continue };
        let way = way(root, span.start);
        if !way.is_empty() && !ways.iter().any(|(known, _)| *known == way) {
            ways.push((way, fault));
        }
    }
    // The last elements of lists first, so that the others keep their positions.
    ways.sort_by_key(|(way, _)| std::cmp::Reverse(indices(way)));
    ways.into_iter()
        .filter_map(|(way, fault)| {
            let what = written(&way);
            taken_out(value, &way).then(|| Left { what, why: fault.message.clone() })
        })
        .collect()
}

fn indices(way: &[Step]) -> Vec<usize> {
    way.iter().filter_map(|step| if let Step::Index(at) = step { Some(*at) } else { None }).collect()
}

/// The way to the innermost value that begins at or around an offset; a key means its value.
fn way(root: &Node, offset: u32) -> Vec<Step> {
    let mut way = Vec::new();
    let mut at = root;
    loop {
        let inner = match &at.kind {
            NodeKind::Map(entries) => entries.iter().find_map(|entry| {
                let around = entry.key.span.start <= offset && offset < entry.value.span.end.max(entry.key.span.end);
                around.then(|| (Step::Key(entry.key.value.to_string()), &entry.value))
            }),
            NodeKind::Seq(items) => {
                let holds = |item: &&Node| item.span.start <= offset && offset < item.span.end;
                let at = items.iter().position(|item| holds(&item));
                at.and_then(|at| Some((Step::Index(at), items.get(at)?)))
            }
            _ => None,
        };
        match inner {
            // The fault is about what stands here, not about its first member.
            Some((step, inner)) if at.span.start != offset || way.is_empty() => {
                way.push(step);
                at = inner;
            }
            _ => return way,
        }
    }
}

fn written(way: &[Step]) -> String {
    let steps = way.iter().map(|step| match step {
        Step::Key(key) => format!("/{}", key.replace('~', "~0").replace('/', "~1")),
        Step::Index(at) => format!("/{at}"),
    });
    steps.collect()
}

/// Takes a value out of its parent. A reference that leads nowhere takes what stands beside it along.
fn taken_out(value: &mut Value, way: &[Step]) -> bool {
    let Some((last, before)) = way.split_last() else { return false };
    let mut at = value;
    for step in before {
        let inner = match step {
            Step::Key(key) => at.get_mut(key.as_str()),
            Step::Index(index) => at.get_mut(*index),
        };
        let Some(inner) = inner else { return false };
        at = inner;
    }
    match (last, at) {
        (Step::Key(key), Value::Object(members)) => members.shift_remove(key.as_str()).is_some(),
        (Step::Index(index), Value::Array(items)) if *index < items.len() => {
            items.remove(*index);
            true
        }
        _ => false,
    }
}
