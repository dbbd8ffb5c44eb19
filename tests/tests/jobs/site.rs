//! An upstream that draws pictures and takes its time, and a capability that makes one operation and one tool of it.

use std::{
    fs,
    net::SocketAddr,
    path::PathBuf,
    time::{Duration, Instant},
};

use capstan_tests::{
    capstan::{Capstan, Run},
    client::Request,
    mcp::Client,
    upstream::{Reply, Upstream},
    wire::Message,
};
use serde_json::{Value, json};
use tempfile::TempDir;

/// How long something may take on a machine that does other things too.
const PATIENCE: Duration = Duration::from_secs(20);

/// The first bytes of a picture, and as many more as it takes to be large.
pub(crate) const PICTURE: &[u8] = b"\x89PNG\r\n\x1a\nnot much of a picture, but all of it";

/// A key for handles.
pub(crate) const KEY: &str = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=";

pub(crate) const DOCUMENT: &str = "\
naftiko: 1.0.0-alpha2
info: {label: Pictures, description: Draws pictures.}
capability:
  consumes:
  - type: http
    namespace: art
    baseUri: UPSTREAM
    resources:
    - name: images
      path: /images
      operations:
      - name: draw
        method: POST
        body: {type: json, data: {prompt: '{{prompt}}'}}
        job:
          handle: {id: $.id, url: $.polling_url}
          poll:
            url: '{{handle.url}}'
            status: $.status
            pending: [Pending]
            success: [Ready]
            failure:
              Moderated: {status: 422, title: The request was moderated}
          every: {first: 20ms, interval: 20ms, max: 40ms}
          timeout: 5m
          progress: {value: $.progress, message: $.status}
          result: {url: $.sample, as: binary}
          cancel: {call: art.stop, with: {id: '{{handle.id}}'}}
    - name: image
      path: /images/{{id}}
      operations:
      - {name: stop, method: DELETE}
  exposes:
  - type: rest
    namespace: pictures
    port: 8080
    resources:
    - path: /images
      operations:
      - {name: draw, method: POST, call: art.draw, async: {wait: 10s}, inputParameters: [{name: prompt, in: body, type: string}]}
    - path: /others
      operations:
      - {name: draw-other, method: POST, call: art.draw, inputParameters: [{name: prompt, in: body, type: string}]}
  - type: mcp
    namespace: tools
    port: 9090
    tools:
    - {name: draw, description: Draws., call: art.draw, async: {budget: 200ms}, inputParameters: [{name: prompt, type: string}]}
    - {name: draw-large, description: Draws., call: art.draw, async: {inline-image: 16}, inputParameters: [{name: prompt, type: string}]}
";

pub(crate) struct Site {
    pub(crate) capstan: Capstan,
    pub(crate) upstream: Upstream,
    pub(crate) folder: TempDir,
    env: Vec<(String, String)>,
}

impl Site {
    /// Serves the document.
    pub(crate) fn start() -> Self {
        Self::of(DOCUMENT, &[])
    }

    /// Serves a document with these variables.
    pub(crate) fn of(document: &str, env: &[(&str, &str)]) -> Self {
        let (upstream, folder) = (Upstream::start(), tempfile::tempdir().unwrap());
        fs::write(folder.path().join("pictures.yaml"), document.replace("UPSTREAM", &format!("'{}'", upstream.url())))
            .unwrap();
        let env: Vec<(String, String)> = env.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        let capstan = serve(&folder, &env);
        let site = Self { capstan, upstream, folder, env };
        site.accepts("7");
        site.is_at("7", json!({"status": "Pending"}));
        site
    }

    /// The process ends at once, and another one takes its place.
    pub(crate) fn restart(&mut self, env: &[(&str, &str)]) {
        for (name, value) in env {
            self.env.retain(|(known, _)| known != name);
            self.env.push(((*name).into(), (*value).into()));
        }
        self.capstan = serve(&self.folder, &self.env);
    }

    /// The upstream takes work from now on and calls it so.
    pub(crate) fn accepts(&self, id: &str) {
        let answer = json!({"id": id, "polling_url": format!("{}/poll/{id}", self.upstream.url())});
        self.upstream.answer_at("POST", "/images", Reply::json(200, &answer.to_string()));
    }

    /// The upstream says this of its work from now on.
    pub(crate) fn is_at(&self, id: &str, answer: Value) {
        self.upstream.answer_at("GET", &format!("/poll/{id}"), Reply::json(200, &answer.to_string()));
    }

    /// The upstream is done.
    pub(crate) fn is_ready(&self, id: &str) {
        let headers = vec![("Content-Type".to_owned(), "image/png".to_owned())];
        let picture = Reply { status: 200, headers, body: PICTURE.into(), ..Reply::default() };
        self.upstream.answer_at("GET", &format!("/sample/{id}.png"), picture);
        let sample = format!("{}/sample/{id}.png", self.upstream.url());
        self.is_at(id, json!({"status": "Ready", "sample": sample}));
    }

    /// How often work was given to the upstream since it was asked last.
    pub(crate) fn submits(&self) -> usize {
        self.upstream.take().iter().filter(|seen| seen.method == "POST").count()
    }

    pub(crate) fn rest(&self) -> SocketAddr {
        self.capstan.address("rest", Some(8080)).unwrap()
    }

    pub(crate) fn mcp(&self) -> Client {
        Client::modern(self.capstan.address("mcp", Some(9090)).unwrap(), "/mcp")
    }

    pub(crate) fn document(&self) -> PathBuf {
        self.folder.path().join("pictures.yaml")
    }

    /// Asks for a picture.
    pub(crate) fn draw(&self, headers: &[(&str, &str)]) -> Message {
        let request = Request::new("POST", "/images").json(r#"{"prompt": "a fox"}"#);
        headers.iter().fold(request, |request, (name, value)| request.with(name, value)).send(self.rest()).unwrap()
    }

    /// Asks for a picture and does not wait: where its job is.
    pub(crate) fn begin(&self) -> String {
        let answer = self.draw(&[("Prefer", "respond-async")]);
        assert_eq!(answer.status(), 202, "{}\n{}", answer.text(), self.capstan.log());
        answer.header("location").unwrap().to_owned()
    }

    pub(crate) fn get(&self, path: &str, headers: &[(&str, &str)]) -> Message {
        self.send("GET", path, headers)
    }

    pub(crate) fn send(&self, method: &str, path: &str, headers: &[(&str, &str)]) -> Message {
        let request = Request::new(method, path);
        headers.iter().fold(request, |request, (name, value)| request.with(name, value)).send(self.rest()).unwrap()
    }
}

fn serve(folder: &TempDir, env: &[(String, String)]) -> Capstan {
    let args = ["pictures.yaml", "--listen", "8080=127.0.0.1:0", "--listen", "9090=127.0.0.1:0"];
    let run = env.iter().fold(Run::new(&args), |run, (name, value)| run.env(name, value));
    run.serve(folder.path()).unwrap_or_else(|ended| panic!("{}", ended.log))
}

/// Waits until something holds.
pub(crate) fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(start.elapsed() < PATIENCE, "never: {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// The JSON of an answer.
pub(crate) fn json(answer: &Message) -> Value {
    serde_json::from_slice(&answer.body).unwrap_or_else(|_| panic!("{} {}", answer.start, answer.text()))
}
