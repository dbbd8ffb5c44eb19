//! Owns what authors write: YAML with positions, diagnostics, dialects, linking.
//! It performs no IO and calls no upstream; the plan it produces is the only thing others see.
#![cfg_attr(test, allow(clippy::disallowed_methods, reason = "tests own their files"))]

pub mod bundle;
pub mod diagnostic;
pub mod discover;
pub mod document;
pub mod fields;
pub mod format;
pub mod import;
pub mod key_path;
pub mod migrate;
pub mod render;
pub mod repair;
pub mod source;
pub mod test_file;

mod auto;
mod check;
mod compile;
mod header;
mod keys;
mod link;
mod lint;
mod model;
mod notes;
mod openapi;
mod read;
mod reference;
mod schema;
mod standard;
mod template;

pub use capstan_plan::suggest;
pub use compile::{Compilation, DocumentKind, Options, compile};
pub use openapi::Readings;
pub use reference::{described_type, diagnostics_page, key_at, language_page};
pub use schema::{json_schema, tables, test_schema};
