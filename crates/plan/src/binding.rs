//! Named external values: what they are called and where they come from. Their values exist only in an activated engine.

use crate::{FilePath, Origin};

/// A name the capability reads from outside: a secret, an address, an identity.
#[derive(Clone, Debug)]
pub struct Binding {
    /// The name templates use (`VAR`).
    pub name: Box<str>,
    /// The `binds` namespace that declares it, if one does (`ns` in `ns.VAR`).
    pub namespace: Option<Box<str>>,
    /// Where the value is looked up.
    pub source: BindingSource,
    /// Where it is declared, or first used when nothing declares it.
    pub origin: Origin,
    /// Whether `binds` declares it; an undeclared one is resolved like a declared one, with a warning.
    pub declared: bool,
    /// Whether its absence is normal (a fallback name nobody has to set): nothing is reported when it is missing.
    pub optional: bool,
}

/// Where a binding's value is looked up.
#[derive(Clone, Debug)]
pub enum BindingSource {
    /// The environment and `.env` files, in this order: `ID__NAME` for one capability before `NAME`;
    /// the process, then `--env-file`, then `.env` beside the document, then `.env` in the working directory.
    Environment {
        /// The variable's name outside.
        key: Box<str>,
    },
    /// A file named by `location`: YAML, JSON or `.env` with `key` at top level, or a folder holding one file a key.
    File {
        /// Where it is.
        path: FilePath,
        /// The key inside the file or folder.
        key: Box<str>,
    },
}
