//! The front door: one file (and what it imports) to a Plan and everything there is to say about it.

mod import;

use std::{
    path::{Path, PathBuf},
    rc::Rc,
};

use capstan_plan::{FilePath, Plan};

use crate::{
    auto,
    diagnostic::{Code, Diagnostic, Sink},
    document::{self, Document},
    link,
    model::{Import, PortDecl, Spec},
    openapi::OpenApi,
    read,
    source::{FileId, Files, SourceSet, Span},
};

/// How a document is read.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Every deviation and unknown key is an error.
    pub strict: bool,
    /// A document that exposes nothing gets an exposure of everything it consumes (rule D4).
    pub auto_expose: bool,
    /// Exposures are served at an address that is given elsewhere: none needs a port.
    pub addressed: bool,
    /// Folders in which imports are looked for last (rule D3).
    pub search: Vec<PathBuf>,
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
    let mut loader = Loader { files, sources: SourceSet::new(), inputs: Vec::new() };
    let (plan, kind) = loader.compile(path, options, &mut sink);
    let mut diagnostics = sink.into_diagnostics();
    if options.strict {
        for diagnostic in &mut diagnostics {
            if diagnostic.severity == crate::diagnostic::Severity::Warning {
                diagnostic.severity = crate::diagnostic::Severity::Error;
            }
        }
    }
    Compilation { plan, diagnostics, sources: loader.sources, inputs: loader.inputs, kind }
}

struct Loader<'f> {
    files: &'f dyn Files,
    sources: SourceSet,
    inputs: Vec<PathBuf>,
}

