//! Evaluates minijinja expressions: only the names an expression uses are converted, and its result keeps its JSON type.

use std::sync::Arc;

use capstan_plan::{Expression, FileId};
use minijinja::value::{Enumerator, Object, Serde, Value as Jinja};

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
}

impl Object for Names {
    fn get_value(self: &Arc<Self>, key: &Jinja) -> Option<Jinja> {
        self.get_value_by_str(key.as_str()?)
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Jinja> {
        let own = self.values.iter().find(|(name, _)| &**name == key).map(|(_, value)| value.clone());
        own.or_else(|| self.functions.get(key, &self.schemas))
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::NonEnumerable
    }
}

/// The value of an expression over the values of its names; nothing when it is undefined.
pub(crate) fn eval<'a>(
    expression: &Expression,
    values: Vec<(Box<str>, Jinja)>,
    functions: &Functions,
) -> Result<Option<Computed<'a>>, Fault> {
    let names = Names { values, schemas: Arc::clone(&expression.schemas), functions: functions.clone() };
    let value = expression.program().eval(Jinja::from_object(names)).map_err(|error| {
        let reason = error.detail().map_or_else(|| error.kind().to_string(), str::to_owned);
        Fault::capability(CapabilityFault::TemplateFailed, format!("`{}`: {reason}", expression.source))
    })?;
    if value.is_undefined() {
        return Ok(None);
    }
    if let Some(text) = value.as_str() {
        return Ok(Some(Computed::Text(text.to_owned().into())));
    }
    let json = serde_json::to_value(&value).map_err(|error| {
        Fault::capability(CapabilityFault::TemplateFailed, format!("`{}` is not a value: {error}", expression.source))
    })?;
    Ok(Some(Computed::owned(json)))
}

/// A value as an expression sees it.
pub(crate) fn operand(value: Option<Computed<'_>>) -> Jinja {
    match value {
        None => Jinja::UNDEFINED,
        Some(Computed::Text(text)) => Jinja::from(&*text),
        Some(other) => Jinja::from(Serde(&*other.into_json())),
    }
}
