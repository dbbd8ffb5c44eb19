//! Template text to compiled [`Template`]: finds the places where values go and asks a [`Names`] what each name means.
//! Knows Mustache and minijinja syntax; does not know which names exist, and never fills anything.

use capstan_plan::{Escape, Expression, FileId, PathStep, Template};
use serde_json::Value;

use crate::{
    diagnostic::{Code, Defect, Sink},
    source::Span,
};

/// What the names inside a template stand for, and who is told that a template is none.
pub(crate) trait Names {
    /// The meaning of a dotted `path`, written at `span`.
    fn name(&mut self, path: &str, span: Span) -> Template;

    /// The meaning of a free name of an expression; `None` leaves it to the engine's functions.
    fn free(&mut self, name: &str, span: Span) -> Option<Template>;

    /// A text that does not compile: what needs its value cannot be used.
    fn broken(&mut self, defect: Defect);

    /// The file of a schema reference written in an expression at `span`.
    fn schema_file(&mut self, _reference: &str, _span: Span) -> Option<FileId> {
        None
    }
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

/// Compiles `text`, whose first byte stands at `span`'s start when its length fits the span.
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
    fn here(&self, start: usize, end: usize) -> Span {
        self.span.slice(start, end)
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
            let brace = rest.find("{{");
            let angled = angle(rest);
            match (brace, angled) {
                (None, None) => {
                    self.literal(&mut parts, rest);
                    *at = self.text.len();
                    return (parts, false);
                }
                (brace, Some((open, end, path))) if brace.is_none_or(|b| open < b) => {
                    self.literal(&mut parts, rest.get(..open).unwrap_or_default());
                    let span = self.here(*at + open, *at + end);
                    let value = self.names.name(path, span);
                    self.value(&mut parts, value);
                    *at += end;
                }
                (Some(open), _) => {
                    self.literal(&mut parts, rest.get(..open).unwrap_or_default());
                    let start = *at + open;
                    let Some(tag) = tag(self.text.get(start..).unwrap_or_default()) else {
                        self.unclosed(start);
                        self.literal(&mut parts, "{{");
                        *at = start + 2;
                        continue;
                    };
                    *at = start + tag.length;
                    let span = self.here(start, *at);
                    match tag.sigil {
                        Some('!') => {}
                        Some('/') => {
                            if section == Some(tag.inner) {
                                return (parts, true);
                            }
                            self.bad(span, format!("`{{{{/{}}}}}` closes nothing", tag.inner), "remove it");
                        }
                        Some(sigil @ ('#' | '^')) => {
                            let over = self.names.name(tag.inner, span);
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
                                self.bad(
                                    span,
                                    format!("section `{}` is never closed", tag.inner),
                                    "add its closing tag",
                                );
                            }
                            let body = Template::Text(body.into_boxed_slice());
                            parts.push(Template::Section {
                                over: Box::new(over),
                                inverted: sigil == '^',
                                body: Box::new(body),
                            });
                        }
                        Some(sigil) => {
                            let what = if sigil == '>' { "partials" } else { "delimiter changes" };
                            self.bad(span, format!("{what} are not supported in templates"), "write the text out");
                        }
                        None => {
                            if let Some(value) = self.expression(&tag, span, start) {
                                self.value(&mut parts, value);
                            } else {
                                self.literal(&mut parts, self.text.get(start..*at).unwrap_or_default());
                            }
                        }
                    }
                }
                (None, Some(_)) => return (parts, false),
            }
        }
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
        match Expression::compile(tag.inner, |name| self.names.free(name, span)) {
            Ok(expression) => {
                let expression = expression.with_schemas(|reference| self.names.schema_file(reference, span));
                Some(Template::Expression(Box::new(expression)))
            }
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

struct Tag<'t> {
    sigil: Option<char>,
    inner: &'t str,
    length: usize,
}

/// Reads one tag at the start of `text`, which begins with `{{`.
fn tag(text: &str) -> Option<Tag<'_>> {
    if let Some(inner) = text.strip_prefix("{{{")
        && let Some(end) = inner.find("}}}")
    {
        return Some(Tag { sigil: None, inner: inner.get(..end)?.trim(), length: 3 + end + 3 });
    }
    let inner = text.get(2..)?;
    let end = close(inner)?;
    let body = inner.get(..end)?;
    let length = 2 + end + 2;
    let trimmed = body.trim();
    let sigil = trimmed.chars().next().filter(|c| matches!(c, '#' | '^' | '/' | '!' | '>' | '='));
    let inner = match sigil {
        Some(c) => trimmed.get(c.len_utf8()..)?.trim(),
        None => trimmed.strip_prefix('&').unwrap_or(trimmed).trim(),
    };
    Some(Tag { sigil, inner, length })
}

