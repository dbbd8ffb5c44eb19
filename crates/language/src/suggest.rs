//! Owns "did you mean": the nearest of the known names.
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

/// Whether one slip of a finger lies between two names: a letter too many, too few, another one, or two swapped.
#[must_use]
pub fn is_slip(written: &str, meant: &str) -> bool {
    distance(&normal(written), &normal(meant)) <= 1
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
}
