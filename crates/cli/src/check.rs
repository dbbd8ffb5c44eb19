//! `capstan check`: every problem of every document, and what would run.

mod fix;

use std::{
    collections::BTreeMap,
    io::{self, Write},
    sync::Arc,
};

use capstan_engine::{Host, PromptWeight, SystemHost};
use capstan_language::{
    Compilation, DocumentKind, Options, bundle,
    diagnostic::{Code, Diagnostic, Severity, Sink},
    render::{self, Style},
    source::SourceSet,
};
use capstan_plan::Plan;
use capstan_server::bundle::{
    discovery::{self, Source},
    disk::Disk,
    workers,
};

use crate::{
    args::{Check, Format},
    exit::Exit,
    print::{complain, say, written},
    totals::{Totals, count},
};

/// This many findings of one code are shown in full for one document.
const SHOWN: usize = 3;

/// One document, checked.
struct Checked {
    diagnostics: Vec<Diagnostic>,
    sources: SourceSet,
    totals: Totals,
    kind: DocumentKind,
}

/// Checks, prints, and says whether there were errors.
pub(crate) fn run(args: &Check) -> Exit {
    let bundle = match discovery::find(&args.paths) {
        Ok(bundle) => bundle,
        Err(path) => {
            complain(format_args!("{} does not exist", path.display()));
            return Exit::Configuration;
        }
    };
    let sources: Vec<&Source> =
        bundle.sources.values().chain(bundle.sandboxes.values()).chain(&bundle.clashes).collect();
    let options = Options {
        strict: args.strict,
        pedantic: args.pedantic,
        auto_expose: args.auto_expose,
        addressed: args.gateway,
        ..Options::default()
    };
    if args.fix {
        let fixed = fix::all(&sources, &options, args);
        if args.diff || fixed == Exit::Output {
            return fixed;
        }
    }
    let checked = all(&sources, &options);
    let mut out = io::BufWriter::new(anstream::AutoStream::auto(io::stdout()));
    let printed = print(&mut out, &checked, args.format).and_then(|()| out.flush());
    for (path, why) in &bundle.unreadable {
        say(format_args!("warning: {}: {why}", path.display()));
    }
    if checked.iter().all(|document| document.kind == DocumentKind::NotACapability) {
        let places: Vec<_> = args.paths.iter().map(|path| path.display().to_string()).collect();
        complain(format_args!("nothing to check: there is no capability file in {}", places.join(", ")));
        return Exit::Findings;
    }
    let errors = checked.iter().any(|document| document.diagnostics.iter().any(Diagnostic::is_error));
    written(printed, if errors { Exit::Findings } else { Exit::Ok })
}

fn all(sources: &[&Source], options: &Options) -> Vec<Checked> {
    let compile = |source: &&Source| capstan_language::compile(&Disk::default(), &source.path, options);
    let mut compiled = workers::map(sources, usize::MAX, compile);
    bundle::said_once(&mut compiled);
    if !options.addressed {
        bundle::conflicts(&mut compiled, options.strict);
    }
    compiled.into_iter().zip(sources).map(|(compilation, source)| one(compilation, source.named)).collect()
}

fn one(compilation: Compilation, named: bool) -> Checked {
    let mut totals = Totals::default();
    if let Some(plan) = &compilation.plan {
        totals.add(plan);
    }
    let other = compilation.kind == DocumentKind::NotACapability && !named;
    let mut diagnostics = if other { Vec::new() } else { compilation.diagnostics };
    if let Some(plan) = compilation.plan.as_ref().filter(|_| !other) {
        diagnostics.extend(files(plan, &compilation.sources));
    }
    Checked { diagnostics, sources: compilation.sources, totals, kind: compilation.kind }
}

