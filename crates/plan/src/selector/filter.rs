//! What the filters of a query mean: comparisons, tests and functions, as RFC 9535 has them and with the functions `jsonpath-rust`
//! adds (`in`, `nin`, `none_of`, `any_of`, `subset_of`). Comparing and matching are charged by what they look at.

use jsonpath_rust::parser::model::{
    Comparable, Comparison, Filter, FilterAtom, FnArg, Literal, SingularQuery, SingularQuerySegment, Test, TestFunction,
};
use regex::RegexBuilder;
use serde_json::Value;

use super::run::{Run, at};
use crate::budget::{Budget, Exceeded, PATTERN};

/// What compiling a pattern costs, in steps.
const COMPILING: usize = 5_000;

/// What stands on one side of a comparison, or is given to a function.
enum Operand<'v> {
    Nothing,
    Node(&'v Value),
    Nodes(Vec<&'v Value>),
    Own(Value),
}

impl Operand<'_> {
    /// The one value it is.
    fn value(&self) -> Option<&Value> {
        match self {
            Self::Node(value) => Some(value),
            Self::Own(value) => Some(value),
            Self::Nothing | Self::Nodes(_) => None,
        }
    }

    /// The one value it is, or the one node it leads to.
    fn one(&self) -> Option<&Value> {
        match self {
            Self::Nodes(nodes) => match nodes.as_slice() {
                [node] => Some(node),
                _ => None,
            },
            other => other.value(),
        }
    }

    fn is_true(&self) -> bool {
        matches!(self, Self::Own(Value::Bool(true)))
    }
}

