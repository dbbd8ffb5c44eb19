//! A text that matches a regular expression. Writes one, the shortest that is easily found; does not match.

use regex_syntax::{
    Parser,
    hir::{Class, Hir, HirKind},
};

/// The longest text that is made.
const LONGEST: usize = 256;

/// Characters that read well, in the order in which a class is asked for them.
const PLAIN: &[char] = &['a', 'A', '1', '0', '-', '_', '.', '/', ':', ' '];

/// A text that matches; nothing for patterns this does not understand. Whoever shows it checks it.
pub(super) fn text(pattern: &str) -> Option<String> {
    let mut out = String::new();
    write(&Parser::new().parse(pattern).ok()?, &mut out)?;
    Some(out)
}

fn write(hir: &Hir, out: &mut String) -> Option<()> {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => {}
        HirKind::Literal(literal) => out.push_str(std::str::from_utf8(&literal.0).ok()?),
        HirKind::Class(class) => out.push(member(class)?),
        HirKind::Repetition(repetition) => {
            for _ in 0..repetition.min {
                write(&repetition.sub, out)?;
            }
        }
        HirKind::Capture(capture) => write(&capture.sub, out)?,
        HirKind::Concat(parts) => parts.iter().try_for_each(|part| write(part, out))?,
        HirKind::Alternation(parts) => write(parts.first()?, out)?,
    }
    (out.len() <= LONGEST).then_some(())
}

/// A character of a class.
fn member(class: &Class) -> Option<char> {
    let ranges: Vec<(char, char)> = match class {
        Class::Unicode(class) => class.ranges().iter().map(|range| (range.start(), range.end())).collect(),
        Class::Bytes(class) => {
            class.ranges().iter().map(|range| (char::from(range.start()), char::from(range.end()))).collect()
        }
    };
    let holds = |wanted: char| ranges.iter().any(|(first, last)| (*first..=*last).contains(&wanted));
    PLAIN.iter().copied().find(|wanted| holds(*wanted)).or_else(|| ranges.first().map(|(first, _)| *first))
}

#[cfg(test)]
mod tests {
    use super::text;

    #[test]
    fn the_text_is_plain() {
        for (pattern, expected) in [
            (r"^[0-9]{13}$", Some("1111111111111")),
            (r"^[A-Z]{2}-\d{4}$", Some("AA-1111")),
            (r"^(jpeg|png)$", Some("jpeg")),
            (r"^[a-z0-9_]+\.json$", Some("a.json")),
            (r"x?", Some("")),
            (r"^(?!a)b$", None),
            (r"a{1000}{1000}", None),
        ] {
            assert_eq!(text(pattern).as_deref(), expected, "{pattern}");
        }
    }
}
