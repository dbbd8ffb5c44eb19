//! Rules of the wild dialect, as values: whoever applies one returns it, and the unit it shaped reports it.

use crate::{diagnostic::Code, source::Span};

/// A rule that was applied, where, and what it means there.
pub(crate) type Rule = (Code, Span, String);
