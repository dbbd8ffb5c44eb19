//! Owns test files (`*.test.yaml`): their key tables, and the way from a text to what is to be called and expected, each with its
//! place. It runs nothing and compares nothing.

mod keys;
mod model;
mod read;

pub(crate) use self::keys::TEST_FILE;
pub use self::{
    model::{Action, Case, Exchange, Expected, ExpectedRequest, Faulty, Header, Reply, Stand, TestFile, TestFileRead},
    read::read,
};

/// Whether a file holds tests, by its name.
#[must_use]
pub fn is_test_file(path: &std::path::Path) -> bool {
    let name = path.file_name().map(|name| name.to_string_lossy().to_ascii_lowercase()).unwrap_or_default();
    let stem = name.strip_suffix(".yaml").or_else(|| name.strip_suffix(".yml"));
    !name.starts_with('.') && stem.is_some_and(|stem| stem.ends_with(".test"))
}
