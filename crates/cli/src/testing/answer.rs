//! What a caller got, and how it is compared with what a test expects.

use capstan_language::{source::Span, test_file::Expected};
use capstan_server::inprocess::Answered;
use http::{HeaderMap, header};
use serde_json::{Map, Value, json};

use super::compare::Compare;

/// How much of an answer is shown beside a failure.
const SHOWN: usize = 600;

/// An answer, as tests look at it.
pub(super) struct Answer {
    /// None for a tool.
    status: Option<u16>,
    headers: HeaderMap,
    text: String,
    json: Option<Value>,
    cut: Option<String>,
    /// Whether it is an error to its caller.
    pub(super) is_error: bool,
}

impl Answer {
    /// What was answered to a request, or to the call of a tool.
    pub(super) fn of(answered: &Answered, tool: bool) -> Self {
        let response = &answered.response;
        let body = response.body();
        let message = tool.then(|| serde_json::from_slice::<Value>(body).ok()).flatten();
        if let Some(message) = message {
            return Self::of_message(&message);
        }
        Self {
            status: Some(response.status().as_u16()),
            headers: response.headers().clone(),
            text: String::from_utf8_lossy(body).into_owned(),
            json: serde_json::from_slice(body).ok(),
            cut: answered.cut.clone(),
            is_error: response.status().as_u16() >= 400 || answered.cut.is_some(),
        }
    }

    fn of_message(message: &Value) -> Self {
        let failed = |text: String| (text, None, true);
        let (text, json, is_error) = match (message.get("result"), message.pointer("/error/message")) {
            (Some(result), _) => {
                let parts = result.get("content").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
                let texts: Vec<&str> = parts.iter().filter_map(|part| part.get("text")?.as_str()).collect();
                let text = texts.join("\n");
                let json = result.get("structuredContent").cloned().or_else(|| serde_json::from_str(&text).ok());
                (text, json, result.get("isError").and_then(Value::as_bool).unwrap_or(false))
            }
            (None, error) => failed(error.and_then(Value::as_str).unwrap_or("no result").to_owned()),
        };
        Self { status: None, headers: HeaderMap::new(), text, json, cut: None, is_error }
    }

    /// Compares it with an expectation. Who says nothing of status or error expects none.
    pub(super) fn compare(&self, expected: Option<&Expected>, case: Span, compare: &mut Compare) {
        let says = |of: &Expected| of.status.is_some() || of.error.is_some() || of.cut.is_some();
        if self.is_error && !expected.is_some_and(says) {
            let key = if self.status.is_some() { "expect.status" } else { "expect.error" };
            let actual = self.status.map_or_else(|| "an error".to_owned(), |status| status.to_string());
            let span = expected.map_or(case, |expected| expected.span);
            compare.differences.push(super::outcome::Difference {
                span,
                path: key.to_owned(),
                expected: "no error".to_owned(),
                actual,
                instead: None,
            });
        }
        let Some(expected) = expected else { return };
        if let Some(status) = &expected.status {
            compare.json("expect.status", status, self.status.map(Value::from).as_ref());
        }
        compare.headers("expect.headers", &expected.headers, &self.headers);
        if let Some(error) = &expected.error {
            match error.as_bool() {
                Some(_) => compare.json("expect.error", error, Some(&Value::from(self.is_error))),
                None => compare.text("expect.error", error, self.is_error.then_some(self.text.as_str())),
            }
        }
        if let Some(json) = &expected.json {
            // A body that is no JSON is compared as the text it is.
            let text = Value::from(self.text.as_str());
            compare.json("expect.json", json, Some(self.json.as_ref().unwrap_or(&text)));
        }
        if let Some(body) = &expected.body {
            compare.text("expect.body", body, Some(&self.text));
        }
        if let Some(cut) = expected.cut.filter(|cut| *cut != self.cut.is_some()) {
            let actual = Value::from(self.cut.is_some());
            compare.differs(expected.span, "expect.cut", cut.to_string(), Some(&actual));
        }
    }

    /// What would be expected of it.
    pub(super) fn expectation(&self) -> Value {
        let mut expect = Map::new();
        if let Some(status) = self.status {
            expect.insert("status".to_owned(), status.into());
        }
        if self.status.is_none() && self.is_error {
            // What names a place of a file is another text when the file is edited.
            let placed = self.text.contains(".yaml:") || self.text.contains(".yml:");
            expect.insert("error".to_owned(), if placed { true.into() } else { self.text.as_str().into() });
            return expect.into();
        }
        if let Some(code) = self.problem() {
            expect.insert("json".to_owned(), json!({"code": code}));
            return expect.into();
        }
        match &self.json {
            Some(json) => drop(expect.insert("json".to_owned(), json.clone())),
            None if self.is_text() && !self.text.is_empty() => {
                drop(expect.insert("body".to_owned(), self.text.as_str().into()))
            }
            None => {
                let kind = self.headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
                if let Some(kind) = kind {
                    expect.insert("headers".to_owned(), json!({"content-type": kind}));
                }
            }
        }
        expect.into()
    }

    /// The code of a problem document of ours: all else in it tells people where.
    fn problem(&self) -> Option<&str> {
        let ours = self.headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind == "application/problem+json");
        self.json.as_ref().filter(|_| ours)?.get("code")?.as_str()
    }

    fn is_text(&self) -> bool {
        !self.text.contains(['\u{fffd}', '\0'])
    }

    /// The answer in a line or a few, for people.
    pub(super) fn told(&self) -> String {
        let status = self
            .status
            .map_or_else(|| if self.is_error { "an error" } else { "a result" }.to_owned(), |s| s.to_string());
        let mut text = if self.is_text() { self.text.clone() } else { format!("{} bytes", self.text.len()) };
        if let Some((at, _)) = text.char_indices().nth(SHOWN) {
            text.truncate(at);
            text.push_str(" ...");
        }
        match &self.cut {
            Some(why) => format!("answered {status}, then broke off ({why}): {text}"),
            None => format!("answered {status}: {text}"),
        }
    }
}
