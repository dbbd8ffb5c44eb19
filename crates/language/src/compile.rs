//! The front door: one file (and what it imports) to a Plan and everything there is to say about it.

mod consequences;
mod import;
mod loader;

use std::path::{Path, PathBuf};

use capstan_plan::Plan;

use self::loader::{Loader, stem};
use crate::{
    auto,
    diagnostic::{Code, Diagnostic, Severity, Sink},
    document::{self, Document},
    link, lint,
    model::{PortDecl, Spec},
    openapi::Readings,
    read,
    source::{Files, SourceSet},
    standard,
};

/// How a document is read.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Every deviation and unknown key is an error, and so is everything the official JSON Schema rejects.
    pub strict: bool,
    /// Style is looked at too: missing descriptions and tags, trailing slashes, placeholder hosts.
    pub pedantic: bool,
    /// A document that exposes nothing gets an exposure of everything it consumes (rule D4).
    pub auto_expose: bool,
    /// Exposures are served at an address that is given elsewhere: none needs a port.
    pub addressed: bool,
    /// Folders in which imports are looked for last (rule D3).
    pub search: Vec<PathBuf>,
    /// OpenAPI documents that were read already: those who share them read each once.
    pub readings: Readings,
}

/// What a file turned out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DocumentKind {
    /// It serves something.
    Capability,
    /// It only declares parts for others.
    Library,
    /// It stands in for upstreams.
    Sandbox,
    /// It is no capability document.
    NotACapability,
}

/// The outcome of [`compile`].
#[derive(Debug)]
pub struct Compilation {
    /// The plan; `None` when the document as a whole is unusable.
    pub plan: Option<Plan>,
    /// Everything found, in document order.
    pub diagnostics: Vec<Diagnostic>,
    /// The texts, for rendering.
    pub sources: SourceSet,
    /// Every file read or looked for.
    pub inputs: Vec<PathBuf>,
    /// What the file is.
    pub kind: DocumentKind,
}

/// Compiles the document at `path`.
pub fn compile(files: &dyn Files, path: &Path, options: &Options) -> Compilation {
    let mut sink = Sink::new();
    let mut loader = Loader::new(files);
    let (plan, kind) = document(&mut loader, path, options, &mut sink);
    let mut diagnostics = consequences::settled(sink.into_diagnostics());
    if options.strict {
        for diagnostic in &mut diagnostics {
            if diagnostic.severity == Severity::Warning {
                diagnostic.severity = Severity::Error;
            }
        }
    }
    diagnostics.sort_by_key(|diagnostic| diagnostic.span().map(|span| (span.file, span.start)));
    let (mut sources, inputs, parsed) = loader.into_parts();
    for label in diagnostics.iter_mut().flat_map(|diagnostic| &mut diagnostic.labels) {
        label.span = sources.whole_characters(label.span);
    }
    for diagnostic in &mut diagnostics {
        diagnostic.fix = diagnostic.fix.take().and_then(|fix| fix.settled(&sources));
    }
    if !diagnostics.is_empty() {
        lint::secrets::conceal(&mut diagnostics, &mut sources, &parsed);
    }
    Compilation { plan, diagnostics, sources, inputs, kind }
}

fn document(loader: &mut Loader<'_>, path: &Path, options: &Options, sink: &mut Sink) -> (Option<Plan>, DocumentKind) {
    let stem = stem(path);
    let Some(document) = loader.load(path, sink) else {
        let other = loader.first_text().is_some_and(read::is_openapi_text);
        return (None, if other { DocumentKind::NotACapability } else { DocumentKind::Capability });
    };
    if !read::classify(&document.root) {
        not_a_capability(&document, sink);
        return (None, DocumentKind::NotACapability);
    }
    let Some(mut spec) = read::spec(&document, &stem, sink) else { return (None, DocumentKind::Capability) };
    spec.addressed = options.addressed;
    let imported = loader.imports(&spec, path, &options.search, sink);
    for one in &imported {
        import::merge(&mut spec, one, sink);
    }
    let auto = auto_exposed(loader, &spec, &document, (path, &stem), options, sink);
    if let Some(auto) = &auto
        && let Some(exposed) = read::spec(auto, &stem, sink)
    {
        spec.exposes = exposed.exposes;
        spec.exposes.iter_mut().for_each(|expose| expose.port = PortDecl::Free);
    }
    let openapi = loader.openapi(&spec, path, &options.readings, sink);
    let plan = link::link(&spec, loader.sources(), &openapi, &stem, sink);
    let imported: Vec<&Document> = imported.iter().map(|one| &*one.document).collect();
    lint::lint(
        &lint::Subject { document: &document, imported: &imported, spec: &spec, plan: &plan },
        options.pedantic,
        sink,
    );
    let kind = if plan.sandbox.is_some() {
        DocumentKind::Sandbox
    } else if plan.exposures.is_empty() {
        DocumentKind::Library
    } else {
        DocumentKind::Capability
    };
    document.locate(sink.diagnostics_mut());
    if options.strict && kind != DocumentKind::Sandbox {
        standard::check(&document, sink);
    }
    (Some(plan), kind)
}

fn not_a_capability(document: &Document, sink: &mut Sink) {
    let (message, help) = match document.root.is_null() {
        true => ("this file is empty", "write a capability into it, or remove it"),
        false => {
            ("this is not a capability document", "a capability has a `naftiko` or `ikanos` version, or a `capability`")
        }
    };
    sink.note(Code::NotACapability, document.root.span, message).help(help);
}

/// Rule D4: the exposures of a document that has none, as a document of their own.
fn auto_exposed(
    loader: &mut Loader<'_>,
    spec: &Spec<'_>,
    document: &Document,
    (path, stem): (&Path, &str),
    options: &Options,
    sink: &mut Sink,
) -> Option<Document> {
    let text = options.auto_expose.then(|| auto::exposes(spec, stem)).flatten()?;
    let name = format!("{} (exposed automatically)", path.display());
    sink.report(
        Code::AutoExpose,
        document.root.span,
        "the document exposes nothing: everything it consumes is exposed",
    )
    .help(Code::AutoExpose.help());
    document::load(loader.sources_mut(), &name, text.into_bytes(), sink).1
}

#[cfg(test)]
mod tests;
