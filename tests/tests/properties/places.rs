//! A value stays where the author put it: whatever a caller gives, the request that leaves has the author's host, path structure,
//! parameters, headers and JSON structure, with the value in its place, or no request leaves at all.

use capstan_tests::{
    capstan::{Capstan, Run},
    mcp::Client,
    upstream::{Seen, Upstream},
    wire::values,
};
use proptest::{
    prelude::*,
    test_runner::{Config, TestCaseError, TestRunner},
};
use serde_json::{Value, json};

const CAPABILITY: &str = r"
naftiko: 1.0.0-alpha2
info:
  label: Places
  description: Every place a value can have.
binds:
- namespace: env
  keys:
    PLACES_KEY: PLACES_KEY
capability:
  consumes:
  - type: http
    namespace: places
    baseUri: https://places.example/v1
    authentication:
      type: apikey
      key: X-Key
      value: '{{PLACES_KEY}}'
      placement: header
    resources:
    - name: all
      path: /books/{a}/x-{b}.json
      operations:
      - name: json
        method: POST
        inputParameters:
        - name: a
          in: path
          type: string
          required: true
        - name: b
          in: path
          type: string
          required: true
        - name: q
          in: query
          type: string
          required: false
        - name: tag
          in: query
          type: array
          required: false
        - name: fixed
          in: query
          value: one
        - name: X-Note
          in: header
          type: string
          required: false
        - name: sid
          in: cookie
          type: string
          required: false
        body:
          type: json
          data:
            alone: '{{tools.c}}'
            text: 'by {{tools.c}} and {{tools.d}}'
            deep:
              list: ['{{tools.d}}', fixed]
    - name: form
      path: /form
      operations:
      - name: form
        method: POST
        body:
          type: form
          data:
            c: '{{tools.c}}'
            d: 'x{{tools.d}}'
  - type: http
    namespace: team
    baseUri: https://{team}.places.example
    authentication:
      type: bearer
      token: '{{PLACES_KEY}}'
    resources:
    - name: team
      path: /team
      operations:
      - name: get
        method: GET
  exposes:
  - type: mcp
    namespace: places-mcp
    port: 9090
    description: Every place a value can have.
    tools:
    - name: json
      description: All places.
      call: places.json
    - name: form
      description: A form.
      call: places.form
    - name: team
      description: A label of the host.
      call: team.get
      with:
        team: tools.team
";

/// One server for all cases of a property.
struct World {
    upstream: Upstream,
    capstan: Capstan,
    _folder: tempfile::TempDir,
}

impl World {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("places.yaml"), CAPABILITY).unwrap();
        let upstream = Upstream::start();
        let to = format!("*={}", upstream.url());
        let run = Run::new(&["places.yaml", "--listen", "9090=127.0.0.1:0", "--upstream", &to, "--log-level", "off"]);
        let capstan = run.env("PLACES_KEY", "k-0123456789").serve(folder.path()).expect("it serves");
        Self { upstream, capstan, _folder: folder }
    }

    /// Calls a tool; what reached the upstream, or nothing when the call was refused.
    fn call(&self, tool: &str, arguments: &Value) -> Option<Seen> {
        let client = Client::modern(self.capstan.address("mcp", None).unwrap(), "/mcp");
        let answer = client.tool(tool, arguments.clone()).expect("an answer");
        let mut seen = self.upstream.take();
        assert!(seen.len() <= 1, "{} requests", seen.len());
        let refused = answer.message["result"]["isError"] == true || answer.message.get("error").is_some();
        assert_eq!(refused, seen.is_empty(), "{arguments}: {}", answer.http.text());
        seen.pop()
    }
}

/// Text with everything in it that means something somewhere.
fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => "[a-z]{1,3}",
        2 => ".{1,2}",
        3 => proptest::sample::select(&[
            "/", "\\", "..", "../", "%2e%2e", "%2F", "%", "?", "#", "&", "=", ";", "+", " ", "\r\n", "\n", "\0", "\t", "\"", "'", "{", "}",
            "{{c}}", "{{tools.d}}", "{{PLACES_KEY}}", "<<d>>", "${PLACES_KEY}", "{a}", "\\\"", "\\u0000", "@", ":", "//", "http://evil.example/", "é", "\u{202e}", "😀", "$.", "null", "[]",
        ][..]).prop_map(str::to_owned),
    ];
    proptest::collection::vec(piece, 1..6).prop_map(|pieces| pieces.concat())
}

/// Text for a segment of a path: more than dots and white space, which may be refused or not (see the spec `security/path-dots`).
fn segment() -> impl Strategy<Value = String> {
    text().prop_filter("dots alone", |text| !text.chars().all(|c| c == '.' || c.is_whitespace()))
}

fn decode(text: &str, plus: bool) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((first, more)) = rest.split_first() {
        rest = more;
        match first {
            b'%' => {
                let hex = std::str::from_utf8(&more[..2]).expect("two digits");
                bytes.push(u8::from_str_radix(hex, 16).expect("two digits"));
                rest = &more[2..];
            }
            b'+' if plus => bytes.push(b' '),
            other => bytes.push(*other),
        }
    }
    String::from_utf8(bytes).expect("UTF-8")
}

