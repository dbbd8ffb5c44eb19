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
    capability::surface::{self, Change, Class, Reach, Surface, Surfaces, What},
};
use serde_json::{Value, json};

use crate::{
    args::{Changes, Diff, Plan},
    exit::Exit,
    print::{complain, say, written},
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
    let running = match running(args.control) {
        Ok(running) => running,
        Err(why) => return refused(&why),
    };
    let (before, mut after) = (running.surfaces, after);
    // Which values there are the server knows; of new names it tells when they are saved.
    for (id, surface) in &mut after {
        surface.lacking = before.get(id).map(|before| before.lacking.clone()).unwrap_or_default();
    }
    let all = |of: &Surfaces| of.values().flat_map(|c| c.listeners.iter().cloned()).collect::<BTreeSet<_>>();
    let (old, new) = (all(&before), all(&after));
    let listeners = Listeners {
        kept: old.intersection(&new).cloned().collect(),
        added: new.difference(&old).cloned().collect(),
        dropped: old.difference(&new).cloned().collect(),
    };
    let reach = if running.gateway { Reach::Elsewhere } else { Reach::Declared };
    let ids: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let changes: Vec<Change> =
        ids.into_iter().flat_map(|id| reach.changes(id, before.get(id), after.get(id))).collect();
    let exit = report(&changes, Some(&listeners), args.format);
    if !args.accept {
        return exit;
    }
    let broken: BTreeSet<&str> =
        changes.iter().filter(|change| change.is_breaking()).map(|change| change.capability.as_str()).collect();
    for id in broken {
        let Some(old) = before.get(id) else { continue };
        if let Err(why) = accept(args.control, id, &Surface::hash(after.get(id), old)) {
            return refused(&why);
        }
    }
    Exit::Ok
}

/// Confirms the contract of one capability.
fn accept(control: SocketAddr, id: &str, hash: &str) -> Result<(), String> {
    let body = json!({"capability": id, "hash": hash}).to_string();
    let (status, answer) = ask(control, "POST", "/config/accept", &body)?;
    let answer: Value = serde_json::from_str(&answer).unwrap_or_default();
    let says = |name: &str| answer.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    match &*status {
        "200" => say(format_args!("{id}: accepted, {hash} is served")),
        "202" => say(format_args!("{id}: accepted, {hash} is taken as soon as it is saved")),
        _ => return Err(format!("{id}: {hash} is not accepted: {}{}", says("reason"), says("detail"))),
    }
    Ok(())
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

/// What a running server says of itself.
struct Running {
    surfaces: Surfaces,
    /// Whether callers reach it elsewhere than documents say.
    gateway: bool,
}

/// The contracts of a running server.
fn running(control: SocketAddr) -> Result<Running, String> {
    let (status, body) = ask(control, "GET", "/config/contract", "")?;
    if status != "200" {
        return Err(format!("{control} answered {status}: {body}"));
    }
    let mut value: Value = serde_json::from_str(&body).map_err(|e| format!("{control} answered no JSON: {e}"))?;
    let surfaces = value.get_mut("capabilities").map(Value::take).unwrap_or_default();
    let surfaces = serde_json::from_value(surfaces).map_err(|e| format!("{control} is of another version: {e}"))?;
    Ok(Running { surfaces, gateway: value.get("gateway") == Some(&Value::Bool(true)) })
}

/// Asks a control plane. Says the status and the body.
fn ask(control: SocketAddr, method: &str, path: &str, body: &str) -> Result<(String, String), String> {
    let unreachable =
        |error: io::Error| format!("no control plane answers at {control}: {error} (start with --control)");
    let mut stream = TcpStream::connect_timeout(&control, PATIENCE).map_err(unreachable)?;
    stream.set_read_timeout(Some(PATIENCE)).map_err(unreachable)?;
    let kind = if body.is_empty() { "" } else { "content-type: application/json\r\n" };
    let length = body.len();
    let request = format!(
        "{method} {path} HTTP/1.0\r\nhost: {control}\r\nconnection: close\r\n{kind}content-length: {length}\r\n\r\n{body}"
    );
    stream.write_all(request.as_bytes()).map_err(unreachable)?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).map_err(unreachable)?;
    let text = String::from_utf8_lossy(&answer);
    let (head, body) = text.split_once("\r\n\r\n").ok_or_else(|| format!("{control} does not speak HTTP"))?;
    let status = head.split(' ').nth(1).unwrap_or_default();
    Ok((status.to_owned(), body.to_owned()))
}

fn report(changes: &[Change], listeners: Option<&Listeners>, format: Changes) -> Exit {
    let breaking = changes.iter().filter(|change| change.is_breaking()).count();
    let verdict = surface::verdict(changes);
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
            What::Changed | What::Rewired => '~',
        };
        let mark = match change.class {
            Class::Breaking => "  (breaking)",
            Class::Wording => "  (wording)",
            Class::Compatible => "",
        };
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
        "compatible" | "wording" => writeln!(out, "{verdict}: {}", count(changes.len(), "change")),
        _ => writeln!(out, "no change for callers"),
    }
}
