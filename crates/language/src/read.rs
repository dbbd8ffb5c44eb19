//! Document to Spec: which keys mean what, in every dialect. Resolves no name and compiles no template.

mod aggregate;
mod authenticator;
mod body;
mod consume;
mod control;
mod credential;
mod defect;
mod expose;
mod inline;
mod job;
mod mcp;
mod mock;
mod output;
mod param;
mod polling;
mod quantity;
mod root;
mod schema;
mod skill;
mod step;
mod unit;
mod with;

pub(crate) use root::{classify, is_importable, is_openapi_text, spec};
