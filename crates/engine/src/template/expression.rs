//! Evaluates minijinja expressions: only the names an expression uses are converted, and its result keeps its JSON type.

use std::{
    error::Error as _,
    sync::{Arc, OnceLock},
};

use capstan_plan::{
    Expression, FileId,
    budget::{Budget, Effort, Exceeded},
    template::BUDGET,
};
use minijinja::value::{Enumerator, Object, Serde, Value as Jinja, ValueKind};

use crate::{
    base::fault::{CapabilityFault, Fault},
    template::computed::Computed,
    template::functions::Functions,
};

/// The names an expression sees: its own, then the engine's functions.
#[derive(Debug)]
struct Names {
    values: Vec<(Box<str>, Jinja)>,
    schemas: Arc<[(Box<str>, FileId)]>,
    functions: Functions,
    effort: Effort,
    /// Made when somebody charges it.
    budget: OnceLock<Jinja>,
}

impl Object for Names {
    fn get_value(self: &Arc<Self>, key: &Jinja) -> Option<Jinja> {
        self.get_value_by_str(key.as_str()?)
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Jinja> {
        if key == BUDGET {
            return Some(self.budget.get_or_init(|| Jinja::from_object(Budget::new(self.effort))).clone());
        }
        let own = self.values.iter().find(|(name, _)| &**name == key).map(|(_, value)| value.clone());
        own.or_else(|| self.functions.get(key, &self.schemas))
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::NonEnumerable
    }
}

/// Why an expression has no value.
pub(crate) enum Failure {
    /// It takes more than it may.
    TooCostly(Exceeded),
    /// It fails, in words.
    Failed(String),
}

impl Failure {
    /// The fault of `expression`.
    pub(crate) fn into_fault(self, expression: &Expression, too_costly: impl FnOnce(Exceeded) -> Fault) -> Fault {
        match self {
            Self::TooCostly(exceeded) => too_costly(exceeded),
            Self::Failed(why) => {
                Fault::capability(CapabilityFault::TemplateFailed, format!("`{}`{why}", expression.source))
            }
        }
    }
}

/// The value of an expression over the values of its names; nothing when it is undefined.
pub(crate) fn eval<'a>(
    expression: &Expression,
    values: Vec<(Box<str>, Jinja)>,
    functions: &Functions,
    effort: Effort,
) -> Result<Option<Computed<'a>>, Failure> {
    let schemas = Arc::clone(&expression.schemas);
    let names = Names { values, schemas, functions: functions.clone(), effort, budget: OnceLock::new() };
    let value = expression.program().eval(Jinja::from_object(names)).map_err(|error| {
        match error.source().and_then(|source| source.downcast_ref::<Exceeded>()) {
            Some(exceeded) => Failure::TooCostly(*exceeded),
            None => {
                Failure::Failed(format!(": {}", error.detail().map_or_else(|| error.kind().to_string(), str::to_owned)))
            }
        }
    })?;
    if value.is_undefined() {
        return Ok(None);
    }
    if let Some(text) = value.as_str() {
        return Ok(Some(Computed::Text(text.to_owned().into())));
    }
    made(&value, &Budget::new(effort), 0).map_err(Failure::TooCostly)?;
    let json = serde_json::to_value(&value).map_err(|error| Failure::Failed(format!(" is not a value: {error}")))?;
    Ok(Some(Computed::owned(json)))
}

/// Charges what a result makes as JSON. A list that only says what it would hold is refused by its length.
fn made(value: &Jinja, budget: &Budget, depth: usize) -> Result<(), Exceeded> {
    budget.depth(depth)?;
    match value.kind() {
        ValueKind::String => budget.make(value.as_str().map_or(0, str::len)),
        kind @ (ValueKind::Seq | ValueKind::Iterable | ValueKind::Map) => {
            budget.make_many(value.len().unwrap_or_default() + 1)?;
            let Ok(items) = value.try_iter() else { return Ok(()) };
            for item in items {
                budget.step(1)?;
                let inner = if kind == ValueKind::Map { value.get_item(&item).unwrap_or_default() } else { item };
                made(&inner, budget, depth + 1)?;
            }
            Ok(())
        }
        _ => budget.make(0),
    }
}

/// A value as an expression sees it.
pub(crate) fn operand(value: Option<Computed<'_>>) -> Jinja {
    match value {
        None => Jinja::UNDEFINED,
        Some(Computed::Text(text)) => Jinja::from(&*text),
        Some(other) => Jinja::from(Serde(&*other.into_json())),
    }
}
