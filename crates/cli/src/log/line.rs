//! Log lines without colour, as `tracing-subscriber` writes them but in a fraction of the time: there is one for every request.

use std::{
    cell::RefCell,
    fmt,
    time::{SystemTime, UNIX_EPOCH},
};

use tracing::{
    Event, Subscriber,
    field::{Field, Visit},
};
use tracing_subscriber::{
    fmt::{
        FmtContext, FormatEvent, FormatFields,
        format::Writer,
        time::{FormatTime as _, SystemTime as Clock},
    },
    registry::LookupSpan,
};

/// `2026-11-21T07:08:09.123456Z  INFO message name="value"`.
pub(super) struct Plain;

impl<S, N> FormatEvent<S, N> for Plain
where
    S: Subscriber + for<'s> LookupSpan<'s>,
    N: for<'w> FormatFields<'w> + 'static,
{
    fn format_event(&self, _: &FmtContext<'_, S, N>, mut writer: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        time(&mut writer)?;
        let level = event.metadata().level().as_str();
        writer.write_str(if level.len() < 5 { "  " } else { " " })?;
        writer.write_str(level)?;
        let mut fields = Fields { writer: writer.by_ref(), result: Ok(()) };
        event.record(&mut fields);
        fields.result?;
        writer.write_char('\n')
    }
}

/// Everything up to the second is printed once a second.
fn time(writer: &mut Writer<'_>) -> fmt::Result {
    thread_local!(static SECOND: RefCell<(u64, String)> = const { RefCell::new((0, String::new())) });
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    SECOND.with_borrow_mut(|(second, text)| {
        if *second != now.as_secs() || text.is_empty() {
            text.clear();
            Clock.format_time(&mut Writer::new(text))?;
            // `2026-11-21T07:08:09`
            text.truncate(19);
            *second = now.as_secs();
        }
        writer.write_str(text)?;
        let mut digits = *b".000000Z";
        let mut rest = now.subsec_micros();
        for digit in digits.iter_mut().skip(1).take(6).rev() {
            *digit = b"0123456789".get(rest as usize % 10).copied().unwrap_or(b'0');
            rest /= 10;
        }
        writer.write_str(std::str::from_utf8(&digits).unwrap_or_default())
    })
}

struct Fields<'w> {
    writer: Writer<'w>,
    result: fmt::Result,
}

impl Fields<'_> {
    fn put(&mut self, field: &Field, write: impl FnOnce(&mut Writer<'_>) -> fmt::Result) {
        let writer = &mut self.writer;
        let named = || {
            writer.write_char(' ')?;
            if field.name() != "message" {
                writer.write_str(field.name())?;
                writer.write_char('=')?;
            }
            write(writer)
        };
        if self.result.is_ok() {
            self.result = named();
        }
    }
}

impl Visit for Fields<'_> {
    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field, |writer| {
            let mut digits = [b'0'; 20];
            let (mut rest, mut length) = (value, 0);
            for digit in digits.iter_mut().rev() {
                *digit = b"0123456789".get((rest % 10) as usize).copied().unwrap_or(b'0');
                rest /= 10;
                length += 1;
                if rest == 0 {
                    break;
                }
            }
            let shown = digits.get(20 - length..).unwrap_or_default();
            writer.write_str(std::str::from_utf8(shown).unwrap_or_default())
        });
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        let is_plain = value.bytes().all(|b| matches!(b, b' '..=b'~') && b != b'"' && b != b'\\');
        self.put(field, |writer| match field.name() {
            "message" => writer.write_str(value),
            _ if is_plain => {
                writer.write_char('"')?;
                writer.write_str(value)?;
                writer.write_char('"')
            }
            _ => write!(writer, "{value:?}"),
        });
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        // Control characters of a message must not reach a terminal.
        self.put(field, |writer| match field.name() {
            "message" => {
                let text = format!("{value:?}");
                if !text.contains(|c: char| c.is_control() && c != '\n') {
                    return writer.write_str(&text);
                }
                text.chars().try_for_each(|c| match c.is_control() && c != '\n' {
                    true => write!(writer, "{}", c.escape_default()),
                    false => writer.write_char(c),
                })
            }
            _ => write!(writer, "{value:?}"),
        });
    }
}
