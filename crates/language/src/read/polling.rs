//! Reads how the end of something is found out: what a job and a `poll` step have in common.

use capstan_plan::{Backoff, HostPattern, Tolerance};

use super::{quantity, with::with};
use crate::{
    diagnostic::{Code, Sink},
    fields::Fields,
    keys,
    model::{CalledDecl, FailureDecl, HostsDecl, PollSourceDecl, PollingDecl, ProgressDecl, ResultDecl, TotalDecl},
    source::Spanned,
};

/// Statuses that are no answer, where nothing is said.
const TOLERATED: [u16; 6] = [404, 429, 500, 502, 503, 504];

/// Reads it from the mapping that says what to ask, and the one around it that says how often; in a step both are one.
pub(super) fn polling<'d>(around: &Fields<'d>, poll: &Fields<'d>, sink: &mut Sink) -> Option<PollingDecl<'d>> {
    let source = source(poll, sink);
    let status = poll.required_text("status", sink);
    for key in ["pending", "success"] {
        if !poll.has(key) {
            poll.missing(key, sink);
        }
    }
    let (pending, success) = (poll.text_list("pending", sink), poll.text_list("success", sink));
    if poll.has("success") && success.is_empty() {
        poll.error("success", Code::BadValue, "no state is a success: the result would never be there", sink)
            .help("name the state in which the result is there");
    }
    let failure = failure(poll, sink);
    distinct(&pending, &success, &failure, sink);
    let timeout_ms = quantity::duration(around, "timeout", sink);
    if timeout_ms == Some(0) {
        around.error("timeout", Code::BadValue, "`timeout` must be longer than nothing", sink).help("write it as 3m");
    }
    // In whatever order its keys are written.
    let mut block = around.mapping().to_json();
    block.sort_all_objects();
    Some(PollingDecl {
        source: source?,
        status: status?,
        pending,
        success,
        failure,
        every: every(around, sink),
        timeout_ms,
        tolerate: tolerate(poll, sink),
        progress: progress(around, sink),
        result: result(around, sink)?,
        block,
    })
}

fn source<'d>(poll: &Fields<'d>, sink: &mut Sink) -> Option<PollSourceDecl<'d>> {
    let (url, call) = (poll.text("url", sink), poll.text("call", sink));
    match (url, call) {
        (Some(_), Some(call)) => {
            sink.error(Code::BadValue, call.span, "`url` and `call` say both whom to ask")
                .help("remove one of them")
                .path(poll.path_of("call"));
            None
        }
        (Some(url), None) => {
            let step = poll.table().key("client").is_some();
            let client = if step { poll.text("client", sink) } else { None };
            Some(PollSourceDecl::Url { url, hosts: hosts(poll, sink), client })
        }
        (None, Some(call)) => Some(PollSourceDecl::Call(CalledDecl { call, with: with(poll, "with", sink) })),
        (None, None) => {
            poll.missing("url", sink);
            None
        }
    }
}

/// The hosts under `hosts`; nothing when the key is absent.
fn hosts(fields: &Fields<'_>, sink: &mut Sink) -> HostsDecl {
    fields.node("hosts")?;
    let mut found = Vec::new();
    for text in fields.text_list("hosts", sink) {
        match host(text.value) {
            Ok(pattern) => found.push(pattern),
            Err((code, why)) => {
                sink.error(code, text.span, format!("`{}` {why}", text.value.trim()))
                    .help("write a host, or `*.` and a domain of the API's own: api.example.org, *.example.org")
                    .path(fields.path_of("hosts"));
            }
        }
    }
    Some((found, fields.key_span("hosts")))
}

/// Labels in front of a country's domain that are nobody's own, such as `co.uk`.
const SHARED: [&str; 8] = ["co", "com", "org", "net", "gov", "edu", "ac", "or"];

