//! Compiled JSONPath (RFC 9535) and the lenient forms people write. Singular paths are a walk without allocation; everything
//! else is parsed by `jsonpath-rust`, which only this module knows, and run by `query`, because that library runs without limits.

mod filter;
mod query;
mod run;

use std::{borrow::Cow, fmt, sync::Arc};

use jsonpath_rust::parser::{model::JpQuery, parse_json_path};
use serde_json::Value;

use crate::{
    budget::{Budget, Exceeded},
    step::PathStep,
};

/// The most brackets and parentheses a query may have open at the same time: its parser calls itself for each.
const NESTING: usize = 32;

/// A compiled path into a JSON value.
#[derive(Clone)]
pub struct Selector {
    text: Box<str>,
    kind: Kind,
}

#[derive(Clone)]
enum Kind {
    /// Only names and positions: at most one value.
    Walk(Box<[PathStep]>),
    /// A walk, then `.length`: the member of that name, else the number of elements, members or characters.
    Length(Box<[PathStep]>),
    /// A walk, then every element or member of what it leads to.
    Each(Box<[PathStep]>),
    /// Wildcards, slices, filters, descendants: a list of values.
    Query(Arc<JpQuery>),
}

/// Why a path does not parse.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SelectorError {
    /// What is wrong.
    pub message: String,
    /// Where in the text, in bytes.
    pub offset: usize,
}

impl fmt::Display for SelectorError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for SelectorError {}

impl Selector {
    /// Compiles `text`. Accepted beyond RFC 9535: blanks around it; `$.`, `.` and nothing for the root; a missing `$`; bare names
    /// with `-`, `@` or blanks; `.[0]`; a trailing `.length` or `.length()`.
    ///
    /// # Errors
    /// [`SelectorError`] with the place of the first mistake.
    pub fn parse(text: &str) -> Result<Self, SelectorError> {
        let trimmed = text.trim();
        let kind = match walk(trimmed)? {
            Some(mut steps) => {
                if matches!(steps.last(), Some(PathStep::Field(name)) if &**name == "length" || &**name == "length()") {
                    steps.pop();
                    Kind::Length(steps.into_boxed_slice())
                } else {
                    Kind::Walk(steps.into_boxed_slice())
                }
            }
            None => match each(trimmed)? {
                Some(steps) => Kind::Each(steps),
                None => Kind::Query(Arc::new(parsed(trimmed)?)),
            },
        };
        Ok(Self { text: text.into(), kind })
    }

    /// The whole value.
    #[must_use]
    pub fn root() -> Self {
        Self { text: "$".into(), kind: Kind::Walk(Box::default()) }
    }

    /// As the author wrote it.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether it selects the value itself.
    #[must_use]
    pub fn is_root(&self) -> bool {
        matches!(&self.kind, Kind::Walk(steps) if steps.is_empty())
    }

    /// Whether it counts (`.length`).
    #[must_use]
    pub fn is_length(&self) -> bool {
        matches!(self.kind, Kind::Length(_))
    }

    /// The names and positions of a singular path.
    #[must_use]
    pub fn steps(&self) -> Option<&[PathStep]> {
        match &self.kind {
            Kind::Walk(steps) => Some(steps),
            Kind::Length(_) | Kind::Each(_) | Kind::Query(_) => None,
        }
    }

    /// The names and positions in front of a `[*]` that ends the path.
    #[must_use]
    pub fn each(&self) -> Option<&[PathStep]> {
        match &self.kind {
            Kind::Each(steps) => Some(steps),
            Kind::Walk(_) | Kind::Length(_) | Kind::Query(_) => None,
        }
    }

    /// The selected value: nothing when a singular path leads nowhere, a (possibly empty) array for every other path.
    ///
    /// # Errors
    /// When a query looks at more, or selects more, than the budget has.
    pub fn select<'v>(&self, value: &'v Value, budget: &Budget) -> Result<Option<Cow<'v, Value>>, Exceeded> {
        Ok(match &self.kind {
            Kind::Walk(steps) => follow(value, steps).map(Cow::Borrowed),
            Kind::Length(steps) => follow(value, steps).and_then(length),
            Kind::Each(steps) => Some(match follow(value, steps) {
                Some(items @ Value::Array(_)) => Cow::Borrowed(items),
                Some(Value::Object(members)) => {
                    members.values().try_for_each(|member| budget.copy(member))?;
                    Cow::Owned(members.values().cloned().collect())
                }
                _ => Cow::Owned(Value::Array(Vec::new())),
            }),
            Kind::Query(query) => {
                let found = query::run(query, value, budget)?;
                found.iter().try_for_each(|node| budget.copy(node))?;
                Some(Cow::Owned(Value::Array(found.into_iter().cloned().collect())))
            }
        })
    }
}

