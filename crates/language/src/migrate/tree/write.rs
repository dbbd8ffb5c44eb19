//! The tree as text: blocks indented by two columns, lists below their key, everything else as it was written.

use super::node::{Entry, Kind, Piece, Scalar, Tree};

impl Tree {
    /// The text.
    pub(in crate::migrate) fn write(&self) -> String {
        let mut out = String::new();
        match &self.root.kind {
            Kind::Map { entries, .. } => entries.iter().for_each(|entry| self::entry(&mut out, entry, 0)),
            Kind::List { items, .. } => items.iter().for_each(|piece| item(&mut out, piece, 0)),
            Kind::Scalar(_) | Kind::Nothing => value(&mut out, &self.root, 0, 0),
        }
        lines(&mut out, &self.below, 0);
        out
    }
}

/// The lines of an entry that stands alone.
pub(in crate::migrate) fn lines_of(one: &Entry) -> Vec<String> {
    let mut out = String::new();
    entry(&mut out, one, 0);
    out.lines().map(str::to_owned).collect()
}

fn lines(out: &mut String, lines: &[String], indent: usize) {
    for line in lines {
        if !line.is_empty() {
            out.push_str(&" ".repeat(indent));
            out.push_str(line);
        }
        out.push('\n');
    }
}

fn entry(out: &mut String, entry: &Entry, indent: usize) {
    lines(out, &entry.piece.above, indent);
    out.push_str(&" ".repeat(indent));
    out.push_str(&entry.written);
    out.push(':');
    value(out, &entry.piece, indent, indent);
}

fn item(out: &mut String, piece: &Piece, indent: usize) {
    lines(out, &piece.above, indent);
    let inner = match &piece.kind {
        Kind::Map { entries, flow: false, .. } if !entries.is_empty() => {
            let mut block = String::new();
            for (at, one) in entries.iter().enumerate() {
                if at == 0 {
                    lines(out, &one.piece.above, indent);
                    let first = Entry { piece: Piece { above: Vec::new(), ..one.piece.clone() }, ..one.clone() };
                    entry(&mut block, &first, indent + 2);
                } else {
                    entry(&mut block, one, indent + 2);
                }
            }
            block
        }
        Kind::List { items, flow: false } if !items.is_empty() => {
            let mut block = String::new();
            for (at, one) in items.iter().enumerate() {
                if at == 0 {
                    lines(out, &one.above, indent);
                    item(&mut block, &Piece { above: Vec::new(), ..one.clone() }, indent + 2);
                } else {
                    item(&mut block, one, indent + 2);
                }
            }
            block
        }
        _ => {
            out.push_str(&" ".repeat(indent));
            out.push('-');
            value(out, piece, indent, indent + 2);
            return;
        }
    };
    out.push_str(&" ".repeat(indent));
    out.push_str("- ");
    out.push_str(inner.get(indent + 2..).unwrap_or_default());
}

/// What stands behind a key or a dash, to the end of its last line. Lists begin in column `list`.
fn value(out: &mut String, piece: &Piece, indent: usize, list: usize) {
    let beside = |out: &mut String| {
        if let Some(comment) = &piece.beside {
            out.push(' ');
            out.push_str(comment);
        }
        out.push('\n');
    };
    match &piece.kind {
        Kind::Nothing => beside(out),
        Kind::Scalar(Scalar { lines, .. }) => {
            out.push(' ');
            out.push_str(lines.first().map_or("", |line| line));
            // A comment does not stand between the lines of a plain or quoted text.
            let block = lines.first().is_some_and(|line| line.starts_with(['|', '>']));
            match lines.len() {
                0 | 1 => beside(out),
                _ if block => {
                    beside(out);
                    rest(out, lines, indent);
                }
                _ => {
                    out.push('\n');
                    rest(out, lines, indent);
                    out.pop();
                    beside(out);
                }
            }
        }
        Kind::Map { entries, flow: false, .. } if !entries.is_empty() => {
            beside(out);
            entries.iter().for_each(|one| entry(out, one, indent + 2));
        }
        Kind::List { items, flow: false } if !items.is_empty() => {
            beside(out);
            items.iter().for_each(|one| item(out, one, list));
        }
        Kind::Map { .. } | Kind::List { .. } => {
            out.push(' ');
            out.push_str(&inline(piece));
            beside(out);
        }
    }
}

fn rest(out: &mut String, lines: &[String], indent: usize) {
    for line in lines.get(1..).unwrap_or_default() {
        if !line.trim().is_empty() {
            out.push_str(&" ".repeat(indent + 2));
            out.push_str(line);
        }
        out.push('\n');
    }
}

/// A value on one line.
fn inline(piece: &Piece) -> String {
    match &piece.kind {
        Kind::Nothing => String::new(),
        Kind::Scalar(scalar) => match scalar.lines.as_slice() {
            [line] => line.clone(),
            _ => serde_json::Value::from(scalar.text.as_str()).to_string(),
        },
        Kind::Map { entries, .. } => {
            let all = entries.iter().map(|entry| match inline(&entry.piece) {
                nothing if nothing.is_empty() => format!("{}:", entry.written),
                value => format!("{}: {value}", entry.written),
            });
            format!("{{{}}}", all.collect::<Vec<_>>().join(", "))
        }
        Kind::List { items, .. } => format!("[{}]", items.iter().map(inline).collect::<Vec<_>>().join(", ")),
    }
}
