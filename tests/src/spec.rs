//! Markdown specs: a file of prose and fenced blocks that says what a behaviour is and proves it. The format is in
//! `tests/README.md`. Reading is in `block` and `message`, comparing in `compare`, running here.

pub mod block;
pub mod compare;
mod diagnostics;
pub mod message;

use std::{ops::Range, path::Path, time::Duration};

use serde_json::{Value, json};

use self::{
    block::{Block, Document},
    message::HttpBlock,
};
use crate::{
    capstan::{Capstan, Run},
    client::Request,
    mcp,
    upstream::{Manner, Reply, Seen, Upstream},
    wire::Message,
};

/// Runs one spec file.
///
/// # Errors
/// Every expectation that does not hold, each with its line.
pub fn run(path: &Path) -> Result<(), String> {
    let text = std::fs::read_to_string(path).map_err(|error| error.to_string())?;
    let document = Document::parse(&text)?;
    let mut runner = Runner::new(&document)?;
    runner.all(&document);
    let Runner { failures, edits, .. } = runner;
    if !edits.is_empty() && std::env::var_os("BLESS").is_some() {
        std::fs::write(path, bless(&text, edits)).map_err(|error| error.to_string())?;
    }
    if failures.is_empty() { Ok(()) } else { Err(failures.join("\n\n")) }
}

/// Puts the new bodies of blocks into the text.
fn bless(text: &str, mut edits: Vec<(Range<usize>, String)>) -> String {
    let mut text = text.to_owned();
    edits.sort_by_key(|(range, _)| std::cmp::Reverse(range.start));
    for (range, body) in edits {
        text.replace_range(range, &format!("{}\n", body.trim_end_matches('\n')));
    }
    text
}

/// What the last request brought.
#[derive(Debug)]
enum Got {
    Http(Message),
    Mcp(mcp::Answer),
    Failed(String),
}

#[derive(Debug)]
struct Runner {
    folder: tempfile::TempDir,
    upstream: Upstream,
    url: String,
    run: Run,
    served: Vec<String>,
    capstan: Option<Capstan>,
    got: Option<Got>,
    seen: Vec<Seen>,
    /// How many of `seen` were compared.
    compared: usize,
    /// True when replies were used and the next `upstream` block begins a new script.
    used: bool,
    failures: Vec<String>,
    edits: Vec<(Range<usize>, String)>,
}

impl Runner {
    /// Writes the files and finds out what to run.
    fn new(document: &Document) -> Result<Self, String> {
        let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
        let upstream = Upstream::start();
        let refuses = document.blocks.iter().any(|block| block.kind == "upstream" && block.flag("refuse"));
        let url = if refuses { Upstream::refusing() } else { upstream.url() };
        let mut runner = Self {
            folder,
            upstream,
            url,
            run: Run::default(),
            served: Vec::new(),
            capstan: None,
            got: None,
            seen: Vec::new(),
            compared: 0,
            used: false,
            failures: Vec::new(),
            edits: Vec::new(),
        };
        for block in &document.blocks {
            let body = runner.fill(&block.body);
            match &*block.kind {
                "capability" => {
                    let name = block.value.as_deref().unwrap_or("capability.yaml");
                    runner.write(name, &body)?;
                    runner.listen(&body);
                    runner.served.push(name.to_owned());
                }
                "file" => runner.write(block.value.as_deref().ok_or("a file block wants `file=NAME`")?, &body)?,
                "repository" => {
                    for path in body.lines().map(|line| crate::root().join(line.trim())) {
                        for file in files(&path) {
                            runner.listen(&std::fs::read_to_string(file).unwrap_or_default());
                        }
                        runner.served.push(path.display().to_string());
                    }
                }
                "env" => runner.run.env.extend(body.lines().filter_map(|line| {
                    let (name, value) = line.split_once('=')?;
                    Some((name.trim().to_owned(), value.to_owned()))
                })),
                "args" => runner.run.args.extend(body.split_whitespace().map(str::to_owned)),
                _ => {}
            }
        }
        let args = &mut runner.run.args;
        if !args.iter().any(|arg| arg == "--upstream" || arg == "--sandbox") {
            args.extend(["--upstream".to_owned(), format!("*={}", runner.url)]);
        }
        Ok(runner)
    }

    fn fill(&self, text: &str) -> String {
        text.replace("{{upstream}}", &self.url)
    }

    fn write(&self, name: &str, body: &str) -> Result<(), String> {
        let path = self.folder.path().join(name);
        let made = path.parent().map_or(Ok(()), std::fs::create_dir_all);
        made.and_then(|()| std::fs::write(&path, body)).map_err(|error| format!("{name}: {error}"))
    }

    /// Moves every declared port of a capability to a free one.
    fn listen(&mut self, text: &str) {
        for line in text.lines() {
            let Some(port) = line.trim_start_matches([' ', '-', '{']).strip_prefix("port:") else { continue };
            let digits: String = port.trim().chars().take_while(char::is_ascii_digit).collect();
            let arg = format!("{digits}=127.0.0.1:0");
            if !digits.is_empty() && !self.run.args.contains(&arg) {
                self.run.args.extend(["--listen".to_owned(), arg]);
            }
        }
    }

