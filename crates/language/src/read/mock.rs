//! Reads the cases of `mock` (ours).

use http::HeaderName;

use super::quantity;
use crate::{
    diagnostic::{Code, Sink},
    document::Entry,
    fields::Fields,
    header::header_name,
    keys,
    model::{Condition, MockAnswer, MockCaseDecl, ValueDecl},
    source::Spanned,
};

/// The cases under `mock`; `None` when the key is absent.
pub(super) fn cases<'d>(fields: &Fields<'d>, sink: &mut Sink) -> Option<Vec<MockCaseDecl<'d>>> {
    fields.node("mock")?;
    Some(fields.objects("mock", &keys::MOCK, sink).iter().map(|case| self::case(case, sink)).collect())
}

fn case<'d>(fields: &Fields<'d>, sink: &mut Sink) -> MockCaseDecl<'d> {
    let bound = fields.map("let", sink).iter();
    MockCaseDecl {
        when: condition(fields, sink),
        bound: bound.map(|entry| (&*entry.key.value, ValueDecl::new(&entry.value))).collect(),
        status: status(fields, sink),
        headers: headers(fields, sink),
        answer: answer(fields, sink),
        delay_ms: quantity::duration(fields, "delay", sink).unwrap_or(0),
    }
}

fn condition<'d>(fields: &Fields<'d>, sink: &mut Sink) -> Condition<'d> {
    let Some(node) = fields.node("when") else { return Condition::Always };
    match (node.as_str(), node.as_bool()) {
        (Some(text), _) => Condition::Expression(Spanned::new(text, node.span)),
        (None, Some(true)) => Condition::Always,
        (None, Some(false)) => Condition::Never,
        (None, None) => {
            let message = format!("`when` must be an expression, but this is {}", node.kind_name());
            fields
                .error("when", Code::WrongType, message, sink)
                .help("write a minijinja expression, such as: request.body.prompt is defined");
            Condition::Never
        }
    }
}

fn status(fields: &Fields<'_>, sink: &mut Sink) -> u16 {
    let Some(written) = fields.integer("status", sink) else { return 200 };
    let status = u16::try_from(written.value).ok().filter(|status| (100..=599).contains(status));
    status.unwrap_or_else(|| {
        fields
            .error("status", Code::BadValue, format!("{} is not an HTTP status", written.value), sink)
            .help("use 100 to 599");
        500
    })
}

fn headers<'d>(fields: &Fields<'d>, sink: &mut Sink) -> Vec<(HeaderName, ValueDecl<'d>)> {
    let entries = fields.map("headers", sink);
    let header = |entry: &'d Entry| {
        let name = header_name(&entry.key.value, entry.key.span, sink).ok()??;
        Some((name, ValueDecl::new(&entry.value)))
    };
    entries.iter().filter_map(header).collect()
}

fn answer<'d>(fields: &Fields<'d>, sink: &mut Sink) -> MockAnswer<'d> {
    let value = |key: &str| fields.node(key).map(ValueDecl::new);
    let content_type = fields.text("contentType", sink).map(|t| t.value);
    if let Some(body) = value("body") {
        return MockAnswer::Json(body);
    }
    if let Some(content) = value("text") {
        return MockAnswer::Text { content, content_type };
    }
    match fields.text("file", sink) {
        Some(path) => MockAnswer::File { path, content_type },
        None => MockAnswer::Empty,
    }
}
