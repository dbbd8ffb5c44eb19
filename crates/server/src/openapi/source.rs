//! What routes are described from.

use std::sync::Arc;

use capstan_engine::Engine;
use capstan_plan::{Plan, Rest};
use serde_json::Value;

/// What a route is taken from.
pub(super) struct Source<'p> {
    pub(super) plan: &'p Plan,
    pub(super) rest: &'p Rest,
    pub(super) engine: Option<&'p Arc<Engine>>,
    /// What callers must show.
    pub(super) requirement: Option<Value>,
}