/// The member of that name, else the number of elements, members or characters.
fn length(target: &Value) -> Option<Cow<'_, Value>> {
    if let Some(member) = target.get("length") {
        return Some(Cow::Borrowed(member));
    }
    let count = match target {
        Value::Array(items) => items.len(),
        Value::Object(members) => members.len(),
        Value::String(text) => text.chars().count(),
        Value::Null | Value::Bool(_) | Value::Number(_) => return None,
    };
    Some(Cow::Owned(Value::from(count)))
}

/// Where more brackets and parentheses are open than may be; those inside quotes count too, for nobody writes that many.
fn too_deep(text: &str) -> Option<usize> {
    let mut open = 0_usize;
    text.bytes().position(|byte| {
        match byte {
            b'(' | b'[' => open += 1,
            b')' | b']' => open = open.saturating_sub(1),
            _ => {}
        }
        open > NESTING
    })
}

impl fmt::Debug for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Selector({})", self.text)
    }
}

/// Follows names and positions into `value`. A name on an array indexes it when it is a number; a name containing dots is first
/// tried as a whole by the caller's compilation, not here.
#[must_use]
pub fn follow<'v>(value: &'v Value, steps: &[PathStep]) -> Option<&'v Value> {
    steps.iter().try_fold(value, |at, step| match (at, step) {
        (Value::Object(members), PathStep::Field(name)) => members.get(&**name),
        (Value::Array(items), PathStep::Field(name)) => items.get(name.parse::<usize>().ok()?),
        (Value::Array(items), PathStep::Index(index)) => {
            let index = if *index < 0 {
                items.len().checked_sub(index.unsigned_abs().try_into().ok()?)?
            } else {
                usize::try_from(*index).ok()?
            };
            items.get(index)
        }
        _ => None,
    })
}

/// Reads a singular path; `None` when the text needs the full grammar.
fn walk(text: &str) -> Result<Option<Vec<PathStep>>, SelectorError> {
    let mut steps = Vec::new();
    let mut rest = text.strip_prefix('$').unwrap_or(text);
    let offset = |rest: &str| text.len() - rest.len();
    loop {
        // Blanks may stand between segments.
        rest = rest.trim_start();
        if rest.is_empty() {
            break;
        }
        if let Some(after) = rest.strip_prefix('[') {
            let Some((step, tail)) =
                bracket(after).map_err(|message| SelectorError { message, offset: offset(rest) })?
            else {
                return Ok(None);
            };
            steps.push(step);
            rest = tail;
            continue;
        }
        if rest.starts_with("..") {
            return Ok(None);
        }
        rest = rest.strip_prefix('.').unwrap_or(rest);
        let end = rest.find(['.', '[']).unwrap_or(rest.len());
        let (name, tail) = rest.split_at(end);
        if name == "*" {
            return Ok(None);
        }
        if (name.contains(['(', ')', '?', ',', ']', '\'', '"']) && name != "length()")
            || (name == "$" && steps.is_empty())
        {
            return Err(SelectorError { message: format!("`{name}` is not a member name"), offset: offset(rest) });
        }
        if !name.is_empty() {
            steps.push(PathStep::Field(name.trim().into()));
        } else if tail.starts_with('.') {
            return Err(SelectorError {
                message: "a name is missing between two dots".to_owned(),
                offset: offset(rest),
            });
        }
        rest = tail;
    }
    Ok(Some(steps))
}

/// Reads a singular path that ends in `[*]`.
fn each(text: &str) -> Result<Option<Box<[PathStep]>>, SelectorError> {
    let Some(before) = text.strip_suffix("[*]") else { return Ok(None) };
    Ok(walk(before)?.map(Vec::into_boxed_slice))
}

/// Compiles what is no plain path.
fn parsed(text: &str) -> Result<JpQuery, SelectorError> {
    if let Some(offset) = too_deep(text) {
        return Err(SelectorError { message: format!("it nests deeper than {NESTING} levels"), offset });
    }
    parse_json_path(&standard_form(text))
        .map_err(|error| SelectorError { message: first_line(&error.to_string()), offset: 0 })
}

