//! Tests of template texts.

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

    fn free(&mut self, free: &FreeName<'_>) -> Option<Template> {
        (free.name == "x").then(|| Template::slot(SlotId(0)))
    }

    fn broken(&mut self, _: Defect) {
        self.broken += 1;
    }
}

fn show(text: &str, style: Style) -> (String, Vec<&'static str>) {
    let (mut sink, mut names) = (Sink::new(), Known::default());
    let template = compile(text, Span::new(source::FileId(0), 0, text.len()), style, &mut names, &mut sink);
    let errors = sink.diagnostics().iter().filter(|d| d.is_error()).count();
    assert_eq!(names.broken, errors, "whoever owns the names is told of every error: {text}");
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
