//! Paths of URLs as text.

/// Joins base and path: one slash between them, an empty path changes nothing. A custom verb (`:search`) stands right behind what
/// it is of.
pub(crate) fn join(base: &str, path: &str) -> String {
    let mut out = String::with_capacity(base.len() + path.len() + 1);
    if let Some(verb) = path.strip_prefix('/').filter(|rest| rest.starts_with(':'))
        && !base.trim_end_matches('/').is_empty()
    {
        out.push_str(base.trim_end_matches('/'));
        out.push_str(verb);
        return out;
    }
    out.push_str(base);
    if base.ends_with('/') && path.starts_with('/') {
        out.pop();
    } else if !path.is_empty() && !base.ends_with('/') && !path.starts_with('/') {
        out.push('/');
    }
    out.push_str(path);
    out
}
