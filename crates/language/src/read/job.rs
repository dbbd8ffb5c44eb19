//! Reads the job of a consumed operation, how an exposed unit behaves meanwhile, and the limits of an API.

use capstan_plan::{AsyncPolicy, Limits, Rate, TaskUse, duration};

use super::{polling, quantity, with::with};
use crate::{
    diagnostic::{Code, Sink},
    fields::Fields,
    keys,
    model::{CalledDecl, JobDecl},
    source::Spanned,
};

/// `job` of an operation; nothing when it is absent, or when what it must say is missing, which is said.
pub(super) fn job<'d>(fields: &Fields<'d>, sink: &mut Sink) -> Option<JobDecl<'d>> {
    let span = fields.key_span("job");
    let fields = fields.object("job", &keys::JOB, sink)?;
    let handle = handle(&fields, sink);
    let Some(poll) = fields.object("poll", &keys::POLL, sink) else {
        if !fields.has("poll") {
            fields.missing("poll", sink);
        }
        return None;
    };
    let polling = polling::polling(&fields, &poll, sink);
    let cancel = cancel(&fields, sink);
    Some(JobDecl { handle: handle?, polling: polling?, cancel, span, key_path: fields.path().clone() })
}

fn handle<'d>(fields: &Fields<'d>, sink: &mut Sink) -> Option<Vec<(Spanned<&'d str>, Spanned<&'d str>)>> {
    let entries = fields.map("handle", sink).iter();
    let text = entries.filter_map(|entry| {
        let path = entry.value.scalar_text()?;
        Some((Spanned::new(&*entry.key.value, entry.key.span), Spanned::new(path, entry.value.span)))
    });
    let handle: Vec<_> = text.collect();
    if handle.is_empty() {
        fields.missing("handle", sink);
        return None;
    }
    Some(handle)
}

fn cancel<'d>(fields: &Fields<'d>, sink: &mut Sink) -> Option<CalledDecl<'d>> {
    let cancel = fields.object("cancel", &keys::CANCEL, sink)?;
    Some(CalledDecl { call: cancel.required_text("call", sink)?, with: with(&cancel, "with", sink) })
}

/// `async` of an exposed unit.
pub(super) fn policy(fields: &Fields<'_>, sink: &mut Sink) -> Option<Spanned<AsyncPolicy>> {
    let span = fields.key_span("async");
    let fields = fields.object("async", &keys::ASYNC, sink)?;
    let default = AsyncPolicy::default();
    let wait_ms = quantity::duration(&fields, "wait", sink);
    let max_wait_ms = quantity::duration(&fields, "max-wait", sink);
    if let (Some(wait), Some(max)) = (wait_ms, max_wait_ms)
        && wait > max
    {
        fields
            .error("wait", Code::BadValue, "`wait` is longer than `max-wait`", sink)
            .help("nobody waits longer than `max-wait`: write a shorter `wait`");
    }
    let max_wait_ms = max_wait_ms.unwrap_or_else(|| default.max_wait_ms.max(wait_ms.unwrap_or(0)));
    let task = match fields.word("task", sink).map(|word| word.value) {
        Some("never") => TaskUse::Never,
        _ => TaskUse::Auto,
    };
    let policy = AsyncPolicy {
        wait_ms: wait_ms.unwrap_or(default.wait_ms).min(max_wait_ms),
        max_wait_ms,
        ttl_ms: quantity::duration(&fields, "ttl", sink).unwrap_or(default.ttl_ms),
        task,
        budget_ms: quantity::duration(&fields, "budget", sink).unwrap_or(default.budget_ms),
        inline_image: quantity::size(&fields, "inline-image", sink).unwrap_or(default.inline_image),
    };
    Some(Spanned::new(policy, span))
}

/// `limits` of a consumed API.
pub(super) fn limits(fields: &Fields<'_>, sink: &mut Sink) -> Option<Limits> {
    let fields = fields.object("limits", &keys::LIMITS, sink)?;
    let concurrency = quantity::count(&fields, "concurrency", 1, sink);
    let rate = rate(&fields, sink);
    if concurrency.is_none() && rate.is_none() && !fields.has("concurrency") && !fields.has("rate") {
        fields.missing("concurrency", sink);
    }
    Some(Limits {
        concurrency,
        rate,
        queue: quantity::count(&fields, "queue", 0, sink).unwrap_or(100),
        queue_timeout_ms: quantity::duration(&fields, "queue-timeout", sink).unwrap_or(60_000),
    })
}

/// `10/s`, `600/m`, `5/30s`.
fn rate(fields: &Fields<'_>, sink: &mut Sink) -> Option<Rate> {
    let text = fields.text("rate", sink)?.value;
    let found = parse_rate(text);
    if found.is_none() {
        fields
            .error("rate", Code::BadValue, format!("`{}` is not a rate", text.trim()), sink)
            .help("write a number and a time, such as 10/s, 600/m or 5/30s");
    }
    found
}

fn parse_rate(text: &str) -> Option<Rate> {
    let (count, per) = text.split_once('/')?;
    let count: u32 = count.trim().parse().ok().filter(|count| *count > 0)?;
    let per = per.trim();
    let one = if per.starts_with(|c: char| c.is_ascii_digit()) { per.to_owned() } else { format!("1{per}") };
    let per = duration::parse_duration(&one, duration::BareUnit::Milliseconds)?;
    let per_ms = u64::try_from(per.as_millis()).ok().filter(|per| *per > 0)?;
    Some(Rate { count, per_ms })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_a_number_and_a_time() {
        for (text, expected) in [
            ("10/s", Some((10, 1_000))),
            (" 600 / m ", Some((600, 60_000))),
            ("5/30s", Some((5, 30_000))),
            ("1/500ms", Some((1, 500))),
            ("0/s", None),
            ("10", None),
            ("10/0s", None),
            ("10/week", None),
        ] {
            assert_eq!(parse_rate(text).map(|rate| (rate.count, rate.per_ms)), expected, "{text}");
        }
    }
}
