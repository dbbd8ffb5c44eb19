//! Document to Spec: which keys mean what, in every dialect. Resolves no name and compiles no template.

mod authenticator;
mod body;
mod consume;
mod credential;
mod defect;
mod expose;
mod inline;
mod mock;
mod output;
mod param;
mod quantity;
mod root;
mod schema;
mod step;
mod unit;
mod with;

pub(crate) use root::{classify, spec};
