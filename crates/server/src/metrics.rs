//! Counters and histograms of requests, by capability and unit. There are only so many series, and recording takes no lock.

use std::{
    collections::HashMap,
    fmt::Write as _,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

/// The most series; what comes later is counted as one.
const MOST: usize = 5_000;

/// Upper bounds of the histogram's buckets, in microseconds.
const BOUNDS: [u64; 12] =
    [1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 5_000_000, 30_000_000];

/// What is counted of one unit.
#[derive(Debug, Default)]
pub struct Meter {
    classes: [AtomicU64; 6],
    buckets: [AtomicU64; BOUNDS.len() + 1],
    micros: AtomicU64,
}

/// Names a series: capability, adapter, unit.
type Series = (Arc<str>, &'static str, Box<str>);

/// The same, borrowed.
type Labels<'l> = (&'l str, &'l str, &'l str);

/// All series of a process.
#[derive(Debug, Default)]
pub struct Metrics {
    series: Mutex<HashMap<Series, Arc<Meter>>>,
    other: Arc<Meter>,
}

impl Meter {
    /// Counts one answer.
    pub fn record(&self, status: u16, took: Duration) {
        let add = |to: Option<&AtomicU64>, n: u64| {
            if let Some(to) = to {
                to.fetch_add(n, Ordering::Relaxed);
            }
        };
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        add(self.classes.get(usize::from(status / 100)), 1);
        add(self.buckets.get(BOUNDS.partition_point(|bound| *bound < micros)), 1);
        self.micros.fetch_add(micros, Ordering::Relaxed);
    }
}

impl Metrics {
    /// What is counted of one unit. Counts go on where the last version's ended. Whoever asks keeps the answer: no request looks
    /// for it again.
    #[must_use]
    pub fn meter(&self, capability: &Arc<str>, adapter: &'static str, unit: &str) -> Arc<Meter> {
        let key = (capability.clone(), adapter, unit.into());
        let mut series = self.series.lock().unwrap_or_else(PoisonError::into_inner);
        match series.get(&key) {
            Some(known) => known.clone(),
            None if series.len() >= MOST => self.other.clone(),
            None => series.entry(key).or_default().clone(),
        }
    }

    /// Forgets the capabilities that are gone.
    pub fn retain(&self, is_there: impl Fn(&str) -> bool) {
        self.series.lock().unwrap_or_else(PoisonError::into_inner).retain(|(id, ..), _| is_there(id));
    }

    /// All series as Prometheus reads them.
    #[must_use]
    pub fn text(&self) -> String {
        let series = self.series.lock().unwrap_or_else(PoisonError::into_inner);
        let mut all: Vec<_> =
            series.iter().map(|((id, kind, unit), meter)| ((&**id, *kind, &**unit), meter.clone())).collect();
        all.push((("", "", ""), self.other.clone()));
        all.sort_by_key(|(key, _)| *key);
        let mut out = String::new();
        // Writing to a string does not fail.
        let _ = write(&mut out, &all);
        out
    }
}

fn write(out: &mut String, all: &[(Labels<'_>, Arc<Meter>)]) -> std::fmt::Result {
    let labels = |(id, kind, unit): &(&str, &str, &str)| {
        format!("capability=\"{}\",adapter=\"{kind}\",unit=\"{}\"", escaped(id), escaped(unit))
    };
    writeln!(out, "# HELP capstan_requests_total Answers, by class of status.\n# TYPE capstan_requests_total counter")?;
    for (key, meter) in all {
        for (class, count) in meter.classes.iter().enumerate() {
            let count = count.load(Ordering::Relaxed);
            if count > 0 {
                writeln!(out, "capstan_requests_total{{{},status=\"{class}xx\"}} {count}", labels(key))?;
            }
        }
    }
    let name = "capstan_request_duration_seconds";
    writeln!(out, "# HELP {name} Time until an answer begins.\n# TYPE {name} histogram")?;
    for (key, meter) in all {
        let counts: Vec<u64> = meter.buckets.iter().map(|bucket| bucket.load(Ordering::Relaxed)).collect();
        let total: u64 = counts.iter().sum();
        if total == 0 {
            continue;
        }
        let labels = labels(key);
        let mut sum = 0;
        for (bound, count) in BOUNDS.iter().zip(&counts) {
            sum += count;
            writeln!(out, "{name}_bucket{{{labels},le=\"{}\"}} {sum}", seconds(*bound))?;
        }
        writeln!(out, "{name}_bucket{{{labels},le=\"+Inf\"}} {total}")?;
        writeln!(out, "{name}_sum{{{labels}}} {}", seconds(meter.micros.load(Ordering::Relaxed)))?;
        writeln!(out, "{name}_count{{{labels}}} {total}")?;
    }
    Ok(())
}

#[allow(clippy::cast_precision_loss, reason = "a metric may lose the last digits")]
fn seconds(micros: u64) -> f64 {
    micros as f64 / 1e6
}

fn escaped(label: &str) -> String {
    label.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_go_on_after_a_reload_and_go_with_the_capability() {
        let metrics = Metrics::default();
        let one = || metrics.meter(&"a\"b".into(), "rest", "one");
        one().record(200, Duration::from_millis(3));
        one().record(503, Duration::from_secs(60));
        let text = metrics.text();
        for line in [
            "capstan_requests_total{capability=\"a\\\"b\",adapter=\"rest\",unit=\"one\",status=\"2xx\"} 1",
            "capstan_requests_total{capability=\"a\\\"b\",adapter=\"rest\",unit=\"one\",status=\"5xx\"} 1",
            "le=\"0.005\"} 1",
            "le=\"+Inf\"} 2",
        ] {
            assert!(text.contains(line), "{line}\n{text}");
        }
        metrics.retain(|_| false);
        assert!(!metrics.text().contains("one"));
    }
}
