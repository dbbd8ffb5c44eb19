//! Finds the schema references that an expression passes to `violations` literally, so that their files are known before it
//! runs. Reads the text of calls only; it does not evaluate anything.

/// The function whose second argument is a reference to a schema.
const FUNCTION: &str = "violations";

/// The literal references of an expression, each once: whole ones, and beginnings with a `#` of ones that are put together.
pub(crate) fn literals(source: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for (at, _) in source.match_indices(FUNCTION) {
        let before = source.get(..at).unwrap_or_default();
        if before.ends_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | '.')) {
            continue;
        }
        let after = source.get(at + FUNCTION.len()..).unwrap_or_default().trim_start();
        let Some(reference) = after.strip_prefix('(').and_then(second_argument).and_then(literal) else { continue };
        if !found.contains(&reference) {
            found.push(reference);
        }
    }
    found
}

/// What stands after the first comma of a call's arguments.
fn second_argument(arguments: &str) -> Option<&str> {
    let (mut quote, mut depth) = (None, 0_usize);
    let mut chars = arguments.char_indices();
    while let Some((at, c)) = chars.next() {
        match (quote, c) {
            (Some(_), '\\') => drop(chars.next()),
            (Some(open), c) if c == open => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"') => quote = Some(c),
            (None, '(' | '[' | '{') => depth += 1,
            (None, ')' | ']' | '}') => depth = depth.checked_sub(1)?,
            (None, ',') if depth == 0 => return arguments.get(at + 1..).map(str::trim_start),
            (None, _) => {}
        }
    }
    None
}

/// The string an argument begins with, when it is all of it, or names a file and the beginning of a pointer.
fn literal(argument: &str) -> Option<String> {
    let open = argument.chars().next().filter(|c| matches!(c, '\'' | '"'))?;
    let mut text = String::new();
    let mut chars = argument.char_indices().skip(1);
    while let Some((at, c)) = chars.next() {
        match c {
            '\\' => text.extend(chars.next().map(|(_, escaped)| escaped)),
            c if c == open => {
                let is_whole = argument.get(at + 1..)?.trim_start().starts_with([',', ')']);
                return (is_whole || text.contains('#')).then_some(text);
            }
            c => text.push(c),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::literals;

    #[test]
    fn literal_references_are_found() {
        for (source, expected) in [
            ("violations(request.body, 's.yaml#/In')", vec!["s.yaml#/In"]),
            ("violations( f(a, 'x') , \"s.yaml\", 'fastapi')|length > 0", vec!["s.yaml"]),
            ("violations(a, 's') or violations(b, 's') or violations(c, 't')", vec!["s", "t"]),
            ("violations({'a': [1, 2]}, 'it\\'s#/x')", vec!["it's#/x"]),
            ("violations(a, 's.yaml#/' ~ kind)", vec!["s.yaml#/"]),
            ("violations(a, name ~ '.yaml')", vec![]),
            ("violations(a, 's' ~ name)", vec![]),
            ("my.violations(a, 's') or no_violations(a, 's') or violations", vec![]),
        ] {
            assert_eq!(literals(source), expected, "{source}");
        }
    }
}
