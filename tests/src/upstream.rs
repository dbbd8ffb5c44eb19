//! A scripted upstream on a loopback port. It records every request exactly and answers as told, well or badly; it has no
//! behaviour of its own.

use std::{
    collections::VecDeque,
    io::{self, BufReader, Write},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use crate::wire::{self, Kind, Message};

/// A request that arrived.
#[derive(Debug, Clone)]
pub struct Seen {
    /// Its method.
    pub method: String,
    /// Path and query as they came.
    pub target: String,
    /// Headers in order, names as written.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

/// How an answer is sent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Manner {
    /// At once, with its length.
    #[default]
    Whole,
    /// In chunks, without its length.
    Chunked,
    /// In chunks, a byte at a time, with this pause between them.
    Drip(Duration),
    /// With the length of a longer body, then the connection is closed.
    Cut,
    /// Never: the connection stays open and silent.
    Hang,
    /// Never: the connection is closed.
    Close,
}

/// An answer.
#[derive(Debug, Clone)]
pub struct Reply {
    /// Its status.
    pub status: u16,
    /// Its headers; the length is added unless they say where the body ends.
    pub headers: Vec<(String, String)>,
    /// Its body.
    pub body: Vec<u8>,
    /// How it is sent.
    pub manner: Manner,
}

impl Default for Reply {
    fn default() -> Self {
        Self::json(200, r#"{"ok":true}"#)
    }
}

impl Reply {
    /// A JSON answer.
    #[must_use]
    pub fn json(status: u16, body: &str) -> Self {
        let headers = vec![("Content-Type".to_owned(), "application/json".to_owned())];
        Self { status, headers, body: body.into(), manner: Manner::Whole }
    }

    /// The same answer, sent in another way.
    #[must_use]
    pub fn sent(mut self, manner: Manner) -> Self {
        self.manner = manner;
        self
    }

    fn write(&self, to: &mut TcpStream, head_only: bool) -> io::Result<()> {
        let chunked = matches!(self.manner, Manner::Chunked | Manner::Drip(_));
        let mut head = format!("HTTP/1.1 {} Scripted\r\n", self.status);
        for (name, value) in &self.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        let bodiless = matches!(self.status, 204 | 304);
        if chunked {
            head.push_str("Transfer-Encoding: chunked\r\n");
        } else if !bodiless
            && ["content-length", "transfer-encoding"].iter().all(|name| wire::values(&self.headers, name).is_empty())
        {
            let more = if self.manner == Manner::Cut { 1000 } else { 0 };
            head.push_str(&format!("Content-Length: {}\r\n", self.body.len() + more));
        }
        head.push_str("\r\n");
        to.write_all(head.as_bytes())?;
        if head_only || bodiless {
            return Ok(());
        }
        match self.manner {
            Manner::Chunked => {
                for part in self.body.chunks(7) {
                    chunk(to, part)?;
                }
                to.write_all(b"0\r\n\r\n")
            }
            Manner::Drip(pause) => {
                for byte in &self.body {
                    chunk(to, &[*byte])?;
                    std::thread::sleep(pause);
                }
                to.write_all(b"0\r\n\r\n")
            }
            _ => to.write_all(&self.body),
        }
    }
}

fn chunk(to: &mut TcpStream, part: &[u8]) -> io::Result<()> {
    write!(to, "{:x}\r\n", part.len())?;
    to.write_all(part)?;
    to.write_all(b"\r\n")
}

#[derive(Debug, Default)]
struct Script {
    seen: Vec<Seen>,
    keyed: Vec<(String, String, Reply)>,
    queue: VecDeque<Reply>,
    stop: bool,
}

impl Script {
    /// The answer for a request: by method and path when there is one, else the next of the queue; the last of it repeats.
    fn reply(&mut self, method: &str, target: &str) -> Reply {
        let path = target.split('?').next().unwrap_or_default();
        let keyed = self.keyed.iter().find(|(m, at, _)| m == method && (at == path || at == target));
        if let Some((.., reply)) = keyed {
            return reply.clone();
        }
        if self.queue.len() > 1 {
            return self.queue.pop_front().unwrap_or_default();
        }
        self.queue.front().cloned().unwrap_or_default()
    }
}

#[derive(Debug, Default)]
struct Shared {
    script: Mutex<Script>,
    stopped: Condvar,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Script> {
        self.script.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The upstream; it stops when dropped.
#[derive(Debug)]
pub struct Upstream {
    address: SocketAddr,
    shared: Arc<Shared>,
}

impl Upstream {
    /// One that answers `{"ok":true}` until told otherwise.
    #[must_use]
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a loopback port");
        let address = listener.local_addr().expect("it is bound");
        let shared = Arc::new(Shared::default());
        let ours = shared.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                if ours.lock().stop {
                    return;
                }
                let (Ok(stream), shared) = (stream, ours.clone()) else { continue };
                std::thread::spawn(move || serve(&stream, &shared));
            }
        });
        Self { address, shared }
    }

    /// Where it listens, as `http://127.0.0.1:PORT`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Where nobody listens, in the same form.
    #[must_use]
    pub fn refusing() -> String {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a loopback port");
        format!("http://{}", listener.local_addr().expect("it is bound"))
    }

    /// Adds an answer to the queue.
    pub fn answer(&self, reply: Reply) {
        self.shared.lock().queue.push_back(reply);
    }

    /// Sets the answer for one method and path (with or without query).
    pub fn answer_at(&self, method: &str, target: &str, reply: Reply) {
        let mut script = self.shared.lock();
        script.keyed.retain(|(m, at, _)| (&**m, &**at) != (method, target));
        script.keyed.push((method.to_owned(), target.to_owned(), reply));
    }

    /// Forgets the queue.
    pub fn forget(&self) {
        self.shared.lock().queue.clear();
    }

    /// Takes what arrived since the last time.
    #[must_use]
    pub fn take(&self) -> Vec<Seen> {
        std::mem::take(&mut self.shared.lock().seen)
    }
}

impl Drop for Upstream {
    fn drop(&mut self) {
        self.shared.lock().stop = true;
        self.shared.stopped.notify_all();
        // Wakes the accept loop.
        drop(TcpStream::connect(self.address));
    }
}

fn serve(stream: &TcpStream, shared: &Shared) {
    stream.set_nodelay(true).ok();
    let Ok(mut to) = stream.try_clone() else { return };
    let mut from = BufReader::new(stream);
    while let Ok(Some(message)) = wire::read(&mut from, Kind::Request) {
        let Message { start, headers, body, .. } = message;
        let mut words = start.split(' ').map(str::to_owned);
        let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let reply = {
            let mut script = shared.lock();
            let reply = script.reply(&method, &target);
            script.seen.push(Seen { method: method.clone(), target, headers, body });
            reply
        };
        match reply.manner {
            Manner::Hang => {
                let waited = shared.stopped.wait_while(shared.lock(), |script| !script.stop);
                drop(waited);
                return;
            }
            Manner::Close => break,
            _ => {}
        }
        if reply.write(&mut to, method == "HEAD").is_err() || reply.manner == Manner::Cut {
            break;
        }
    }
    stream.shutdown(Shutdown::Both).ok();
}
