//! Path patterns of exposed routes: literal segments, placeholders inside a segment, and one placeholder that may span segments.

use std::fmt;

/// A parsed path pattern, beginning with `/`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    /// The segments between slashes; a trailing slash is a last empty literal segment.
    pub segments: Box<[Segment]>,
}

/// One path segment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Segment {
    /// Text to match exactly, percent-decoded.
    Literal(Box<str>),
    /// Literal pieces and placeholders within one segment.
    Pieces(Box<[Piece]>),
    /// A placeholder that takes the rest of the path, slashes included.
    Rest(Box<str>),
}

/// A part of a segment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// Text to match exactly.
    Literal(Box<str>),
    /// A named placeholder: one or more characters, as few as possible.
    Param(Box<str>),
}

/// Why a pattern does not parse.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PatternError {
    /// `{` without `}`.
    Unclosed,
    /// `{}`.
    EmptyName,
    /// Two placeholders with nothing between them.
    Adjacent(String),
    /// The same placeholder twice.
    Duplicate(String),
}

impl fmt::Display for PatternError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unclosed => write!(f, "`{{` is never closed"),
            Self::EmptyName => write!(f, "a placeholder has no name"),
            Self::Adjacent(name) => write!(f, "placeholder `{name}` follows another one directly"),
            Self::Duplicate(name) => write!(f, "placeholder `{name}` appears twice"),
        }
    }
}

impl std::error::Error for PatternError {}

impl Pattern {
    /// Parses `path`, in which `{x}` and `{{x}}` are placeholders and a missing leading slash is added.
    /// `rest` names the placeholder, if any, that spans segments when it is the last whole segment.
    ///
    /// # Errors
    /// [`PatternError`] when braces do not match or names are empty, adjacent or repeated.
    pub fn parse(path: &str, rest: Option<&str>) -> Result<Self, PatternError> {
        let path = path.strip_prefix('/').unwrap_or(path);
        let mut seen: Vec<String> = Vec::new();
        let count = path.split('/').count();
        let segments = path
            .split('/')
            .enumerate()
            .map(|(index, text)| {
                let pieces = pieces(text, &mut seen)?;
                Ok(match pieces.as_slice() {
                    [] => Segment::Literal("".into()),
                    [Piece::Literal(text)] => Segment::Literal(text.clone()),
                    [Piece::Param(name)] if Some(&**name) == rest && index + 1 == count => Segment::Rest(name.clone()),
                    _ => Segment::Pieces(pieces.into_boxed_slice()),
                })
            })
            .collect::<Result<_, _>>()?;
        Ok(Self { segments })
    }

    /// The placeholder names in order.
    pub fn params(&self) -> impl Iterator<Item = &str> {
        self.segments.iter().flat_map(|segment| match segment {
            Segment::Literal(_) => Vec::new(),
            Segment::Rest(name) => vec![&**name],
            Segment::Pieces(pieces) => pieces
                .iter()
                .filter_map(|piece| match piece {
                    Piece::Param(name) => Some(&**name),
                    Piece::Literal(_) => None,
                })
                .collect(),
        })
    }

    /// The pattern with placeholder names erased: two routes with equal keys and methods answer the same requests.
    #[must_use]
    pub fn key(&self) -> String {
        let mut key = String::new();
        for segment in &self.segments {
            key.push('/');
            match segment {
                Segment::Literal(text) => key.push_str(text),
                Segment::Rest(_) => key.push_str("{*}"),
                Segment::Pieces(pieces) => pieces.iter().for_each(|piece| match piece {
                    Piece::Literal(text) => key.push_str(text),
                    Piece::Param(_) => key.push_str("{}"),
                }),
            }
        }
        key
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for segment in &self.segments {
            f.write_str("/")?;
            match segment {
                Segment::Literal(text) => f.write_str(text)?,
                Segment::Rest(name) => write!(f, "{{{name}}}")?,
                Segment::Pieces(pieces) => {
                    for piece in pieces {
                        match piece {
                            Piece::Literal(text) => f.write_str(text)?,
                            Piece::Param(name) => write!(f, "{{{name}}}")?,
                        }
                    }
                }
            }
        }
        Ok(())
    }
}

fn pieces(text: &str, seen: &mut Vec<String>) -> Result<Vec<Piece>, PatternError> {
    let mut out: Vec<Piece> = Vec::new();
    let mut rest = text;
    while let Some(open) = rest.find('{') {
        let (before, after) = rest.split_at(open);
        if !before.is_empty() {
            out.push(Piece::Literal(before.into()));
        }
        let braces = if after.starts_with("{{") { 2 } else { 1 };
        let close = "}}".get(..braces).unwrap_or("}");
        let inner = after.get(braces..).unwrap_or_default();
        let end = inner.find(close).ok_or(PatternError::Unclosed)?;
        let name = inner.get(..end).unwrap_or_default().trim();
        if name.is_empty() {
            return Err(PatternError::EmptyName);
        }
        if seen.iter().any(|s| s == name) {
            return Err(PatternError::Duplicate(name.to_owned()));
        }
        if matches!(out.last(), Some(Piece::Param(_))) {
            return Err(PatternError::Adjacent(name.to_owned()));
        }
        seen.push(name.to_owned());
        out.push(Piece::Param(name.into()));
        rest = inner.get(end + braces..).unwrap_or_default();
    }
    if !rest.is_empty() {
        out.push(Piece::Literal(rest.into()));
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_read_and_print() {
        for (text, key, params) in [
            ("/a/{b}", "/a/{}", vec!["b"]),
            ("a/{{b-c}}", "/a/{}", vec!["b-c"]),
            ("/feed/geo:{lat};{lng}/", "/feed/geo:{};{}/", vec!["lat", "lng"]),
            ("/", "/", vec![]),
            ("/{gem}.json", "/{}.json", vec!["gem"]),
        ] {
            let pattern = Pattern::parse(text, None).unwrap();
            assert_eq!(pattern.key(), key);
            assert_eq!(pattern.params().collect::<Vec<_>>(), params);
        }
        assert_eq!(Pattern::parse("/x/{path}", Some("path")).unwrap().key(), "/x/{*}");
    }

    #[test]
    fn bad_patterns_say_why() {
        for (text, error) in [
            ("/a/{b", PatternError::Unclosed),
            ("/a/{}", PatternError::EmptyName),
            ("/{a}{b}", PatternError::Adjacent("b".into())),
            ("/{a}/{a}", PatternError::Duplicate("a".into())),
        ] {
            assert_eq!(Pattern::parse(text, None), Err(error));
        }
    }
}
