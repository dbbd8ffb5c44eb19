//! External values: looked up once when a plan is activated, never again.

use capstan_plan::{Binding, Origin};

/// Where the values of bindings come from.
pub trait BindingResolver {
    /// The value of `binding`, nothing when it is not set.
    ///
    /// # Errors
    /// Why its source cannot be read.
    fn resolve(&self, binding: &Binding) -> Result<Option<String>, String>;
}

impl<F: Fn(&Binding) -> Result<Option<String>, String>> BindingResolver for F {
    fn resolve(&self, binding: &Binding) -> Result<Option<String>, String> {
        self(binding)
    }
}

/// A binding without a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MissingBinding {
    /// The name a person has to set.
    pub name: Box<str>,
    /// Where it is declared, or first used.
    pub origin: Origin,
    /// Why its source could not be read, when that is the reason.
    pub why: Option<Box<str>>,
}
