//! Tables of an HTML page, optionally those a CSS selector finds: `{"tables": [[{header: cell}]]}`. Nothing else of the
//! page is kept and nothing it refers to is loaded.

use std::cell::Cell;
use std::collections::HashSet;
use std::time::{Duration, Instant};

use html5ever::ParseOpts;
use html5ever::tendril::TendrilSink as _;
use scraper::{ElementRef, Html, HtmlTreeSink, Node, Selector};
use serde_json::{Map, Value, json};

use super::budget::Budget;
use super::error::FormatError;

/// How long a page may take. Building the tree of a hostile page is quadratic in its nesting, and nothing but time shows it.
const PATIENCE: Duration = Duration::from_secs(2);
/// How much of a page is parsed between two looks at the clock.
const CHUNK: usize = 8 << 10;

/// Decodes the tables of a page.
pub(super) fn decode(text: &str, selector: Option<&str>, budget: &mut Budget) -> Result<Value, FormatError> {
    let filter = match selector.map(str::trim).filter(|selector| !selector.is_empty()) {
        Some(selector) => Some(
            Selector::parse(selector)
                .map_err(|error| budget.error(format!("`{selector}` is not a CSS selector: {error}")))?,
        ),
        None => None,
    };
    let clock = Clock::start();
    let page = parse(text, &clock, budget)?;
    let mut tables = Vec::new();
    for element in page.root_element().descendants().filter_map(ElementRef::wrap) {
        clock.check(budget)?;
        let found = filter.as_ref().map_or_else(|| is(element, "table"), |filter| filter.matches(&element));
        if !found {
            continue;
        }
        if is(element, "table") {
            tables.extend(table(element, &clock, budget)?);
        } else {
            for inner in within(element, "table", &clock) {
                tables.extend(table(inner, &clock, budget)?);
            }
        }
    }
    clock.check(budget)?;
    Ok(json!({ "tables": tables }))
}

/// Ends every walk over the tree once the page has had its time.
struct Clock {
    start: Instant,
    steps: Cell<u32>,
    expired: Cell<bool>,
}

impl Clock {
    fn start() -> Self {
        Self { start: Instant::now(), steps: Cell::new(0), expired: Cell::new(false) }
    }

    /// Whether another node may be visited.
    fn step(&self) -> bool {
        let steps = self.steps.get().wrapping_add(1);
        self.steps.set(steps);
        if steps.is_multiple_of(1024) && self.start.elapsed() > PATIENCE {
            self.expired.set(true);
        }
        !self.expired.get()
    }

    fn check(&self, budget: &Budget) -> Result<(), FormatError> {
        if self.expired.get() || self.start.elapsed() > PATIENCE {
            return Err(budget.error("the page takes too long to read"));
        }
        Ok(())
    }
}

fn parse(text: &str, clock: &Clock, budget: &Budget) -> Result<Html, FormatError> {
    let mut parser = html5ever::parse_document(HtmlTreeSink::new(Html::new_document()), ParseOpts::default());
    let mut rest = text;
    let mut counted = 0;
    while !rest.is_empty() {
        clock.check(budget)?;
        let (chunk, after) = rest.split_at(rest.floor_char_boundary(CHUNK));
        parser.process(chunk.into());
        rest = after;
        // Tags that were left open are opened again in every block: a short page may have many nodes.
        let nodes = parser.tokenizer.sink.sink.0.borrow().tree.values().len();
        budget.charge_values(nodes.saturating_sub(counted))?;
        counted = nodes;
    }
    Ok(parser.finish())
}

fn table<'a>(table: ElementRef<'a>, clock: &'a Clock, budget: &mut Budget) -> Result<Option<Value>, FormatError> {
    clock.check(budget)?;
    let headers = headers(table, clock);
    if headers.iter().all(String::is_empty) {
        return Ok(None);
    }
    // A row of a nested table is below several bodies but counts once.
    let mut seen = HashSet::new();
    let bodies = within(table, "tbody", clock);
    let mut rows: Vec<ElementRef<'_>> =
        bodies.flat_map(|body| within(body, "tr", clock)).filter(|row| seen.insert(row.id())).collect();
    if rows.is_empty() {
        rows = within(table, "tr", clock).collect();
    }
    let mut list = Vec::new();
    for row in rows {
        clock.check(budget)?;
        if within(row, "th", clock).next().is_some() {
            continue;
        }
        let cells: Vec<String> =
            within(row, "td", clock).take(headers.len()).map(|cell| content(cell, clock)).collect();
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
fn headers<'a>(table: ElementRef<'a>, clock: &'a Clock) -> Vec<String> {
    let first_rows = |scope: ElementRef<'a>| -> Vec<String> {
        let first = within(scope, "tr", clock)
            .filter(|row| row.prev_siblings().take_while(|_| clock.step()).all(|node| !node.value().is_element()));
        let mut seen = HashSet::new();
        first
            .flat_map(|row| within(row, "th", clock))
            .filter(|cell| seen.insert(cell.id()))
            .map(|cell| content(cell, clock))
            .collect()
    };
    let in_head: Vec<String> = within(table, "thead", clock).flat_map(first_rows).collect();
    if in_head.is_empty() { first_rows(table) } else { in_head }
}

fn is(element: ElementRef<'_>, name: &str) -> bool {
    element.value().name() == name
}

/// The elements of a name below an element, in document order.
fn within<'a>(scope: ElementRef<'a>, name: &'static str, clock: &'a Clock) -> impl Iterator<Item = ElementRef<'a>> {
    scope
        .descendants()
        .skip(1)
        .take_while(|_| clock.step())
        .filter_map(ElementRef::wrap)
        .filter(move |element| is(*element, name))
}

/// An element's text with white space collapsed; breaks and blocks separate words.
fn content(element: ElementRef<'_>, clock: &Clock) -> String {
    let mut text = String::new();
    for node in element.descendants().take_while(|_| clock.step()) {
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
