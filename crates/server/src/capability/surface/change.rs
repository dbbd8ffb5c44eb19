//! One difference between two contracts, and what it means for callers.

use serde::{Serialize, Serializer, ser::SerializeStruct as _};

/// One difference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The capability.
    pub capability: String,
    /// The operation or tool; the capability as a whole without one.
    pub unit: Option<String>,
    /// What happened to it.
    pub what: What,
    /// What exactly differs.
    pub detail: Option<String>,
    /// What it means for callers.
    pub class: Class,
}

/// What happened to something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum What {
    /// It is new.
    Added,
    /// It is gone.
    Removed,
    /// It differs.
    Changed,
    /// It promises the same and calls something else for it. Whether that gives the same only its author knows.
    Rewired,
}

/// What a difference means for callers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    /// Only what people and models read.
    Wording,
    /// Callers of the old version go on as before.
    Compatible,
    /// Callers of the old version may fail or get something else, or a check in front of it is gone.
    Breaking,
}

impl Class {
    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Wording => "wording",
            Self::Compatible => "compatible",
            Self::Breaking => "breaking",
        }
    }
}

impl Change {
    /// Whether callers of the old version may fail.
    #[must_use]
    pub fn is_breaking(&self) -> bool {
        self.class == Class::Breaking
    }

    /// Whether its author should look at it: it breaks callers, or it calls something else.
    #[must_use]
    pub fn is_loud(&self) -> bool {
        self.is_breaking() || self.what == What::Rewired
    }

    /// The difference in one sentence, without the capability.
    #[must_use]
    pub fn sentence(&self) -> String {
        let subject = self.unit.as_deref().unwrap_or("the capability");
        match (&self.detail, self.what) {
            (Some(detail), _) => format!("{subject}: {detail}"),
            (None, What::Added) => format!("{subject} is new"),
            (None, What::Removed) => format!("{subject} is gone"),
            (None, What::Changed | What::Rewired) => format!("{subject} differs"),
        }
    }
}

impl Serialize for Change {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { capability, unit, what, detail, class } = self;
        let mut written = serializer.serialize_struct("Change", 6)?;
        written.serialize_field("capability", capability)?;
        match unit {
            Some(unit) => written.serialize_field("unit", unit)?,
            None => written.skip_field("unit")?,
        }
        written.serialize_field("what", what)?;
        match detail {
            Some(detail) => written.serialize_field("detail", detail)?,
            None => written.skip_field("detail")?,
        }
        written.serialize_field("class", class)?;
        written.serialize_field("breaking", &self.is_breaking())?;
        written.end()
    }
}

/// What changes mean as a whole: the gravest of them, or `unchanged`.
#[must_use]
pub fn verdict(changes: &[Change]) -> &'static str {
    changes.iter().map(|change| change.class).max().map_or("unchanged", Class::name)
}
