//! Tables of an HTML page, optionally those a CSS selector finds: `{"tables": [[{header: cell}]]}`. Nothing else of the
//! page is kept and nothing it refers to is loaded.

use std::collections::HashSet;

use scraper::{ElementRef, Html, Node, Selector};
use serde_json::{Map, Value, json};

use super::FormatError;
use super::budget::Budget;

/// Pages larger or nested deeper than this are refused: tree building is quadratic in the nesting of hostile pages.
const MAX_PAGE: usize = 16 << 20;

/// Decodes the tables of a page.
pub(super) fn decode(text: &str, selector: Option<&str>, budget: &mut Budget) -> Result<Value, FormatError> {
    if text.len() > MAX_PAGE {
        return Err(budget.error("the page is too large"));
    }
    let filter = match selector.map(str::trim).filter(|selector| !selector.is_empty()) {
        Some(selector) => Some(
            Selector::parse(selector)
                .map_err(|error| budget.error(format!("`{selector}` is not a CSS selector: {error}")))?,
        ),
        None => None,
    };
    refuse_deep(text, budget)?;
    let page = Html::parse_document(text);
    let mut tables = Vec::new();
    match &filter {
        Some(filter) => {
            for found in page.select(filter) {
                if is(found, "table") {
                    tables.extend(table(found, budget)?);
                } else {
                    for inner in within(found, "table") {
                        tables.extend(table(inner, budget)?);
                    }
                }
            }
        }
        None => {
            for found in within(page.root_element(), "table") {
                tables.extend(table(found, budget)?);
            }
        }
    }
    Ok(json!({ "tables": tables }))
}

/// A rough count of open tags, enough to keep hostile nesting away from the tree builder.
fn refuse_deep(text: &str, budget: &Budget) -> Result<(), FormatError> {
    const MAX_OPEN: i64 = 10_000;
    let bytes = text.as_bytes();
    let mut open = 0_i64;
    for (at, byte) in bytes.iter().enumerate() {
        if *byte != b'<' {
            continue;
        }
        match bytes.get(at + 1) {
            Some(b'/') => open = (open - 1).max(0),
            Some(next) if next.is_ascii_alphabetic() && !is_void(bytes.get(at + 1..).unwrap_or_default()) => open += 1,
            _ => {}
        }
        if open > MAX_OPEN {
            return Err(budget.error("the page leaves too many tags open").in_text(text, at));
        }
    }
    Ok(())
}

/// Whether a tag has no end tag, or commonly goes without.
fn is_void(tag: &[u8]) -> bool {
    const OPTIONAL_END: [&str; 23] = [
        "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr", "p",
        "li", "td", "th", "tr", "dt", "dd", "option", "tbody", "thead",
    ];
    let name = tag.split(|byte| !byte.is_ascii_alphanumeric()).next().unwrap_or_default();
    OPTIONAL_END.iter().any(|known| name.eq_ignore_ascii_case(known.as_bytes()))
}

fn table(table: ElementRef<'_>, budget: &mut Budget) -> Result<Option<Value>, FormatError> {
    let headers = headers(table);
    if headers.iter().all(String::is_empty) {
        return Ok(None);
    }
    let mut rows: Vec<ElementRef<'_>> = within(table, "tbody").flat_map(|body| within(body, "tr")).collect();
    if rows.is_empty() {
        rows = within(table, "tr").collect();
    }
    let mut seen = HashSet::new();
    let mut list = Vec::new();
    for row in rows.into_iter().filter(|row| seen.insert(row.id())) {
        if within(row, "th").next().is_some() {
            continue;
        }
        let cells: Vec<String> = within(row, "td").take(headers.len()).map(content).collect();
        if cells.is_empty() {
            continue;
        }
        budget.charge(0)?;
        let mut object = Map::with_capacity(headers.len());
        for (position, header) in headers.iter().enumerate() {
            let cell = cells.get(position).cloned().unwrap_or_default();
            budget.charge(header.len() + cell.len())?;
            object.insert(header.clone(), Value::String(cell));
        }
        list.push(Value::Object(object));
    }
    Ok(Some(Value::Array(list)))
}

/// The texts of the first header row.
fn headers(table: ElementRef<'_>) -> Vec<String> {
    let first_rows = |scope: ElementRef<'_>| -> Vec<String> {
        let first = within(scope, "tr").filter(|row| row.prev_siblings().all(|node| !node.value().is_element()));
        let mut seen = HashSet::new();
        first.flat_map(|row| within(row, "th")).filter(|cell| seen.insert(cell.id())).map(content).collect()
    };
    let in_head: Vec<String> = within(table, "thead").flat_map(first_rows).collect();
    if in_head.is_empty() { first_rows(table) } else { in_head }
}

fn is(element: ElementRef<'_>, name: &str) -> bool {
    element.value().name() == name
}

/// The elements of a name below an element, in document order.
fn within<'a>(scope: ElementRef<'a>, name: &'static str) -> impl Iterator<Item = ElementRef<'a>> {
    scope.descendants().skip(1).filter_map(ElementRef::wrap).filter(move |element| is(*element, name))
}

/// An element's text with white space collapsed; breaks and blocks separate words.
fn content(element: ElementRef<'_>) -> String {
    let mut text = String::new();
    for node in element.descendants() {
        match node.value() {
            Node::Text(part) => text.push_str(part),
            Node::Element(inner)
                if matches!(inner.name(), "br" | "p" | "div" | "li" | "ul" | "ol" | "td" | "tr" | "table") =>
            {
                text.push(' ');
            }
            _ => {}
        }
    }
    let mut collapsed = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !collapsed.is_empty() {
            collapsed.push(' ');
        }
        collapsed.push_str(word);
    }
    collapsed
}
