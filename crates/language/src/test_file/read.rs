//! From the text of a test file to what it says.

use super::{
    keys::{CASE, EXCHANGE, EXPECT, REQUEST, RESPONSE, TEST_FILE},
    model::{Action, Case, Exchange, Expected, ExpectedRequest, Faulty, Header, Reply, Stand, TestFile, TestFileRead},
};
use crate::{
    check,
    diagnostic::{Code, Diagnostic, Sink},
    document,
    fields::Fields,
    source::{SourceSet, Spanned},
};
use capstan_plan::duration::{BareUnit, parse_duration};
use std::time::Duration;

/// Methods a request may be written with.
const METHODS: [&str; 8] = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE"];

/// Reads a test file that people know by `path`.
#[must_use]
pub fn read(path: &str, bytes: Vec<u8>) -> TestFileRead {
    let (mut sources, mut sink) = (SourceSet::new(), Sink::new());
    let (_, document) = document::load(&mut sources, path, bytes, &mut sink);
    let mut file = None;
    if let Some(document) = &document {
        file = Fields::read(&document.root, &TEST_FILE, &mut sink).map(|fields| whole(&fields, &mut sink));
        check::check_as(document, &TEST_FILE, &mut sink);
        document.locate(sink.diagnostics_mut());
    }
    let diagnostics = sink.into_diagnostics();
    let file = file.flatten().filter(|_| !diagnostics.iter().any(Diagnostic::is_error));
    TestFileRead { file, diagnostics, sources }
}

fn whole(fields: &Fields<'_>, sink: &mut Sink) -> Option<TestFile> {
    let capability = fields.required_text("capability", sink);
    if fields.node("tests").is_none() {
        fields.missing("tests", sink);
    }
    let now = fields.text("now", sink);
    let at = now.as_ref().and_then(|now| moment(now.value));
    if now.is_some() && at.is_none() {
        fields
            .error("now", Code::BadValue, "`now` must be a moment in UTC", sink)
            .help("write it as 2026-01-31T09:30:00Z");
    }
    let tests = fields.objects("tests", &CASE, sink);
    let tests: Vec<Case> = tests.iter().enumerate().filter_map(|(nth, case)| one(case, nth, sink)).collect();
    let capability = capability?;
    Some(TestFile {
        capability: Spanned::new(capability.value.to_owned(), capability.span),
        values: values(fields, sink),
        sandbox: stand(fields),
        now: at,
        tests,
    })
}

fn one(fields: &Fields<'_>, nth: usize, sink: &mut Sink) -> Option<Case> {
    let action = action(fields, sink)?;
    let upstream = fields.has("upstream").then(|| {
        let exchanges = fields.objects("upstream", &EXCHANGE, sink);
        exchanges.iter().map(|exchange| self::exchange(exchange, sink)).collect()
    });
    let expect = fields.object("expect", &EXPECT, sink);
    let called = match &action {
        Action::Http { method, target, .. } => format!("{method} {target}"),
        Action::Tool { name, .. } => name.value.clone(),
    };
    let name = fields.text("name", sink).map(|name| name.value.to_owned());
    Some(Case {
        span: fields.span(),
        name: name.unwrap_or_else(|| format!("{} ({called})", nth + 1)),
        action,
        on: owned(fields, "on", sink),
        headers: headers(fields, sink),
        values: values(fields, sink),
        sandbox: stand(fields),
        upstream,
        any_order: fields.boolean("any-order", sink).is_some_and(|flag| flag.value),
        exact: fields.boolean("exact", sink).is_some_and(|flag| flag.value),
        skip: owned(fields, "skip", sink),
        expect: expect.map(|expect| expected(&expect, sink)),
    })
}

