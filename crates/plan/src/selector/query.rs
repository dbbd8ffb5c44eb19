//! Runs a query that `jsonpath-rust` has parsed: the segments and selectors of RFC 9535, every node charged before it is looked
//! at, since a few wildcards make many nodes of a small value. What a filter means is said in `filter`.

use jsonpath_rust::parser::model::{JpQuery, Segment, Selector};
use serde_json::Value;

use super::run::{Run, at};
use crate::budget::{Budget, Exceeded};

/// The nodes a query selects.
pub(super) fn run<'v>(query: &JpQuery, root: &'v Value, budget: &Budget) -> Result<Vec<&'v Value>, Exceeded> {
    Run::new(root, budget).segments(&query.segments, root)
}

impl<'v> Run<'v, '_> {
    /// The nodes that segments lead to from `start`.
    pub(super) fn segments(&self, segments: &[Segment], start: &'v Value) -> Result<Vec<&'v Value>, Exceeded> {
        segments.iter().try_fold(vec![start], |nodes, segment| self.segment(segment, nodes))
    }

    fn segment(&self, segment: &Segment, nodes: Vec<&'v Value>) -> Result<Vec<&'v Value>, Exceeded> {
        let mut found = Vec::new();
        match segment {
            Segment::Descendant(inner) => {
                let mut containers = Vec::new();
                nodes.into_iter().try_for_each(|node| self.descend(node, &mut containers))?;
                return self.segment(inner, containers);
            }
            Segment::Selector(selector) => {
                nodes.into_iter().try_for_each(|node| self.selector(selector, node, &mut found))?;
            }
            Segment::Selectors(selectors) => {
                for selector in selectors {
                    nodes.iter().try_for_each(|node| self.selector(selector, node, &mut found))?;
                }
            }
        }
        Ok(found)
    }

    /// Every array and object in `node`, itself first.
    fn descend(&self, node: &'v Value, containers: &mut Vec<&'v Value>) -> Result<(), Exceeded> {
        self.budget.step(1)?;
        match node {
            Value::Array(items) => {
                containers.push(node);
                items.iter().try_for_each(|item| self.descend(item, containers))
            }
            Value::Object(members) => {
                containers.push(node);
                members.values().try_for_each(|member| self.descend(member, containers))
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Ok(()),
        }
    }

    fn selector(&self, selector: &Selector, node: &'v Value, found: &mut Vec<&'v Value>) -> Result<(), Exceeded> {
        self.budget.step(1)?;
        match selector {
            Selector::Name(name) => found.extend(node.as_object().and_then(|members| members.get(name))),
            Selector::Index(index) => found.extend(node.as_array().and_then(|items| at(items, *index))),
            Selector::Wildcard => {
                self.budget.step(children(node).count())?;
                found.extend(children(node));
            }
            Selector::Slice(start, end, step) => {
                let Some(items) = node.as_array() else { return Ok(()) };
                self.budget.step(items.len())?;
                slice(items, (*start, *end, step.unwrap_or(1)), found);
            }
            Selector::Filter(filter) => {
                for child in children(node) {
                    self.budget.step(1)?;
                    if self.holds(filter, child)? {
                        found.push(child);
                    }
                }
            }
        }
        Ok(())
    }
}

fn children(node: &Value) -> impl Iterator<Item = &Value> {
    let items = node.as_array().into_iter().flatten();
    items.chain(node.as_object().into_iter().flat_map(serde_json::Map::values))
}

/// Appends the elements of a slice (RFC 9535, section 2.3.4.2.2).
fn slice<'v>(items: &'v [Value], (start, end, step): (Option<i64>, Option<i64>, i64), found: &mut Vec<&'v Value>) {
    let length = i64::try_from(items.len()).unwrap_or(i64::MAX);
    let normal = |at: i64| if at < 0 { length.saturating_add(at) } else { at };
    let stride = usize::try_from(step.unsigned_abs()).unwrap_or(usize::MAX);
    let part = |from: i64, to: i64| {
        let bounds = usize::try_from(from).ok().zip(usize::try_from(to).ok());
        bounds.and_then(|(from, to)| items.get(from..to)).unwrap_or_default()
    };
    match step {
        0 => {}
        1.. => {
            let from = normal(start.unwrap_or(0)).clamp(0, length);
            let to = normal(end.unwrap_or(length)).clamp(0, length);
            found.extend(part(from, to).iter().step_by(stride));
        }
        _ => {
            let from = start.map_or(length - 1, normal).clamp(-1, length - 1);
            let to = end.map_or(-1, normal).clamp(-1, length - 1);
            found.extend(part(to + 1, from + 1).iter().rev().step_by(stride));
        }
    }
}
