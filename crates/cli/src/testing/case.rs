//! Runs one test on a runtime of its own, whose clock stands still unless somebody waits, and which cannot open a connection.

use std::{sync::Arc, time::Instant};

use bytes::Bytes;
use capstan_engine::{Host, Overrides, Shared, Transport};
use capstan_language::test_file::{Action, Case, Header};
use capstan_server::{
    bundle::environment::{Environment, Variables},
    inprocess::{Access, Answered, Running, Sandboxes, Setting, ToolCall},
};
use http::{HeaderMap, HeaderName, HeaderValue, Request, header};
use serde_json::Value;

use super::{
    answer::Answer,
    clock::VirtualHost,
    compare::Compare,
    live::Live,
    outcome::{Outcome, Verdict},
    recorder::Recorder,
    script::Script,
    suite::{Ready, Suite},
};

/// Runs the test at a position of a file.
pub(super) fn run(suite: &Suite, nth: usize, live: Option<&Live>) -> Option<Outcome> {
    let ready = suite.ready.as_ref()?;
    let case = ready.file.tests.get(nth)?;
    let started = Instant::now();
    let mut outcome = Outcome {
        nth,
        verdict: Verdict::Skipped,
        differences: Vec::new(),
        notes: Vec::new(),
        unit: None,
        unlisted: false,
        is_error: false,
        answer: Value::Null,
        recorded: Vec::new(),
        elapsed: std::time::Duration::ZERO,
    };
    if case.skip.is_some() {
        return Some(outcome);
    }
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    match live.filter(|_| case.upstream.is_none()) {
        Some(_) => runtime.enable_all(),
        None => runtime.enable_time().start_paused(true),
    };
    match runtime.build() {
        Ok(runtime) => runtime.block_on(judged(suite, ready, case, live, &mut outcome)),
        Err(error) => outcome.notes.push(format!("no runtime: {error}")),
    }
    let fine = outcome.differences.is_empty() && outcome.notes.is_empty();
    outcome.verdict = if fine { Verdict::Passed } else { Verdict::Failed };
    outcome.elapsed = started.elapsed();
    Some(outcome)
}

/// Calls, and compares.
async fn judged(suite: &Suite, ready: &Ready, case: &Case, live: Option<&Live>, outcome: &mut Outcome) {
    // A test that says what happens upstream asks nobody.
    let live = live.filter(|_| case.upstream.is_none());
    let host = live.map_or_else(|| -> Arc<dyn Host> { Arc::new(VirtualHost::new(ready.file.now)) }, |_| Live::host());
    let upstream = match live {
        Some(_) => Upstream::live(),
        None => Upstream::of(suite, ready, case, &host),
    };
    let mut values = upstream.values.clone();
    values.extend(ready.file.values.iter().cloned());
    values.extend(case.values.iter().cloned());
    let environment = live.map_or_else(|| Arc::new(Environment::only(values)), |live| live.environment.clone());
    let document = &ready.document;
    let variables = environment.snapshot(&document.id, document.folder());
    let overrides = Overrides { base_env: Some(Arc::new(variables)), ..Overrides::default() };
    let values = environment.of(&document.id, document.folder());
    let secrets = live.map(|live| live.secrets.clone()).unwrap_or_default();
    let engine = Shared::over(host, upstream.transport(), secrets);
    let setting = Setting { values: &values, overrides: &overrides, engine, access: Access::Checked };
    let running = Running::start(document, setting);
    let answered = match asked(case) {
        Ok(asked) => called(&running, case, asked).await,
        Err(why) => {
            outcome.notes.push(why);
            return;
        }
    };
    let Some(answered) = answered else {
        outcome.notes.push(match &case.on {
            Some(namespace) => format!("no exposure is called `{namespace}`, or it is of another kind"),
            None => "the capability has no exposure of this kind".to_owned(),
        });
        return;
    };
    let answer = Answer::of(&answered, matches!(case.action, Action::Tool { .. }));
    let mut compare = Compare::new(case.exact);
    answer.compare(case.expect.as_ref(), case.span, &mut compare);
    let expected = compare.differences.is_empty();
    upstream.finish(&mut compare, &mut outcome.notes);
    outcome.unlisted = !outcome.notes.is_empty();
    outcome.differences.extend(compare.differences);
    outcome.unit = answered.unit.clone();
    outcome.is_error = answer.is_error;
    outcome.answer = answer.expectation();
    if !expected || !outcome.notes.is_empty() {
        outcome.notes.push(answer.told());
    }
    outcome.recorded = upstream.recorder.as_ref().map(|recorder| recorder.take()).unwrap_or_default();
}

