//! Typical mistakes, saved into a document that is served and called: what worked goes on working, or the author was warned at WARN.
//! `LIVE_EVERY=1` makes every mistake instead of some, `LIVE_SECONDS` bounds it, and `LIVE_LIST=1` prints what broke a caller.

use std::{
    collections::BTreeMap,
    fs,
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use capstan_language::{diagnostic::Sink, document, source::SourceSet};
use capstan_tests::{
    client::Request,
    mutate::{Mutant, changes::mutants},
    upstream::{Reply, Upstream},
};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::site::{Site, free_port, until};

/// A document with much of what documents have, and where its adapters listen.
fn document(upstream: &Upstream, rest: u16, mcp: u16) -> String {
    for (method, path, body) in [
        ("GET", "/cities/berlin/weather?units=metric", r#"{"main":{"temp":21.5},"name":"Berlin","tags":["a","b"]}"#),
        ("GET", "/cities/paris/weather?units=metric", r#"{"main":{"temp":25},"name":"Paris","tags":[]}"#),
        ("POST", "/notes", r#"{"id":7,"text":"hello"}"#),
    ] {
        upstream.answer_at(method, path, Reply::json(200, body));
    }
    let base = upstream.url();
    format!(
        r#"naftiko: 1.0.0-alpha2
info:
  label: Live
  description: Served while it is edited.
binds:
- namespace: live-env
  keys:
    LIVE_TOKEN: LIVE_TOKEN
capability:
  consumes:
  - type: http
    namespace: weather
    baseUri: {base}
    authentication:
      type: bearer
      token: '{{{{LIVE_TOKEN}}}}'
    resources:
    - name: city
      path: /cities/{{{{city}}}}/weather
      operations:
      - name: get-weather
        method: GET
        inputParameters:
        - name: city
          in: path
          type: string
        - name: units
          in: query
          type: string
    - name: notes
      path: /notes
      operations:
      - name: add-note
        method: POST
        body:
          type: json
          data:
            text: '{{{{text}}}}'
  exposes:
  - type: rest
    namespace: live-rest
    address: localhost
    port: {rest}
    resources:
    - path: /weather/{{city}}
      operations:
      - name: get-weather
        method: GET
        inputParameters:
        - name: city
          in: path
          type: string
          description: Which city.
        call: weather.get-weather
        with:
          city: '{{{{city}}}}'
          units: metric
        outputParameters:
        - type: object
          properties:
            place:
              type: string
              mapping: $.name
            temperature:
              type: number
              mapping: $.main.temp
            labels:
              type: array
              mapping: $.tags
              items:
                type: string
    - path: /notes
      operations:
      - name: add-note
        method: POST
        inputParameters:
        - name: text
          in: body
          type: string
          required: true
        call: weather.add-note
        with:
          text: '{{{{text}}}}'
  - type: mcp
    namespace: live-mcp
    port: {mcp}
    description: Weather for agents.
    tools:
    - name: weather-of
      description: The weather of a city.
      inputParameters:
      - name: city
        type: string
        description: Which city.
        required: true
      call: weather.get-weather
      with:
        city: '{{{{city}}}}'
        units: metric
      outputParameters:
      - type: object
        properties:
          place:
            type: string
            mapping: $.name
"#
    )
}

/// A request and the answer it gets.
struct Probe {
    name: &'static str,
    to: SocketAddr,
    request: Request,
}

impl Probe {
    /// What matters to whoever asks; nothing when nobody answers.
    fn ask(&self) -> Option<(u16, Value)> {
        let answer = self.request.send(self.to).ok()?;
        let mut body: Value = serde_json::from_str(&answer.text()).unwrap_or_else(|_| Value::String(answer.text()));
        if self.name == "tool" {
            body = json!([body["error"]["code"], body["result"]["isError"], body["result"]["content"]]);
        }
        Some((answer.status(), body))
    }
}

fn probes(rest: u16, mcp: u16) -> Vec<Probe> {
    let at = |port: u16| SocketAddr::from(([127, 0, 0, 1], port));
    let meta = json!({
        "io.modelcontextprotocol/protocolVersion": capstan_tests::mcp::MODERN,
        "io.modelcontextprotocol/clientInfo": {"name": "t", "version": "1"},
        "io.modelcontextprotocol/clientCapabilities": {},
    });
    let params = json!({"name": "weather-of", "arguments": {"city": "paris"}, "_meta": meta});
    let call = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}).to_string();
    let tool = Request::new("POST", "/mcp")
        .with("Accept", "application/json, text/event-stream")
        .with("MCP-Protocol-Version", capstan_tests::mcp::MODERN)
        .with("Mcp-Method", "tools/call")
        .with("Mcp-Name", "weather-of")
        .json(call);
    vec![
        Probe { name: "get", to: at(rest), request: Request::new("GET", "/weather/berlin") },
        Probe { name: "post", to: at(rest), request: Request::new("POST", "/notes").json(r#"{"text":"hello"}"#) },
        Probe { name: "tool", to: at(mcp), request: tool },
    ]
}

/// What became of one save.
struct Save {
    what: String,
    /// What the reload came to.
    outcome: String,
    generation: u64,
}

/// A wrong answer, and the saves it came between.
struct Wrong {
    first: usize,
    last: usize,
    what: String,
}

/// Generations whose publication was told with a warning.
fn warned(log: &str) -> BTreeMap<u64, bool> {
    let mut found = BTreeMap::new();
    let mut loud = false;
    for line in log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok()) {
        loud |= line["level"] == "WARN" && line["capability"] == "live" && line["request_id"].is_null();
        if line["message"] == "reloaded" {
            found.insert(line["generation"].as_u64().unwrap_or_default(), std::mem::take(&mut loud));
        }
    }
    found
}

#[test]
fn no_mistake_breaks_callers_without_a_warning() {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let (every, seconds) = (number("LIVE_EVERY").unwrap_or(9), number("LIVE_SECONDS").unwrap_or(60));
    let (dir, upstream) = (TempDir::new().unwrap(), Upstream::start());
    let (rest, mcp) = (free_port(), free_port());
    let good = document(&upstream, rest, mcp);
    fs::write(dir.path().join("live.yaml"), &good).unwrap();
    fs::write(dir.path().join(".env"), "LIVE_TOKEN=sesame\n").unwrap();
    let site = Site::serve(dir, upstream, &["live.yaml", "--no-watch"]);
    let usual: Vec<_> = probes(rest, mcp).iter().map(Probe::ask).collect();
    assert!(
        usual.iter().flatten().all(|(status, _)| *status == 200) && usual.len() == 3,
        "{usual:?}\n{}",
        site.capstan.log()
    );
    let (phase, stop) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)));
    let wrong = Arc::new(Mutex::new(Vec::<Wrong>::new()));
    let asked = Arc::new(AtomicUsize::new(0));
    let callers: Vec<_> = probes(rest, mcp)
        .into_iter()
        .zip(usual)
        .map(|(probe, usual)| {
            let (phase, stop, wrong, asked) = (phase.clone(), stop.clone(), wrong.clone(), asked.clone());
            std::thread::spawn(move || {
                while !stop.load(Ordering::SeqCst) {
                    let first = phase.load(Ordering::SeqCst);
                    let answer = probe.ask();
                    let last = phase.load(Ordering::SeqCst);
                    asked.fetch_add(1, Ordering::SeqCst);
                    if answer != usual {
                        wrong.lock().unwrap().push(Wrong { first, last, what: format!("{}: {answer:?}", probe.name) });
                    }
                }
            })
        })
        .collect();
    let tree =
        document::load(&mut SourceSet::new(), "live.yaml", good.clone().into_bytes(), &mut Sink::new()).1.unwrap();
    let made: Vec<Mutant> = mutants(&good, &tree).into_iter().step_by(usize::try_from(every).unwrap()).collect();
    let end = Instant::now() + Duration::from_secs(seconds);
    let mut saves = vec![Save { what: "the start".to_owned(), outcome: "applied".to_owned(), generation: 1 }];
    let mut save = |what: String, text: &str| {
        // The phase begins before the save can have an effect, and ends when callers have been served once more.
        phase.fetch_add(1, Ordering::SeqCst);
        fs::write(site.path("live.yaml"), text).unwrap();
        let (_, outcome) = site.control("POST", "/config/reload");
        let before = asked.load(Ordering::SeqCst);
        until("callers ask", || (asked.load(Ordering::SeqCst) >= before + 6).then_some(()));
        let generation = outcome["generation"].as_u64().unwrap();
        saves.push(Save { what, outcome: outcome["status"].as_str().unwrap().to_owned(), generation });
    };
    for mutant in made.iter().take_while(|_| Instant::now() < end) {
        save(format!("{}: {}", mutant.class.name(), mutant.what), &mutant.text);
        save("as it was".to_owned(), &good);
    }
    stop.store(true, Ordering::SeqCst);
    callers.into_iter().for_each(|caller| caller.join().unwrap());
    judge(&site, &saves, &wrong.lock().unwrap(), asked.load(Ordering::SeqCst));
}

