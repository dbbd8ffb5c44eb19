//! Names that can only be variables, as bindings of the document. Entering one is idempotent: the table interns them.

use capstan_plan::{BindingId, FileId, Template};

use super::{binding::Bindings, derived::Derived, files::FileTable, origins::Origins};
use crate::source::Span;

/// The document's bindings, as a unit's templates reach them.
pub(super) struct Variables<'v> {
    pub(super) bindings: &'v mut Bindings,
    pub(super) files: &'v mut FileTable,
    pub(super) origins: &'v Origins<'v>,
    /// The namespaces the document declares.
    pub(super) namespaces: &'v [String],
}

impl Variables<'_> {
    /// The binding `path` means, when it is written the way variables are or declared.
    pub(super) fn find(&mut self, path: &str, span: Span, derived: &mut Derived<'_>) -> Option<Template> {
        let (template, rule) = self.bindings.variable(path, span, self.origins)?;
        derived.rules.extend(rule);
        Some(template)
    }

    /// The binding of a name that can only be a variable.
    pub(super) fn variable(&mut self, name: &str, span: Span, derived: &mut Derived<'_>) -> Template {
        self.find(name, span, derived).unwrap_or_else(|| Template::Binding(self.undeclared(name, span)))
    }

    /// The file of a schema reference in an expression.
    pub(super) fn schema_file(&mut self, reference: &str, span: Span) -> Option<FileId> {
        self.files.schema(reference, span, self.origins)
    }

    /// A name that must exist outside although nobody declares it.
    pub(super) fn undeclared(&mut self, name: &str, span: Span) -> BindingId {
        self.bindings.undeclared(name, span, self.origins)
    }
}
