//! HTTP/1.1 messages as bytes on a connection: reading one whole, with nothing added, merged or renamed. Neither side's
//! behaviour is here.

use std::io::{self, BufRead, Read};

/// A message exactly as it came.
#[derive(Debug, Clone, Default)]
pub struct Message {
    /// The request or status line.
    pub start: String,
    /// Header lines in order, names as written.
    pub headers: Vec<(String, String)>,
    /// The body, chunks joined.
    pub body: Vec<u8>,
    /// False when the connection ended before the body did.
    pub complete: bool,
}

/// Which kind of message is read: they differ in what an absent length means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A request: no length, no body.
    Request,
    /// A response: no length, a body until the connection ends.
    Response,
    /// A response that has no body whatever its headers say (to HEAD).
    HeadResponse,
}

impl Message {
    /// All values of a header, in order.
    #[must_use]
    pub fn values(&self, name: &str) -> Vec<&str> {
        values(&self.headers, name)
    }

    /// The first value of a header.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.values(name).first().copied()
    }

    /// The status of a response; 0 when the start line is none.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.start.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0)
    }

    /// The body as text.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// All values of a header in a list, in order.
#[must_use]
pub fn values<'h>(headers: &'h [(String, String)], name: &str) -> Vec<&'h str> {
    headers.iter().filter(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| &**value).collect()
}

/// Reads one message; nothing when the connection ends before its first byte.
///
/// # Errors
/// What the connection reports, and `InvalidData` for what is not HTTP/1.1.
pub fn read(from: &mut impl BufRead, kind: Kind) -> io::Result<Option<Message>> {
    let Some(start) = line(from)? else { return Ok(None) };
    let mut message = Message { start, complete: true, ..Message::default() };
    loop {
        let Some(text) = line(from)? else { return Err(io::ErrorKind::UnexpectedEof.into()) };
        if text.is_empty() {
            break;
        }
        let (name, value) = text.split_once(':').ok_or_else(|| invalid(&text))?;
        message.headers.push((name.to_owned(), value.trim().to_owned()));
    }
    if kind != Kind::Request && (100..200).contains(&message.status()) {
        return read(from, kind);
    }
    if kind == Kind::HeadResponse || (kind == Kind::Response && matches!(message.status(), 204 | 304)) {
        return Ok(Some(message));
    }
    let chunked = message.header("transfer-encoding").is_some_and(|coding| coding.eq_ignore_ascii_case("chunked"));
    let length = message.header("content-length").map(str::parse::<usize>);
    message.complete = if chunked {
        chunks(from, &mut message.body)?
    } else if let Some(length) = length {
        let length = length.map_err(|_| invalid("content-length"))?;
        from.take(length as u64).read_to_end(&mut message.body).unwrap_or(0);
        message.body.len() == length
    } else {
        kind == Kind::Request || from.read_to_end(&mut message.body).is_ok()
    };
    Ok(Some(message))
}

/// Reads a chunked body; false when it ends early.
fn chunks(from: &mut impl BufRead, body: &mut Vec<u8>) -> io::Result<bool> {
    loop {
        let Ok(Some(head)) = line(from) else { return Ok(false) };
        let size = head.split(';').next().unwrap_or_default().trim();
        let size = usize::from_str_radix(size, 16).map_err(|_| invalid(&head))?;
        let before = body.len();
        from.take(size as u64).read_to_end(body).unwrap_or(0);
        if body.len() - before != size {
            return Ok(false);
        }
        // The line break behind a chunk, or the trailers behind the last one.
        loop {
            match line(from) {
                Ok(Some(text)) if text.is_empty() => break,
                Ok(Some(_)) if size == 0 => {}
                _ => return Ok(false),
            }
        }
        if size == 0 {
            return Ok(true);
        }
    }
}

fn line(from: &mut impl BufRead) -> io::Result<Option<String>> {
    let mut bytes = Vec::new();
    if from.read_until(b'\n', &mut bytes)? == 0 {
        return Ok(None);
    }
    while bytes.last().is_some_and(|byte| matches!(byte, b'\n' | b'\r')) {
        bytes.pop();
    }
    Ok(Some(String::from_utf8_lossy(&bytes).into_owned()))
}

fn invalid(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("not HTTP/1.1: {what}"))
}
