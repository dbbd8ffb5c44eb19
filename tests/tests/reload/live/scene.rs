//! A behaviour spec as it is served: its documents in a folder, its upstream, and its requests as callers repeat them.

use std::{
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
};

use capstan_tests::{
    capstan::{Capstan, Run},
    client::Request,
    mcp,
    spec::{
        block::{Block, Document},
        message::HttpBlock,
    },
    upstream::{Reply, Upstream},
};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::site::{Site, free_port};

/// This many callers ask at once.
const CALLERS: usize = 5;

/// A spec that is served.
pub(super) struct Scene {
    pub(super) site: Site,
    /// The documents mistakes are made in.
    pub(super) documents: Vec<PathBuf>,
    /// What callers ask, and what they get.
    pub(super) probes: Vec<(Probe, Answer)>,
}

/// A status and what matters of the body.
pub(super) type Answer = (u16, Value);

/// A request of a spec.
#[derive(Clone)]
pub(super) struct Probe {
    pub(super) name: String,
    to: SocketAddr,
    ask: Ask,
}

#[derive(Clone)]
enum Ask {
    Http(Request),
    Tool { path: String, name: String, arguments: Value },
}

impl Probe {
    fn of(block: &Block, upstream: &str, capstan: &Capstan) -> Option<Self> {
        let port = block.value_of("port").and_then(|port| port.parse().ok());
        let body = block.body.replace("{{upstream}}", upstream);
        if block.kind == "request" {
            let HttpBlock { start, headers, body } = HttpBlock::parse(&body);
            let (method, target) = start.split_once(' ')?;
            let body = body.unwrap_or_default().into_bytes();
            let request = Request { method: method.to_owned(), target: target.to_owned(), headers, body };
            return Some(Self { name: start, to: capstan.address("rest", port)?, ask: Ask::Http(request) });
        }
        let name = block.value.clone()?;
        let path = block.value_of("at").unwrap_or_else(|| "/mcp".to_owned());
        let arguments = serde_json::from_str(&body).unwrap_or_else(|_| json!({}));
        Some(Self { name: name.clone(), to: capstan.address("mcp", port)?, ask: Ask::Tool { path, name, arguments } })
    }

    /// What matters to whoever asks; nothing when nobody answers.
    pub(super) fn ask(&self) -> Option<Answer> {
        match &self.ask {
            Ask::Http(request) => {
                let answer = request.send(self.to).ok()?;
                let text = || Value::String(answer.text());
                Some((answer.status(), serde_json::from_str(&answer.text()).unwrap_or_else(|_| text())))
            }
            Ask::Tool { path, name, arguments } => {
                let answer = mcp::Client::modern(self.to, path).tool(name, arguments.clone()).ok()?;
                let (error, result) = (&answer.message["error"]["code"], &answer.message["result"]);
                Some((answer.http.status(), json!([error, result["isError"], result["content"]])))
            }
        }
    }

    /// The answer, when it is a success and the same every time.
    fn usual(&self) -> Option<Answer> {
        let first = self.ask()?;
        let failed = first.1[0].is_number() || first.1[1] == true;
        let works = (200..300).contains(&first.0) && !(failed && matches!(self.ask, Ask::Tool { .. }));
        (works && self.ask().as_ref() == Some(&first)).then_some(first)
    }
}

