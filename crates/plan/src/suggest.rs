//! Owns "did you mean": the nearest of the known names, and which unknown name is surely a slip of a known one.
//! It does not phrase the sentence.

/// The candidate an author most likely meant, if one is near enough to say so.
#[must_use]
pub fn nearest<'a>(written: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let plain = normal(written);
    let limit = (plain.chars().count() / 3).clamp(1, 4);
    candidates
        .into_iter()
        .filter(|candidate| *candidate != written)
        .map(|candidate| (distance(&plain, &normal(candidate)), candidate))
        .filter(|(distance, candidate)| *distance <= limit && *distance < candidate.chars().count())
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// The candidate that `written` is surely a slip of: the same name spelt another way, or a letter off (two in long names).
/// Stricter than [`nearest`], because what it finds is refused where nothing says that the name is unknown.
#[must_use]
pub fn slip_of<'a>(written: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let plain = normal(written);
    candidates.into_iter().filter(|candidate| *candidate != written).find(|candidate| {
        let other = normal(candidate);
        let limit = if plain.len().max(other.len()) < 9 { 1 } else { 2 };
        other == plain
            || plain.len().min(other.len()) >= 3
                && plain.chars().next() == other.chars().next()
                // `page` and `page1`, `address1` and `address2` are names of their own.
                && undigited(&plain) != undigited(&other)
                && distance(&plain, &other) <= limit
    })
}

/// The candidate that differs from `written` by one slip of the pen: nearer than [`nearest`], so that it can be held against an
/// author. Unlike [`slip_of`] it is asked of a name that another one is left without a use for. A plural and its singular are two names,
/// and so are names that differ in digits.
#[must_use]
pub fn slip<'a>(written: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let plural = |one: &str, other: &str| one.strip_suffix('s') == Some(other);
    let numbered = |one: &str, other: &str| undigited(one) == undigited(other);
    let sorted = |name: &str| {
        let mut letters: Vec<char> = name.chars().collect();
        letters.sort_unstable();
        letters
    };
    // `{y-format}` holds the `format` of `{y}.{format}`.
    let words = |name: &'a str| name.split(['-', '_', '.']);
    let plain = normal(written);
    let candidates: Vec<&str> = candidates.into_iter().collect();
    let only = candidates.len() == 1;
    candidates
        .into_iter()
        .map(|candidate| (normal(candidate), candidate))
        .filter(|(name, _)| *name != plain && distance(&plain, name) == 1)
        .filter(|(name, _)| !plural(name, &plain) && !plural(&plain, name) && !numbered(name, &plain))
        .filter(|(_, candidate)| !words(candidate).any(|word| word == written))
        // Of names this short nearly all are near each other.
        .find(|(name, _)| only || plain.len().max(name.len()) > 2 || sorted(name) == sorted(&plain))
        .map(|(_, candidate)| candidate)
}

fn undigited(name: &str) -> String {
    name.chars().filter(|c| !c.is_ascii_digit()).collect()
}

fn normal(name: &str) -> String {
    name.chars().filter(|c| !matches!(c, '-' | '_' | ' ')).flat_map(char::to_lowercase).collect()
}

/// Long names are compared cheaply: no one mistypes 200 characters within reach of another name.
fn distance(one: &str, other: &str) -> usize {
    if one.len().max(other.len()) > 200 {
        return if one == other { 0 } else { usize::MAX };
    }
    strsim::damerau_levenshtein(one, other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_one_letter_away() {
        let names = ["id", "city", "users", "API_KEY_1", "title", "y-format"];
        let cases = [
            ("di", Some("id")),
            ("idd", Some("id")),
            ("ip", None),
            ("ctiy", Some("city")),
            ("citty", Some("city")),
            ("cities", None),
            ("user", None),
            ("API_KEY_2", None),
            ("titkle", Some("title")),
            ("city", None),
            ("format", None),
        ];
        for (written, expected) in cases {
            assert_eq!(slip(written, names), expected, "{written}");
        }
    }

    #[test]
    fn suggestions_are_near_or_none() {
        let names = ["baseUri", "namespace", "type", "in", "call"];
        let cases = [
            ("baseURI", Some("baseUri")),
            ("base-uri", Some("baseUri")),
            ("baseUrl", Some("baseUri")),
            ("namespase", Some("namespace")),
            ("tpye", Some("type")),
            ("calls", Some("call")),
            ("on", Some("in")),
            ("x", None),
            ("completely-other", None),
            ("", None),
        ];
        for (written, expected) in cases {
            assert_eq!(nearest(written, names), expected, "{written}");
        }
    }

    #[test]
    fn a_slip_is_nearer_than_near() {
        let names = ["prompt", "page_size", "id", "limit", "address1", "created_after"];
        let cases = [
            ("promt", Some("prompt")),
            ("propmt", Some("prompt")),
            ("Prompt", Some("prompt")),
            ("pageSize", Some("page_size")),
            ("limits", Some("limit")),
            ("creatd_aftr", Some("created_after")),
            ("address2", None),
            ("address", None),
            ("ids", None),
            ("it", None),
            ("emit", None),
            ("created_before", None),
            ("utm_source", None),
            ("_", None),
        ];
        for (written, expected) in cases {
            assert_eq!(slip_of(written, names), expected, "{written}");
        }
    }
}
