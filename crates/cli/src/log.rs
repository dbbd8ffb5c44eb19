//! Where log lines go: to stderr, in batches, without secrets, whoever wrote them. A request does not wait for a terminal; errors
//! and the end of the process do.

mod line;

use std::{
    io::{self, Write},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use capstan_engine::Secrets;
use tracing::{Level, Metadata};
use tracing_subscriber::{EnvFilter, fmt::MakeWriter};

use crate::args::LogFormat;

/// Lines wait no longer than this.
const PERIOD: Duration = Duration::from_millis(50);
/// More than this is written at once.
const BATCH: usize = 64 << 10;

/// Lines on their way to stderr.
#[derive(Clone)]
pub(crate) struct Sink {
    pending: Arc<Mutex<Pending>>,
    /// What no line may show.
    secrets: Secrets,
}

/// Lines that wait.
struct Pending {
    format: LogFormat,
    bytes: Vec<u8>,
    /// Lines that could not be written: the disk is full, or nobody reads any more.
    lost: usize,
}

impl Sink {
    fn push(&self, bytes: &[u8], now: bool) {
        let mut pending = self.pending.lock().unwrap_or_else(PoisonError::into_inner);
        pending.bytes.extend_from_slice(bytes);
        if now || pending.bytes.len() >= BATCH {
            pending.write(&mut io::stderr(), &self.secrets);
        }
    }

    /// Writes what waits.
    pub(crate) fn flush(&self) {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner).write(&mut io::stderr(), &self.secrets);
    }

    /// What no line may show: whoever learns of a secret registers it there.
    pub(crate) fn secrets(&self) -> &Secrets {
        &self.secrets
    }
}

impl Pending {
    fn new(format: LogFormat) -> Self {
        Self { format, bytes: Vec::new(), lost: 0 }
    }

    /// Says how many lines were lost, once something can be said.
    fn confess(&mut self, to: &mut impl Write) {
        let lost = self.lost;
        let said = match self.format {
            LogFormat::Text => writeln!(to, " WARN log lines could not be written lost={lost}"),
            LogFormat::Json => {
                writeln!(to, r#"{{"level":"WARN","message":"log lines could not be written","lost":{lost}}}"#)
            }
        };
        if said.is_ok() {
            self.lost = 0;
        }
    }

    /// Writes what waits: whole lines, so that no secret is cut in two. Lines that cannot be written are counted, and spoken of as soon
    /// as something can be.
    fn write(&mut self, to: &mut impl Write, secrets: &Secrets) {
        if self.bytes.is_empty() {
            return;
        }
        if self.lost > 0 {
            self.confess(to);
        }
        if to.write_all(&secrets.hide_bytes(&self.bytes)).is_err() {
            self.lost += self.bytes.iter().filter(|byte| **byte == b'\n').count();
        }
        self.bytes.clear();
        self.bytes.shrink_to(4 * BATCH);
    }
}

/// One line under construction.
pub(crate) struct Line<'s> {
    sink: &'s Sink,
    now: bool,
}

impl Write for Line<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.sink.push(bytes, self.now);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'s> MakeWriter<'s> for Sink {
    type Writer = Line<'s>;

    fn make_writer(&'s self) -> Self::Writer {
        Line { sink: self, now: true }
    }

    fn make_writer_for(&'s self, meta: &Metadata<'_>) -> Self::Writer {
        Line { sink: self, now: *meta.level() <= Level::WARN }
    }
}

/// Starts logging.
///
/// # Errors
/// What is wrong with `level`.
pub(crate) fn start(format: LogFormat, level: &str) -> Result<Sink, String> {
    // A bare level is about us; libraries speak up when something is wrong.
    let bare = !level.contains(['=', ',']) && !matches!(level, "off" | "error" | "debug" | "trace");
    let directives = if bare { format!("{level},rmcp=warn,notify=error") } else { level.to_owned() };
    let filter = EnvFilter::builder().parse(directives).map_err(|e| format!("--log-level {level}: {e}"))?;
    let sink = Sink { pending: Arc::new(Mutex::new(Pending::new(format))), secrets: Secrets::default() };
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(sink.clone()).with_target(false);
    let started = match format {
        LogFormat::Text if colour() => builder.with_ansi(true).try_init(),
        LogFormat::Text => builder.with_ansi(false).event_format(line::Plain).try_init(),
        LogFormat::Json => builder.json().flatten_event(true).with_current_span(false).with_span_list(false).try_init(),
    };
    started.map_err(|e| e.to_string())?;
    // A panic is a line like others: what it tells may be a secret too.
    std::panic::set_hook(Box::new(|panic| tracing::error!("{panic}")));
    let writer = sink.clone();
    // Without the thread lines wait for the batch to fill; nothing else is lost.
    let _ = std::thread::Builder::new().name("log".to_owned()).spawn(move || {
        loop {
            std::thread::sleep(PERIOD);
            writer.flush();
        }
    });
    Ok(sink)
}

/// Whether stderr shows colours.
pub(crate) fn colour() -> bool {
    !matches!(anstream::AutoStream::choice(&io::stderr()), anstream::ColorChoice::Never)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A disk that is full until it has room.
    struct Disk {
        room: usize,
        text: Vec<u8>,
    }

    impl Write for Disk {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            if self.room == 0 {
                return Err(io::ErrorKind::StorageFull.into());
            }
            self.text.extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn lines_that_were_lost_are_spoken_of_when_there_is_room() {
        for (format, said) in [
            (LogFormat::Text, " WARN log lines could not be written lost=3\n"),
            (LogFormat::Json, "{\"level\":\"WARN\",\"message\":\"log lines could not be written\",\"lost\":3}\n"),
        ] {
            let (mut pending, mut disk) = (Pending::new(format), Disk { room: 0, text: Vec::new() });
            for lines in ["a\nb\n", "c\n"] {
                pending.bytes.extend_from_slice(lines.as_bytes());
                pending.write(&mut disk, &Secrets::default());
            }
            disk.room = 1;
            for line in ["d\n", "e\n"] {
                pending.bytes.extend_from_slice(line.as_bytes());
                pending.write(&mut disk, &Secrets::default());
            }
            assert_eq!(String::from_utf8(disk.text).unwrap(), format!("{said}d\ne\n"));
        }
    }
}