fn pairs(query: &str) -> Vec<(String, String)> {
    let pair = |pair: &str| pair.split_once('=').map(|(name, value)| (decode(name, true), decode(value, true)));
    query.split('&').map(|text| pair(text).expect("a pair")).collect()
}

fn names(seen: &Seen) -> Vec<String> {
    let mut names: Vec<_> = seen.headers.iter().map(|(name, _)| name.to_ascii_lowercase()).collect();
    names.sort();
    names
}

/// Tries a property on many values.
fn holds<S: Strategy>(values: &S, property: impl Fn(S::Value) -> Result<(), TestCaseError>) {
    let usual = Config { failure_persistence: None, max_shrink_iters: 400, ..Config::default() };
    let mut runner = TestRunner::new(Config { cases: super::cases(300), ..usual });
    if let Err(why) = runner.run(values, property) {
        panic!("{why}");
    }
}

#[test]
fn a_value_stays_in_its_place() {
    let world = World::new();
    let plain = json!({"a": "a", "b": "b", "q": "q", "tag": ["t"], "c": "c", "d": "d", "X-Note": "n", "sid": "s"});
    let plain = names(&world.call("json", &plain).expect("it is sent"));
    let tags = proptest::collection::vec(text(), 1..3);
    holds(&(segment(), text(), text(), tags, text(), text(), text(), text()), |(a, b, q, tags, c, d, note, sid)| {
        let arguments = json!({"a": a, "b": b, "q": q, "tag": tags, "c": c, "d": d, "X-Note": note, "sid": sid});
        let Some(seen) = world.call("json", &arguments) else {
            // Only a header's value may be beyond saying, and dots in a path may lead elsewhere (see the spec `security/path-traversal`).
            let dots = [&a, &b]
                .iter()
                .any(|text| text.contains(['.', '．', '․', '‥', '。']) || text.to_lowercase().contains("%2e"));
            prop_assert!(dots || note.chars().chain(sid.chars()).any(char::is_control), "refused: {arguments}");
            return Ok(());
        };
        prop_assert_eq!(&*seen.method, "POST");
        prop_assert_eq!(values(&seen.headers, "host"), ["places.example"]);
        prop_assert_eq!(values(&seen.headers, "x-key"), ["k-0123456789"]);
        let (path, query) = seen.target.split_once('?').expect("a query");
        let segments: Vec<&str> = path.split('/').collect();
        prop_assert_eq!(segments.len(), 5, "{}", path);
        prop_assert_eq!(&segments[..3], &["", "v1", "books"]);
        let is_dots =
            |text: &str| text.split(['/', '\\']).any(|part| matches!(part.split(';').next(), Some("." | "..")));
        prop_assert!(!is_dots(&a) && !a.contains("%2e%2e/"), "{} leads elsewhere", path);
        prop_assert_eq!(decode(segments[3], false), a);
        prop_assert_eq!(decode(segments[4], false), format!("x-{b}.json"));
        let mut expected = vec![("q".to_owned(), q)];
        expected.extend(tags.into_iter().map(|tag| ("tag".to_owned(), tag)));
        expected.push(("fixed".to_owned(), "one".to_owned()));
        prop_assert_eq!(pairs(query), expected);
        prop_assert_eq!(&names(&seen), &plain);
        let cookie = values(&seen.headers, "cookie");
        prop_assert!(cookie.len() == 1 && cookie[0].starts_with("sid=") && !cookie[0].contains(';'), "{:?}", cookie);
        let body: Value = serde_json::from_slice(&seen.body).expect("JSON");
        prop_assert_eq!(body, json!({"alone": c, "text": format!("by {c} and {d}"), "deep": {"list": [d, "fixed"]}}));
        Ok(())
    });
}

#[test]
fn a_value_is_one_form_field() {
    let world = World::new();
    holds(&(text(), text()), |(c, d)| {
        let seen = world.call("form", &json!({"c": c, "d": d})).expect("it is sent");
        let body = String::from_utf8(seen.body).expect("text");
        prop_assert_eq!(pairs(&body), [("c".to_owned(), c), ("d".to_owned(), format!("x{d}"))]);
        Ok(())
    });
}

#[test]
fn a_host_has_one_label_of_the_caller() {
    let world = World::new();
    holds(&prop_oneof![text(), "[a-zA-Z0-9-]{1,5}", "[a-z]{60,70}"], |team| {
        let Some(seen) = world.call("team", &json!({"team": team})) else { return Ok(()) };
        let host = values(&seen.headers, "host");
        let label = host[0].strip_suffix(".places.example").expect("the author's domain");
        prop_assert!(label.eq_ignore_ascii_case(&team), "{} for {}", host[0], team);
        let plain = label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
        prop_assert!(plain && !label.is_empty() && label.len() < 64, "{}", label);
        prop_assert_eq!(&*seen.target, "/team");
        Ok(())
    });
}