impl Scene {
    /// Serves a spec.
    pub(super) fn of(spec: &Path) -> Self {
        let text = fs::read_to_string(spec).unwrap();
        let blocks = Document::parse(&text).unwrap().blocks;
        let (dir, upstream) = (TempDir::new().unwrap(), Upstream::start());
        let url = upstream.url();
        let mut run = Run::default();
        let (mut documents, mut served) = (Vec::new(), Vec::new());
        for block in &blocks {
            let body = block.body.replace("{{upstream}}", &url);
            match &*block.kind {
                "capability" => {
                    let name = block.value.as_deref().unwrap_or("capability.yaml");
                    write(dir.path(), name, &body);
                    documents.push(PathBuf::from(name));
                    served.push(name.to_owned());
                }
                "file" => write(dir.path(), block.value.as_deref().unwrap(), &body),
                "repository" => body.lines().map(str::trim).for_each(|line| {
                    copy(line, dir.path(), &mut documents);
                    served.push(line.to_owned());
                }),
                "env" => run.env.extend(body.lines().filter_map(|line| {
                    let (name, value) = line.split_once('=')?;
                    Some((name.trim().to_owned(), value.to_owned()))
                })),
                "args" => run.args.extend(body.split_whitespace().map(str::to_owned)),
                "upstream" => script(block, &body, &upstream),
                _ => {}
            }
        }
        run.args.splice(0..0, served);
        if !run.args.iter().any(|arg| arg == "--sandbox") {
            run.args.extend(["--upstream".to_owned(), format!("*={url}")]);
        }
        for port in documents.iter().flat_map(|path| ports(&fs::read_to_string(dir.path().join(path)).unwrap())) {
            run.args.extend(["--listen".to_owned(), format!("{port}=127.0.0.1:{}", free_port())]);
        }
        run.args.extend(["--no-watch", "--control", "127.0.0.1:0"].map(str::to_owned));
        let capstan = run.serve(dir.path()).unwrap_or_else(|ended| panic!("{}: {ended:?}", spec.display()));
        let asked = blocks.iter().filter(|block| matches!(&*block.kind, "request" | "tool") && !block.flag("legacy"));
        let probes: Vec<_> = asked
            .filter_map(|block| Probe::of(block, &url, &capstan))
            .filter_map(|probe| Some((probe.clone(), probe.usual()?)))
            .take(CALLERS)
            .collect();
        assert!(!probes.is_empty(), "{}: nothing works\n{}", spec.display(), capstan.log());
        let control = capstan.address("control", None).unwrap();
        Self { site: Site { dir, upstream, capstan, gateway: control, control }, documents, probes }
    }
}

fn write(folder: &Path, name: &str, text: &str) {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

/// Copies a file or folder of the repository to the same place below `to`; a mistake is made in a copy.
fn copy(name: &str, to: &Path, documents: &mut Vec<PathBuf>) {
    let from = capstan_tests::root().join(name);
    if from.is_dir() {
        let mut inner: Vec<_> = fs::read_dir(&from).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        inner.sort();
        return inner.iter().for_each(|inner| copy(&format!("{name}/{}", inner.to_str().unwrap()), to, documents));
    }
    fs::create_dir_all(to.join(name).parent().unwrap()).unwrap();
    fs::copy(&from, to.join(name)).unwrap();
    // What lies beside documents comes along and is not named.
    let beside = [".openapi.yaml", ".sandbox.yaml", "settings.yaml"].iter().any(|end| name.ends_with(end));
    if name.ends_with(".yaml") && !beside {
        documents.push(name.into());
    }
}

/// What the upstream answers, as often as it is asked.
fn script(block: &Block, body: &str, upstream: &Upstream) {
    let http = HttpBlock::parse(body);
    let body = http.body.clone().unwrap_or_default().into_bytes();
    let reply = Reply { status: http.status().unwrap_or(200), headers: http.headers, body, ..Reply::json(200, "") };
    match (&block.value, block.words.iter().find(|word| word.starts_with('/'))) {
        (Some(method), Some(path)) => upstream.answer_at(method, path, reply),
        _ => upstream.answer(reply),
    }
}

/// The ports a document declares.
fn ports(text: &str) -> Vec<String> {
    let lines = text.lines().filter_map(|line| line.trim_start_matches([' ', '-', '{']).strip_prefix("port:"));
    lines.map(|port| port.trim().chars().take_while(char::is_ascii_digit).collect()).collect()
}
