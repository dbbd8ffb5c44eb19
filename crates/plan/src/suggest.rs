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
        // Few slips are made in a first letter.
        .min_by_key(|(distance, candidate)| (*distance, normal(candidate).chars().next() != plain.chars().next()))
        .map(|(_, candidate)| candidate)
}

/// Where the names come from that a written one is held against: what counts as a slip of them depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Names {
    /// A contract or the language gives them, and whoever writes one chose none of them: another case, a plural and, in long names, two
    /// letters are slips too.
    Given,
    /// Authors chose them, and nothing uses the candidates: something is to be meant by them. Names of one or two letters count when
    /// there is one candidate or the letters are the same.
    Unused,
    /// Authors chose them, and the candidates have their use without `written`: both may be meant.
    Used,
}

/// The candidate that `written` is surely a slip of the pen of: nearer than [`nearest`], so that it can be held against whoever wrote it
/// where nothing else says that the name is unknown. Names that differ in digits alone are names of their own: `address1`, `address2`.
#[must_use]
pub fn slip<'a>(written: &str, candidates: impl IntoIterator<Item = &'a str>, names: Names) -> Option<&'a str> {
    let plain = normal(written);
    let candidates: Vec<&str> = candidates.into_iter().filter(|candidate| *candidate != written).collect();
    let only = candidates.len() == 1;
    candidates.into_iter().find(|candidate| {
        let other = normal(candidate);
        match names {
            Names::Given => other == plain || undigited(&plain) != undigited(&other) && is_near(&plain, &other),
            Names::Unused => one_off(written, (&plain, &other), candidate) && (only || !is_short(&plain, &other)),
            Names::Used => one_off(written, (&plain, &other), candidate) && !is_other_word(written, candidate),
        }
    })
}

/// A letter off, two in long names.
fn is_near(one: &str, other: &str) -> bool {
    let limit = if one.len().max(other.len()) < 9 { 1 } else { 2 };
    one.len().min(other.len()) >= 3 && one.chars().next() == other.chars().next() && distance(one, other) <= limit
}

/// One slip between names that authors choose. A plural and its singular are two names, and a word of a name is one.
fn one_off(written: &str, (plain, other): (&str, &str), candidate: &str) -> bool {
    let plural = |one: &str, other: &str| one.strip_suffix('s') == Some(other);
    // `{y-format}` holds the `format` of `{y}.{format}`, and the header `X-Note` a `note`.
    let is_word = |name: &str, of: &str| of.split(['-', '_', '.']).any(|word| word.eq_ignore_ascii_case(name));
    distance(plain, other) == 1
        && !plural(other, plain)
        && !plural(plain, other)
        && undigited(plain) != undigited(other)
        && !is_word(written, candidate)
        && !is_word(candidate, written)
}

/// Of names this short nearly all are near each other; the same letters in another order are not.
fn is_short(one: &str, other: &str) -> bool {
    one.len().max(other.len()) <= 2 && letters(one) != letters(other)
}

/// Whether a letter more, less or replaced makes another word, as it does in short ones: `id` and `uid`, `lat` and `lan`, `DD_API_KEY`
/// and `DD_APP_KEY`. Letters that change places or are doubled do not.
fn is_other_word(one: &str, other: &str) -> bool {
    let words = |name: &str| -> Vec<String> { name.split(['-', '_', '.', ' ']).map(str::to_lowercase).collect() };
    let (one, other) = (words(one), words(other));
    let single = |word: &str| {
        let mut letters: Vec<char> = word.chars().collect();
        letters.dedup();
        letters
    };
    let differ = |(one, other): (&String, &String)| {
        one != other
            && one.len().min(other.len()) <= 3
            && letters(one) != letters(other)
            && (one.len() == other.len() || single(one) != single(other))
    };
    one.len() == other.len() && one.iter().zip(&other).any(differ)
}

/// The letters of a name, in an order of their own.
fn letters(name: &str) -> Vec<char> {
    let mut letters: Vec<char> = name.chars().collect();
    letters.sort_unstable();
    letters
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
        let names = ["id", "city", "users", "API_KEY_1", "title", "y-format", "version"];
        let cases = [
            ("x-version", None),
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
            assert_eq!(slip(written, names, Names::Unused), expected, "{written}");
        }
    }

    #[test]
    fn names_that_have_a_use_are_slips_of_longer_words_only() {
        let names = ["DD_API_KEY", "lat", "title", "id", "tools"];
        let cases = [
            ("DD_APP_KEY", None),
            ("DD_API_KYE", Some("DD_API_KEY")),
            ("DD_AI_KEY", None),
            ("lan", None),
            ("lta", Some("lat")),
            ("tilte", Some("title")),
            ("tikle", Some("title")),
            ("titles", None),
            ("ik", None),
            ("di", Some("id")),
            ("idd", Some("id")),
            ("uid", None),
            ("toools", Some("tools")),
        ];
        for (written, expected) in cases {
            assert_eq!(slip(written, names, Names::Used), expected, "{written}");
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
            assert_eq!(slip(written, names, Names::Given), expected, "{written}");
        }
    }
}