/// The greatest integer every JSON reader keeps as it is (RFC 7493).
const EXACT: i64 = (1 << 53) - 1;

/// Reads `0]`, `'x']` or `"x"]`; `None` for anything that needs the full grammar.
fn bracket(text: &str) -> Result<Option<(PathStep, &str)>, String> {
    let inner = text.trim_start();
    if let Some(quote) = inner.chars().next().filter(|c| matches!(c, '\'' | '"')) {
        let mut name = String::new();
        let mut chars = inner.char_indices().skip(1);
        while let Some((at, c)) = chars.next() {
            if c == '\\' {
                match chars.next() {
                    Some((_, escaped)) if escaped == quote || escaped == '\\' => name.push(escaped),
                    _ => return Ok(None),
                }
            } else if c < ' ' {
                return Err("a quoted name holds a control character; write it as `\\u0000`".to_owned());
            } else if c == quote {
                let tail = inner.get(at + 1..).unwrap_or_default().trim_start();
                return Ok(tail.strip_prefix(']').map(|tail| (PathStep::Field(name.into()), tail)));
            } else {
                name.push(c);
            }
        }
        return Err("a quoted name is never closed".to_owned());
    }
    let end = inner.find(']').ok_or_else(|| "`[` is never closed".to_owned())?;
    let (index, tail) = inner.split_at(end);
    let tail = tail.get(1..).unwrap_or_default();
    let index = index.trim();
    let canonical = index == "0" || !index.trim_start_matches('-').starts_with(['0', '+']);
    let Some(index) = index.parse().ok().filter(|_| canonical) else { return Ok(None) };
    if (-EXACT..=EXACT).contains(&index) {
        Ok(Some((PathStep::Index(index), tail)))
    } else {
        Err(format!("{index} is beyond the integers JSON has"))
    }
}

/// Adds a missing `$` and quotes bare names RFC 9535 does not allow.
fn standard_form(text: &str) -> String {
    let body = text.strip_prefix('$').unwrap_or(text);
    let mut out = String::from("$");
    let mut rest = body;
    let mut first = !text.starts_with('$');
    while let Some(c) = rest.chars().next() {
        match c {
            '[' => {
                // Brackets are standard already; copy to the matching one, minding quotes.
                let end = matching_bracket(rest).unwrap_or(rest.len());
                out.push_str(rest.get(..end).unwrap_or(rest));
                rest = rest.get(end..).unwrap_or_default();
            }
            _ => {
                let dots = rest.len() - rest.trim_start_matches('.').len();
                let after = rest.get(dots..).unwrap_or_default();
                let end = after.find(['.', '[']).unwrap_or(after.len());
                let (name, tail) = after.split_at(end);
                let descend = dots >= 2;
                if name.is_empty() {
                    if descend {
                        out.push_str("..");
                    }
                } else if name == "*"
                    || name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || !c.is_ascii())
                        && !name.starts_with(|c: char| c.is_ascii_digit())
                {
                    out.push_str(if descend { ".." } else { "." });
                    out.push_str(name);
                } else {
                    out.push_str(if descend { "..[" } else { "[" });
                    out.push_str(&Value::from(name).to_string());
                    out.push(']');
                }
                rest = tail;
                if dots == 0 && !first && name.is_empty() {
                    break;
                }
            }
        }
        first = false;
    }
    out
}

fn matching_bracket(text: &str) -> Option<usize> {
    let mut depth = 0usize;
    let mut quote = None;
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        match (quote, c) {
            _ if escaped => escaped = false,
            (Some(_), '\\') => escaped = true,
            (Some(q), c) if c == q => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"') => quote = Some(c),
            (None, '[') => depth += 1,
            (None, ']') => {
                depth -= 1;
                if depth == 0 {
                    return Some(at + 1);
                }
            }
            (None, _) => {}
        }
    }
    None
}

