//! From documents to plans, several at a time. Nothing of the sources outlives this step but what findings quote.

use std::{collections::BTreeMap, sync::Arc};

use capstan_language::{DocumentKind, Options};
use capstan_plan::Plan;

use crate::{
    bundle::{discovery::Source, disk::Disk, fingerprint::Fingerprint, workers},
    finding::{Findings, Warning},
};

/// More threads than this wait for the disk and for memory.
const THREADS: usize = 4;

/// One document, compiled.
#[derive(Debug)]
pub struct Compiled {
    /// What it means; none when errors concern the whole of it.
    pub plan: Option<Arc<Plan>>,
    /// What was found.
    pub findings: Findings,
    /// Its warnings in words, which nothing keeps.
    pub warnings: Vec<Warning>,
    /// The files it was compiled from.
    pub fingerprint: Fingerprint,
    /// What kind of document it is.
    pub kind: DocumentKind,
}

/// Compiles one document.
#[must_use]
pub fn one(source: &Source, options: &Options) -> Compiled {
    let disk = Disk::with(&source.path, source.text.clone());
    let compilation = capstan_language::compile(&disk, &source.path, options);
    let shown = source.path.display().to_string();
    let findings = Findings::new(&compilation.diagnostics, &compilation.sources, &shown);
    let warnings = Warning::all(&compilation.diagnostics, &compilation.sources);
    let fingerprint = disk.fingerprint(compilation.inputs.iter().map(std::path::PathBuf::as_path));
    Compiled { plan: compilation.plan.map(Arc::new), findings, warnings, fingerprint, kind: compilation.kind }
}

/// Compiles all of `sources` on several threads, and does `then` with each where it was compiled.
#[must_use]
pub fn all<'s, T: Send>(
    sources: &[&'s Source],
    options: &Options,
    then: impl Fn(&Source, &Compiled) -> T + Sync,
) -> BTreeMap<&'s str, (Compiled, T)> {
    let work = |source: &&'s Source| {
        let compiled = one(source, options);
        let more = then(source, &compiled);
        (&*source.id, (compiled, more))
    };
    workers::map(sources, THREADS, work).into_iter().collect()
}
