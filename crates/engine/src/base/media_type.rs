//! Media types that mean something to the engine.

/// A JSON body.
pub(crate) const JSON: &str = "application/json";

/// A form.
pub(crate) const FORM: &str = "application/x-www-form-urlencoded";

/// Whether a media type is JSON.
pub(crate) fn is_json(media_type: &str) -> bool {
    let essence = essence(media_type);
    essence.eq_ignore_ascii_case(JSON)
        || essence.to_ascii_lowercase().ends_with("+json")
        || essence.eq_ignore_ascii_case("text/json")
}

/// Whether a media type is a form.
pub(crate) fn is_form(media_type: Option<&str>) -> bool {
    media_type.is_some_and(|media_type| essence(media_type).eq_ignore_ascii_case(FORM))
}

/// A media type without its parameters.
pub(crate) fn essence(media_type: &str) -> &str {
    media_type.split(';').next().unwrap_or_default().trim()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_and_case_do_not_matter() {
        for text in ["application/json", "Application/JSON; charset=utf-8", "application/vnd.x+json", "text/json"] {
            assert!(is_json(text), "{text}");
        }
        for text in ["application/xml", "application/json-seq", ""] {
            assert!(!is_json(text), "{text}");
        }
        assert!(is_form(Some("application/x-www-form-urlencoded;charset=UTF-8")));
        assert!(!is_form(Some("multipart/form-data")) && !is_form(None));
    }
}
