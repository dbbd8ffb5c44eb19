//! Every secret of the process: those credentials and checks of callers hold, and tokens as they are issued. What leaves the
//! process, be it a log line of a library, is held against them. Which values of one document are secret is [`mask`](super::mask)'s
//! business.

use std::{
    borrow::Cow,
    collections::HashMap,
    fmt,
    ops::Range,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Instant,
};

use arc_swap::ArcSwap;
use serde_json::{Number, Value};

use super::patterns::{Patterns, SHORTEST, first, replaced, replaced_text};

/// The secrets of a process; clones share them. Looking for them takes no lock unless there are new ones.
#[derive(Clone, Default)]
pub struct Secrets(Arc<Registry>);

#[derive(Default)]
struct Registry {
    known: Mutex<Known>,
    /// Whether something was registered since `found` was made.
    stale: AtomicBool,
    found: ArcSwap<Vec<Arc<Patterns>>>,
}

/// When a secret is of no use any more; nothing when nobody knows.
type Until = Option<Instant>;

#[derive(Default)]
struct Known {
    /// Every secret that is looked for, or will be.
    values: HashMap<Arc<str>, Until>,
    /// Those that are not looked for yet.
    fresh: Vec<Arc<str>>,
    /// What each set looks for, the largest first: sets are made anew only when there is as much to add to them.
    sets: Vec<(Vec<Arc<str>>, Arc<Patterns>)>,
}

impl Secrets {
    /// Hides this value from now on; nothing is done for one that is too short.
    pub fn register(&self, secret: &str) {
        self.add(secret, None);
    }

    /// Hides a value that is of no use after some time, and may be forgotten then.
    pub(crate) fn register_until(&self, secret: &str, until: Instant) {
        self.add(secret, Some(until));
    }

    fn add(&self, secret: &str, until: Until) {
        let secret = secret.trim();
        if secret.len() < SHORTEST {
            return;
        }
        let mut known = self.0.known.lock().unwrap_or_else(PoisonError::into_inner);
        match known.values.get_mut(secret) {
            // Whoever needs it longest decides.
            Some(there) => *there = there.zip(until).map(|(one, other)| one.max(other)),
            None => {
                let secret = Arc::<str>::from(secret);
                known.values.insert(secret.clone(), until);
                known.fresh.push(secret);
                self.0.stale.store(true, Ordering::Release);
            }
        }
    }

    /// `text` without secrets.
    #[must_use]
    pub fn hide<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let found = self.found();
        replaced_text(text, |from| first(found.0.iter().map(|set| &**set), text.as_bytes(), from))
    }

    /// `bytes` without secrets.
    #[must_use]
    pub fn hide_bytes<'b>(&self, bytes: &'b [u8]) -> Cow<'b, [u8]> {
        let found = self.found();
        replaced(bytes, |from| found.next(bytes, from))
    }

    /// A JSON value without secrets in its names and texts; `number` says what becomes of a number.
    #[must_use]
    pub fn hide_json(&self, value: Value, number: fn(&Self, Number) -> Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.hide(&text).into_owned()),
            Value::Array(items) => items.into_iter().map(|item| self.hide_json(item, number)).collect(),
            Value::Object(members) => {
                let hidden =
                    |(name, member): (String, Value)| (self.hide(&name).into_owned(), self.hide_json(member, number));
                Value::Object(members.into_iter().map(hidden).collect())
            }
            Value::Number(kept) => number(self, kept),
            Value::Null | Value::Bool(_) => value,
        }
    }

    /// What is looked for at present.
    pub(crate) fn found(&self) -> Found {
        if self.0.stale.load(Ordering::Acquire) {
            self.refresh();
        }
        Found(self.0.found.load_full())
    }

    fn refresh(&self) {
        let mut known = self.0.known.lock().unwrap_or_else(PoisonError::into_inner);
        if !self.0.stale.swap(false, Ordering::AcqRel) {
            return;
        }
        let mut values = std::mem::take(&mut known.fresh);
        let now = Instant::now();
        while known.sets.last().is_some_and(|(smaller, _)| smaller.len() <= 2 * values.len()) {
            let Some((more, _)) = known.sets.pop() else { break };
            for secret in more {
                match known.values.get(&secret) {
                    Some(Some(until)) if *until < now => drop(known.values.remove(&secret)),
                    _ => values.push(secret),
                }
            }
        }
        let patterns = Arc::new(Patterns::new(values.iter().map(|secret| &**secret)));
        known.sets.push((values, patterns));
        self.0.found.store(Arc::new(known.sets.iter().map(|(_, patterns)| patterns.clone()).collect()));
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secrets")
    }
}

/// The secrets there were at one moment, to be looked for in a stream.
#[derive(Clone)]
pub(crate) struct Found(Arc<Vec<Arc<Patterns>>>);

impl Found {
    /// Whether there are none.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The first secret at or behind a position.
    pub(crate) fn next(&self, bytes: &[u8], from: usize) -> Option<Range<usize>> {
        first(self.0.iter().map(|set| &**set), bytes, from)
    }

    /// The most bytes one takes.
    pub(crate) fn longest(&self) -> usize {
        self.0.iter().map(|set| set.longest()).max().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn what_is_registered_later_is_hidden_too() {
        let secrets = Secrets::default();
        assert!(matches!(secrets.hide("nothing to hide"), Cow::Borrowed(_)));
        for n in 0..100 {
            let secret = format!("secret-{n:03}");
            secrets.register(&secret);
            assert_eq!(secrets.hide(&format!("a {secret} b")), "a *** b");
        }
        assert_eq!(secrets.hide("secret-000 secret-042,secret-099"), "*** ***,***");
        assert!(secrets.found().0.len() < 8, "sets are merged");
        secrets.register("abc");
        assert_eq!(secrets.hide("abc"), "abc");
    }

    #[test]
    fn the_longest_of_several_is_hidden() {
        let secrets = Secrets::default();
        secrets.register("token");
        assert_eq!(secrets.hide("built"), "built");
        secrets.register("token-and-more");
        assert_eq!(secrets.hide("x token-and-more y token z"), "x *** y *** z");
    }

    #[test]
    fn tokens_are_forgotten_some_time_after_they_expired() {
        let secrets = Secrets::default();
        secrets.register("stays for ever");
        for n in 0..1000 {
            secrets.register_until(&format!("token-number-{n:04}"), Instant::now() - Duration::from_secs(1));
            assert_eq!(secrets.hide(""), "");
        }
        let known = secrets.0.known.lock().unwrap();
        assert!(known.values.len() < 50, "{} are kept", known.values.len());
        assert!(known.values.contains_key("stays for ever"));
    }
}
