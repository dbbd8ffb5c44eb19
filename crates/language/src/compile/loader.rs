//! Which files a document needs, and reading each of them once: imports (rule D3) and OpenAPI documents.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    rc::Rc,
};

use capstan_plan::FilePath;

use crate::{
    check,
    diagnostic::{Code, Sink},
    document::{self, Document},
    model::{Import, Spec},
    openapi::{Intake, OpenApiHandle, Readings},
    read,
    source::{FileId, Files, SourceSet, Span},
    suggest::nearest,
};

/// How many imports are followed to find a way back.
const MAX_CHAIN: usize = 16;

/// The files of one compilation.
pub(super) struct Loader<'f> {
    files: &'f dyn Files,
    sources: SourceSet,
    inputs: Vec<PathBuf>,
    loaded: HashMap<PathBuf, Option<Rc<Document>>>,
    openapi: HashMap<PathBuf, Option<OpenApiHandle>>,
    /// Texts of OpenAPI documents: nobody writes secrets there, and they are read once for many.
    shared: Vec<FileId>,
}

/// An import and the document it names.
pub(super) struct Imported<'d> {
    pub(super) import: Import<'d>,
    pub(super) document: Rc<Document>,
    /// What its author did not name is called by this.
    pub(super) stem: String,
    /// The way from the importing document back to it, when the imported one leads there.
    pub(super) cycle: Option<String>,
}

impl<'f> Loader<'f> {
    pub(super) fn new(files: &'f dyn Files) -> Self {
        let (loaded, openapi) = (HashMap::new(), HashMap::new());
        let sources = SourceSet::new();
        Self { files, sources, inputs: Vec::new(), loaded, openapi, shared: Vec::new() }
    }

    /// The texts, every file read or looked for, and which of the texts could be parsed.
    pub(super) fn into_parts(self) -> (SourceSet, Vec<PathBuf>, Vec<FileId>) {
        let documents = self.loaded.values().flatten().map(|document| document.root.span.file);
        let parsed = documents.chain(self.shared).collect();
        (self.sources, self.inputs, parsed)
    }

    pub(super) fn sources(&self) -> &SourceSet {
        &self.sources
    }

    pub(super) fn sources_mut(&mut self) -> &mut SourceSet {
        &mut self.sources
    }

    /// The text of the document itself.
    pub(super) fn first_text(&self) -> Option<&str> {
        self.sources.iter().next().map(|(_, file)| &*file.text)
    }

    /// The document in a file; what is wrong with it is said the first time.
    pub(super) fn load(&mut self, path: &Path, sink: &mut Sink) -> Option<Rc<Document>> {
        if let Some(known) = self.loaded.get(path) {
            return known.clone();
        }
        let mut document = self.read(path, sink);
        if let Some(document) = document.as_mut().filter(|document| read::is_importable(&document.root)) {
            check::spelling(document, sink);
        }
        let document = document.map(Rc::new);
        self.loaded.insert(path.to_owned(), document.clone());
        document
    }

    fn read(&mut self, path: &Path, sink: &mut Sink) -> Option<Document> {
        self.inputs.push(path.to_owned());
        match self.files.read(path) {
            Ok(bytes) => document::load(&mut self.sources, &path.display().to_string(), bytes, sink).1,
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

    /// Rule D3: what the document at `path` imports.
    pub(super) fn imports<'d>(
        &mut self,
        spec: &Spec<'d>,
        path: &Path,
        search: &[PathBuf],
        sink: &mut Sink,
    ) -> Vec<Imported<'d>> {
        let mut out = Vec::new();
        for import in &spec.imports {
            let Some(found) = self.locate(import, path, search, sink) else { continue };
            let Some(document) = self.load(&found, sink) else { continue };
            let name = import.location.value;
            if document.root.is_null() || !read::is_importable(&document.root) {
                let what = if document.root.is_null() { "empty" } else { "not a capability document" };
                sink.error(Code::UnresolvedImport, import.location.span, format!("`{name}` is {what}"))
                    .help("import a file that declares what you need");
                continue;
            }
            out.push(Imported { import: import.clone(), document, stem: stem(&found), cycle: None });
        }
        // What imports lead to is read after everything they name, whose faults have been said by then.
        for one in &mut out {
            let found = self.find(one.import.location.value, path, search).ok();
            one.cycle = found.and_then(|found| self.cycle(&found, path, search));
        }
        out
    }

    /// The file an import names; said when there is none.
    fn locate(&mut self, import: &Import<'_>, path: &Path, search: &[PathBuf], sink: &mut Sink) -> Option<PathBuf> {
        let (written, span) = (import.location.value.trim(), import.location.span);
        if written.contains("://") && !written.starts_with("file://") {
            sink.error(Code::UnresolvedImport, span, format!("`{written}` is not a file: imports are never fetched"))
                .help("download it and import the file");
            return None;
        }
        match self.find(written, path, search) {
            Ok(found) => Some(found),
            Err(candidates) => {
                let near = candidates.first().and_then(|path| self.neighbour(written, path));
                self.inputs.extend(candidates);
                let draft = sink.error(Code::UnresolvedImport, span, format!("imported file `{written}` is not there"));
                drop(match near {
                    Some(near) => draft.help(format!("did you mean `{near}`?")),
                    None => draft.help("paths are relative to this document"),
                });
                None
            }
        }
    }

