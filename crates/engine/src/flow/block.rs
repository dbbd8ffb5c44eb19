//! A list of steps inside a step, as those see it that run one. How steps run is `steps`' work, which lends it to them.

use std::{future::Future, pin::Pin};

use capstan_plan::Block;
use serde_json::Value as Json;

use super::execution::Execution;
use crate::{
    base::fault::{CapabilityFault, Fault},
    base::value::Value,
    template::scope::Scope,
};

/// What a list of steps gives.
pub(super) type Running<'f> = Pin<Box<dyn Future<Output = Result<Option<Value>, Fault>> + Send + 'f>>;

/// Runs a list of steps.
pub(super) type RunBlock = for<'f> fn(&'f Execution<'f>, &'f Block, Scope<'f>) -> Running<'f>;

/// A value that stands inside another one: bytes can do so only where they are text.
pub(super) fn inside(value: Value) -> Result<Json, Fault> {
    match value {
        Value::Bytes { data, .. } if std::str::from_utf8(&data).is_err() => {
            let why = "bytes that are no text cannot stand in a list or an object of step outputs";
            Err(Fault::capability(CapabilityFault::TemplateFailed, why))
        }
        value => Ok(value.into_json()),
    }
}
