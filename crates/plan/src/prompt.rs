//! Prompts: messages for a model with placeholders that arguments fill. A text is taken apart when it is linked or loaded; filling
//! it looks for nothing.

use std::borrow::Cow;

use crate::{FileId, Origin, suggest::nearest};

/// An MCP prompt.
#[derive(Clone, Debug)]
pub struct Prompt {
    /// Its name.
    pub name: Box<str>,
    /// A title for people.
    pub title: Option<Box<str>>,
    /// Prose.
    pub description: Option<Box<str>>,
    /// Its arguments in order; argument `i` fills slot `i`.
    pub arguments: Box<[PromptArgument]>,
    /// Its messages.
    pub content: PromptContent,
    /// Where it is declared.
    pub origin: Origin,
}

/// What does not fit between a prompt and its text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PromptSlip<'p> {
    /// A placeholder that no argument fills.
    Unknown {
        /// Its name.
        name: &'p str,
        /// The line of the text it stands on, from 1.
        line: usize,
        /// The argument that was likely meant.
        near: Option<&'p str>,
    },
    /// An argument that no placeholder takes.
    Unused {
        /// Its name.
        name: &'p str,
    },
}

impl Prompt {
    /// What does not fit between its arguments and its texts.
    pub fn slips<'p>(&'p self, texts: impl IntoIterator<Item = &'p PromptText>) -> Vec<PromptSlip<'p>> {
        let arguments = || self.arguments.iter().map(|argument| &*argument.name);
        let places: Vec<(&str, usize)> = texts.into_iter().flat_map(PromptText::places).collect();
        let unknown = places.iter().filter(|(name, _)| arguments().all(|known| known != *name));
        let unknown =
            unknown.map(|(name, line)| PromptSlip::Unknown { name, line: *line, near: nearest(name, arguments()) });
        let unused = arguments().filter(|known| places.iter().all(|(name, _)| name != known));
        unknown.chain(unused.map(|name| PromptSlip::Unused { name })).collect()
    }
}

/// One argument of a prompt.
#[derive(Clone, Debug)]
pub struct PromptArgument {
    /// Its name.
    pub name: Box<str>,
    /// A title for people.
    pub title: Option<Box<str>>,
    /// Prose.
    pub description: Option<Box<str>>,
    /// Whether it must be given.
    pub required: bool,
    /// Known values, offered for completion.
    pub values: Box<[Box<str>]>,
}

/// The messages of a prompt.
#[derive(Clone, Debug)]
pub enum PromptContent {
    /// Messages in order.
    Inline(Box<[PromptMessage]>),
    /// A file that is one user message.
    File(FileId),
}

/// One message of a prompt.
#[derive(Clone, Debug)]
pub struct PromptMessage {
    /// Who says it.
    pub role: PromptRole,
    /// What is said.
    pub text: PromptText,
}

/// Who says a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PromptRole {
    /// The person.
    User,
    /// The model.
    Assistant,
}

/// A text with placeholders `{{name}}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PromptText(Box<[PromptPart]>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum PromptPart {
    Literal(Box<str>),
    /// A placeholder, as written; its name is what stands between the braces.
    Placeholder(Box<str>),
}

impl PromptText {
    /// Takes a text apart. Braces that do not close, or hold others, are text.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let mut parts = Vec::new();
        let mut literal = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("{{") {
            literal.push_str(before);
            match after.split_once("}}").filter(|(name, _)| !name.contains("{{")) {
                Some((name, tail)) => {
                    if !literal.is_empty() {
                        parts.push(PromptPart::Literal(std::mem::take(&mut literal).into()));
                    }
                    parts.push(PromptPart::Placeholder(name.into()));
                    rest = tail;
                }
                None => {
                    literal.push_str("{{");
                    rest = after;
                }
            }
        }
        literal.push_str(rest);
        if !literal.is_empty() {
            parts.push(PromptPart::Literal(literal.into()));
        }
        Self(parts.into_boxed_slice())
    }

    /// The names of its placeholders.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|part| match part {
            PromptPart::Placeholder(written) => Some(written.trim()),
            PromptPart::Literal(_) => None,
        })
    }

    /// The same, each with the line of the text it stands on, from 1.
    pub fn places(&self) -> impl Iterator<Item = (&str, usize)> {
        let mut line = 1;
        self.0.iter().filter_map(move |part| {
            let (PromptPart::Literal(text) | PromptPart::Placeholder(text)) = part;
            let here = line;
            line += text.matches('\n').count();
            matches!(part, PromptPart::Placeholder(_)).then(|| (text.trim(), here))
        })
    }

    /// The text with every placeholder filled for which `argument` has a value; the others stay as written.
    pub fn fill<'a>(&self, argument: impl Fn(&str) -> Option<Cow<'a, str>>) -> String {
        let mut out = String::new();
        for part in &self.0 {
            match part {
                PromptPart::Literal(text) => out.push_str(text),
                PromptPart::Placeholder(written) => match argument(written.trim()) {
                    Some(value) => out.push_str(&value),
                    None => {
                        out.push_str("{{");
                        out.push_str(written);
                        out.push_str("}}");
                    }
                },
            }
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_and_placeholders_are_held_against_each_other() {
        let argument = |name: &str| PromptArgument {
            name: name.into(),
            title: None,
            description: None,
            required: false,
            values: Box::default(),
        };
        let prompt = Prompt {
            name: "greet".into(),
            title: None,
            description: None,
            arguments: Box::new([argument("name"), argument("mood")]),
            content: PromptContent::File(FileId(0)),
            origin: Origin::new("a.yaml".into(), 1, 1),
        };
        let text = PromptText::parse("Greet {{name}}.\nOr {{ nmae }},\n{{weather}}");
        let slips = [
            PromptSlip::Unknown { name: "nmae", line: 2, near: Some("name") },
            PromptSlip::Unknown { name: "weather", line: 3, near: None },
            PromptSlip::Unused { name: "mood" },
        ];
        assert_eq!(prompt.slips([&text]), slips);
    }

    #[test]
    fn placeholders_are_filled_once() {
        let argument = |name: &str| match name {
            "a" => Some("{{b}}".into()),
            "b" => Some("2".into()),
            _ => None,
        };
        for (text, expected) in [
            ("{{a}} {{ b }} {{other}} {{a", "{{b}} 2 {{other}} {{a"),
            ("{{ {{b}} }}", "{{ 2 }}"),
            ("{{{b}}}", "{{{b}}}"),
            ("", ""),
        ] {
            assert_eq!(PromptText::parse(text).fill(argument), expected, "{text}");
        }
    }
}
