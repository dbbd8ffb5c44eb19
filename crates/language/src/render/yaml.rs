//! Values as YAML that people would write: blocks, and quotes only where they are needed. What is printed reads back as the same.

use serde_json::Value;

/// A value as a block, each line indented by so many spaces. Ends with a line break.
#[must_use]
pub fn yaml(value: &Value, indent: usize) -> String {
    let mut out = String::new();
    match value {
        Value::Object(members) if !members.is_empty() => mapping(&mut out, members, indent),
        Value::Array(items) if !items.is_empty() => list(&mut out, items, indent),
        scalar => {
            out.push_str(&" ".repeat(indent));
            out.push_str(&inline(scalar));
            out.push('\n');
        }
    }
    out
}

/// A value on one line.
#[must_use]
pub fn yaml_inline(value: &Value) -> String {
    inline(value)
}

fn mapping(out: &mut String, members: &serde_json::Map<String, Value>, indent: usize) {
    for (key, value) in members {
        out.push_str(&" ".repeat(indent));
        out.push_str(&text(key));
        out.push(':');
        under(out, value, indent, false);
    }
}

fn list(out: &mut String, items: &[Value], indent: usize) {
    for item in items {
        out.push_str(&" ".repeat(indent));
        out.push('-');
        match item {
            // The first key stands beside the dash.
            Value::Object(members) if !members.is_empty() => {
                let mut block = String::new();
                mapping(&mut block, members, indent + 2);
                out.push(' ');
                out.push_str(block.trim_start());
            }
            other => under(out, other, indent, true),
        }
    }
}

/// What stands after a key or a dash.
fn under(out: &mut String, value: &Value, indent: usize, deeper: bool) {
    match value {
        Value::Object(members) if !members.is_empty() => {
            out.push('\n');
            mapping(out, members, indent + 2);
        }
        Value::Array(items) if !items.is_empty() => {
            out.push('\n');
            list(out, items, if deeper { indent + 2 } else { indent });
        }
        Value::String(lines) if is_block(lines) => {
            out.push_str(if lines.ends_with('\n') { " |\n" } else { " |-\n" });
            for line in lines.lines() {
                if !line.is_empty() {
                    out.push_str(&" ".repeat(indent + 2));
                    out.push_str(line);
                }
                out.push('\n');
            }
        }
        scalar => {
            out.push(' ');
            out.push_str(&inline(scalar));
            out.push('\n');
        }
    }
}

/// Whether a text is written as a block of lines: it has several, and nothing in it that a block would lose.
fn is_block(text: &str) -> bool {
    text.trim_end_matches('\n').contains('\n')
        && !text.starts_with([' ', '\n'])
        && !text.ends_with("\n\n")
        && text.chars().all(|c| c == '\n' || !c.is_control())
        && text.lines().all(|line| !line.ends_with(' '))
}

fn inline(value: &Value) -> String {
    match value {
        Value::String(string) => text(string),
        Value::Object(members) => {
            let all: Vec<String> =
                members.iter().map(|(key, value)| format!("{}: {}", text(key), inline(value))).collect();
            if all.is_empty() { "{}".to_owned() } else { format!("{{{}}}", all.join(", ")) }
        }
        Value::Array(items) => format!("[{}]", items.iter().map(inline).collect::<Vec<_>>().join(", ")),
        Value::Null | Value::Bool(_) | Value::Number(_) => value.to_string(),
    }
}

/// A text that is read back as text: plain where it can be, else in quotes.
fn text(text: &str) -> String {
    if is_plain(text) {
        return text.to_owned();
    }
    let simple =
        text.chars().all(|c| !c.is_control() && c != '\u{feff}' && c != '\u{2028}' && c != '\u{2029}' && c != '\u{85}');
    match simple {
        true if !text.contains('\'') || text.contains(['"', '\\']) => format!("'{}'", text.replace('\'', "''")),
        // JSON is YAML.
        _ => Value::from(text).to_string(),
    }
}

fn is_plain(text: &str) -> bool {
    let word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '/' | ' ' | '$' | '+');
    let reserved = ["null", "true", "false", "yes", "no", "on", "off", "y", "n"];
    let begins = text.chars().next().is_some_and(|c| c.is_alphabetic() || matches!(c, '_' | '/' | '$'));
    // A colon is plain within a word: `https://`, `9:30` is not, which begins with a digit.
    let colons = text.match_indices(':').all(|(at, _)| {
        text.get(at + 1..)
            .and_then(|rest| rest.chars().next())
            .is_some_and(|c| !c.is_whitespace() && !",[]{}".contains(c))
    });
    begins
        && colons
        && text.chars().all(|c| word(c) || c == ':')
        && !text.ends_with(' ')
        && !text.contains("  ")
        && !reserved.contains(&text.to_ascii_lowercase().as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{diagnostic::Sink, document, source::SourceSet};
    use serde_json::json;

    fn read(text: &str) -> Value {
        let (mut sources, mut sink) = (SourceSet::new(), Sink::new());
        let (_, document) = document::load(&mut sources, "a.yaml", text.as_bytes().to_vec(), &mut sink);
        document.unwrap_or_else(|| panic!("{text}: {:?}", sink.diagnostics())).root.to_json()
    }

    #[test]
    fn what_is_written_reads_back() {
        let texts = [
            "",
            "a",
            "a b",
            " a",
            "a ",
            "no",
            "Yes",
            "1",
            "1.0",
            "0x1f",
            "~",
            "null",
            "-",
            "- a",
            "a: b",
            "a:b",
            "https://a.example/?b=c",
            "it's",
            "\"quoted\"",
            "back\\slash",
            "it's \\ both \"",
            "a\nb",
            "a\nb\n",
            "a\n\nb",
            "a\n\n",
            "\ta",
            "#a",
            "a #b",
            "a#b",
            "{a}",
            "[a]",
            "a, b",
            "&a",
            "*a",
            "!a",
            "%a",
            "@a",
            "`a`",
            "|",
            ">",
            "\u{85}",
            "\u{2028}",
            "\u{7}",
            "ü",
            "2026-01-31",
            "9:30",
            "a:",
            "  a\nb",
            "a \nb",
        ];
        let all: Value = texts
            .iter()
            .enumerate()
            .map(|(nth, text)| (format!("{text}{nth}"), Value::from(*text)))
            .collect::<serde_json::Map<_, _>>()
            .into();
        let deep = json!({"l": [1, "two", [3, [4, {}]], {"a": {"b": []}}, [], null, true, 1.5, {"x": texts.to_vec(), "y": all}], "e": {}});
        for value in [all, deep, json!([]), json!("a"), json!([[1]]), json!([{"a": [{"b": 1, "c": [2]}]}])] {
            for text in [yaml(&value, 0), yaml(&value, 4), yaml_inline(&value)] {
                assert_eq!(read(&text), value, "{text}");
            }
        }
    }

    #[test]
    fn people_would_write_it_like_that() {
        let value =
            json!({"name": "greets by name", "call": "GET /hello/ada", "list": [{"a": 1, "b": [2]}], "on": "no"});
        assert_eq!(
            yaml(&value, 2),
            "  name: greets by name\n  call: GET /hello/ada\n  list:\n  - a: 1\n    b:\n    - 2\n  'on': 'no'\n"
        );
    }
}
