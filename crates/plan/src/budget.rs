//! What computing on data from outside may cost. One type for everything that does: expressions, selectors, mappings and the
//! decoders of upstreams' answers charge it *before* they pay, so that a breach costs no more than the budget. It knows numbers
//! only; who is at fault for a breach and where the work is done is said by whoever holds it.
//!
//! | limit | in place | on a thread of its own | what is counted |
//! | --- | --- | --- | --- |
//! | data | 64 KiB (YAML 8 KiB, other formats but JSON 16 KiB) | the limit of the body: 10 MiB | bytes that are read |
//! | steps | 40,000 | 20,000,000 | values looked at, 16 bytes of text each |
//! | values | 4,096 | 2,000,000 | values made |
//! | bytes | 256 KiB | eight times the body, 16 MiB to 128 MiB | text of the values made |
//! | depth | 100 | 100 | levels of nesting |
//! | instructions | 100,000 | 100,000 | of an expression |
//! | a `pattern` | 1 MiB | 1 MiB | its compiled form; 20,000 steps back where it looks around |
//! | violations | 50 | 50 | listed of one input |
//!
//! There is no clock among them: a clock would make an answer depend on what else the machine does. A step takes some ten
//! nanoseconds, so what is done in place ends within about a millisecond, and the rest within seconds. What is not known to fit
//! is tried in place first, since nearly everything does, and done again elsewhere when it does not. Scripts have limits of their
//! own, a clock among them, because nobody can count what they do.

use std::{
    fmt,
    sync::atomic::{AtomicU64, Ordering},
};

use serde_json::Value;

/// How deep a value may nest.
pub const DEPTH: usize = 100;

/// The most values made of one piece of data.
pub const VALUES: u64 = 2_000_000;

/// The most bytes of a `pattern`'s compiled form.
pub const PATTERN: usize = 1 << 20;

/// How often matching a `pattern` that looks around may step back.
pub const BACKTRACKING: usize = 20_000;

/// The most things that are said to be wrong with one input.
pub const VIOLATIONS: usize = 50;

const MIN_BYTES: u64 = 16 << 20;
const MAX_BYTES: u64 = 128 << 20;

/// Where the work is done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Effort {
    /// On a thread that answers requests, which may not be kept for longer than about a millisecond.
    #[default]
    InPlace,
    /// On a thread of its own.
    Whole,
}

/// What is left to spend.
#[derive(Debug)]
pub struct Budget {
    most: Allowance<u64>,
    left: Allowance<AtomicU64>,
}

#[derive(Debug)]
struct Allowance<N> {
    steps: N,
    values: N,
    bytes: N,
}

/// What there was not enough of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exceeded {
    /// Steps.
    Steps(u64),
    /// Values made.
    Values(u64),
    /// Bytes made.
    Bytes(u64),
    /// Levels of nesting.
    Depth(usize),
}

impl fmt::Display for Exceeded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Steps(most) => write!(f, "it takes more than {most} steps"),
            Self::Values(most) => write!(f, "it makes more than {most} values"),
            Self::Bytes(most) => write!(f, "it makes more than {most} bytes"),
            Self::Depth(most) => write!(f, "it nests deeper than {most} levels"),
        }
    }
}

impl std::error::Error for Exceeded {}

impl Budget {
    /// What may be spent with this effort on data of any size.
    #[must_use]
    pub fn new(effort: Effort) -> Self {
        match effort {
            Effort::InPlace => Self::of(Allowance { steps: 40_000, values: 4_096, bytes: 256 << 10 }),
            Effort::Whole => Self::of(Allowance { steps: 20_000_000, values: VALUES, bytes: MAX_BYTES }),
        }
    }

    /// What may be spent on reading a body of that many bytes, wherever that is done: how long it takes is known by its size.
    #[must_use]
    pub fn of_body(body: usize) -> Self {
        let bytes = (body as u64).saturating_mul(8).clamp(MIN_BYTES, MAX_BYTES);
        Self::of(Allowance { steps: u64::MAX, values: VALUES, bytes })
    }