/// What is wrong with the files a document names. One that is not there may come with the deployment; one that is there and cannot
/// be used will not get better.
fn files(plan: &Plan, sources: &SourceSet) -> Vec<Diagnostic> {
    let mut sink = Sink::new();
    let host: Arc<dyn Host> = Arc::new(SystemHost);
    for (origin, unusable) in capstan_engine::unusable_files(plan, &host) {
        let Some(span) = sources.at(&origin.file, origin.line, origin.column) else { continue };
        let message = unusable.to_string();
        let draft = match unusable.is_missing() {
            true => sink.warning(Code::UnreadableFile, span, message),
            false => sink.error(Code::UnreadableFile, span, message),
        };
        draft.help("what needs this file fails when it is called");
    }
    for found in capstan_engine::prompt_findings(plan, &host) {
        let Some(span) = sources.at(&found.origin.file, found.origin.line, found.origin.column) else { continue };
        let draft = match found.weight {
            PromptWeight::Error => sink.error(Code::UnknownName, span, found.message),
            PromptWeight::Warning => sink.warning(Code::UnknownName, span, found.message),
            PromptWeight::Note => sink.note(Code::UnusedArgument, span, found.message),
        };
        draft.help(found.help);
    }
    sink.into_diagnostics()
}

fn print(out: &mut impl Write, checked: &[Checked], format: Format) -> io::Result<()> {
    match format {
        Format::Human => human(out, checked),
        Format::Line => {
            for document in checked {
                for diagnostic in &document.diagnostics {
                    writeln!(out, "{}", render::line(diagnostic, &document.sources))?;
                }
            }
            Ok(())
        }
        Format::Json => {
            let all: Vec<_> = checked.iter().flat_map(|d| render::json(&d.diagnostics, &d.sources)).collect();
            serde_json::to_writer(&mut *out, &all)?;
            writeln!(out)
        }
        Format::Sarif => {
            let log = sarif(checked);
            serde_json::to_writer(&mut *out, &log)?;
            writeln!(out)
        }
    }
}

fn human(out: &mut impl Write, checked: &[Checked]) -> io::Result<()> {
    let mut codes: BTreeMap<(Severity, &'static str), (usize, usize)> = BTreeMap::new();
    let mut totals = Totals::default();
    for document in checked {
        totals.merge(&document.totals);
        let mut seen: BTreeMap<&'static str, usize> = BTreeMap::new();
        for diagnostic in &document.diagnostics {
            let code = diagnostic.code.name();
            let nth = seen.entry(code).or_default();
            let tally = codes.entry((diagnostic.severity, code)).or_default();
            tally.0 += 1;
            tally.1 += usize::from(*nth == 0);
            *nth += 1;
            if diagnostic.is_error() || *nth <= SHOWN {
                writeln!(out, "{}\n", render::human(diagnostic, &document.sources, Style::Coloured))?;
            } else {
                writeln!(out, "{}", render::line(diagnostic, &document.sources))?;
            }
        }
    }
    for ((severity, code), (findings, documents)) in &codes {
        let documents = count(*documents, "document");
        writeln!(out, "{:>7} {:<8} {code} in {documents}", findings, severity.name())?;
    }
    let documents = checked.iter().filter(|document| document.kind != DocumentKind::NotACapability).count();
    let sum = |severity| codes.iter().filter(|((s, _), _)| *s == severity).map(|(_, (n, _))| n).sum::<usize>();
    writeln!(
        out,
        "{}: {}, {}",
        count(documents, "document"),
        count(sum(Severity::Error), "error"),
        count(sum(Severity::Warning), "warning")
    )?;
    writeln!(out, "{totals}")
}

/// One log with one run: the results of all documents.
fn sarif(checked: &[Checked]) -> serde_json::Value {
    let mut logs = checked.iter().map(|document| render::sarif(&document.diagnostics, &document.sources));
    let Some(mut log) = logs.next() else { return render::sarif(&[], &SourceSet::new()) };
    for mut other in logs {
        for list in ["/runs/0/results", "/runs/0/tool/driver/rules"] {
            let more = other.pointer_mut(list).map(serde_json::Value::take);
            if let (Some(serde_json::Value::Array(all)), Some(serde_json::Value::Array(more))) =
                (log.pointer_mut(list), more)
            {
                let known = |item: &serde_json::Value| {
                    item.get("id").is_some() && all.iter().any(|a| a.get("id") == item.get("id"))
                };
                let new: Vec<_> = more.into_iter().filter(|item| !known(item)).collect();
                all.extend(new);
                // Positions in the list of rules have moved; the ids say the same.
                for result in all.iter_mut().filter_map(serde_json::Value::as_object_mut) {
                    result.remove("ruleIndex");
                }
            }
        }
    }
    log
}
