//! From documents to plans, several at a time. Nothing of the sources outlives this step but what findings quote.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use capstan_language::{DocumentKind, Options};
use capstan_plan::Plan;

use crate::{
    bundle::{discovery::Source, disk::Disk, fingerprint::Fingerprint},
    finding::Findings,
};

/// One document, compiled.
#[derive(Debug)]
pub struct Compiled {
    /// What it means; none when errors concern the whole of it.
    pub plan: Option<Arc<Plan>>,
    /// What was found.
    pub findings: Findings,
    /// The files it was compiled from.
    pub fingerprint: Fingerprint,
    /// What kind of document it is.
    pub kind: DocumentKind,
}

/// Compiles one document.
#[must_use]
pub fn one(source: &Source, options: &Options) -> Compiled {
    let disk = Disk::default();
    let compilation = capstan_language::compile(&disk, &source.path, options);
    let shown = source.path.display().to_string();
    let findings = Findings::new(&compilation.diagnostics, &compilation.sources, &shown);
    let fingerprint = disk.fingerprint(compilation.inputs.iter().map(std::path::PathBuf::as_path));
    Compiled { plan: compilation.plan.map(Arc::new), findings, fingerprint, kind: compilation.kind }
}

/// Compiles all of `sources` on all cores there are, at most four, and does `then` with each where it was compiled.
#[must_use]
pub fn all<'s, T: Send>(
    sources: &[&'s Source],
    options: &Options,
    then: impl Fn(&Source, &Compiled) -> T + Sync,
) -> BTreeMap<&'s str, (Compiled, T)> {
    let next = AtomicUsize::new(0);
    let done = Mutex::new(BTreeMap::new());
    let work = || {
        while let Some(source) = sources.get(next.fetch_add(1, Ordering::Relaxed)) {
            let compiled = one(source, options);
            let more = then(source, &compiled);
            done.lock().unwrap_or_else(PoisonError::into_inner).insert(&*source.id, (compiled, more));
        }
    };
    let threads = std::thread::available_parallelism().map_or(2, usize::from).min(4).min(sources.len());
    std::thread::scope(|scope| {
        for _ in 1..threads {
            scope.spawn(work);
        }
        work();
    });
    done.into_inner().unwrap_or_else(PoisonError::into_inner)
}