    fn all(&mut self, document: &Document) {
        if self.run.args.iter().any(|arg| arg == "--gateway") {
            drop_pairs(&mut self.run.args, "--listen");
        }
        diagnostics::compare(self, document);
        let refused = document.blocks.iter().find(|block| block.kind == "serve");
        let asks = document.blocks.iter().any(|block| matches!(&*block.kind, "request" | "tool" | "mcp"));
        if refused.is_none() && !asks {
            return;
        }
        let mut run = self.run.clone();
        run.args.splice(0..0, self.served.iter().cloned());
        match (run.serve(self.folder.path()), refused) {
            (Ok(capstan), None) => self.capstan = Some(capstan),
            (Ok(_), Some(block)) => self.fail(block, "the server started", None),
            (Err(ended), Some(block)) => {
                let code = ended.code.map(|code| code.to_string());
                if code.is_none() || code != block.value_of("exit") {
                    self.fail(block, &format!("it ended with {:?}:\n{}", ended.code, ended.log), None);
                }
                for line in block.body.lines().filter(|line| !ended.log.contains(*line)) {
                    self.fail(block, &format!("standard error has no `{line}`:\n{}", ended.log), None);
                }
                return;
            }
            (Err(ended), None) => {
                self.failures.push(format!("`serve` ended with {:?}:\n{}", ended.code, ended.log));
                return;
            }
        }
        for block in &document.blocks {
            self.step(block);
        }
        self.everything_was_expected(document.blocks.last());
        self.no_secret_was_told();
    }

    fn step(&mut self, block: &Block) {
        match &*block.kind {
            "upstream" => self.script(block),
            "request" | "tool" | "mcp" => {
                self.everything_was_expected(Some(block));
                self.got = Some(self.ask(block).unwrap_or_else(Got::Failed));
                self.seen = self.upstream.take();
                (self.compared, self.used) = (0, true);
            }
            "upstream-saw" => self.upstream_saw(block),
            "response" => self.response(block),
            "result" | "error" => self.result(block),
            _ => {}
        }
    }

    fn script(&mut self, block: &Block) {
        if self.used {
            self.upstream.forget();
            self.used = false;
        }
        if block.flag("refuse") {
            return;
        }
        let http = HttpBlock::parse(&self.fill(&block.body));
        let manner = match () {
            () if block.flag("chunked") => Manner::Chunked,
            () if block.flag("drip") => Manner::Drip(Duration::from_millis(5)),
            () if block.flag("cut") => Manner::Cut,
            () if block.flag("hang") => Manner::Hang,
            () if block.flag("close") => Manner::Close,
            () => Manner::Whole,
        };
        let body = http.body.clone().unwrap_or_default().into_bytes();
        let reply = Reply { status: http.status().unwrap_or(200), headers: http.headers, body, manner };
        match (&block.value, block.words.iter().find(|word| word.starts_with('/'))) {
            (Some(method), Some(path)) => self.upstream.answer_at(method, path, reply),
            _ => self.upstream.answer(reply),
        }
    }

    fn ask(&self, block: &Block) -> Result<Got, String> {
        let capstan = self.capstan.as_ref().ok_or("nothing is served")?;
        let port = block.value_of("port").and_then(|port| port.parse().ok());
        let kind = if block.kind == "request" { "rest" } else { "mcp" };
        let address = capstan.address(kind, port).ok_or_else(|| format!("no listener for {kind}"))?;
        let body = self.fill(&block.body);
        if block.kind == "request" {
            let HttpBlock { start, headers, body } = HttpBlock::parse(&body);
            let mut words = start.split_whitespace().map(str::to_owned);
            let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
            let request = Request { method, target, headers, body: body.unwrap_or_default().into_bytes() };
            return request.send(address).map(Got::Http).map_err(|error| format!("no answer: {error}"));
        }
        let path = block.value_of("at").unwrap_or_else(|| "/mcp".to_owned());
        let given: Value = match body.trim() {
            "" => json!({}),
            body => serde_json::from_str(body).map_err(|error| format!("line {}: {error}", block.line))?,
        };
        let name = block.value.clone().ok_or("say `tool=NAME` or `mcp=METHOD`")?;
        let client = if block.flag("legacy") {
            mcp::Client::legacy(address, &path)
        } else {
            Ok(mcp::Client::modern(address, &path))
        };
        let answer = client.and_then(|client| match &*block.kind {
            "tool" => client.tool(&name, given),
            _ => client.call(&name, given),
        });
        answer.map(Got::Mcp).map_err(|error| format!("no answer: {error}"))
    }

