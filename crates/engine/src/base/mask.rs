//! What is secret of one document: the values of its bindings are masked in every text about it, and what proves somebody's
//! identity is masked wherever the process speaks.

use std::{
    borrow::Cow,
    fmt,
    sync::{Arc, OnceLock},
};

use zeroize::Zeroizing;

use super::{
    patterns::{Patterns, first, replaced_text},
    secrets::Secrets,
};

/// The secret values of one engine.
#[derive(Clone, Default)]
pub struct Mask(Arc<Masked>);

#[derive(Default)]
struct Masked {
    values: Vec<Zeroizing<String>>,
    /// Made when the first text is masked: most engines never have one.
    own: OnceLock<Patterns>,
    everyones: Secrets,
}

impl Mask {
    /// Masks these values, and all secrets of the process.
    pub fn new<'a>(values: impl IntoIterator<Item = &'a str>, everyones: &Secrets) -> Self {
        let values = values.into_iter().map(|value| Zeroizing::new(value.to_owned())).collect();
        Self(Arc::new(Masked { values, own: OnceLock::new(), everyones: everyones.clone() }))
    }

    /// `text` without values of bindings and without secrets: for texts about what went wrong.
    #[must_use]
    pub fn apply<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let Masked { values, own, everyones } = &*self.0;
        let own = own.get_or_init(|| Patterns::new(values.iter().map(|value| value.as_str())));
        let all = everyones.found();
        replaced_text(text, |from| {
            let everyones = all.next(text.as_bytes(), from);
            let found = first(std::iter::once(own), text.as_bytes(), from);
            [everyones, found].into_iter().flatten().min_by_key(|found| (found.start, std::cmp::Reverse(found.end)))
        })
    }

    /// The secrets of the process: what an answer may not show, though a region's name or a tenant's may stand in it.
    #[must_use]
    pub fn secrets(&self) -> &Secrets {
        &self.0.everyones
    }
}

impl fmt::Debug for Mask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Mask({} values)", self.0.values.len())
    }
}

/// Whether the value of a binding proves an identity, as far as its name and form tell: credentials name theirs themselves.
#[must_use]
pub fn is_secret(name: &str, value: &str) -> bool {
    const WORDS: [&str; 12] = [
        "KEY",
        "TOKEN",
        "SECRET",
        "PASSWORD",
        "PASSWD",
        "PASSPHRASE",
        "PWD",
        "CREDENTIAL",
        "AUTHORIZATION",
        "BEARER",
        "JWT",
        "COOKIE",
    ];
    let name = name.to_ascii_uppercase();
    WORDS.iter().any(|word| name.contains(word)) || is_token(value)
}

/// Whether a value looks like nothing but a token: long, in one piece, of letters and digits, and no address.
fn is_token(value: &str) -> bool {
    let value = value.trim();
    value.len() >= 20
        && value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_=+/.~".contains(&byte))
        && value.bytes().any(|byte| byte.is_ascii_digit())
        && value.bytes().any(|byte| byte.is_ascii_alphabetic())
        && !value.contains("//")
        && !value.starts_with(['/', '.'])
        && value.bytes().filter(|byte| *byte == b'.').count() < 3
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_bindings_are_masked_in_texts_and_secrets_everywhere() {
        let everyones = Secrets::default();
        everyones.register("issued later");
        let mask = Mask::new(["eu-west-1", "sk/x?y"], &everyones);
        assert_eq!(mask.apply("eu-west-1 sk%2Fx%3Fy issued+later"), "*** *** ***");
        assert_eq!(mask.secrets().hide("eu-west-1 issued later"), "eu-west-1 ***");
        everyones.register("issued after that");
        assert_eq!(mask.apply("issued after that"), "***");
    }

    #[test]
    fn what_a_binding_holds_is_told_by_its_name_or_its_form() {
        for (name, value) in
            [("BFL_API_KEY", "x"), ("githubToken", "x"), ("DB_PASSWORD", "x"), ("OPENAI", "sk-proj-0123456789abcdef")]
        {
            assert!(is_secret(name, value), "{name}");
        }
        for (name, value) in [
            ("REGION", "eu-west-1"),
            ("BASE_URL", "https://api.example.com/v1/accounts"),
            ("HOST", "a1.very.long.example.com"),
            ("USERNAME", "administrator"),
            ("FOLDER", "/var/lib/capstan/data1"),
        ] {
            assert!(!is_secret(name, value), "{name}");
        }
    }
}