/// What is sent: a request, or the call of a tool.
enum Sent {
    Http(Request<Bytes>),
    Tool(ToolCall),
}

fn asked(case: &Case) -> Result<Sent, String> {
    let headers = headers(&case.headers)?;
    match &case.action {
        Action::Tool { name, arguments } => {
            Ok(Sent::Tool(ToolCall { name: name.value.clone(), arguments: arguments.clone(), headers }))
        }
        Action::Http { method, target, body, .. } => {
            let bytes = body.as_ref().map(|body| match body.as_str() {
                Some(text) => Bytes::from(text.to_owned()),
                None => Bytes::from(body.to_json().to_string()),
            });
            let request = Request::builder().method(method.as_str()).uri(target.as_str());
            let request = request.body(bytes.unwrap_or_default());
            let mut request = request.map_err(|error| format!("`{method} {target}` makes no request: {error}"))?;
            if body.as_ref().is_some_and(|body| body.as_str().is_none()) {
                request.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
            }
            request.headers_mut().extend(headers);
            Ok(Sent::Http(request))
        }
    }
}

async fn called(running: &Running, case: &Case, sent: Sent) -> Option<Answered> {
    match sent {
        Sent::Http(request) => running.http(case.on.as_deref(), request).await,
        Sent::Tool(call) => running.tool(case.on.as_deref(), &call).await,
    }
}

fn headers(given: &[Header]) -> Result<HeaderMap, String> {
    let mut headers = HeaderMap::new();
    for header in given {
        let text = header.value.scalar_text().unwrap_or_default();
        let name = HeaderName::try_from(header.name.value.as_str());
        let (Ok(name), Ok(value)) = (name, HeaderValue::from_str(text)) else {
            return Err(format!("`{}: {text}` is no header", header.name.value));
        };
        headers.insert(name, value);
    }
    Ok(headers)
}

/// What answers in place of the network.
struct Upstream {
    script: Option<Arc<Script>>,
    recorder: Option<Arc<Recorder>>,
    /// The values of a sandbox.
    values: Variables,
    /// Whether the test says what happens upstream.
    told: bool,
}

impl Upstream {
    /// The real ones.
    fn live() -> Self {
        Self { script: None, recorder: Some(Arc::new(Live::recorder())), values: Variables::new(), told: true }
    }

    fn of(suite: &Suite, ready: &Ready, case: &Case, host: &Arc<dyn Host>) -> Self {
        let sandboxes = ready.sandboxes(case);
        if case.upstream.is_none() && !sandboxes.is_empty() {
            let sandboxes = Arc::new(Sandboxes::start(sandboxes, host));
            let values = sandboxes.values().clone();
            return Self { script: None, recorder: Some(Arc::new(Recorder::new(sandboxes))), values, told: true };
        }
        let exchanges = case.upstream.clone().unwrap_or_default();
        let script = Script::new(exchanges, case.any_order, case.exact, suite.folder().to_owned());
        Self { script: Some(Arc::new(script)), recorder: None, values: Variables::new(), told: case.upstream.is_some() }
    }

    fn transport(&self) -> Arc<dyn Transport> {
        match (&self.script, &self.recorder) {
            (Some(script), _) => script.clone(),
            (None, Some(recorder)) => recorder.clone(),
            (None, None) => Arc::new(Sandboxes::default()),
        }
    }

    /// What the upstream saw that it should not, or did not see.
    fn finish(&self, compare: &mut Compare, notes: &mut Vec<String>) {
        let Some(script) = &self.script else { return };
        let progress = script.finish();
        compare.differences.extend(progress.differences);
        for request in progress.unlisted {
            let why = match self.told {
                true => "is not listed under `upstream`",
                false => "is sent, and the test has neither `upstream` nor `sandbox`",
            };
            notes.push(format!("{request} {why}"));
        }
    }
}
