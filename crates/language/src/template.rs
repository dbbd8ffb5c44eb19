//! Template text to compiled [`Template`]: finds the places where values go and asks a [`Names`] what each name means.
//! Knows Mustache and minijinja syntax; does not know which names exist, and never fills anything.

mod tag;

use capstan_plan::{Escape, Expression, FileId, PathStep, Template};
use serde_json::Value;

use self::tag::{Tag, tag};
use crate::{
    diagnostic::{Code, Defect, Sink},
    source::{Span, Spanned},
};

/// What the names inside a template stand for, and who is told that a template is none.
pub(crate) trait Names {
    /// The meaning of a dotted `path`, written at `span`.
    fn name(&mut self, path: &str, span: Span) -> Template;

    /// The meaning of a free name of an expression; `None` leaves it to the engine's functions.
    fn free(&mut self, free: &FreeName<'_>) -> Option<Template>;

    /// A text that does not compile: what needs its value cannot be used.
    fn broken(&mut self, defect: Defect);

    /// The file of a schema reference written in an expression at `span`.
    fn schema_file(&mut self, _reference: &str, _span: Span) -> Option<FileId> {
        None
    }
}

/// A free name of an expression, and what the expression reads of it.
pub(crate) struct FreeName<'e> {
    pub(crate) name: &'e str,
    /// The expression it stands in.
    pub(crate) expression: Spanned<&'e str>,
    /// Every dotted path that the expression reads, whatever it begins with.
    pub(crate) reads: &'e [String],
}

impl<'e> FreeName<'e> {
    /// The paths that begin with the name, each at its place.
    pub(crate) fn paths(&self) -> impl Iterator<Item = Spanned<&'e str>> {
        let of =
            |path: &&String| path.strip_prefix(self.name).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
        let placed = |path: &'e String| {
            Spanned::new(path.as_str(), self.expression.word(path).map_or(self.expression.span, |found| found.span))
        };
        self.reads.iter().filter(of).map(placed)
    }

    /// The members that are read of it, each with the dotted name that leads to it; none when it is read as a whole.
    pub(crate) fn members(&self) -> Vec<(String, Spanned<String>)> {
        let mut members: Vec<(String, Spanned<String>)> = Vec::new();
        for path in self.paths() {
            let Some(rest) = path.value.get(self.name.len() + 1..) else { return Vec::new() };
            let member = rest.split('.').next().unwrap_or(rest);
            if members.iter().all(|(known, _)| known != member) {
                let leading = path.part(0, self.name.len() + 1 + member.len());
                members.push((member.to_owned(), leading.map(str::to_owned)));
            }
        }
        members
    }
}

/// Compiles an expression that is written there; `names` gives its free names their meaning.
pub(crate) fn expression(text: Spanned<&str>, names: &mut dyn Names) -> Result<Template, String> {
    let reads = Expression::reads(text.value);
    let free = |name: &str| names.free(&FreeName { name, expression: text, reads: &reads });
    let expression = Expression::compile(text.value, free)?;
    let expression = expression.with_schemas(|reference| names.schema_file(reference, text.span));
    Ok(Template::Expression(Box::new(expression)))
}

/// How strictly text is read and how values are escaped inside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    /// A value of its own, or text nobody parses further: an unclosed `{{` is text with a warning.
    Value,
    /// URLs, headers and credentials: an unclosed `{{` is an error.
    Strict,
    /// The text of a JSON document.
    Json,
    /// The text of an XML document.
    Xml,
    /// A ready-made urlencoded form.
    Form,
}

/// The template that never has a value.
pub(crate) fn absent() -> Template {
    Template::First(Box::default())
}

/// An object of templates, as one constant where all of them are.
pub(crate) fn object(members: Vec<(Box<str>, Template)>) -> Template {
    if !members.iter().all(|(_, member)| matches!(member, Template::Literal(_))) {
        return Template::Object(members.into_boxed_slice());
    }
    let constants = members.into_iter().filter_map(|(name, member)| match member {
        Template::Literal(value) => Some((String::from(name), *value)),
        _ => None,
    });
    Template::literal(Value::Object(constants.collect()))
}

/// A list of templates, as one constant where all of them are.
pub(crate) fn list(items: Vec<Template>) -> Template {
    if !items.iter().all(|item| matches!(item, Template::Literal(_))) {
        return Template::List(items.into_boxed_slice());
    }
    let constants = items.into_iter().filter_map(|item| match item {
        Template::Literal(value) => Some(*value),
        _ => None,
    });
    Template::literal(constants.collect())
}

/// Whether `text` holds anything a template would fill.
pub(crate) fn has_template(text: &str) -> bool {
    text.contains("{{") || angle(text).is_some()
}

