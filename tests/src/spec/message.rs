//! HTTP messages as a spec writes them, and messages that came, written the same way.

use super::compare;
use crate::{
    upstream::Seen,
    wire::{self, Message},
};

/// A message in a spec: first line, headers, and a body behind an empty line.
#[derive(Debug, Default)]
pub struct HttpBlock {
    /// The first line.
    pub start: String,
    /// The headers; a name that begins with `!` must be absent.
    pub headers: Vec<(String, String)>,
    /// The body, without its last line break.
    pub body: Option<String>,
}

impl HttpBlock {
    /// Reads a block.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let (head, body) = match text.split_once("\n\n") {
            Some((head, body)) => (head, Some(body.strip_suffix('\n').unwrap_or(body).to_owned())),
            None => (text, None),
        };
        let mut lines = head.lines();
        let start = lines.next().unwrap_or_default().trim().to_owned();
        let header = |line: &str| match line.split_once(':') {
            Some((name, value)) => (name.trim().to_owned(), value.trim().to_owned()),
            None => (line.trim().to_owned(), String::new()),
        };
        Self { start, headers: lines.map(header).collect(), body }
    }

    /// The status in the first line: `HTTP/1.1 200 OK` or `200`.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        self.start.split_whitespace().find_map(|word| word.parse().ok())
    }

    /// Compares what came with this.
    ///
    /// # Errors
    /// The first difference.
    pub fn compare(&self, start: &str, headers: &[(String, String)], body: &str, exact: bool) -> Result<(), String> {
        let wanted = match self.status() {
            Some(status) if start.bytes().all(|byte| byte.is_ascii_digit()) => status.to_string(),
            _ => self.start.clone(),
        };
        if !compare::glob(&wanted, start) {
            return Err(format!("differs in its first line: {start}"));
        }
        let mut names: Vec<&str> = self.headers.iter().map(|(name, _)| &**name).collect();
        names.dedup();
        for name in names {
            if let Some(name) = name.strip_prefix('!') {
                if let Some(value) = wire::values(headers, name).first() {
                    return Err(format!("has the header {name}: {value}"));
                }
                continue;
            }
            let (wanted, got) = (wire::values(&self.headers, name), wire::values(headers, name));
            let same =
                wanted.len() == got.len() && wanted.iter().zip(&got).all(|(wanted, got)| compare::glob(wanted, got));
            if !same {
                return Err(format!("differs in the header {name}: {got:?}"));
            }
        }
        let wanted = self.body.as_deref().unwrap_or_default();
        if exact {
            return if wanted == body { Ok(()) } else { Err("differs in its body".to_owned()) };
        }
        compare::body(wanted, body)
    }
}

/// An upstream request as the block that was expected would show it.
#[must_use]
pub fn of_seen(seen: &Seen, expected: &HttpBlock) -> String {
    let start = format!("{} {}", seen.method, seen.target);
    written(&start, &seen.headers, &String::from_utf8_lossy(&seen.body), expected)
}

/// A response as the block that was expected would show it.
#[must_use]
pub fn of_response(got: &Message, expected: &HttpBlock) -> String {
    written(&got.status().to_string(), &got.headers, &got.text(), expected)
}

fn written(start: &str, headers: &[(String, String)], body: &str, expected: &HttpBlock) -> String {
    let mut text = format!("{start}\n");
    let mut names: Vec<&str> = expected.headers.iter().map(|(name, _)| name.trim_start_matches('!')).collect();
    names.dedup();
    for name in names {
        let values = wire::values(headers, name);
        if values.is_empty() {
            text.push_str(&format!("!{name}\n"));
        }
        for value in values {
            text.push_str(&format!("{name}: {value}\n"));
        }
    }
    if !body.is_empty() {
        text.push_str(&format!("\n{}", compare::pretty(body)));
    }
    text.trim_end().to_owned()
}
