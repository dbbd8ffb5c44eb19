//! Paths of URLs as text.

/// Joins base and path: one slash between them, an empty path changes nothing.
pub(crate) fn join(base: &str, path: &str) -> String {
    let mut out = String::with_capacity(base.len() + path.len() + 1);
    out.push_str(base);
    if base.ends_with('/') && path.starts_with('/') {
        out.pop();
    } else if !path.is_empty() && !base.ends_with('/') && !path.starts_with('/') {
        out.push('/');
    }
    out.push_str(path);
    out
}