    fn of(most: Allowance<u64>) -> Self {
        let left = Allowance {
            steps: AtomicU64::new(most.steps),
            values: AtomicU64::new(most.values),
            bytes: AtomicU64::new(most.bytes),
        };
        Self { most, left }
    }

    /// Charges that many steps.
    ///
    /// # Errors
    /// When there are no more.
    pub fn step(&self, steps: usize) -> Result<(), Exceeded> {
        spend(&self.left.steps, steps).ok_or(Exceeded::Steps(self.most.steps))
    }

    /// Charges looking at a text of that many bytes.
    ///
    /// # Errors
    /// When there are no more steps.
    pub fn read(&self, bytes: usize) -> Result<(), Exceeded> {
        self.step(bytes / 16 + 1)
    }

    /// Charges one value that holds this many bytes of text.
    ///
    /// # Errors
    /// When it is one too many, or too large.
    pub fn make(&self, bytes: usize) -> Result<(), Exceeded> {
        self.make_many(1)?;
        self.make_bytes(bytes)
    }

    /// Charges that many values.
    ///
    /// # Errors
    /// When they are too many.
    pub fn make_many(&self, values: usize) -> Result<(), Exceeded> {
        spend(&self.left.values, values).ok_or(Exceeded::Values(self.most.values))
    }

    /// Charges more text of a value that is counted elsewhere.
    ///
    /// # Errors
    /// When it is too large.
    pub fn make_bytes(&self, bytes: usize) -> Result<(), Exceeded> {
        spend(&self.left.bytes, bytes).ok_or(Exceeded::Bytes(self.most.bytes))
    }

    /// Refuses nesting beyond the limit.
    ///
    /// # Errors
    /// When `depth` is beyond it.
    pub fn depth(&self, depth: usize) -> Result<(), Exceeded> {
        if depth > DEPTH { Err(Exceeded::Depth(DEPTH)) } else { Ok(()) }
    }

    /// Charges a copy of `value`, which the caller may make then.
    ///
    /// # Errors
    /// When it is too large.
    pub fn copy(&self, value: &Value) -> Result<(), Exceeded> {
        match value {
            Value::Null | Value::Bool(_) | Value::Number(_) => self.make(0),
            Value::String(text) => self.make(text.len()),
            Value::Array(items) => {
                self.make(0)?;
                items.iter().try_for_each(|item| self.copy(item))
            }
            Value::Object(members) => {
                self.make(0)?;
                members.iter().try_for_each(|(name, member)| {
                    self.make_bytes(name.len())?;
                    self.copy(member)
                })
            }
        }
    }
}

/// Takes what is asked for, when it is there. One piece of work spends a budget, so nobody else writes in between.
fn spend(left: &AtomicU64, amount: usize) -> Option<()> {
    let rest = left.load(Ordering::Relaxed).checked_sub(amount as u64)?;
    left.store(rest, Ordering::Relaxed);
    Some(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_breach_names_its_limit_and_takes_nothing() {
        let budget = Budget::new(Effort::InPlace);
        assert_eq!(budget.make_many(usize::MAX), Err(Exceeded::Values(4_096)));
        assert_eq!(budget.make_bytes(256 << 10), Ok(()));
        assert_eq!(budget.make_bytes(1).unwrap_err().to_string(), "it makes more than 262144 bytes");
        assert_eq!(budget.make_many(4_096), Ok(()));
        assert_eq!(budget.step(40_001).unwrap_err().to_string(), "it takes more than 40000 steps");
        assert_eq!(budget.depth(DEPTH + 1).unwrap_err().to_string(), "it nests deeper than 100 levels");
    }

    #[test]
    fn a_copy_costs_all_its_values_and_text() {
        let budget = Budget::new(Effort::InPlace);
        budget.copy(&json!({"ab": [1, null, "cde"], "f": true})).unwrap();
        assert_eq!(budget.left.values.into_inner(), 4_096 - 6);
        assert_eq!(budget.left.bytes.into_inner(), (256 << 10) - 6);
        assert!(Budget::of_body(0).make_bytes(16 << 20).is_ok());
        assert!(Budget::of_body(usize::MAX).make_bytes((128 << 20) + 1).is_err());
    }
}
