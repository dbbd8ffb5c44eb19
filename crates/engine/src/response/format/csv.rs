//! Comma-, tab- and pipe-separated values. Every value is text; the first line names the columns.

use csv::{ErrorKind, ReaderBuilder, StringRecord};
use serde_json::{Map, Value};

use super::budget::Budget;
use super::error::FormatError;

/// Decodes a table into an array of objects.
pub(super) fn decode(text: &str, delimiter: u8, budget: &mut Budget) -> Result<Value, FormatError> {
    let mut reader =
        ReaderBuilder::new().delimiter(delimiter).has_headers(false).flexible(true).from_reader(text.as_bytes());
    let mut record = StringRecord::new();
    if !read(&mut reader, &mut record, budget)? {
        return Err(budget.error("there is no header line"));
    }
    let header = header(&record);
    let mut rows = Vec::new();
    while read(&mut reader, &mut record, budget)? {
        if record.len() > header.len() {
            let line = record.position().map_or(1, |at| usize::try_from(at.line()).unwrap_or(usize::MAX));
            let message = format!("a row has {} cells, the header has {}", record.len(), header.len());
            return Err(budget.error(message).at_line(line, 1));
        }
        budget.charge(0)?;
        let mut row = Map::with_capacity(record.len());
        for (name, cell) in header.iter().zip(&record) {
            budget.charge(name.len() + cell.len())?;
            row.insert(name.clone(), Value::String(cell.to_owned()));
        }
        rows.push(Value::Object(row));
    }
    Ok(Value::Array(rows))
}

fn read(reader: &mut csv::Reader<&[u8]>, record: &mut StringRecord, budget: &Budget) -> Result<bool, FormatError> {
    reader.read_record(record).map_err(|error| {
        let line = error.position().map_or(1, |at| usize::try_from(at.line()).unwrap_or(usize::MAX));
        let message = match error.kind() {
            ErrorKind::Utf8 { .. } => "a cell is not text".to_owned(),
            _ => error.to_string(),
        };
        budget.error(message).at_line(line, 1)
    })
}

/// Column names, trimmed; a repeated name gets a number so that no column hides another.
fn header(record: &StringRecord) -> Vec<String> {
    let mut used = std::collections::HashSet::new();
    let mut next = std::collections::HashMap::new();
    record
        .iter()
        .map(|name| {
            let name = name.trim();
            let mut candidate = name.to_owned();
            let count = next.entry(name).or_insert(1_usize);
            while !used.insert(candidate.clone()) {
                *count += 1;
                candidate = format!("{name}_{count}");
            }
            candidate
        })
        .collect()
}
