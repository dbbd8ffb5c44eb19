//! Writes tests from what a sandbox or the real APIs do: exchanges and answers into tests that say neither, and for a capability without tests a
//! file that calls each of its units with examples.

use std::path::{Path, PathBuf};

use capstan_language::{render::yaml, test_file::is_test_file};
use capstan_server::inprocess::Document;
use http::header;
use serde_json::{Map, Value, json};

use super::{
    all,
    edits::{Edits, save},
    examples,
    live::Live,
    outcome::Outcome,
    recorder::Recorded,
    script::{pairs, telling},
    suite::{self, Suite},
};
use crate::{
    args::testing::Test,
    exit::Exit,
    print::{complain, say},
    sandbox_files,
};

/// Records into every file that is named.
pub(super) fn run(args: &Test) -> Exit {
    let live = match args.live.then(Live::read).transpose() {
        Ok(live) => live,
        Err(why) => {
            complain(why);
            return Exit::Configuration;
        }
    };
    let mut exit = Exit::Ok;
    for path in &args.paths {
        let recorded = if is_test_file(path) { Ok(path.clone()) } else { begun(path, args.live) };
        let done = recorded.and_then(|path| record(&path, args.filter.as_deref(), live.as_ref()));
        if let Err(why) = done {
            complain(why);
            exit = Exit::Configuration;
        }
    }
    exit
}

/// A new test file for a capability, which calls each unit.
#[allow(clippy::disallowed_methods, reason = "what is there is not overwritten")]
fn begun(path: &Path, live: bool) -> Result<PathBuf, String> {
    let document = Document::read(path).map_err(|why| why.0)?;
    let to = path.with_extension("test.yaml");
    if to.exists() {
        return Err(format!("{} exists: name it to record into it", to.display()));
    }
    if !live && sandbox_files::beside(document.folder()).is_empty() {
        return Err(format!(
            "there is no sandbox file (*.sandbox.yaml) beside {} to record from; --live records from the real APIs",
            path.display()
        ));
    }
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let mut head = json!({"capability": format!("./{name}")});
    if let Some(members) = head.as_object_mut().filter(|_| !live) {
        members.insert("sandbox".to_owned(), true.into());
    }
    let tests = Value::from(examples::calls(&document.plan));
    save(&to, &format!("{}tests:\n{}", yaml(&head, 0), yaml(&tests, 0)))?;
    Ok(to)
}

/// Writes what happens upstream into the tests of a file that do not say it.
fn record(path: &Path, filter: Option<&str>, live: Option<&Live>) -> Result<(), String> {
    let suites = suite::load(&[path.to_owned()]);
    let Some(suite) = suites.first().filter(|suite| suite.ready.is_some()) else {
        return Err(suites.iter().flat_map(|suite| suite.complaints.clone()).collect::<Vec<_>>().join("\n\n"));
    };
    let outcomes = all::every(&suites, filter, live).into_iter().flatten().collect::<Vec<_>>();
    let mut edits = Edits::default();
    let mut written = 0;
    let used = match (live, &suite.ready) {
        (Some(live), Some(ready)) => live.values(&ready.document),
        _ => Vec::new(),
    };
    let proving = match live {
        Some(_) => used.iter().map(|(name, value, _)| (name.clone(), value.clone())).collect(),
        None => values(suite),
    };
    let clean = |value: Value| live.map_or_else(|| value.clone(), |live| live.cleaned(&value, &used));
    for outcome in &outcomes {
        written += usize::from(one(suite, outcome, &proving, &clean, &mut edits));
    }
    let secrets: Vec<(String, String)> = match live {
        Some(_) => used.iter().map(|(name, _, stand_in)| (name.clone(), stand_in.clone())).collect(),
        None => proving,
    };
    if written == 0 {
        say(format_args!("{}: every test says what happens upstream; nothing to record", path.display()));
        return Ok(());
    }
    let text = suite.sources.iter().next().map(|(_, file)| file.text.to_string()).unwrap_or_default();
    let mut text = edits.applied(&text);
    if !text.contains("\nvalues:") && !secrets.is_empty() {
        let members: Map<String, Value> =
            secrets.iter().map(|(name, value)| (name.clone(), value.as_str().into())).collect();
        let block = yaml(&json!({"values": members}), 0);
        text = text.replacen("\ntests:", &format!("\n{block}tests:"), 1);
    }
    save(path, &text)?;
    say(format_args!("{}: {written} recorded; read them, then run `capstan test {}`", path.display(), path.display()));
    Ok(())
}