fn judge(site: &Site, saves: &[Save], wrong: &[Wrong], asked: usize) {
    let last = saves.iter().map(|save| save.generation).max().unwrap();
    let loud = until("the log is written", || {
        Some(warned(&site.capstan.log())).filter(|loud| last < 2 || loud.contains_key(&last))
    });
    // A save that was published was told with a warning, or it must not have broken anything.
    let was_warned = |save: &Save| save.outcome == "applied" && loud.get(&save.generation) == Some(&true);
    let mut silent = Vec::new();
    let mut broke = BTreeMap::new();
    for one in wrong {
        let concerned = &saves[one.first.min(saves.len() - 1)..=one.last.min(saves.len() - 1)];
        // What was published before stays until the next save has taken effect.
        let earlier = one.first.checked_sub(1).map(|earlier| &saves[earlier]);
        match concerned.iter().chain(earlier).find(|save| was_warned(save) && save.what != "as it was") {
            Some(save) => drop(broke.insert(save.what.clone(), one.what.clone())),
            None => silent.push(format!(
                "{} {}: {}",
                one.first,
                concerned.iter().map(|s| format!("{} ({})", s.what, s.outcome)).collect::<Vec<_>>().join(" then "),
                one.what
            )),
        }
    }
    let count = |outcome: &str| {
        saves.iter().filter(|save| save.outcome == outcome && save.what != "as it was").count()
            - usize::from(outcome == "applied")
    };
    let told = saves.iter().filter(|save| was_warned(save) && save.what != "as it was").count();
    println!(
        "{} mistakes: {} turned down, {} published ({told} with a warning, {} of them broke a caller), {} without effect; {asked} requests, {} wrong after a warning, {} without one",
        saves.len() / 2,
        count("rejected"),
        count("applied"),
        broke.len(),
        count("unchanged"),
        wrong.len() - silent.len(),
        silent.len()
    );
    if std::env::var_os("LIVE_LIST").is_some() {
        broke.iter().for_each(|(what, answer)| println!("  {what}\n    {answer}"));
    }
    silent.sort();
    silent.dedup();
    assert!(silent.is_empty(), "{} wrong answers without a warning:\n{}", silent.len(), silent.join("\n"));
    assert!(saves.len() > 20 && asked > 200, "{} saves, {asked} requests", saves.len());
}