fn host(text: &str) -> Result<HostPattern, (Code, &'static str)> {
    let text = text.trim().to_ascii_lowercase();
    let (name, port) = match text.rsplit_once(':').filter(|(name, _)| !name.contains(':') || name.ends_with(']')) {
        Some((name, port)) => (name, Some(port.parse().map_err(|_| (Code::BadValue, "is not a host"))?)),
        None => (text.as_str(), None),
    };
    let (name, below) = name.strip_prefix("*.").map_or((name, false), |name| (name, true));
    if name == "*" || (below && is_shared(name)) {
        return Err((Code::WideHosts, "covers hosts of strangers"));
    }
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '[' | ']' | ':');
    if name.is_empty() || !name.chars().all(plain) || name.split('.').any(str::is_empty) {
        return Err((Code::BadValue, "is not a host"));
    }
    Ok(HostPattern { name: name.into(), below, port })
}

/// Whether everybody can have a name below this one.
fn is_shared(domain: &str) -> bool {
    match domain.split_once('.') {
        None => true,
        Some((label, rest)) => rest.len() == 2 && SHARED.contains(&label),
    }
}

fn failure<'d>(poll: &Fields<'d>, sink: &mut Sink) -> Vec<FailureDecl<'d>> {
    let Some(node) = poll.node("failure") else { return Vec::new() };
    let Some(entries) = node.as_map() else {
        let bare = |state| FailureDecl { state, status: 502, title: None, detail: None };
        return poll.text_list("failure", sink).into_iter().map(bare).collect();
    };
    let path = poll.path_of("failure");
    let read = entries.iter().filter_map(|entry| {
        let state = Spanned::new(&*entry.key.value, entry.key.span);
        if entry.value.is_null() {
            return Some(FailureDecl { state, status: 502, title: None, detail: None });
        }
        let fields = Fields::read_at(&entry.value, &keys::FAILURE, path.key(&entry.key.value), sink)?;
        Some(FailureDecl {
            state,
            status: quantity::failing_status(&fields, sink).unwrap_or(502),
            title: fields.text("title", sink).map(|title| title.value),
            detail: fields.text("detail", sink),
        })
    });
    read.collect()
}

/// Each state is named once.
fn distinct(pending: &[Spanned<&str>], success: &[Spanned<&str>], failure: &[FailureDecl<'_>], sink: &mut Sink) {
    let listed = pending.iter().map(|state| ("pending", *state)).chain(success.iter().map(|state| ("success", *state)));
    let all: Vec<(&str, Spanned<&str>)> =
        listed.chain(failure.iter().map(|failure| ("failure", failure.state))).collect();
    for (at, (list, state)) in all.iter().enumerate() {
        let before = all.iter().take(at).find(|(_, known)| known.value.trim() == state.value.trim());
        if let Some((earlier, known)) = before {
            sink.error(Code::OverlappingStates, state.span, format!("`{}` is named twice", state.value.trim()))
                .here(format!("among `{list}`"))
                .label(known.span, format!("and among `{earlier}`"))
                .help("name each state once: it goes on, is done, or has failed");
        }
    }
}

fn every(fields: &Fields<'_>, sink: &mut Sink) -> Backoff {
    let default = Backoff::DEFAULT;
    let Some(node) = fields.node("every") else { return default };
    if node.as_map().is_none() {
        return fields.text("every", sink).map_or(default, |text| {
            quantity::range(text.value).unwrap_or_else(|| {
                fields
                    .error("every", Code::BadValue, format!("`{}` is not how often to ask", text.value.trim()), sink)
                    .help("write 2s, or 1s..5s for intervals that grow");
                default
            })
        });
    }
    let Some(fields) = fields.object("every", &keys::EVERY, sink) else { return default };
    let interval_ms = quantity::interval(&fields, "interval", sink);
    let max_ms = quantity::interval(&fields, "max", sink);
    if let (Some(interval), Some(max)) = (interval_ms, max_ms)
        && interval > max
    {
        fields.error("max", Code::BadValue, "`max` is shorter than `interval`", sink).help("write a longer `max`");
    }
    let factor = fields.number("factor", sink).map_or(default.factor, |factor| factor.value);
    if !(1.0..=10.0).contains(&factor) {
        fields.error("factor", Code::BadValue, "`factor` must be 1 to 10", sink).help("write 1 for even intervals");
    }
    let interval_ms = interval_ms.unwrap_or_else(|| default.interval_ms.min(max_ms.unwrap_or(u64::MAX)));
    Backoff {
        first_ms: quantity::duration(&fields, "first", sink).unwrap_or(default.first_ms),
        interval_ms,
        factor: factor.clamp(1.0, 10.0),
        max_ms: max_ms.unwrap_or(default.max_ms).max(interval_ms),
        jitter: quantity::fraction(&fields, "jitter", sink).unwrap_or(default.jitter),
    }
}

fn tolerate(poll: &Fields<'_>, sink: &mut Sink) -> Tolerance {
    let default = Tolerance { statuses: TOLERATED.map(|status| status..=status).into(), for_ms: 15_000 };
    let Some(fields) = poll.object("tolerate", &keys::TOLERATE, sink) else { return default };
    let for_ms = quantity::duration(&fields, "for", sink).unwrap_or(default.for_ms);
    if !fields.has("statuses") {
        return Tolerance { for_ms, ..default };
    }
    let mut statuses = Vec::new();
    for text in fields.text_list("statuses", sink) {
        match quantity::statuses(text.value) {
            Some(range) => statuses.push(range),
            None => {
                sink.error(Code::BadValue, text.span, format!("`{}` is not an HTTP error status", text.value.trim()))
                    .help("use 400 to 599, or 4xx and 5xx")
                    .path(fields.path_of("statuses"));
            }
        }
    }
    Tolerance { statuses: statuses.into(), for_ms }
}

fn progress<'d>(fields: &Fields<'d>, sink: &mut Sink) -> Option<ProgressDecl<'d>> {
    let fields = fields.object("progress", &keys::PROGRESS, sink)?;
    let number = fields.node("total").and_then(|node| node.as_number()?.as_f64());
    let total = match number {
        Some(number) => Some(TotalDecl::Number(number)),
        None => fields.text("total", sink).map(TotalDecl::Selected),
    };
    Some(ProgressDecl { value: fields.text("value", sink), total, message: fields.text("message", sink) })
}

