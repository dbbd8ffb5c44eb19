//! Typed indexes into the tables of one document that never leave the linker.

/// A consumed operation of the document, imports included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct CalleeId(u32);

impl From<usize> for CalleeId {
    fn from(index: usize) -> Self {
        Self(u32::try_from(index).unwrap_or(u32::MAX))
    }
}

impl From<CalleeId> for usize {
    fn from(id: CalleeId) -> Self {
        id.0 as Self
    }
}
