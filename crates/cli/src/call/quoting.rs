//! Texts for a shell, with variables where secrets were.

/// A name that stands for a value nobody may see.
#[derive(Clone, Debug)]
pub(super) struct Stood {
    /// What stands in texts instead of the value.
    pub(super) sign: String,
    /// The variable that has the value.
    pub(super) variable: String,
}

/// A text as one word of a POSIX shell. Signs become their variables, everything else stays as it is.
pub(super) fn word(text: &str, stood: &[Stood]) -> String {
    let mut out = String::new();
    let mut rest = text;
    loop {
        let next = stood.iter().filter_map(|one| Some((rest.find(&one.sign)?, one))).min_by_key(|(at, _)| *at);
        let (before, found) = match next {
            Some((at, one)) => (rest.get(..at).unwrap_or_default(), Some((at, one))),
            None => (rest, None),
        };
        if !before.is_empty() || (out.is_empty() && found.is_none()) {
            out.push_str(&plain(before));
        }
        let Some((at, one)) = found else { return out };
        out.push_str(&format!("\"${}\"", one.variable));
        rest = rest.get(at + one.sign.len()..).unwrap_or_default();
    }
}

/// A text without variables as one word.
fn plain(text: &str) -> String {
    let bare = |c: char| c.is_ascii_alphanumeric() || "-_./:=@%+,".contains(c);
    if !text.is_empty() && text.chars().all(bare) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_stay_one_word() {
        let stood = [Stood { sign: "capstansign0".into(), variable: "KEY".into() }];
        for (text, expected) in [
            ("", "''"),
            ("https://a.example/b", "https://a.example/b"),
            ("it's $HOME", "'it'\\''s $HOME'"),
            ("X-Key: capstansign0", "'X-Key: '\"$KEY\""),
            ("capstansign0", "\"$KEY\""),
            ("a=capstansign0&b=capstansign0", "a=\"$KEY\"'&b='\"$KEY\""),
        ] {
            assert_eq!(word(text, &stood), expected, "{text}");
        }
    }
}
