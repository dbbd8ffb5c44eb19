//! Owns the words for what the key tables and the code table say: the pages of `docs/` that are made from them, and what a key at a
//! place means. It adds nothing that a table does not have.

mod at;
mod codes;
mod keys;
mod types;

pub use self::{at::key_at, codes::diagnostics_page, keys::language_page, types::described_type};
