//! Rules of the wild dialect, as values: whoever applies one returns it, and the unit it shaped reports it.

pub(crate) use crate::model::Rule;