/// Whether `text` is a dotted path: what can stand between braces and mean a name.
pub(crate) fn is_path(text: &str) -> bool {
    !text.is_empty()
        && !text.starts_with(['-', '.'])
        && !text.ends_with('.')
        && !text.starts_with(|c: char| c.is_ascii_digit())
        && !matches!(text, "true" | "false" | "none" | "null" | "True" | "False" | "None")
        && text.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '$' | '@' | '[' | ']' | ':' | '/'))
        && !text.contains("//")
}

/// Compiles `text`, which is written at `span`.
pub(crate) fn compile(text: &str, span: Span, style: Style, names: &mut dyn Names, sink: &mut Sink) -> Template {
    if !has_template(text) {
        return Template::text(text);
    }
    let mut compiler = Compiler { text, span, style, names, sink, in_string: false };
    let mut at = 0;
    let (parts, _) = compiler.parts(&mut at, None);
    finish(parts, style)
}

fn finish(mut parts: Vec<Template>, style: Style) -> Template {
    if parts.len() == 1 && style != Style::Json {
        return match parts.pop() {
            Some(Template::Escape(_, inner)) if matches!(style, Style::Value | Style::Strict) => *inner,
            Some(part) => part,
            None => Template::text(""),
        };
    }
    Template::Text(parts.into_boxed_slice())
}

/// The first `<<path>>` of `text`, as byte offsets of the whole and the path.
fn angle(text: &str) -> Option<(usize, usize, &str)> {
    let mut from = 0;
    while let Some(open) = text.get(from..)?.find("<<").map(|i| i + from) {
        let inner = text.get(open + 2..)?;
        if let Some(close) = inner.find(">>") {
            let path = inner.get(..close)?.trim();
            if is_path(path) {
                return Some((open, open + 2 + close + 2, path));
            }
        }
        from = open + 2;
    }
    None
}

struct Compiler<'t> {
    text: &'t str,
    span: Span,
    style: Style,
    names: &'t mut dyn Names,
    sink: &'t mut Sink,
    /// In JSON text: whether the next character stands inside a string literal.
    in_string: bool,
}

impl<'t> Compiler<'t> {
    /// The place of a part.
    fn here(&self, start: usize, end: usize) -> Span {
        self.span.within(self.text.len(), start, end)
    }

    fn literal(&mut self, parts: &mut Vec<Template>, text: &str) {
        if text.is_empty() {
            return;
        }
        if self.style == Style::Json {
            let mut escaped = false;
            for c in text.chars() {
                match c {
                    _ if escaped => escaped = false,
                    '\\' if self.in_string => escaped = true,
                    '"' => self.in_string = !self.in_string,
                    _ => {}
                }
            }
        }
        if let Some(Template::Literal(literal)) = parts.last_mut()
            && let Value::String(last) = &mut **literal
        {
            last.push_str(text);
        } else {
            parts.push(Template::text(text));
        }
    }

    fn value(&self, parts: &mut Vec<Template>, value: Template) {
        let escape = match self.style {
            Style::Value | Style::Strict => {
                parts.push(value);
                return;
            }
            Style::Json if self.in_string => Escape::JsonString,
            Style::Json => Escape::JsonValue,
            Style::Xml => Escape::Xml,
            Style::Form => Escape::Form,
        };
        parts.push(Template::Escape(escape, Box::new(value)));
    }

    /// Reads parts until the end, or until `{{/section}}`; says whether that was found.
    fn parts(&mut self, at: &mut usize, section: Option<&str>) -> (Vec<Template>, bool) {
        let mut parts = Vec::new();
        loop {
            let rest = self.text.get(*at..).unwrap_or_default();
            match (rest.find("{{"), angle(rest)) {
                (brace, Some((open, end, path))) if brace.is_none_or(|brace| open < brace) => {
                    self.literal(&mut parts, rest.get(..open).unwrap_or_default());
                    let value = self.names.name(path, self.here(*at + open + 2, *at + end - 2));
                    self.value(&mut parts, value);
                    *at += end;
                }
                (Some(open), _) => {
                    self.literal(&mut parts, rest.get(..open).unwrap_or_default());
                    *at += open;
                    if self.tag(&mut parts, at, section) {
                        return (parts, true);
                    }
                }
                (None, _) => {
                    self.literal(&mut parts, rest);
                    *at = self.text.len();
                    return (parts, false);
                }
            }
        }
    }