    /// What is to be written for a file beside the one that is not there, when its name is near.
    fn neighbour(&self, written: &str, path: &Path) -> Option<String> {
        let (folder, name) = (path.parent()?, path.file_name()?.to_str()?);
        let names = self.files.names(folder);
        let documents = names.iter().map(String::as_str).filter(|name| {
            Path::new(name)
                .extension()
                .is_some_and(|extension| ["yaml", "yml", "json"].iter().any(|known| extension == *known))
        });
        let near = nearest(name, documents)?;
        Some(format!("{}{near}", written.strip_suffix(name)?))
    }

    /// The first file that `written` may mean in the document at `path`, or all that were looked for.
    fn find(&self, written: &str, path: &Path, search: &[PathBuf]) -> Result<PathBuf, Vec<PathBuf>> {
        let written = written.trim();
        let folder = path.parent().unwrap_or(Path::new(""));
        let mut candidates: Vec<PathBuf> = beside(folder, written).into_iter().collect();
        let is_below_root = beside(Path::new(""), written).is_some_and(|path| path.starts_with("capabilities"));
        if let (Some(parent), true) = (folder.parent(), is_below_root) {
            candidates.extend(beside(parent, written));
        }
        candidates.extend(search.iter().filter_map(|dir| beside(dir, written)));
        candidates.iter().find(|path| self.files.exists(path)).cloned().ok_or(candidates)
    }

    /// The way from `main` over `imported` back to `main`, as people read it.
    fn cycle(&mut self, imported: &Path, main: &Path, search: &[PathBuf]) -> Option<String> {
        let main = main.file_name().and_then(|name| beside(main.parent()?, name.to_str()?))?;
        let mut waiting = vec![vec![imported.to_owned()]];
        let mut seen: Vec<PathBuf> = Vec::new();
        while let Some(way) = waiting.pop() {
            let Some(last) = way.last().filter(|last| way.len() < MAX_CHAIN && !seen.contains(last)).cloned() else {
                continue;
            };
            if last == main {
                let names = std::iter::once(&main).chain(&way);
                return Some(names.map(|path| path.display().to_string()).collect::<Vec<_>>().join(" -> "));
            }
            seen.push(last.clone());
            // What is wrong with a document further on is said where that one is checked.
            let Some(document) = self.load(&last, &mut Sink::new()) else { continue };
            let Some(spec) = read::spec(&document, "", &mut Sink::new()) else { continue };
            for import in &spec.imports {
                if let Ok(next) = self.find(import.location.value, &last, search) {
                    waiting.push(way.iter().cloned().chain([next]).collect());
                }
            }
        }
        None
    }

    /// The OpenAPI document of each consumed API: named by `openapi`, or beside the file as `<stem>.openapi.yaml`.
    pub(super) fn openapi(
        &mut self,
        spec: &Spec<'_>,
        path: &Path,
        readings: &Readings,
        sink: &mut Sink,
    ) -> Vec<Option<OpenApiHandle>> {
        let folder = path.parent().unwrap_or(Path::new(""));
        let full = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        let stem = full.rsplit_once('.').map_or(full.as_str(), |(stem, _)| stem);
        let unnamed = ["yaml", "yml", "json"]
            .map(|ext| folder.join(format!("{stem}.openapi.{ext}")))
            .into_iter()
            .find(|p| self.files.exists(p));
        if unnamed.is_none() {
            self.inputs.push(folder.join(format!("{stem}.openapi.yaml")));
        }
        let mut documents = Vec::new();
        for api in &spec.consumes {
            let path = match api.openapi {
                None => unnamed.clone(),
                Some(named) => {
                    let found = beside(folder, named.value);
                    let exists = found.as_ref().is_some_and(|path| self.files.exists(path));
                    if !exists {
                        self.inputs.extend(found.clone());
                        let message = format!("OpenAPI document `{}` is not there", named.value);
                        let near = found.as_ref().and_then(|path| self.neighbour(named.value, path));
                        let help = near.map(|near| format!("did you mean `{near}`?"));
                        sink.error(Code::UnresolvedImport, named.span, message)
                            .help(help.unwrap_or_else(|| "paths are relative to this document".to_owned()));
                    }
                    found.filter(|_| exists)
                }
            };
            documents.push(path.and_then(|path| self.read_openapi(&path, readings, sink)));
        }
        documents
    }

    fn read_openapi(&mut self, path: &Path, readings: &Readings, sink: &mut Sink) -> Option<OpenApiHandle> {
        if let Some(known) = self.openapi.get(path) {
            return known.clone();
        }
        let intake = Intake { sources: &mut self.sources, inputs: &mut self.inputs };
        let read = readings.read(self.files, path, intake, sink);
        self.shared.extend(read.iter().flat_map(|handle| handle.files().to_vec()));
        self.openapi.insert(path.to_owned(), read.clone());
        read
    }
}

/// The path of a file as a document in `folder` names it.
fn beside(folder: &Path, written: &str) -> Option<PathBuf> {
    FilePath::beside(&folder.display().to_string(), written).map(|path| PathBuf::from(path.as_str()))
}

/// The file's name without its extension (and without `.sandbox`, `.naftiko`, `.ikanos`).
pub(super) fn stem(path: &Path) -> String {
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