/// What it yields; nothing when that is a mistake.
fn result<'d>(fields: &Fields<'d>, sink: &mut Sink) -> Option<ResultDecl<'d>> {
    let Some(fields) = fields.object("result", &keys::RESULT, sink) else { return Some(ResultDecl::All) };
    let _checked = fields.word("as", sink);
    match (fields.text("value", sink), fields.text("url", sink)) {
        (Some(_), Some(url)) => {
            sink.error(Code::BadValue, url.span, "`value` and `url` say both what the result is")
                .help("remove one of them")
                .path(fields.path_of("url"));
            None
        }
        (None, Some(url)) => {
            let within_ms = quantity::duration(&fields, "within", sink);
            Some(ResultDecl::Fetched { url, hosts: hosts(&fields, sink), within_ms })
        }
        (value, None) => {
            for key in ["as", "hosts", "within"] {
                if fields.has(key) {
                    fields
                        .error(key, Code::BadValue, format!("`{key}` means the address of a result"), sink)
                        .help("add `url`: where the address is, such as $.result.url");
                    return None;
                }
            }
            Some(value.map_or(ResultDecl::All, ResultDecl::Value))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_names_or_what_lies_below_one() {
        let parsed = |text| host(text).map(|host| (host.name.to_string(), host.below, host.port));
        assert_eq!(parsed("API.bfl.ai"), Ok(("api.bfl.ai".to_owned(), false, None)));
        assert_eq!(parsed("*.bfl.ai:8443"), Ok(("bfl.ai".to_owned(), true, Some(8443))));
        assert_eq!(parsed("localhost:9000"), Ok(("localhost".to_owned(), false, Some(9000))));
        assert_eq!(parsed("[::1]:9000"), Ok(("[::1]".to_owned(), false, Some(9000))));
        for wide in ["*", "*.ai", "*.com", "*.co.uk", "*.com.au"] {
            assert_eq!(parsed(wide).map_err(|(code, _)| code), Err(Code::WideHosts), "{wide}");
        }
        for bad in ["https://api.bfl.ai", "api.bfl.ai/v1", "a.*.b", "", "a..b", "a:port"] {
            assert_eq!(parsed(bad).map_err(|(code, _)| code), Err(Code::BadValue), "{bad}");
        }
    }
}