    /// Reads what begins with `{{`; true when it closes the section.
    fn tag(&mut self, parts: &mut Vec<Template>, at: &mut usize, section: Option<&str>) -> bool {
        let start = *at;
        let Some(tag) = tag(self.text.get(start..).unwrap_or_default()) else {
            self.unclosed(start);
            self.literal(parts, "{{");
            *at = start + 2;
            return false;
        };
        *at = start + tag.length;
        let span = self.here(start, *at);
        match tag.sigil {
            Some('!') => {}
            Some('/') if section == Some(tag.inner) => return true,
            Some('/') => self.bad(span, format!("`{{{{/{}}}}}` closes nothing", tag.inner), "remove it"),
            Some(sigil @ ('#' | '^')) => {
                let part = self.section(&tag, (start, span), sigil == '^', at);
                parts.push(part);
            }
            Some(sigil) => {
                let what = if sigil == '>' { "partials" } else { "delimiter changes" };
                self.bad(span, format!("{what} are not supported in templates"), "write the text out");
            }
            None => match self.expression(&tag, self.inner(&tag, start), start) {
                Some(value) => self.value(parts, value),
                None => self.literal(parts, self.text.get(start..*at).unwrap_or_default()),
            },
        }
        false
    }

    /// Reads a section, whose opening tag is read, up to its closing tag.
    fn section(&mut self, tag: &Tag<'_>, (start, span): (usize, Span), inverted: bool, at: &mut usize) -> Template {
        let over = self.names.name(tag.inner, self.inner(tag, start));
        let mut inner = SectionNames { outer: &mut *self.names };
        let mut compiler = Compiler {
            text: self.text,
            span: self.span,
            style: self.style,
            names: &mut inner,
            sink: &mut *self.sink,
            in_string: self.in_string,
        };
        let (body, closed) = compiler.parts(at, Some(tag.inner));
        self.in_string = compiler.in_string;
        if !closed {
            self.bad(span, format!("section `{}` is never closed", tag.inner), "add its closing tag");
        }
        let body = Box::new(Template::Text(body.into_boxed_slice()));
        Template::Section { over: Box::new(over), inverted, body }
    }

    /// What stands between the braces of a tag that begins at `start`.
    fn inner(&self, tag: &Tag<'_>, start: usize) -> Span {
        let whole = self.text.get(start..start + tag.length).unwrap_or_default();
        let from = start + whole.find(tag.inner).unwrap_or_default();
        self.here(from, from + tag.inner.len())
    }

    fn expression(&mut self, tag: &Tag<'_>, span: Span, start: usize) -> Option<Template> {
        if is_path(tag.inner) || tag.inner == "." {
            return Some(self.names.name(tag.inner, span));
        }
        if tag.inner.is_empty() || (self.style == Style::Json && tag.inner.starts_with('"')) {
            self.sink
                .warning(Code::BadTemplate, span, "this is not a template: it is kept as text")
                .help("a template names a value, such as `{{prompt}}`");
            return None;
        }
        match expression(Spanned::new(tag.inner, span), self.names) {
            Ok(expression) => Some(expression),
            Err(reason) => {
                let end = start + tag.length;
                let span = self.here(start, end);
                self.bad(
                    span,
                    format!("`{}` is not an expression: {reason}", tag.inner),
                    "use a name, or a minijinja expression",
                );
                Some(absent())
            }
        }
    }

    fn unclosed(&mut self, start: usize) {
        const HELP: &str = "close it with `}}`";
        let span = self.here(start, start + 2);
        let message = "`{{` is never closed";
        if self.style == Style::Strict {
            let defect = self.sink.error(Code::UnclosedTemplate, span, message).help(HELP).defect();
            self.names.broken(defect);
        } else {
            self.sink.warning(Code::UnclosedTemplate, span, format!("{message}: it is sent as text")).help(HELP);
        }
    }

    fn bad(&mut self, span: Span, message: String, help: &str) {
        let defect = self.sink.error(Code::BadTemplate, span, message).help(help).defect();
        self.names.broken(defect);
    }
}

/// Inside a section, a name is first a member of the current item, then what it is outside.
struct SectionNames<'n> {
    outer: &'n mut dyn Names,
}

impl Names for SectionNames<'_> {
    fn name(&mut self, path: &str, span: Span) -> Template {
        if path == "." || path == "this" {
            return Template::Item(Box::default());
        }
        let outer = self.outer.name(path, span);
        Template::First(Box::new([Template::Item(steps(path)), outer]))
    }

    fn free(&mut self, free: &FreeName<'_>) -> Option<Template> {
        let outer = self.outer.free(free)?;
        Some(Template::First(Box::new([Template::Item(steps(free.name)), outer])))
    }

    fn broken(&mut self, defect: Defect) {
        self.outer.broken(defect);
    }

    fn schema_file(&mut self, reference: &str, span: Span) -> Option<FileId> {
        self.outer.schema_file(reference, span)
    }
}

/// A dotted path as steps.
pub(crate) fn steps(path: &str) -> Box<[PathStep]> {
    path.split('.').filter(|name| !name.is_empty()).map(|name| PathStep::Field(name.into())).collect()
}

#[cfg(test)]
mod tests;