fn action(fields: &Fields<'_>, sink: &mut Sink) -> Option<Action> {
    let (call, tool) = (fields.text("call", sink), fields.text("tool", sink));
    match (call, tool) {
        (Some(call), None) => {
            let (method, target) = call.value.trim().split_once(' ').unwrap_or(("", call.value));
            let method = method.to_ascii_uppercase();
            if !METHODS.contains(&&*method) || !target.trim_start().starts_with('/') {
                fields
                    .error("call", Code::BadValue, "`call` must be a method and a path", sink)
                    .help("write it as `GET /hello/ada?loud=true`; a tool is called with `tool`");
                return None;
            }
            for key in ["with"].into_iter().filter(|key| fields.has(key)) {
                fields
                    .error(key, Code::BadValue, "`with` are the arguments of a `tool`", sink)
                    .help("write what a request needs into its path and query, its `headers` and its `body`");
            }
            let body = fields.node("body").cloned();
            Some(Action::Http { method, target: target.trim().to_owned(), body, span: call.span })
        }
        (None, Some(tool)) => {
            for key in ["body"].into_iter().filter(|key| fields.has(key)) {
                fields
                    .error(key, Code::BadValue, "a tool has no `body`", sink)
                    .help("write its arguments under `with`");
            }
            let given = fields.map("with", sink).iter();
            let arguments = given.map(|entry| (entry.key.value.to_string(), entry.value.to_json())).collect();
            Some(Action::Tool { name: Spanned::new(tool.value.to_owned(), tool.span), arguments })
        }
        (Some(_), Some(_)) => {
            fields.error("tool", Code::BadValue, "a test has one of `call` and `tool`", sink).help("make it two tests");
            None
        }
        (None, None) => {
            fields.missing("call", sink);
            None
        }
    }
}

fn exchange(fields: &Fields<'_>, sink: &mut Sink) -> Exchange {
    let request = fields.object("request", &REQUEST, sink);
    let response = fields.object("response", &RESPONSE, sink);
    let fault = fields.word("fault", sink).map(|word| match word.value {
        "timeout" => Faulty::Timeout,
        "refused" => Faulty::Refused,
        "cut-short" => Faulty::CutShort,
        _ => Faulty::Slow,
    });
    if matches!(fault, Some(Faulty::Timeout | Faulty::Refused)) && response.is_some() {
        fields
            .error("response", Code::BadValue, "an exchange without an answer has no `response`", sink)
            .help("remove `response`, or use `fault: cut-short` or `fault: slow`");
    }
    let request = request.map(|request| ExpectedRequest {
        method: request.node("method").cloned(),
        url: request.node("url").cloned(),
        query: request.node("query").cloned(),
        headers: headers(&request, sink),
        json: request.node("json").cloned(),
        form: request.node("form").cloned(),
        body: request.node("body").cloned(),
    });
    let reply = response.map(|response| reply(&response, sink));
    Exchange {
        span: fields.span(),
        request: request.unwrap_or_default(),
        reply: reply.unwrap_or_else(|| Reply { status: 200, ..Reply::default() }),
        fault,
    }
}

fn reply(fields: &Fields<'_>, sink: &mut Sink) -> Reply {
    let status = fields.integer("status", sink).map_or(200, |status| status.value);
    let valid = u16::try_from(status).ok().filter(|status| (200..600).contains(status));
    if valid.is_none() {
        fields
            .error("status", Code::BadValue, format!("`{status}` is no status of an answer"), sink)
            .help("write one from 200 to 599");
    }
    let delay = fields.text("delay", sink);
    let long = delay.as_ref().and_then(|text| parse_duration(text.value, BareUnit::Milliseconds));
    if delay.is_some() && long.is_none() {
        fields.error("delay", Code::BadValue, "`delay` must be a time", sink).help("write it as 500ms, 20s or 2m");
    }
    Reply {
        status: valid.unwrap_or(200),
        headers: headers(fields, sink),
        json: fields.entry("json").map(|entry| entry.value.to_json()),
        body: owned(fields, "body", sink),
        file: fields.text("file", sink).map(|file| Spanned::new(file.value.to_owned(), file.span)),
        delay: long.unwrap_or(Duration::ZERO),
    }
}

fn expected(fields: &Fields<'_>, sink: &mut Sink) -> Expected {
    Expected {
        span: fields.span(),
        status: fields.node("status").cloned(),
        headers: headers(fields, sink),
        json: fields.entry("json").map(|entry| entry.value.clone()),
        body: fields.node("body").cloned(),
        error: fields.node("error").cloned(),
        cut: fields.boolean("cut", sink).map(|cut| cut.value),
    }
}

fn headers(fields: &Fields<'_>, sink: &mut Sink) -> Vec<Header> {
    let entries = fields.map("headers", sink).iter();
    let name = |name: &Spanned<Box<str>>| Spanned::new(name.value.to_ascii_lowercase(), name.span);
    entries.map(|entry| Header { name: name(&entry.key), value: entry.value.clone() }).collect()
}

