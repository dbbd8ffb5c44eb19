//! Owns what an OpenAPI document (2.0, 3.0, 3.1, 3.2) says: servers, security, operations with their parameters, bodies and answers, and
//! their schemas as plain JSON Schema 2020-12. It does not decide which capability uses which operation.

mod annotation;
mod answer;
mod api;
mod assemble;
mod body;
mod convert;
mod converter;
mod dialect;
mod flatten;
mod form;
mod literal;
mod media_type;
mod merge;
mod nullable;
mod operation;
mod parameter;
mod parts;
mod path;
mod prose;
mod read_only;
mod reading;
mod refs;
mod security;
mod servers;
mod text;
mod typed;

pub(crate) use api::{Found, Listed, OpenApi};
pub(crate) use media_type::kind;
pub use reading::Readings;
pub(crate) use reading::{Intake, OpenApiHandle};
#[cfg(test)]
pub(crate) use typed::ServerVariable;
pub(crate) use typed::{
    Requirement, SchemeKind, SecurityScheme, Server, TypedBody, TypedMedia, TypedOperation, TypedParameter,
};

#[cfg(test)]
mod tests;
