//! Evaluates minijinja expressions: only the names an expression uses are converted, and its result keeps its JSON type.

use std::sync::Arc;

use capstan_plan::Expression;
use minijinja::value::{Enumerator, Object, Serde, Value as Jinja};

use crate::{
    base::fault::{CapabilityFault, Fault},
    template::eval::Scope,
    template::functions::Functions,
    template::print::Val,
};

/// The names an expression sees: its own, then the engine's functions.
#[derive(Debug)]
struct Names {
    values: Vec<(Box<str>, Jinja)>,
    functions: Functions,
}

impl Object for Names {
    fn get_value(self: &Arc<Self>, key: &Jinja) -> Option<Jinja> {
        self.get_value_by_str(key.as_str()?)
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Jinja> {
        let own = self.values.iter().find(|(name, _)| &**name == key).map(|(_, value)| value.clone());
        own.or_else(|| self.functions.get(key))
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::NonEnumerable
    }
}

/// The value of an expression; nothing when it is undefined.
pub(crate) fn eval<'a>(scope: Scope<'a>, expression: &'a Expression) -> Result<Option<Val<'a>>, Fault> {
    let mut values = Vec::with_capacity(expression.names.len());
    for (name, template) in &expression.names {
        let value = scope.eval(template)?.map_or(Jinja::UNDEFINED, jinja);
        values.push((name.clone(), value));
    }
    let names = Names { values, functions: scope.functions.clone() };
    let value = expression.program().eval(Jinja::from_object(names)).map_err(|error| {
        let reason = error.detail().map_or_else(|| error.kind().to_string(), str::to_owned);
        Fault::capability(CapabilityFault::TemplateFailed, format!("`{}`: {reason}", expression.source))
    })?;
    if value.is_undefined() {
        return Ok(None);
    }
    if let Some(text) = value.as_str() {
        return Ok(Some(Val::Text(text.to_owned().into())));
    }
    let json = serde_json::to_value(&value).map_err(|error| {
        Fault::capability(CapabilityFault::TemplateFailed, format!("`{}` is not a value: {error}", expression.source))
    })?;
    Ok(Some(Val::owned(json)))
}

fn jinja(value: Val<'_>) -> Jinja {
    match value {
        Val::Text(text) => Jinja::from(&*text),
        other => Jinja::from(Serde(&*other.into_json())),
    }
}