fn first_line(text: &str) -> String {
    text.lines()
        .map(str::trim)
        .rfind(|line| !line.is_empty() && !line.starts_with(['-', '|', '^']))
        .unwrap_or(text)
        .trim_start_matches("= ")
        .to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::budget::Effort;

    #[test]
    fn what_people_write_selects_what_they_mean() {
        let value = json!({"a": {"b-c": [1, 2, {"d": 3}], "@t": 5, "x y": 6}, "list": [{"n": 1}, {"n": 2}], "s": "abc", "length": 9});
        for (path, expected) in [
            ("$", Some(value.clone())),
            ("$.", Some(value.clone())),
            ("", Some(value.clone())),
            (" $.a.b-c[2].d ", Some(json!(3))),
            ("a.b-c.[0]", Some(json!(1))),
            ("$.a['b-c'][-1].d", Some(json!(3))),
            ("$.a.@t", Some(json!(5))),
            ("$.a.x y", Some(json!(6))),
            ("$.list[*].n", Some(json!([1, 2]))),
            ("list[*].n", Some(json!([1, 2]))),
            ("$.list.length", Some(json!(2))),
            ("$.list.length()", Some(json!(2))),
            ("$.s.length", Some(json!(3))),
            ("$.length", Some(json!(9))),
            ("$..n", Some(json!([1, 2]))),
            ("$.a.b-c[*]", Some(json!([1, 2, {"d": 3}]))),
            ("$.list[?(@.n > 1)]", Some(json!([{"n": 2}]))),
            ("$.list[0:1]", Some(json!([{"n": 1}]))),
            ("$.missing", None),
            ("$.list[7]", None),
            ("$.missing[*]", Some(json!([]))),
        ] {
            let selector = Selector::parse(path).unwrap_or_else(|e| panic!("{path}: {e}"));
            let selected = selector.select(&value, &Budget::new(Effort::InPlace)).unwrap();
            assert_eq!(selected.map(Cow::into_owned), expected, "{path}");
        }
    }

    /// Arrays in arrays, with a value at each level.
    fn nested(levels: usize) -> Value {
        (0..levels).fold(json!([]), |inner, level| json!({"a": inner, "b": level, "s": "x".repeat(100)}))
    }

    #[test]
    fn what_multiplies_is_refused_before_it_is_made() {
        let small = nested(90);
        for path in
            ["$..*..*..*", "$..*..*..*..*", "$..[*,*]..[*,*]..[*,*]", "$..*..*..[?(@.b > 3)]", "$..[?(@..[?(@..b)])]"]
        {
            let selector = Selector::parse(path).unwrap();
            let refused = selector.select(&small, &Budget::new(Effort::InPlace)).unwrap_err();
            assert!(matches!(refused, Exceeded::Steps(_) | Exceeded::Values(_) | Exceeded::Bytes(_)), "{path}");
        }
        for path in ["$..*..*..*..*", "$..*..*..*..*..*..*..*..*"] {
            let selector = Selector::parse(path).unwrap();
            assert!(selector.select(&small, &Budget::new(Effort::Whole)).is_err(), "{path}");
        }
        let flat = Selector::parse("$..b").unwrap().select(&small, &Budget::new(Effort::InPlace)).unwrap().unwrap();
        assert_eq!(flat.as_array().unwrap().len(), 90);
    }

    #[test]
    fn patterns_and_comparisons_of_filters_are_charged() {
        let long = "a".repeat(20_000);
        let items: Vec<Value> = (0..200).map(|_| json!({"t": long, "p": "(a|b|ab)*c"})).collect();
        let value = json!({"items": items, "same": items});
        for path in [
            "$.items[?match(@.t, @.p)]",
            "$.items[?search(@.t, '(a*)*b')]",
            "$.items[?(@.t == $.items[0].t)]",
            "$.same[?in(@, $.items)]",
            "$.items[?search(@.t, '((((x{100}){100}){100}){100})')]",
        ] {
            let selector = Selector::parse(path).unwrap();
            assert!(selector.select(&value, &Budget::new(Effort::InPlace)).is_err(), "{path}");
        }
    }

    #[test]
    fn a_query_cannot_overflow_the_stack_of_its_parser() {
        let deep = |open: &str, close: &str| format!("$[?{}@.a{}]", open.repeat(20_000), close.repeat(20_000));
        for path in [deep("(", ")"), deep("!(", ")"), deep("@[?", "]"), deep("length(", ")")] {
            assert!(Selector::parse(&path).unwrap_err().message.contains("nests deeper"));
        }
    }

    #[test]
    fn mistakes_are_errors() {
        for path in ["$$.a", "$.a[", "$.a['x", "$.a[?(@.x ==]", "$.a..b..", "$.a)b"] {
            assert!(Selector::parse(path).is_err(), "{path}");
        }
    }
}
