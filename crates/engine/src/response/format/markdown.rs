//! Front matter, top-level tables and sections of a Markdown text. Inline markup is stripped; the text in front of the first
//! heading is dropped. A filter keeps the sections whose heading begins with it.

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};
use serde_json::{Map, Value, json};

use super::budget::Budget;
use super::error::FormatError;
use super::yaml;

/// Decodes a Markdown text.
pub(super) fn decode(text: &str, filter: Option<&str>, budget: &mut Budget) -> Result<Value, FormatError> {
    let text = text.replace("\r\n", "\n");
    let (front, body) = front_matter(&text);
    let front = match front.map(|front| yaml::decode(front, budget)) {
        Some(Ok(Value::Object(fields))) => fields,
        // Text between two rules is not front matter just because it stands at the top.
        Some(_) | None => Map::new(),
    };
    let mut page = Page::default();
    for event in Parser::new_ext(body, Options::ENABLE_TABLES) {
        page.event(event, budget)?;
    }
    page.close();
    let prefix = filter.map(str::trim).unwrap_or_default();
    let sections: Vec<Value> = page
        .sections
        .into_iter()
        .filter(|section| section.heading.starts_with(prefix))
        .map(|section| json!({ "heading": section.heading, "level": section.level, "content": section.content }))
        .collect();
    Ok(json!({ "frontMatter": front, "tables": page.tables, "sections": sections }))
}

fn front_matter(text: &str) -> (Option<&str>, &str) {
    let split = || {
        text.strip_prefix("---\n")?;
        // The line break that ends the first rule may begin the second one.
        let rest = text.get(3..)?;
        let (front, body) = match rest.find("\n---\n") {
            Some(end) => (rest.get(..end)?, rest.get(end + 5..)?),
            None => (rest.strip_suffix("\n---")?, ""),
        };
        Some((Some(front), body))
    };
    split().unwrap_or((None, text))
}

struct Section {
    heading: String,
    level: u8,
    content: String,
}

#[derive(Default)]
struct Page {
    sections: Vec<Section>,
    tables: Vec<Value>,
    /// How many containers are open.
    depth: usize,
    /// Text of the block being read.
    text: String,
    table: Option<Table>,
}

#[derive(Default)]
struct Table {
    /// Tables inside other blocks are read but not kept.
    kept: bool,
    headers: Vec<String>,
    cells: Vec<String>,
    rows: Vec<Value>,
}

impl Page {
    fn event(&mut self, event: Event<'_>, budget: &mut Budget) -> Result<(), FormatError> {
        match event {
            Event::Start(tag) => self.start(&tag, budget),
            Event::End(tag) => self.end(tag, budget),
            Event::Text(text) | Event::Code(text) | Event::InlineMath(text) | Event::DisplayMath(text) => {
                budget.charge_bytes(text.len())?;
                self.text.push_str(&text);
                Ok(())
            }
            Event::SoftBreak => {
                self.text.push(' ');
                Ok(())
            }
            Event::HardBreak => {
                self.text.push('\n');
                Ok(())
            }
            Event::Html(_)
            | Event::InlineHtml(_)
            | Event::FootnoteReference(_)
            | Event::Rule
            | Event::TaskListMarker(_) => Ok(()),
        }
    }

    fn start(&mut self, tag: &Tag<'_>, budget: &mut Budget) -> Result<(), FormatError> {
        match tag {
            Tag::Heading { level, .. } if self.depth == 0 => {
                self.close();
                budget.charge(0)?;
                self.sections.push(Section { heading: String::new(), level: *level as u8, content: String::new() });
            }
            Tag::Table(_) => {
                self.close();
                self.table = Some(Table { kept: self.depth == 0, ..Table::default() });
            }
            Tag::TableHead | Tag::TableRow | Tag::TableCell => self.text.clear(),
            Tag::Emphasis
            | Tag::Strong
            | Tag::Strikethrough
            | Tag::Link { .. }
            | Tag::Image { .. }
            | Tag::Superscript
            | Tag::Subscript => {}
            // A block inside a block begins a new line.
            _ if !self.text.is_empty() && !self.text.ends_with('\n') => self.text.push('\n'),
            _ => {}
        }
        self.depth += 1;
        Ok(())
    }

    fn end(&mut self, tag: TagEnd, budget: &mut Budget) -> Result<(), FormatError> {
        self.depth = self.depth.saturating_sub(1);
        match tag {
            TagEnd::Heading(_) if self.depth == 0 => {
                let heading = std::mem::take(&mut self.text);
                if let Some(section) = self.sections.last_mut() {
                    section.heading = heading.trim().to_owned();
                }
            }
            TagEnd::TableCell => {
                let cell = std::mem::take(&mut self.text).trim().to_owned();
                if let Some(table) = &mut self.table {
                    table.cells.push(cell);
                }
            }
            TagEnd::TableHead => {
                if let Some(table) = &mut self.table {
                    table.headers = std::mem::take(&mut table.cells);
                }
            }
            TagEnd::TableRow => {
                if let Some(table) = &mut self.table {
                    table.row(budget)?;
                }
            }
            TagEnd::Table => {
                if let Some(table) = self.table.take().filter(|table| table.kept) {
                    self.tables.push(Value::Array(table.rows));
                }
            }
            _ if self.depth == 0 => self.close(),
            _ => {}
        }
        Ok(())
    }

    /// Ends a top-level block: its text joins the current section, if there is one.
    fn close(&mut self) {
        let text = std::mem::take(&mut self.text);
        let text = text.trim_matches('\n');
        if let Some(section) = self.sections.last_mut().filter(|_| !text.is_empty()) {
            if !section.content.is_empty() {
                section.content.push('\n');
            }
            section.content.push_str(text);
        }
    }
}

impl Table {
    fn row(&mut self, budget: &mut Budget) -> Result<(), FormatError> {
        let mut cells = std::mem::take(&mut self.cells).into_iter();
        let mut row = Map::with_capacity(self.headers.len());
        budget.charge(0)?;
        for header in &self.headers {
            let cell = cells.next().unwrap_or_default();
            budget.charge(header.len() + cell.len())?;
            row.insert(header.clone(), Value::String(cell));
        }
        self.rows.push(Value::Object(row));
        Ok(())
    }
}
