//! Owns the form of a row of the code table, and what rows become: the enum and its lookups.

/// The reference text of a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Doc {
    /// What was found.
    pub what: &'static str,
    /// Why it matters.
    pub why: &'static str,
    /// YAML that causes it.
    pub example: &'static str,
    /// How to repair it.
    pub fix: &'static str,
}

#[derive(Clone, Copy)]
pub(in crate::diagnostic) enum Weight {
    Error,
    Warning,
    Note,
    Rule(&'static str),
}

/// Turns rows `Variant "name" Weight { what, why, example, fix }` into the enum and its tables.
macro_rules! codes {
    ($($variant:ident $name:literal $kind:expr, { $what:literal, $why:literal, $example:literal, $fix:literal })*) => {
        /// The kind of a finding. Names are stable; messages are not.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Code {
            $(#[doc = $what] $variant,)*
        }

        impl Code {
            pub(in crate::diagnostic) const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The stable kebab-case name.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// What, why, example and fix, for the reference page.
            #[must_use]
            pub const fn doc(self) -> Doc {
                match self {
                    $(Self::$variant => Doc { what: $what, why: $why, example: $example, fix: $fix },)*
                }
            }

            pub(in crate::diagnostic) const fn kind(self) -> Weight {
                match self { $(Self::$variant => $kind,)* }
            }
        }
    };
}

pub(super) use codes;