fn values(fields: &Fields<'_>, sink: &mut Sink) -> Vec<(String, String)> {
    let entries = fields.map("values", sink).iter();
    let text = |entry: &document::Entry| Some((entry.key.value.to_string(), entry.value.scalar_text()?.to_owned()));
    entries.filter_map(text).collect()
}

fn stand(fields: &Fields<'_>) -> Option<Stand> {
    let node = fields.node("sandbox")?;
    Some(match (node.as_bool(), node.scalar_text()) {
        (Some(true), _) => Stand::Beside,
        (None, Some(file)) => Stand::File(file.to_owned()),
        _ => Stand::None,
    })
}

fn owned(fields: &Fields<'_>, key: &'static str, sink: &mut Sink) -> Option<String> {
    fields.text(key, sink).map(|text| text.value.to_owned())
}

/// The seconds since 1970 of a moment as RFC 3339 writes it in UTC.
fn moment(text: &str) -> Option<u64> {
    let (date, time) = text.trim().strip_suffix('Z')?.split_once('T')?;
    let numbers = |text: &str, by: char| -> Option<[u64; 3]> {
        let parts: Option<Vec<u64>> = text.split(by).map(|part| part.parse().ok()).collect();
        parts?.try_into().ok()
    };
    let [year, month, day] = numbers(date, '-')?;
    let [hour, minute, second] = numbers(time.split('.').next()?, ':')?;
    if year < 1970 || year > 9999 || !(1..=12).contains(&month) || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let leap = |year: u64| year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let lengths = [31, 28 + u64::from(leap(year)), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let month = usize::try_from(month - 1).ok()?;
    if !(1..=*lengths.get(month)?).contains(&day) {
        return None;
    }
    let years: u64 = (1970..year).map(|year| 365 + u64::from(leap(year))).sum();
    let days = years + lengths.iter().take(month).sum::<u64>() + day - 1;
    Some(((days * 24 + hour) * 60 + minute) * 60 + second)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_read() {
        for (text, seconds) in [
            ("1970-01-01T00:00:00Z", 0),
            ("2000-02-29T12:34:56Z", 951_827_696),
            ("2100-03-01T00:00:00.5Z", 4_107_542_400),
        ] {
            assert_eq!(moment(text), Some(seconds), "{text}");
        }
        for bad in
            ["", "now", "2026-01-31", "2026-02-30T00:00:00Z", "2026-01-31T09:30:00+01:00", "1960-01-01T00:00:00Z"]
        {
            assert_eq!(moment(bad), None, "{bad}");
        }
    }

    #[test]
    fn what_is_wrong_is_told_at_its_place() {
        let text = "capabilty: ./a.yaml\ntests:\n- call: /x\n- tool: a\n  body: 1\n- call: GET /x\n  upstream:\n  - fault: timout\n";
        let read = read("a.test.yaml", text.as_bytes().to_vec());
        assert!(read.file.is_none());
        let told: Vec<_> = read
            .diagnostics
            .iter()
            .map(|d| (d.code.name(), d.span().and_then(|span| read.sources.position(span)).unwrap_or_default().0))
            .collect();
        for expected in [("missing-key", 1), ("unknown-key", 1), ("bad-value", 3), ("bad-value", 5), ("bad-value", 8)] {
            assert!(told.contains(&expected), "{expected:?} in {told:?}");
        }
    }

    #[test]
    fn a_test_is_read() {
        let text = "capability: ./a.yaml\nvalues: {KEY: 1}\nnow: 2026-01-31T09:30:00Z\ntests:\n- name: one\n  call: post /x?y=1\n  body: {a: 1}\n  upstream: []\n  expect: {status: 200, json: null}\n";
        let read = read("a.test.yaml", text.as_bytes().to_vec());
        let file = read.file.unwrap_or_else(|| panic!("{:?}", read.diagnostics));
        assert_eq!(file.values, [("KEY".to_owned(), "1".to_owned())]);
        let case = file.tests.first().unwrap();
        assert!(matches!(&case.action, Action::Http { method, target, .. } if method == "POST" && target == "/x?y=1"));
        assert!(case.upstream.as_ref().is_some_and(Vec::is_empty));
        assert!(case.expect.as_ref().is_some_and(|expect| expect.json.as_ref().is_some_and(document::Node::is_null)));
    }
}
