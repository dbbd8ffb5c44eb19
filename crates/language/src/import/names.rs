//! Names of what is made. Tools are named for models: letters, digits, `_` and `-`, at most 48 characters, because hosts put names of
//! their own in front; a name that is longer loses words, and gets a digest of all of them so that it stays unique.

use std::collections::HashSet;

use sha2::{Digest as _, Sha256};

/// The longest name of a tool.
const LONGEST: usize = 48;

/// The longest name of a capability.
const LONGEST_CAPABILITY: usize = 40;

/// How many characters of a digest tell two names apart.
const DIGEST: usize = 6;

/// Names that were given out.
#[derive(Debug, Default)]
pub(super) struct Names(HashSet<String>);

impl Names {
    /// A name of an operation, or of a part of it, that no other one has, in capitals or not.
    pub(super) fn unit(&mut self, wanted: &str) -> String {
        let name = fitting(wanted);
        let mut given = name.clone();
        let mut nth = 2u32;
        while !self.0.insert(given.to_ascii_lowercase()) {
            let mark = format!("-{nth}");
            let room = LONGEST.saturating_sub(mark.len());
            given = format!("{}{mark}", cut(&name, room));
            nth += 1;
        }
        given
    }
}

/// Whether a text can be the name of a capability, and of hosts and files.
pub(super) fn is_plain(name: &str) -> bool {
    let fits = name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
    fits && name.starts_with(|c: char| c.is_ascii_lowercase())
        && !name.ends_with('-')
        && name.len() <= LONGEST_CAPABILITY
}

/// The name of a capability, made from a title.
pub(super) fn capability(title: &str) -> String {
    let slug = slug(title);
    let slug = slug.trim_start_matches(|c: char| !c.is_ascii_lowercase());
    let name = cut(slug, LONGEST_CAPABILITY);
    if name.is_empty() { "api".to_owned() } else { name.to_owned() }
}

/// The words of a text in small letters with `-` between them.
pub(super) fn slug(text: &str) -> String {
    let parts = text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|part| !part.is_empty());
    parts.map(str::to_ascii_lowercase).collect::<Vec<_>>().join("-")
}

/// The name of an operation that has none: its method and path.
pub(super) fn derived(method: &str, path: &str) -> String {
    let word = if method == "GET" && !path.ends_with('}') { "list".to_owned() } else { method.to_ascii_lowercase() };
    let path = path.replace('{', "by-");
    format!("{word}-{}", slug(&path))
}

/// A name a tool may have, as close to `wanted` as can be.
fn fitting(wanted: &str) -> String {
    let kept: String =
        wanted.chars().map(|c| if c.is_ascii_alphanumeric() || matches!(c, '_' | '-') { c } else { '-' }).collect();
    let mut name = kept.split('-').filter(|part| !part.is_empty()).collect::<Vec<_>>().join("-");
    if kept == wanted && name.len() <= LONGEST {
        name = kept;
    }
    if !name.starts_with(|c: char| c.is_ascii_alphabetic()) {
        name = if name.is_empty() { "call".to_owned() } else { format!("call-{name}") };
    }
    if name.len() <= LONGEST { name } else { shortened(&name) }
}

/// As many words of a name as there is room for beside a digest of all of it.
fn shortened(name: &str) -> String {
    let hash: String = Sha256::digest(name).iter().map(|byte| format!("{byte:02x}")).collect();
    let hash = cut(&hash, DIGEST);
    format!("{}-{hash}", cut(name, LONGEST - DIGEST - 1))
}

/// At most so many characters, ending with a whole word where one fits.
fn cut(name: &str, most: usize) -> &str {
    let Some(head) = name.get(..most) else { return name };
    if name.len() == most {
        return name;
    }
    let whole = match name.as_bytes().get(most) {
        Some(b'-' | b'_') => head,
        _ => head.rfind(['-', '_']).and_then(|end| head.get(..end)).unwrap_or(head),
    };
    whole.trim_end_matches(['-', '_'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tools_have_names_that_models_take() {
        let mut names = Names::default();
        for (wanted, given) in [
            ("getPet", "getPet"),
            ("repos/get-content", "repos-get-content"),
            ("getpet", "getpet-2"),
            ("2fa", "call-2fa"),
            ("Käse holen", "K-se-holen"),
            ("", "call"),
        ] {
            assert_eq!(names.unit(wanted), given);
        }
        let long = "actions/list-selected-repositories-enabled-for-self-hosted-runners";
        let given = names.unit(long);
        assert!(given.starts_with("actions-list-selected-repositories-") && given.len() <= LONGEST, "{given}");
        let again = names.unit(long);
        assert!(again != given && again.len() <= LONGEST, "{again}");
    }

    #[test]
    fn what_has_no_name_is_called_by_method_and_path() {
        assert_eq!(derived("GET", "/pets/{id}"), "get-pets-by-id");
        assert_eq!(derived("GET", "/pets"), "list-pets");
        assert_eq!(derived("POST", "/pets"), "post-pets");
    }

    #[test]
    fn capabilities_are_called_by_their_title() {
        for (title, name) in [("GitHub v3 REST API", "github-v3-rest-api"), ("3D \u{e9}", "d"), ("", "api")] {
            assert_eq!(capability(title), name);
        }
        assert!(is_plain("my-shop2"));
        for bad in ["", "My", "a b", "1a", "a-", "ä"] {
            assert!(!is_plain(bad), "{bad}");
        }
    }
}