impl<'v> Run<'v, '_> {
    /// Whether a filter holds for `node`.
    pub(super) fn holds(&self, filter: &Filter, node: &'v Value) -> Result<bool, Exceeded> {
        self.budget.step(1)?;
        let any = |filters: &[Filter], wanted: bool| {
            for filter in filters {
                if self.holds(filter, node)? == wanted {
                    return Ok(wanted);
                }
            }
            Ok(!wanted)
        };
        match filter {
            Filter::Or(filters) => any(filters, true),
            Filter::And(filters) => any(filters, false),
            Filter::Atom(FilterAtom::Filter { expr, not }) => Ok(self.holds(expr, node)? != *not),
            Filter::Atom(FilterAtom::Test { expr, not }) => {
                let tested = self.test(expr, node)?;
                let holds = match (&tested, expr.is_res_bool()) {
                    (tested, true) => tested.is_true(),
                    (Operand::Node(_), false) => true,
                    (Operand::Nodes(nodes), false) => !nodes.is_empty(),
                    (Operand::Nothing | Operand::Own(_), false) => false,
                };
                Ok(holds != *not)
            }
            Filter::Atom(FilterAtom::Comparison(comparison)) => self.compare(comparison, node),
        }
    }

    fn compare(&self, comparison: &Comparison, node: &'v Value) -> Result<bool, Exceeded> {
        let (left, right) = comparison.vals();
        let (left, right) = (self.comparable(left, node)?, self.comparable(right, node)?);
        let equal = || match (left.value(), right.value()) {
            (Some(left), Some(right)) => equal(left, right, self.budget),
            (left, right) => Ok(left.is_none() && right.is_none()),
        };
        let less = |left: &Operand<'_>, right: &Operand<'_>| match (left.value(), right.value()) {
            (Some(left), Some(right)) => less(left, right),
            _ => false,
        };
        Ok(match comparison {
            Comparison::Eq(..) => equal()?,
            Comparison::Ne(..) => !equal()?,
            Comparison::Gt(..) => less(&right, &left),
            Comparison::Gte(..) => less(&right, &left) || equal()?,
            Comparison::Lt(..) => less(&left, &right),
            Comparison::Lte(..) => less(&left, &right) || equal()?,
        })
    }

    fn comparable(&self, comparable: &Comparable, node: &'v Value) -> Result<Operand<'v>, Exceeded> {
        match comparable {
            Comparable::Literal(literal) => Ok(Operand::Own(constant(literal))),
            Comparable::Function(function) => self.function(function, node),
            Comparable::SingularQuery(query) => {
                let (start, segments) = match query {
                    SingularQuery::Current(segments) => (node, segments),
                    SingularQuery::Root(segments) => (self.root, segments),
                };
                self.budget.step(segments.len())?;
                let found = segments.iter().try_fold(start, |at_node, segment| match segment {
                    SingularQuerySegment::Name(name) => at_node.as_object()?.get(name),
                    SingularQuerySegment::Index(index) => at(at_node.as_array()?, *index),
                });
                Ok(found.map_or(Operand::Nothing, Operand::Node))
            }
        }
    }

    fn test(&self, test: &Test, node: &'v Value) -> Result<Operand<'v>, Exceeded> {
        match test {
            Test::RelQuery(segments) => self.segments(segments, node).map(Operand::Nodes),
            Test::AbsQuery(query) => self.segments(&query.segments, self.root).map(Operand::Nodes),
            Test::Function(function) => self.function(function, node),
        }
    }

    fn argument(&self, argument: &FnArg, node: &'v Value) -> Result<Operand<'v>, Exceeded> {
        match argument {
            FnArg::Literal(literal) => Ok(Operand::Own(constant(literal))),
            FnArg::Test(test) => self.test(test, node),
            FnArg::Filter(filter) => self.holds(filter, node).map(|holds| Operand::Own(Value::Bool(holds))),
        }
    }

    fn function(&self, function: &TestFunction, node: &'v Value) -> Result<Operand<'v>, Exceeded> {
        Ok(match function {
            TestFunction::Length(argument) => match self.argument(argument, node)?.one().and_then(length) {
                Some(length) => Operand::Own(Value::from(length)),
                None => Operand::Nothing,
            },
            TestFunction::Count(argument) => match self.argument(argument, node)? {
                Operand::Nodes(nodes) => Operand::Own(Value::from(nodes.len())),
                Operand::Node(_) | Operand::Own(_) => Operand::Own(Value::from(1)),
                Operand::Nothing => Operand::Nothing,
            },
            TestFunction::Value(argument) => single(self.argument(argument, node)?),
            TestFunction::Match(text, pattern) => {
                let (text, pattern) = (self.argument(text, node)?, self.argument(pattern, node)?);
                Operand::Own(Value::Bool(self.matches(&text, &pattern, true)?))
            }
            TestFunction::Search(text, pattern) => {
                let (text, pattern) = (self.argument(text, node)?, self.argument(pattern, node)?);
                Operand::Own(Value::Bool(self.matches(&text, &pattern, false)?))
            }
            TestFunction::Custom(name, arguments) => {
                let given = arguments.iter().map(|argument| self.argument(argument, node));
                let given: Vec<_> = given.collect::<Result<_, _>>()?;
                Operand::Own(self.extension(name, &given)?)
            }
        })
    }

    /// The functions that are not of the RFC: whether values are among values.
    fn extension(&self, name: &str, given: &[Operand<'_>]) -> Result<Value, Exceeded> {
        let [left, right] = given else { return Ok(Value::Null) };
        let (Some(left), Some(right)) = (left.one(), right.one()) else { return Ok(Value::Null) };
        let Some(among) = right.as_array() else { return Ok(Value::Null) };
        let is_among = |value: &Value| {
            for other in among {
                if identical(value, other, self.budget)? {
                    return Ok(true);
                }
            }
            Ok(false)
        };
        let count = |values: &[Value]| values.iter().map(is_among).try_fold(0, |n, hit| Ok(n + usize::from(hit?)));
        Ok(match (name, left.as_array()) {
            ("in", _) => Value::Bool(is_among(left)?),
            ("nin", _) => Value::Bool(!is_among(left)?),
            ("none_of", Some(values)) => Value::Bool(count(values)? == 0),
            ("any_of", Some(values)) => Value::Bool(count(values)? > 0),
            ("subset_of", Some(values)) => Value::Bool(count(values)? == values.len()),
            _ => Value::Null,
        })
    }

    /// Whether a text fits a pattern, all of it or a part.
    fn matches(&self, text: &Operand<'_>, pattern: &Operand<'_>, whole: bool) -> Result<bool, Exceeded> {
        let (Some(Value::String(text)), Some(Value::String(pattern))) = (text.one(), pattern.one()) else {
            return Ok(false);
        };
        self.budget.read(text.len().saturating_mul(pattern.len() / 16 + 1))?;
        let written = translated(pattern, whole);
        let mut kept = self.pattern.borrow_mut();
        if kept.as_ref().is_none_or(|(known, _)| *known != written) {
            self.budget.step(COMPILING)?;
            self.budget.read(pattern.len().saturating_mul(64))?;
            let compiled = RegexBuilder::new(&written).size_limit(PATTERN).build().ok();
            *kept = Some((written, compiled));
        }
        Ok(kept.as_ref().and_then(|(_, regex)| regex.as_ref()).is_some_and(|regex| regex.is_match(text)))
    }
}

/// The one node of a list of nodes.
fn single(operand: Operand<'_>) -> Operand<'_> {
    match operand {
        Operand::Nodes(nodes) => match nodes.as_slice() {
            [node] => Operand::Node(node),
            _ => Operand::Nothing,
        },
        other => other,
    }
}

fn constant(literal: &Literal) -> Value {
    match literal {
        Literal::Int(number) => Value::from(*number),
        Literal::Float(number) => Value::from(*number),
        Literal::String(text) => Value::from(text.as_str()),
        Literal::Bool(flag) => Value::Bool(*flag),
        Literal::Null => Value::Null,
    }
}

fn length(value: &Value) -> Option<usize> {
    match value {
        Value::String(text) => Some(text.chars().count()),
        Value::Array(items) => Some(items.len()),
        Value::Object(members) => Some(members.len()),
        Value::Null | Value::Bool(_) | Value::Number(_) => None,
    }
}

fn less(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => left.as_f64() < right.as_f64(),
        (Value::String(left), Value::String(right)) => left < right,
        _ => false,
    }
}

/// Equality of a comparison: 1 and 1.0 are the same number.
fn equal(left: &Value, right: &Value, budget: &Budget) -> Result<bool, Exceeded> {
    match (left.as_f64(), right.as_f64()) {
        (Some(left), Some(right)) => Ok((left - right).abs() < f64::EPSILON),
        _ => identical(left, right, budget),
    }
}

/// Whether two values are the same, charged by what is looked at.
fn identical(left: &Value, right: &Value, budget: &Budget) -> Result<bool, Exceeded> {
    budget.step(1)?;
    match (left, right) {
        (Value::String(left), Value::String(right)) if left.len() == right.len() => {
            budget.read(left.len())?;
            Ok(left == right)
        }
        (Value::Array(left), Value::Array(right)) if left.len() == right.len() => {
            for (left, right) in left.iter().zip(right) {
                if !identical(left, right, budget)? {
                    return Ok(false);
                }
            }
            Ok(true)
        }
        (Value::Object(left), Value::Object(right)) if left.len() == right.len() => {
            for (name, left) in left {
                budget.read(name.len())?;
                let Some(right) = right.get(name) else { return Ok(false) };
                if !identical(left, right, budget)? {
                    return Ok(false);
                }
            }
            Ok(true)
        }
        (Value::Null | Value::Bool(_) | Value::Number(_), _) => Ok(left == right),
        _ => Ok(false),
    }
}

/// An I-Regexp (RFC 9485) as the `regex` crate has it: a `.` outside a class is neither of two line breaks; `match` is anchored.
fn translated(pattern: &str, whole: bool) -> String {
    let mut out = String::with_capacity(pattern.len() + 8);
    let mut chars = pattern.chars();
    let mut in_class = false;
    while let Some(c) = chars.next() {
        match c {
            '\\' => {
                out.push(c);
                out.extend(chars.next());
                continue;
            }
            '[' if !in_class => in_class = true,
            ']' if in_class => in_class = false,
            '.' if !in_class => {
                out.push_str(r"[^\n\r]");
                continue;
            }
            _ => {}
        }
        out.push(c);
    }
    if whole { format!("^(?:{out})$") } else { out }
}
