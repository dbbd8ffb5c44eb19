//! `capstan diff` and `capstan plan`: what callers would notice, in terms of operations and tools, and whether it breaks them.

use std::{
    collections::BTreeSet,
    fmt::Write as _,
    io::{self, Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    path::PathBuf,
    time::Duration,
};

use capstan_server::{
    bundle::{
        compile::{self, Compiled},
        discovery,
    },
    capability::surface::{self, Change, Surface, Surfaces, What},
};
use serde_json::{Value, json};

use crate::{
    args::{Changes, Diff, Plan},
    exit::Exit,
    print::{complain, written},
    totals::count,
};

/// How long a server may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// Compares two versions on disk.
#[allow(clippy::disallowed_methods, reason = "whether a file or a folder was named decides what is compared")]
pub(crate) fn diff(args: &Diff) -> Exit {
    let read = |path: &PathBuf| surfaces(std::slice::from_ref(path));
    let (mut before, mut after) = match (read(&args.before), read(&args.after)) {
        (Ok(before), Ok(after)) => (before, after),
        (Err(why), _) | (_, Err(why)) => return refused(&why),
    };
    // Two files are two versions of one capability, whatever they are called.
    if args.before.is_file()
        && args.after.is_file()
        && let (Some((_, old)), Some((name, new))) = (before.pop_first(), after.pop_first())
    {
        before.insert(name.clone(), old);
        after.insert(name, new);
    }
    report(&surface::diff(&before, &after), None, args.format)
}

/// Compares a running server with what is on disk.
pub(crate) fn plan(args: &Plan) -> Exit {
    let after = match surfaces(&args.paths) {
        Ok(after) => after,
        Err(why) => return refused(&why),
    };
    let before = match running(args.control) {
        Ok(before) => before,
        Err(why) => return refused(&why),
    };
    let all = |of: &Surfaces| of.values().flat_map(|c| c.listeners.iter().cloned()).collect::<BTreeSet<_>>();
    let (old, new) = (all(&before), all(&after));
    let listeners = Listeners {
        kept: old.intersection(&new).cloned().collect(),
        added: new.difference(&old).cloned().collect(),
        dropped: old.difference(&new).cloned().collect(),
    };
    report(&surface::diff(&before, &after), Some(&listeners), args.format)
}

/// What becomes of listeners.
struct Listeners {
    kept: Vec<String>,
    added: Vec<String>,
    dropped: Vec<String>,
}

fn refused(why: &str) -> Exit {
    complain(why);
    Exit::Configuration
}

/// The surfaces of what these paths hold.
fn surfaces(paths: &[PathBuf]) -> Result<Surfaces, String> {
    let bundle = discovery::find(paths).map_err(|path| format!("{} does not exist", path.display()))?;
    let sources: Vec<_> = bundle.sources.values().collect();
    let mut surfaces = Surfaces::new();
    for (id, (compiled, ())) in compile::all(&sources, &capstan_language::Options::default(), |_, _| ()) {
        let Compiled { plan, findings, .. } = compiled;
        match plan {
            Some(plan) if !plan.exposures.is_empty() => {
                surfaces.insert(id.to_owned(), Surface::of(&plan));
            }
            Some(_) => {}
            None => {
                if let Some(error) = findings.errors.first() {
                    return Err(format!("{id} cannot be compared, it has errors\n{}", error.rendered));
                }
            }
        }
    }
    Ok(surfaces)
}

/// The surfaces of a running server.
fn running(control: SocketAddr) -> Result<Surfaces, String> {
    let unreachable =
        |error: io::Error| format!("no control plane answers at {control}: {error} (start with --control)");
    let mut stream = TcpStream::connect_timeout(&control, PATIENCE).map_err(unreachable)?;
    stream.set_read_timeout(Some(PATIENCE)).map_err(unreachable)?;
    let request = format!("GET /config/contract HTTP/1.0\r\nhost: {control}\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).map_err(unreachable)?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).map_err(unreachable)?;
    let text = String::from_utf8_lossy(&answer);
    let (head, body) = text.split_once("\r\n\r\n").ok_or_else(|| format!("{control} does not speak HTTP"))?;
    let status = head.split(' ').nth(1).unwrap_or_default();
    if status != "200" {
        return Err(format!("{control} answered {status}: {body}"));
    }
    let mut value: Value = serde_json::from_str(body).map_err(|e| format!("{control} answered no JSON: {e}"))?;
    let surfaces = value.get_mut("capabilities").map(Value::take).unwrap_or_default();
    serde_json::from_value(surfaces).map_err(|e| format!("{control} is of another version: {e}"))
}

fn report(changes: &[Change], listeners: Option<&Listeners>, format: Changes) -> Exit {
    let breaking = changes.iter().filter(|change| change.breaking).count();
    let verdict = match (changes.len(), breaking) {
        (0, _) => "unchanged",
        (_, 0) => "compatible",
        _ => "breaking",
    };
    let text = match format {
        Changes::Json => {
            let mut value = json!({"verdict": verdict, "changes": changes});
            if let (Some(listeners), Value::Object(members)) = (listeners, &mut value) {
                let Listeners { kept, added, dropped } = listeners;
                members.insert("listeners".to_owned(), json!({"kept": kept, "added": added, "dropped": dropped}));
            }
            format!("{value}\n")
        }
        Changes::Human => {
            let mut out = String::new();
            // Writing to a string does not fail.
            let _ = human(&mut out, changes, listeners, verdict, breaking);
            out
        }
    };
    let exit = if breaking > 0 { Exit::Findings } else { Exit::Ok };
    written(anstream::stdout().write_all(text.as_bytes()), exit)
}

fn human(
    out: &mut String,
    changes: &[Change],
    listeners: Option<&Listeners>,
    verdict: &str,
    breaking: usize,
) -> std::fmt::Result {
    let mut capability = "";
    for change in changes {
        if change.capability != capability {
            capability = &change.capability;
            writeln!(out, "{capability}")?;
        }
        let sign = match change.what {
            What::Added => '+',
            What::Removed => '-',
            What::Changed => '~',
        };
        let mark = if change.breaking { "  (breaking)" } else { "" };
        let words: Vec<&str> = change.unit.as_deref().into_iter().chain(change.detail.as_deref()).collect();
        let words = if words.is_empty() { "the capability".to_owned() } else { words.join(": ") };
        writeln!(out, "  {sign} {words}{mark}")?;
    }
    if let Some(listeners) = listeners {
        for (word, list) in [("kept", &listeners.kept), ("added", &listeners.added), ("dropped", &listeners.dropped)] {
            if !list.is_empty() {
                writeln!(out, "listeners {word}: {}", list.join(", "))?;
            }
        }
    }
    match verdict {
        "breaking" => writeln!(out, "breaking: {} of {}", breaking, count(changes.len(), "change")),
        "compatible" => writeln!(out, "compatible: {}", count(changes.len(), "change")),
        _ => writeln!(out, "no change for callers"),
    }
}
