//! One thing a schema rejects, out of the tree of reasons a validator gives. Where a schema offers several forms, the one the author
//! came nearest to is taken.

use jsonschema::{ValidationError, error::ValidationErrorKind as Kind};
use serde_json::Value;

use super::unexpected;
use crate::{document::Node, source::Span};

/// One thing a schema rejects.
#[derive(Debug)]
pub(crate) struct Violation {
    /// JSON Pointer to the value concerned.
    pub(crate) pointer: String,
    /// What is wrong with it.
    pub(crate) fault: Fault,
}

/// What is wrong with a value.
#[derive(Debug)]
pub(crate) enum Fault {
    /// A key the schema does not know.
    Unexpected(String),
    /// A key whose name the schema does not allow.
    BadName(String),
    /// A key that must be there.
    Missing(String),
    /// The one value allowed.
    Constant(Value),
    /// The values allowed.
    OneOf(Value),
    /// The type demanded.
    Type(String),
    /// The pattern a text must match.
    Pattern(String),
    /// The least number of elements or members.
    TooFew(u64),
    /// Several forms at once, or one that is excluded.
    Combination,
    /// Anything else, in the validator's words.
    Other(String),
}

impl Fault {
    /// The key concerned, when it is one of the value's own.
    pub(super) fn key(&self) -> Option<&str> {
        match self {
            Self::Unexpected(key) | Self::BadName(key) | Self::Missing(key) => Some(key),
            _ => None,
        }
    }

    /// Where it is seen: at the key, at the head of a mapping, at a value.
    pub(super) fn span(&self, node: &Node) -> Span {
        let head = || node.as_map().and_then(|entries| entries.first()).map_or(node.span, |entry| entry.key.span);
        match self {
            Self::Unexpected(key) | Self::BadName(key) => node.entry(key).map_or_else(head, |entry| entry.key.span),
            Self::Missing(_) | Self::Combination | Self::TooFew(_) | Self::Other(_) => head(),
            Self::Constant(_) | Self::OneOf(_) | Self::Type(_) | Self::Pattern(_) => node.span,
        }
    }
}

/// Adds what one error of the validator comes down to.
pub(super) fn flatten(error: &ValidationError<'_>, schema: &Value, out: &mut Vec<Violation>) {
    let pointer = error.instance_path().as_str().to_owned();
    let mut add = |fault| out.push(Violation { pointer: pointer.clone(), fault });
    match error.kind() {
        Kind::OneOfNotValid { context } | Kind::AnyOf { context } => {
            let branches = context.iter().map(|errors| {
                let mut branch = Vec::new();
                errors.iter().for_each(|error| flatten(error, schema, &mut branch));
                branch
            });
            match branches.filter(|branch| !branch.is_empty()).min_by_key(|branch| distance(branch, &pointer)) {
                Some(nearest) => out.extend(nearest),
                None => add(Fault::Combination),
            }
        }
        Kind::AdditionalProperties { unexpected } | Kind::UnevaluatedProperties { unexpected } => {
            let known = unexpected::known(schema, error.schema_path().as_str());
            unexpected
                .iter()
                .filter(|key| !known.contains(key.as_str()))
                .for_each(|key| add(Fault::Unexpected(key.clone())));
        }
        Kind::PropertyNames { error } => {
            let name = error.instance().as_str().unwrap_or_default();
            add(Fault::BadName(name.to_owned()));
        }
        Kind::Required { property } => add(Fault::Missing(property.as_str().unwrap_or_default().to_owned())),
        Kind::Constant { expected_value } => add(Fault::Constant((**expected_value).clone())),
        Kind::Enum { options } => add(Fault::OneOf((**options).clone())),
        Kind::Type { .. } => add(Fault::Type(demanded(error, schema))),
        Kind::Pattern { pattern } => add(Fault::Pattern(pattern.clone())),
        Kind::MinItems { limit } | Kind::MinProperties { limit } | Kind::MinLength { limit } => {
            add(Fault::TooFew(*limit))
        }
        Kind::OneOfMultipleValid { .. } | Kind::Not { .. } | Kind::FalseSchema => add(Fault::Combination),
        _ => add(Fault::Other(error.to_string())),
    }
}

/// The type a schema demands, as it is written there.
fn demanded(error: &ValidationError<'_>, schema: &Value) -> String {
    match schema.pointer(error.schema_path().as_str()) {
        Some(Value::String(ty)) => ty.clone(),
        Some(Value::Array(types)) => types.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" or "),
        _ => "another type".to_owned(),
    }
}

/// How far a form is from what is written: another `type` is another thing, then what is wrong with the mapping itself counts more
/// than what is wrong inside.
fn distance(branch: &[Violation], pointer: &str) -> (bool, usize, usize) {
    let at_type = format!("{pointer}/type");
    let other = branch.iter().any(|v| v.pointer == at_type && matches!(v.fault, Fault::Constant(_) | Fault::OneOf(_)));
    let own = branch.iter().filter(|v| v.pointer == pointer).count();
    (other, own, branch.len())
}