    fn upstream_saw(&mut self, block: &Block) {
        let expected = self.fill(&block.body);
        if expected.trim() == "(nothing)" {
            if let Some(seen) = self.seen.first() {
                let actual = message::of_seen(seen, &HttpBlock::default());
                self.fail(block, "the upstream saw a request", Some(actual));
            }
            self.compared = self.seen.len();
            return;
        }
        let expected = HttpBlock::parse(&expected);
        let Some(seen) = self.seen.get(self.compared).cloned() else {
            let got = self.got_text();
            return self.fail(
                block,
                &format!("the upstream saw nothing; the answer was\n{got}"),
                Some("(nothing)".into()),
            );
        };
        self.compared += 1;
        let start = format!("{} {}", seen.method, seen.target);
        let body = String::from_utf8_lossy(&seen.body).into_owned();
        if let Err(why) = expected.compare(&start, &seen.headers, &body, block.flag("exact")) {
            let actual = message::of_seen(&seen, &expected);
            self.fail(block, &why, Some(actual));
        }
    }

    fn response(&mut self, block: &Block) {
        if block.flag("aborted") {
            return match &self.got {
                Some(Got::Failed(_)) => {}
                Some(Got::Http(got)) if !got.complete => {}
                _ => {
                    let got = self.got_text();
                    self.fail(block, &format!("the connection was not aborted but brought {got}"), None);
                }
            };
        }
        let expected = HttpBlock::parse(&self.fill(&block.body));
        let Some(Got::Http(got)) = &self.got else {
            let got = self.got_text();
            return self.fail(block, &format!("no HTTP answer but {got}"), None);
        };
        let body = if got.complete { got.text() } else { format!("{}\n(cut short)", got.text()) };
        let status = got.status().to_string();
        if let Err(why) = expected.compare(&status, &got.headers, &body, block.flag("exact")) {
            let actual = message::of_response(got, &expected);
            self.fail(block, &why, Some(actual));
        }
    }

    fn result(&mut self, block: &Block) {
        let Some(Got::Mcp(got)) = &self.got else {
            let got = self.got_text();
            return self.fail(block, &format!("no MCP answer but {got}"), None);
        };
        let actual = got.message.get(&*block.kind).cloned().unwrap_or_default();
        let expected: Value = match serde_json::from_str(&self.fill(&block.body)) {
            Ok(expected) => expected,
            Err(error) => return self.fail(block, &format!("the block is not JSON: {error}"), None),
        };
        if let Err(why) = compare::top(&expected, &actual) {
            let why = if actual.is_null() { format!("{why}\n{}", self.got_text()) } else { why };
            let shown = compare::restrict(&actual, &expected);
            self.fail(block, &why, Some(serde_json::to_string_pretty(&shown).unwrap_or_default()));
        }
    }

    /// A spec that says what the upstream saw says all of it.
    fn everything_was_expected(&mut self, block: Option<&Block>) {
        let (Some(block), true) = (block, self.compared > 0 && self.compared < self.seen.len()) else { return };
        let more = self.seen.get(self.compared).map(|seen| format!("{} {}", seen.method, seen.target));
        self.fail(
            block,
            &format!("before this block the upstream saw one more request: {}", more.unwrap_or_default()),
            None,
        );
    }

    /// Values of variables that are named like secrets are in no answer and in no log line.
    fn no_secret_was_told(&mut self) {
        let Some(capstan) = &self.capstan else { return };
        let log = capstan.log();
        let secret = |name: &str| ["KEY", "TOKEN", "SECRET", "PASSWORD"].iter().any(|word| name.contains(word));
        for (name, value) in &self.run.env {
            if secret(name) && value.len() > 5 && log.contains(&**value) {
                self.failures.push(format!("the log tells {name}:\n{log}"));
            }
        }
    }

    fn got_text(&self) -> String {
        match &self.got {
            None => "no request was made".to_owned(),
            Some(Got::Failed(why)) => why.clone(),
            Some(Got::Http(got)) => format!("{}\n{}", got.start, got.text()),
            Some(Got::Mcp(got)) => format!("{}\n{}", got.http.start, got.http.text()),
        }
    }

    /// Notes a failure; `actual` is what the block would have to be.
    fn fail(&mut self, block: &Block, why: &str, actual: Option<String>) {
        let head = format!("line {}: {} {why}", block.line, block.kind);
        let body = block.body.trim_end();
        self.failures.push(match &actual {
            Some(actual) => format!("{head}\n--- expected\n{body}\n--- actual\n{actual}"),
            None => head,
        });
        if let Some(actual) = actual {
            self.edits.push((block.range.clone(), actual.replace(&self.url, "{{upstream}}")));
        }
    }
}

fn drop_pairs(args: &mut Vec<String>, name: &str) {
    while let Some(at) = args.iter().position(|arg| arg == name) {
        args.drain(at..(at + 2).min(args.len()));
    }
}

/// The YAML files of a folder, or the file itself.
fn files(path: &Path) -> Vec<std::path::PathBuf> {
    let Ok(entries) = std::fs::read_dir(path) else { return vec![path.to_owned()] };
    let yaml = |path: &std::path::PathBuf| {
        path.extension().is_some_and(|ext| ext == "yaml") && !capstan_language::test_file::is_test_file(path)
    };
    entries.flatten().map(|entry| entry.path()).filter(yaml).collect()
}