impl Loader<'_> {
    fn read(&mut self, path: &Path) -> std::io::Result<Vec<u8>> {
        self.inputs.push(path.to_owned());
        self.files.read(path)
    }

    fn load(&mut self, path: &Path, sink: &mut Sink) -> Option<(FileId, Option<Document>)> {
        match self.read(path) {
            Ok(bytes) => Some(document::load(&mut self.sources, &path.display().to_string(), bytes, sink)),
            Err(error) => {
                let file = self.sources.add(&path.display().to_string(), "");
                sink.error(
                    Code::UnreadableFile,
                    Span::new(file, 0, 0),
                    format!("cannot read {}: {}", path.display(), reason(&error)),
                )
                .help("check that the file exists and may be read");
                None
            }
        }
    }

    fn compile(&mut self, path: &Path, options: &Options, sink: &mut Sink) -> (Option<Plan>, DocumentKind) {
        let stem = stem(path);
        let folder = path.parent().unwrap_or(Path::new("")).to_owned();
        let Some((_, document)) = self.load(path, sink) else { return (None, DocumentKind::Capability) };
        let Some(document) = document else { return (None, DocumentKind::Capability) };
        if !read::classify(&document.root) {
            sink.note(Code::NotACapability, document.root.span, "this is not a capability document")
                .help("a capability has a `naftiko` or `ikanos` version, or a `capability`");
            return (None, DocumentKind::NotACapability);
        }
        let Some(mut spec) = read::spec(&document, &stem, sink) else { return (None, DocumentKind::Capability) };
        spec.addressed = options.addressed;
        let imported = self.imports(&spec, &folder, options, sink);
        for (import, document, stem) in &imported {
            import::merge(&mut spec, import, document, stem, sink);
        }
        let auto = options.auto_expose.then(|| auto::exposes(&spec, &stem)).flatten().and_then(|text| {
            let name = format!("{} (exposed automatically)", path.display());
            sink.report(
                Code::AutoExpose,
                document.root.span,
                "the document exposes nothing: everything it consumes is exposed",
            )
            .help(Code::AutoExpose.doc().fix);
            document::load(&mut self.sources, &name, text.into_bytes(), sink).1
        });
        if let Some(auto) = &auto
            && let Some(exposed) = read::spec(auto, &stem, sink)
        {
            spec.exposes = exposed.exposes;
            spec.exposes.iter_mut().for_each(|expose| expose.port = PortDecl::Free);
        }
        let openapi = self.openapi(&spec, path, &folder, sink);
        let plan = link::link(&spec, &self.sources, &openapi, &stem, sink);
        let kind = if plan.sandbox.is_some() {
            DocumentKind::Sandbox
        } else if plan.exposures.is_empty() {
            DocumentKind::Library
        } else {
            DocumentKind::Capability
        };
        document.locate(sink.diagnostics_mut());
        (Some(plan), kind)
    }

    /// Rule D3: loads what `spec` imports, each file once per import.
    fn imports<'d>(
        &mut self,
        spec: &Spec<'d>,
        folder: &Path,
        options: &Options,
        sink: &mut Sink,
    ) -> Vec<(Import<'d>, Document, String)> {
        let mut out = Vec::new();
        for import in &spec.imports {
            let written = import.location.value.trim();
            if written.contains("://") && !written.starts_with("file://") {
                sink.error(
                    Code::UnresolvedImport,
                    import.location.span,
                    format!("`{written}` is not a file: imports are never fetched"),
                )
                .help("download it and import the file");
                continue;
            }
            let mut candidates: Vec<PathBuf> = beside(folder, written).into_iter().collect();
            let is_below_root = beside(Path::new(""), written).is_some_and(|path| path.starts_with("capabilities"));
            if let (Some(parent), true) = (folder.parent(), is_below_root) {
                candidates.extend(beside(parent, written));
            }
            candidates.extend(options.search.iter().filter_map(|dir| beside(dir, written)));
            let found = candidates.iter().find(|path| self.files.exists(path)).cloned();
            let Some(path) = found else {
                self.inputs.extend(candidates);
                sink.error(
                    Code::UnresolvedImport,
                    import.location.span,
                    format!("imported file `{written}` is not there"),
                )
                .help("paths are relative to this document");
                continue;
            };
            if let Some((_, Some(document))) = self.load(&path, sink) {
                out.push((import.clone(), document, stem(&path)));
            }
        }
        out
    }

    /// The OpenAPI document of each consumed API: named by `openapi`, or beside the file as `<stem>.openapi.yaml`.
    fn openapi(&mut self, spec: &Spec<'_>, path: &Path, folder: &Path, sink: &mut Sink) -> Vec<Option<Rc<OpenApi>>> {
        let full = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        let stem = full.rsplit_once('.').map_or(full.as_str(), |(stem, _)| stem);
        let unnamed = ["yaml", "yml", "json"]
            .map(|ext| folder.join(format!("{stem}.openapi.{ext}")))
            .into_iter()
            .find(|p| self.files.exists(p));
        if unnamed.is_none() {
            self.inputs.push(folder.join(format!("{stem}.openapi.yaml")));
        }
        let mut shared: Option<Option<Rc<OpenApi>>> = None;
        spec.consumes
            .iter()
            .map(|api| match api.openapi {
                Some(named) => {
                    let found = beside(folder, named.value).filter(|path| {
                        let exists = self.files.exists(path);
                        if !exists {
                            self.inputs.push(path.clone());
                        }
                        exists
                    });
                    let Some(path) = found else {
                        sink.error(
                            Code::UnresolvedImport,
                            named.span,
                            format!("OpenAPI document `{}` is not there", named.value),
                        )
                        .help("paths are relative to this document");
                        return None;
                    };
                    self.read_openapi(&path, sink)
                }
                None => {
                    let path = unnamed.as_ref()?;
                    shared.get_or_insert_with(|| self.read_openapi(path, sink)).clone()
                }
            })
            .collect()
    }

    fn read_openapi(&mut self, path: &Path, sink: &mut Sink) -> Option<Rc<OpenApi>> {
        let (_, document) = self.load(path, sink)?;
        OpenApi::read(&document?, sink).map(Rc::new)
    }
}

/// The path of a file as a document in `folder` names it.
fn beside(folder: &Path, written: &str) -> Option<PathBuf> {
    FilePath::beside(&folder.display().to_string(), written).map(|path| PathBuf::from(path.as_str()))
}

/// The file's name without its extension (and without `.sandbox`, `.naftiko`, `.ikanos`).
fn stem(path: &Path) -> String {
    let name = path.file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default();
    for suffix in [".sandbox", ".naftiko", ".ikanos"] {
        if let Some(short) = name.strip_suffix(suffix) {
            return short.to_owned();
        }
    }
    name
}

fn reason(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "there is no such file".to_owned(),
        std::io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        std::io::ErrorKind::IsADirectory => "it is a folder".to_owned(),
        _ => error.to_string(),
    }
}

#[cfg(test)]
mod tests;
