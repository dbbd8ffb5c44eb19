//! What was answered, as a person wants to see it: the body on standard output; of what went wrong the reason and the line of the
//! document on standard error.

use std::path::Path;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use capstan_engine::door;
use capstan_server::inprocess::{Answered, Document};
use http::{HeaderMap, header};
use serde_json::Value;

use super::output::{print, save};
use crate::{
    exit::Exit,
    print::{complain, say},
};

/// The most bytes of a document a line is shown of.
const LARGEST: u64 = 8 << 20;

/// Prints the answer of a route.
pub(super) fn http(answered: &Answered, document: &Document, output: Option<&Path>) -> Exit {
    let (status, body) = (answered.response.status(), answered.response.body());
    let media_type = media_type(answered.response.headers());
    say(format_args!("{status} {media_type}, {} bytes", body.len()));
    if let Some(why) = &answered.cut {
        complain(format_args!("the answer breaks off: {why}"));
    }
    if media_type == "application/problem+json"
        && let Ok(problem) = serde_json::from_slice::<Value>(body)
    {
        explain(&problem, document);
    }
    let printed = match output {
        Some(path) if status.is_success() => save(path, body, media_type),
        _ => shown(body, media_type),
    };
    let failed = !status.is_success() && !status.is_redirection() || answered.cut.is_some();
    if printed == Exit::Ok && failed { Exit::Findings } else { printed }
}

/// Prints the result of a tool.
pub(super) fn tool(answered: &Answered, document: &Document, output: Option<&Path>) -> Exit {
    let body = answered.response.body();
    let Ok(message) = serde_json::from_slice::<Value>(body) else { return http(answered, document, output) };
    let Some(result) = message.get("result") else {
        let error = message.pointer("/error/message").and_then(Value::as_str).unwrap_or("no result");
        complain(error);
        return Exit::Findings;
    };
    let failed = result.get("isError").and_then(Value::as_bool).unwrap_or(false);
    let content = result.get("content").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let saved = output.and_then(|path| first_binary(content).map(|(bytes, kind)| save(path, &bytes, &kind)));
    if let Some(exit) = saved {
        return exit;
    }
    let text = match result.get("structuredContent").filter(|_| !failed) {
        Some(value) => format!("{value:#}"),
        None => {
            let texts: Vec<String> = content.iter().map(part).collect();
            texts.join("\n")
        }
    };
    if failed {
        complain(&text);
        for line in places(&text, document) {
            say(line);
        }
        return Exit::Findings;
    }
    match output {
        Some(path) => save(path, text.as_bytes(), "text"),
        None => print(text.as_bytes()),
    }
}

/// The body of an answer: JSON set out, text as it is, and of anything else only how much there is.
fn shown(body: &Bytes, media_type: &str) -> Exit {
    if body.is_empty() {
        return Exit::Ok;
    }
    let json = media_type.ends_with("json").then(|| serde_json::from_slice::<Value>(body).ok()).flatten();
    match (json, std::str::from_utf8(body)) {
        (Some(value), _) => print(format!("{value:#}").as_bytes()),
        (None, Ok(text)) if !text.contains('\0') => print(text.as_bytes()),
        _ => {
            say(format_args!("{} bytes of {media_type} are not shown: save them with -o FILE", body.len()));
            Exit::Ok
        }
    }
}

/// The first image, sound or binary resource of a result.
fn first_binary(content: &[Value]) -> Option<(Vec<u8>, String)> {
    content.iter().find_map(|part| {
        let resource = part.get("resource").unwrap_or(part);
        let data = resource.get("data").or_else(|| resource.get("blob"))?.as_str()?;
        let kind = resource.get("mimeType").and_then(Value::as_str).unwrap_or("application/octet-stream");
        Some((STANDARD.decode(data).ok()?, kind.to_owned()))
    })
}

/// One part of a result as text.
fn part(part: &Value) -> String {
    if let Some(text) = part.get("text").and_then(Value::as_str) {
        return text.to_owned();
    }
    match first_binary(std::slice::from_ref(part)) {
        Some((bytes, kind)) => format!("({} bytes of {kind}: save them with -o FILE)", bytes.len()),
        None => part.to_string(),
    }
}

/// What went wrong and where in the document.
fn explain(problem: &Value, document: &Document) {
    let text = |name: &str| problem.get(name).and_then(Value::as_str).unwrap_or_default();
    let detail = if text("detail").is_empty() { text("title") } else { text("detail") };
    complain(format_args!("{detail} [{}]", text("code")));
    for wrong in problem.get("violations").and_then(Value::as_array).into_iter().flatten() {
        let text = |name: &str| wrong.get(name).and_then(Value::as_str).unwrap_or_default();
        say(format_args!("  {}: {}", text("name"), text("message")));
    }
    let line = problem.get("line").and_then(Value::as_u64).and_then(|line| usize::try_from(line).ok());
    if let Some(line) = line {
        for line in excerpt(text("file"), line, document) {
            say(line);
        }
    }
}

/// Every `FILE:LINE` a text names of the document, with the line.
fn places(text: &str, document: &Document) -> Vec<String> {
    let words = text.split(|c: char| c.is_whitespace() || matches!(c, '(' | ')' | ',' | '`'));
    let place = |word: &str| {
        let (file, rest) = word.rsplit_once(".yaml:").map(|(file, rest)| (format!("{file}.yaml"), rest))?;
        let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
        Some((file, digits.parse().ok()?))
    };
    words.filter_map(place).take(1).flat_map(|(file, line)| excerpt(&file, line, document)).collect()
}

/// A line of a document as diagnostics show it.
fn excerpt(file: &str, line: usize, document: &Document) -> Vec<String> {
    let named = Path::new(file);
    let beside = document.folder().join(named);
    let path = if named.file_name() == document.path.file_name() { document.path.as_path() } else { beside.as_path() };
    let text = door::read_text(path, LARGEST).or_else(|_| door::read_text(named, LARGEST)).unwrap_or_default();
    let mut out = vec![format!("  --> {}:{line}", path.display())];
    if let Some(content) = line.checked_sub(1).and_then(|at| text.lines().nth(at)) {
        let number = line.to_string();
        out.push(format!("{number} | {}", content.trim_end()));
    }
    out
}

fn media_type(headers: &HeaderMap) -> &str {
    let value = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("no content");
    value.split(';').next().unwrap_or(value).trim()
}
