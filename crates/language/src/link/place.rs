//! The places of an upstream request a parameter can go to.

/// Where a callee's parameter goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Where {
    Path,
    Query,
    Header,
    Cookie,
    Body,
    /// Nowhere: it names a variable the operation's templates read.
    Environment,
}
