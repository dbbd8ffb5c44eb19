//! Lists in pages. Clients that ignore cursors exist, so a page is large.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use rmcp::ErrorData;

/// The most items of one page.
pub(super) const PAGE: usize = 200;

/// The items at a cursor, and the cursor of the page after them.
pub(super) fn page<T: Clone>(items: &[T], cursor: Option<&str>) -> Result<(Vec<T>, Option<String>), ErrorData> {
    let start = match cursor {
        None => 0,
        Some(cursor) => offset(cursor)
            .filter(|start| *start > 0 && start % PAGE == 0 && *start < items.len())
            .ok_or_else(|| ErrorData::invalid_params("Invalid cursor: start again without one", None))?,
    };
    let rest = items.get(start..).unwrap_or_default();
    let this: Vec<T> = rest.iter().take(PAGE).cloned().collect();
    let next = (rest.len() > PAGE).then(|| BASE64_URL_SAFE_NO_PAD.encode(format!("o{}", start + PAGE)));
    Ok((this, next))
}

fn offset(cursor: &str) -> Option<usize> {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(cursor).ok()?;
    std::str::from_utf8(&bytes).ok()?.strip_prefix('o')?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_hundred_fit_on_a_page() {
        let items: Vec<_> = (0..200).collect();
        assert_eq!(page(&items, None).unwrap(), (items, None));
    }

    #[test]
    fn cursors_lead_through_all_pages() {
        let items: Vec<_> = (0..450).collect();
        let (mut seen, mut cursor) = (Vec::new(), None);
        loop {
            let (some, next) = page(&items, cursor.as_deref()).unwrap();
            seen.extend(some);
            cursor = next;
            if cursor.is_none() {
                break;
            }
        }
        assert_eq!(seen, items);
    }

    #[test]
    fn a_foreign_cursor_is_an_error() {
        for cursor in ["", "x", "bzE", "bzQwMA"] {
            assert_eq!(page(&[1; 300], Some(cursor)).unwrap_err().code.0, -32602, "{cursor}");
        }
    }
}
