//! How a name an author chose becomes the name of an environment variable. Every part that makes or looks for such a variable asks
//! here, so that a diagnostic names the variable the runtime reads.

/// A name in `camelCase`, `kebab-case` or `snake_case`, or a path of such names, as `UPPER_SNAKE_CASE`: `myApi` is `MY_API`, `a/b-c`
/// is `A_B_C`.
#[must_use]
pub fn screaming_case(name: &str) -> String {
    let mut out = String::with_capacity(name.len() + 4);
    let mut after_lower = false;
    for c in name.chars() {
        if c.is_ascii_alphanumeric() {
            if c.is_ascii_uppercase() && after_lower {
                out.push('_');
            }
            after_lower = c.is_ascii_lowercase() || c.is_ascii_digit();
            out.push(c.to_ascii_uppercase());
        } else {
            if !out.is_empty() && !out.ends_with('_') {
                out.push('_');
            }
            after_lower = false;
        }
    }
    out.truncate(out.trim_end_matches('_').len());
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_variables() {
        for (name, expected) in [
            ("tenant_id", "TENANT_ID"),
            ("tenantId", "TENANT_ID"),
            ("your-domain", "YOUR_DOMAIN"),
            ("site", "SITE"),
            ("apiV2", "API_V2"),
            ("myApi", "MY_API"),
            ("a/b-c", "A_B_C"),
            ("--x--y--", "X_Y"),
            ("", ""),
        ] {
            assert_eq!(screaming_case(name), expected);
        }
    }
}
