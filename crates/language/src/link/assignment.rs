//! What goes into the second pass beside the needs, and what comes out of it.

use capstan_plan::{Base, Body, Template};

use super::{derived::Derived, given::With, scope::Surroundings, source::Source};

/// What a unit has to give to one of its calls.
pub(super) struct Offers<'o, 'd> {
    pub(super) around: Surroundings<'o>,
    pub(super) with: &'o [With<'d>],
    pub(super) derived: &'o Derived<'d>,
    /// It is the unit's only call: inputs nothing asks for are placed too, and an undeclared body is passed on.
    pub(super) alone: bool,
}

/// Where every value of one request comes from.
pub(super) struct Assignment<'d> {
    /// For each placeholder of the path, in order.
    pub(super) path: Vec<Source>,
    /// For each variable of the path, in order.
    pub(super) path_variables: Vec<Template>,
    pub(super) orphans: Vec<Source>,
    pub(super) params: Vec<Source>,
    /// For each query pair and header written into the path.
    pub(super) query: Vec<Template>,
    pub(super) headers: Vec<Template>,
    /// The body, its templates compiled.
    pub(super) body: Body,
    /// The base URI, when this call gives it values.
    pub(super) base: Option<Base>,
    /// Values nothing in the callee asks for.
    pub(super) extras: Vec<Extra>,
    /// The entries of `with` that sources refer to.
    pub(super) with: Vec<With<'d>>,
    /// The unit's inputs with those this call derives, and the rules it applies.
    pub(super) derived: Derived<'d>,
}

impl Assignment<'_> {
    /// The value of a source of this assignment.
    pub(super) fn template(&self, source: &Source) -> Template {
        source.template(&self.with, &self.derived.inputs)
    }
}

/// A value that goes where nothing in the callee asks for it (rule I8).
pub(super) struct Extra {
    pub(super) name: String,
    pub(super) place: ExtraPlace,
    pub(super) source: Source,
}

/// Where leftover values go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ExtraPlace {
    Segment,
    Query,
    Header,
    Cookie,
    Field,
}
