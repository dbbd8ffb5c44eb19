//! One thing a callee needs, whatever will fill it.

use capstan_plan::{ParameterStyle, Serialization};

use super::{names::norm, place::Where};
use crate::{
    model::Param,
    openapi::{TypedOperation, TypedParameter},
    source::Span,
};

/// One thing a callee needs.
#[derive(Clone, Copy, Debug)]
pub(super) struct Need<'n, 'd> {
    pub(super) name: &'n str,
    pub(super) place: Where,
    pub(super) param: Option<&'n Param<'d>>,
    pub(super) required: bool,
    pub(super) span: Span,
    /// What an OpenAPI document says of it.
    pub(super) documented: Option<&'n TypedParameter>,
    /// Shown to clients when it is implied.
    pub(super) listed: bool,
    /// Implied only, optional: looked for in the obvious place.
    pub(super) narrow: bool,
}

impl<'n, 'd> Need<'n, 'd> {
    /// A required value that no parameter declares.
    pub(super) const fn new(name: &'n str, place: Where, span: Span) -> Self {
        Self { name, place, param: None, required: true, span, documented: None, listed: true, narrow: false }
    }

    /// The value of a declared parameter.
    pub(super) const fn of(param: &'n Param<'d>, place: Where, required: bool) -> Self {
        Self { param: Some(param), required, ..Self::new(param.name.value, place, param.name.span) }
    }

    /// A name inside a template: nothing says that it must have a value.
    pub(super) const fn inside(name: &'n str, span: Span) -> Self {
        Self { required: false, ..Self::new(name, Where::Body, span) }
    }

    /// With what an OpenAPI document says of the parameter.
    pub(super) fn typed(mut self, typed: Option<&'n TypedOperation>) -> Self {
        let place = match self.place {
            Where::Path => "path",
            Where::Query => "query",
            Where::Header => "header",
            Where::Cookie => "cookie",
            Where::Body => "body",
            Where::Environment => return self,
        };
        let parameters = match (typed, place) {
            (None, _) => &[],
            (Some(typed), "body") => typed.body.as_ref().map(|body| body.fields.as_slice()).unwrap_or_default(),
            (Some(typed), _) => typed.parameters.as_slice(),
        };
        let matches = |name: &str| name == self.name || norm(name) == norm(self.name);
        let exact = parameters.iter().find(|p| p.place == place && p.name == self.name);
        if let Some(parameter) = exact.or_else(|| parameters.iter().find(|p| p.place == place && matches(&p.name))) {
            self.documented = Some(parameter);
            self.required |= parameter.required;
        }
        self
    }

    /// Whether a document alone declares it: then it is where the document has it.
    pub(super) fn is_placed(&self) -> bool {
        self.documented.is_some() && self.param.is_none()
    }

    /// How its value is written, where that is not as ever.
    pub(super) fn serialization(&self) -> Option<Serialization> {
        let parameter = self.documented?;
        let how = parameter.serialization;
        let types = parameter.schema.get("type");
        let may_be = |word: &str| {
            types.is_some_and(|ty| ty == word || ty.as_array().is_some_and(|all| all.iter().any(|ty| ty == word)))
        };
        let as_ever = match how.style {
            ParameterStyle::Form => !may_be("object") && (how.explode || !may_be("array")),
            ParameterStyle::Simple => !may_be("object") && !may_be("array"),
            ParameterStyle::Json => false,
            ParameterStyle::Label | ParameterStyle::Matrix => false,
            _ => !may_be("object") && !may_be("array"),
        };
        (!as_ever || how.allow_reserved).then_some(how)
    }
}
