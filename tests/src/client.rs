//! A blocking HTTP client that sends what it is told, byte for byte. It follows nothing and decodes nothing.

use std::{
    io::{self, BufReader, Write},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

use crate::wire::{self, Kind, Message};

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// A request.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// Its method.
    pub method: String,
    /// Path and query.
    pub target: String,
    /// Its headers; `Host`, `Connection` and `Content-Length` are added when absent.
    pub headers: Vec<(String, String)>,
    /// Its body.
    pub body: Vec<u8>,
}

impl Request {
    /// A request without body.
    #[must_use]
    pub fn new(method: &str, target: &str) -> Self {
        Self { method: method.to_owned(), target: target.to_owned(), ..Self::default() }
    }

    /// The same with one header more.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The same with a JSON body.
    #[must_use]
    pub fn json(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self.with("Content-Type", "application/json")
    }

    /// Sends it and reads the answer.
    ///
    /// # Errors
    /// When the connection fails, or ends before the head of an answer.
    pub fn send(&self, to: SocketAddr) -> io::Result<Message> {
        let mut stream = TcpStream::connect_timeout(&to, PATIENCE)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        let mut head = format!("{} {} HTTP/1.1\r\n", self.method, self.target);
        let mut add = |name: &str, value: &str| head.push_str(&format!("{name}: {value}\r\n"));
        let absent = |name| wire::values(&self.headers, name).is_empty();
        if absent("host") {
            add("Host", &to.to_string());
        }
        for (name, value) in &self.headers {
            add(name, value);
        }
        if absent("content-length") && absent("transfer-encoding") && !self.body.is_empty() {
            add("Content-Length", &self.body.len().to_string());
        }
        if absent("connection") {
            add("Connection", "close");
        }
        head.push_str("\r\n");
        stream.write_all(head.as_bytes())?;
        // An answer may come before the whole body is read; a failure to write is then no failure.
        let written = stream.write_all(&self.body);
        let kind = if self.method == "HEAD" { Kind::HeadResponse } else { Kind::Response };
        match wire::read(&mut BufReader::new(&stream), kind) {
            Ok(Some(message)) => Ok(message),
            Ok(None) => Err(written.err().unwrap_or_else(|| io::ErrorKind::UnexpectedEof.into())),
            Err(error) => Err(error),
        }
    }
}
