//! Parameters of consumed operations and inputs of units.

use std::rc::Rc;

use serde_json::{Map, Value};

use super::ValueDecl;
use crate::source::Spanned;

/// A parameter or input.
#[derive(Clone, Debug)]
pub(crate) struct Param<'d> {
    pub(crate) name: Spanned<&'d str>,
    pub(crate) place: Option<Spanned<&'d str>>,
    pub(crate) ty: Option<&'d str>,
    pub(crate) required: Option<bool>,
    pub(crate) value: Option<ValueDecl<'d>>,
    pub(crate) default: Option<ValueDecl<'d>>,
    pub(crate) mapping: Option<Spanned<&'d str>>,
    /// What is declared of its values; shared, because one parameter serves every operation of its resource.
    pub(crate) schema: Rc<SchemaDecl>,
}

/// The JSON Schema a parameter's keywords amount to.
#[derive(Debug, Default)]
pub(crate) struct SchemaDecl {
    pub(crate) keywords: Map<String, Value>,
    /// Whether they rule any value out; prose and examples do not.
    pub(crate) constrains: bool,
}