/// Adds what is missing to one test. Says whether anything was.
fn one(
    suite: &Suite,
    outcome: &Outcome,
    secrets: &[(String, String)],
    clean: &dyn Fn(Value) -> Value,
    edits: &mut Edits,
) -> bool {
    let Some(case) = suite.cases().get(outcome.nth) else { return false };
    if case.skip.is_some() || case.upstream.is_some() {
        return false;
    }
    let exchanges: Vec<Value> = outcome.recorded.iter().map(|recorded| exchange(recorded, secrets)).collect();
    edits.append(suite, case.span, "upstream", &clean(Value::from(exchanges)));
    if case.expect.is_none() && !outcome.answer.is_null() {
        edits.append(suite, case.span, "expect", &clean(outcome.answer.clone()));
    }
    true
}

/// The values of the sandboxes: they are no secrets, and what was recorded needs them.
fn values(suite: &Suite) -> Vec<(String, String)> {
    let sandboxes = suite.ready.iter().flat_map(|ready| ready.all_sandboxes());
    let values = sandboxes.filter_map(|document| document.plan.sandbox.as_ref()).flat_map(|sandbox| &sandbox.values);
    values.map(|(name, value)| (name.to_string(), value.to_string())).collect()
}

/// An exchange as a test lists it.
fn exchange(recorded: &Recorded, secrets: &[(String, String)]) -> Value {
    let (request, response) = (&recorded.request, &recorded.response);
    let whole = request.uri().to_string();
    let (bare, query) = whole.split_once('?').unwrap_or((&whole, ""));
    let mut expected = json!({"method": request.method().as_str(), "url": bare});
    let mut put =
        |name: &str, value: Value| drop(expected.as_object_mut().map(|members| members.insert(name.to_owned(), value)));
    if !query.is_empty() {
        put("query", pairs(query));
    }
    let proves = |value: &str| secrets.iter().any(|(_, secret)| value.contains(secret.as_str()));
    let headers = telling(request.headers()).filter_map(|(name, value)| Some((name.to_string(), value.to_str().ok()?)));
    let headers: Map<String, Value> =
        headers.filter(|(_, value)| proves(value)).map(|(name, value)| (name, value.into())).collect();
    if !headers.is_empty() {
        put("headers", headers.into());
    }
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    match (serde_json::from_slice::<Value>(request.body()), std::str::from_utf8(request.body())) {
        _ if request.body().is_empty() => {}
        (Ok(json), _) => put("json", json),
        (_, Ok(form)) if kind.starts_with("application/x-www-form-urlencoded") => put("form", pairs(form)),
        (_, Ok(text)) if !kind.starts_with("multipart/") => put("body", text.into()),
        _ => {}
    }
    let mut reply = json!({"status": response.status().as_u16()});
    if let Some(members) = reply.as_object_mut() {
        let json = serde_json::from_slice::<Value>(response.body()).ok();
        let plain = json.is_some() && is_json(response.headers());
        let headers = response.headers().iter().filter(|(name, _)| {
            *name != header::CONTENT_LENGTH
                && !name.as_str().starts_with("x-request-id")
                && !(plain && *name == header::CONTENT_TYPE)
        });
        let headers: Map<String, Value> =
            headers.filter_map(|(name, value)| Some((name.to_string(), value.to_str().ok()?.into()))).collect();
        if !headers.is_empty() {
            members.insert("headers".to_owned(), headers.into());
        }
        match (json.filter(|_| plain), std::str::from_utf8(response.body())) {
            _ if response.body().is_empty() => {}
            (Some(json), _) => drop(members.insert("json".to_owned(), json)),
            (None, Ok(text)) => drop(members.insert("body".to_owned(), text.into())),
            (None, Err(_)) => {
                drop(members.insert("body".to_owned(), format!("({} bytes, not kept)", response.body().len()).into()))
            }
        }
    }
    json!({"request": expected, "response": reply})
}

fn is_json(headers: &http::HeaderMap) -> bool {
    headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"application/json"))
}
