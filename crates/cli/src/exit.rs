//! How a run ends.

/// The exit codes; the numbers are those of `sysexits.h` where it has one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// All is well.
    Ok = 0,
    /// `check` found errors, `fmt` something it cannot or would lay out, `migrate` something a dialect
    /// cannot say, `diff` or `plan` a breaking change, a test failed, a call was
    /// answered with an error.
    Findings = 1,
    /// What was typed means nothing; clap ends with the same.
    Usage = 2,
    /// Something went wrong inside.
    Internal = 70,
    /// The output cannot be written.
    Output = 74,
    /// The configuration cannot be served.
    Configuration = 78,
    /// A second interrupt ended it before all was finished.
    Interrupted = 130,
    /// The same with a second request to terminate.
    Terminated = 143,
}

impl Exit {
    /// The graver of two.
    pub(crate) fn worse(self, other: Self) -> Self {
        if other as u8 > self as u8 { other } else { self }
    }
}