/// The offset of the `}}` that closes a tag, minding quotes and nested braces of an expression.
fn close(inner: &str) -> Option<usize> {
    let plain = inner.find("}}")?;
    if !inner.get(..plain)?.contains(['\'', '"', '{']) {
        return Some(plain);
    }
    let mut quote = None;
    let mut depth = 0usize;
    let mut chars = inner.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        match (quote, c) {
            (Some(q), c) if c == q => quote = None,
            (Some(_), '\\') => {
                chars.next();
            }
            (Some(_), _) => {}
            (None, '\'' | '"') => quote = Some(c),
            (None, '{') => depth += 1,
            (None, '}') if depth > 0 => depth -= 1,
            (None, '}') if chars.peek().is_some_and(|(_, next)| *next == '}') => return Some(at),
            (None, _) => {}
        }
    }
    Some(plain)
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

    fn free(&mut self, name: &str, span: Span) -> Option<Template> {
        let outer = self.outer.free(name, span)?;
        Some(Template::First(Box::new([Template::Item(steps(name)), outer])))
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
mod tests {
    use capstan_plan::SlotId;

    use super::*;
    use crate::source;

    /// Knows every name but one, and how many texts were broken.
    #[derive(Default)]
    struct Known {
        broken: usize,
    }

    impl Names for Known {
        fn name(&mut self, path: &str, _: Span) -> Template {
            if path == "nope" { absent() } else { Template::Slot(SlotId(0), steps(path)) }
        }

        fn free(&mut self, name: &str, _: Span) -> Option<Template> {
            (name == "x").then(|| Template::slot(SlotId(0)))
        }

        fn broken(&mut self, _: Defect) {
            self.broken += 1;
        }
    }

    fn show(text: &str, style: Style) -> (String, Vec<&'static str>) {
        let (mut sink, mut names) = (Sink::new(), Known::default());
        let template = compile(text, Span::new(source::FileId(0), 0, text.len()), style, &mut names, &mut sink);
        assert_eq!(names.broken, sink.errors(), "whoever owns the names is told of every error: {text}");
        let codes = sink.into_diagnostics().iter().map(|d| d.code.name()).collect();
        (print(&template), codes)
    }

    fn print(template: &Template) -> String {
        match template {
            Template::Literal(literal) => format!("'{}'", literal.as_str().unwrap_or_default()),
            Template::Slot(_, path) => format!("${}", path.iter().map(|s| format!("{s:?}")).collect::<Vec<_>>().len()),
            Template::Text(parts) => parts.iter().map(print).collect::<Vec<_>>().join("+"),
            Template::Escape(how, inner) => format!("{how:?}({})", print(inner)),
            Template::Section { inverted, body, .. } => {
                format!("{}[{}]", if *inverted { "^" } else { "#" }, print(body))
            }
            Template::First(parts) => format!("first({})", parts.iter().map(print).collect::<Vec<_>>().join(",")),
            Template::Item(path) => format!("item{}", path.len()),
            Template::Expression(e) => format!("expr({})", e.source),
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn text_compiles_to_parts() {
        for (text, style, expected, codes) in [
            ("plain", Style::Value, "'plain'", vec![]),
            ("{{a}}", Style::Value, "$1", vec![]),
            ("{{ a.b-c }}", Style::Value, "$2", vec![]),
            ("{{{a}}}", Style::Value, "$1", vec![]),
            ("{{&a}}", Style::Value, "$1", vec![]),
            ("<<env.KEY>>", Style::Value, "$2", vec![]),
            ("cat << EOF", Style::Value, "'cat << EOF'", vec![]),
            ("1 << 2 and x >> 3 {{a}}", Style::Value, "'1 << 2 and x >> 3 '+$1", vec![]),
            ("a{{x|upper}}b", Style::Value, "'a'+expr(x|upper)+'b'", vec![]),
            ("{{! note }}x", Style::Value, "'x'", vec![]),
            ("{{#l}}<{{.}}>{{/l}}", Style::Value, "#['<'+item0+'>']", vec![]),
            ("{{^l}}none{{/l}}!", Style::Value, "^['none']+'!'", vec![]),
            ("a {{ b", Style::Value, "'a {{ b'", vec!["unclosed-template"]),
            ("a {{ b", Style::Strict, "'a {{ b'", vec!["unclosed-template"]),
            ("{{> p}}", Style::Value, "", vec!["bad-template"]),
            ("{{a b}}", Style::Value, "first()", vec!["bad-template"]),
            ("{{nope}}", Style::Value, "first()", vec![]),
            (
                r#"{"n": {{n}}, "s": "{{s}}"}"#,
                Style::Json,
                r#"'{"n": '+JsonValue($1)+', "s": "'+JsonString($1)+'"}'"#,
                vec![],
            ),
            ("<a>{{n}}</a>", Style::Xml, "'<a>'+Xml($1)+'</a>'", vec![]),
        ] {
            assert_eq!(show(text, style), (expected.to_owned(), codes), "{text}");
        }
    }
}
