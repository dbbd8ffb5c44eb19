//! The grammar of `WWW-Authenticate` and `Authorization` (RFC 9110, 11): schemes with named fields, several in one header.
//! Knows no scheme.

/// A scheme and its fields, names in lower case, quoted values unescaped.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct AuthHeader {
    pub(super) name: String,
    pub(super) fields: Vec<(String, String)>,
}

impl AuthHeader {
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(field, _)| field == name).map(|(_, value)| value.as_str())
    }
}

/// Reads every scheme of a header; what is not of the grammar is skipped.
pub(super) fn parse(header: &str) -> Vec<AuthHeader> {
    let mut schemes: Vec<AuthHeader> = Vec::new();
    let mut rest = header;
    loop {
        rest = rest.trim_start_matches([' ', '\t', ',']);
        if rest.is_empty() {
            return schemes;
        }
        let (word, after) = token(rest);
        if word.is_empty() {
            // No token: step over one character.
            let mut characters = rest.chars();
            characters.next();
            rest = characters.as_str();
            continue;
        }
        match after.trim_start().strip_prefix('=') {
            Some(value) => {
                let (value, after) = content(value.trim_start());
                if let Some(scheme) = schemes.last_mut() {
                    scheme.fields.push((word.to_ascii_lowercase(), value));
                }
                rest = after;
            }
            None => {
                schemes.push(AuthHeader { name: word.to_owned(), fields: Vec::new() });
                rest = after;
            }
        }
    }
}

fn token(text: &str) -> (&str, &str) {
    let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~/".contains(c))).unwrap_or(text.len());
    text.split_at(end)
}

fn content(text: &str) -> (String, &str) {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find([',', ' ', '\t']).unwrap_or(text.len());
        let (value, rest) = text.split_at(end);
        return (value.to_owned(), rest);
    };
    let mut value = String::new();
    let mut characters = quoted.chars();
    while let Some(character) = characters.next() {
        match character {
            '"' => break,
            '\\' => value.extend(characters.next()),
            other => value.push(other),
        }
    }
    (value, characters.as_str())
}

/// A quoted string.
pub(super) fn quote(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for character in text.chars() {
        if matches!(character, '"' | '\\') {
            quoted.push('\\');
        }
        quoted.push(character);
    }
    quoted.push('"');
    quoted
}
