//! Keywords and names that merely say something.
//! What a keyword that constrains becomes is decided where schemas are converted.

/// Keywords that say something without constraining anything.
const ANNOTATIONS: &[&str] =
    &["title", "description", "default", "examples", "example", "deprecated", "readOnly", "writeOnly"];

/// True for a keyword that constrains nothing.
pub(super) fn is_annotation(key: &str) -> bool {
    ANNOTATIONS.contains(&key)
}

/// True when two names differ at most in case and punctuation.
pub(super) fn repeats(title: &str, name: &str) -> bool {
    let plain =
        |text: &str| text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect::<String>();
    plain(title) == plain(name)
}
