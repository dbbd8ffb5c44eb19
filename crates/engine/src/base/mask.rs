//! Secret values are replaced in every text that leaves the engine.

use std::{borrow::Cow, fmt, sync::Arc};

/// What stands in place of a secret.
pub(crate) const MASKED: &str = "***";

/// Shorter values are not masked: they would garble everything and hide nothing.
const SHORTEST: usize = 4;

/// The secret values of one engine.
#[derive(Clone, Default)]
pub struct Mask(Arc<Vec<Box<str>>>);

impl Mask {
    /// Masks these values, and their percent-encoded forms.
    pub fn new<'a>(secrets: impl IntoIterator<Item = &'a str>) -> Self {
        let mut values: Vec<Box<str>> = Vec::new();
        for secret in secrets {
            let secret = secret.trim();
            if secret.len() >= SHORTEST {
                let encoded =
                    percent_encoding::utf8_percent_encode(secret, percent_encoding::NON_ALPHANUMERIC).to_string();
                let form: String = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect();
                let unreserved = crate::base::encode::path(secret);
                for form in [encoded, form, unreserved] {
                    if form != secret {
                        values.push(form.into());
                    }
                }
                values.push(secret.into());
            }
        }
        values.sort_by_key(|v| std::cmp::Reverse(v.len()));
        values.dedup();
        Self(Arc::new(values))
    }

    /// `text` without secrets.
    #[must_use]
    pub fn apply<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let mut out = Cow::Borrowed(text);
        for secret in self.0.iter() {
            if out.contains(&**secret) {
                out = Cow::Owned(out.replace(&**secret, MASKED));
            }
        }
        out
    }
}

impl fmt::Debug for Mask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Mask({} values)", self.0.len())
    }
}
