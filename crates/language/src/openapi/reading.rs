//! Owns reading OpenAPI documents, each content once however many files name it, with the files their references lead to.
//! What a reading holds has places of its own; a handle makes them places among the texts of one compilation.

use super::api::OpenApi;
use super::parts::{Parts, others, split};
use crate::diagnostic::{Code, Diagnostic, Sink};
use crate::document::{self, Document};
use crate::source::{FileId, Files, SourceSet, Span};
use capstan_plan::FilePath;
use std::collections::HashMap;
use std::fmt;
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// How many files one document may be made of.
const MAX_FILES: usize = 64;

/// Everything that was read from one text, once for each set of files its references lead to.
type Versions = Arc<Mutex<Vec<Arc<Reading>>>>;

/// OpenAPI documents by content. Clones share what was read.
#[derive(Clone, Default)]
pub struct Readings {
    texts: Arc<Mutex<HashMap<Arc<str>, Versions>>>,
}

/// One document with the files its references lead to.
struct Reading {
    api: Option<Arc<OpenApi>>,
    /// Its texts, by local file.
    sources: SourceSet,
    /// Which file means which other one by a name, in the order in which they were found.
    links: Vec<(FileId, Box<str>, FileId)>,
    /// Which of the files are not there.
    missing: Vec<FileId>,
    faults: Vec<Diagnostic>,
}

/// What reading adds to a compilation: texts, and every file read or looked for.
pub(crate) struct Intake<'i> {
    /// The texts of the compilation.
    pub(crate) sources: &'i mut SourceSet,
    /// Every file read or looked for.
    pub(crate) inputs: &'i mut Vec<PathBuf>,
}

/// A document as one compilation sees it.
#[derive(Clone, Debug)]
pub(crate) struct OpenApiHandle {
    api: Arc<OpenApi>,
    files: Vec<FileId>,
}

impl Readings {
    /// Reads the document at `path`; what is wrong with it is said to `sink`. Nothing when it cannot be read at all.
    pub(crate) fn read(
        &self,
        files: &dyn Files,
        path: &Path,
        intake: Intake<'_>,
        sink: &mut Sink,
    ) -> Option<OpenApiHandle> {
        intake.inputs.push(path.to_owned());
        let bytes = match files.read(path) {
            Ok(bytes) => bytes,
            Err(error) => {
                let file = intake.sources.add(&path.display().to_string(), "");
                let message = format!("cannot read {}: {error}", path.display());
                sink.error(Code::UnreadableFile, Span::new(file, 0, 0), message)
                    .help("check that the file exists and may be read");
                return None;
            }
        };
        let (reading, paths) = self.reading(files, path, bytes);
        intake.inputs.extend(paths.iter().skip(1).cloned());
        let adopted = paths.iter().zip(reading.sources.iter());
        let ids: Vec<FileId> =
            adopted.map(|(path, (_, file))| intake.sources.adopt(&path.display().to_string(), file)).collect();
        for fault in &reading.faults {
            let mut fault = fault.clone();
            fault.labels.iter_mut().for_each(|label| label.span = placed(&ids, label.span));
            fault.fix = None;
            sink.push(fault);
        }
        Some(OpenApiHandle { api: reading.api.clone()?, files: ids })
    }

    /// The reading of a text, made when there is none yet, with the paths of its files.
    fn reading(&self, files: &dyn Files, path: &Path, bytes: Vec<u8>) -> (Arc<Reading>, Vec<PathBuf>) {
        let (text, invalid) = document::decode(bytes);
        let text: Arc<str> = text.into();
        let versions = {
            let mut texts = self.texts.lock().unwrap_or_else(PoisonError::into_inner);
            texts.entry(text.clone()).or_default().clone()
        };
        // Whoever reads the same text waits for the one who reads it first.
        let mut versions = versions.lock().unwrap_or_else(PoisonError::into_inner);
        for known in versions.iter() {
            if let Some(paths) = known.paths(files, path) {
                return (known.clone(), paths);
            }
        }
        let mut reader = Reader::new(files, path);
        reader.enter(text, invalid);
        let (reading, paths) = reader.finish();
        let reading = Arc::new(reading);
        versions.push(reading.clone());
        (reading, paths)
    }
}

impl Reading {
    /// The paths of its files when the document lies at `path`, if they hold the same there.
    fn paths(&self, files: &dyn Files, path: &Path) -> Option<Vec<PathBuf>> {
        let mut paths = vec![path.to_owned()];
        for (from, name, to) in &self.links {
            let found = resolved(paths.get(from.0 as usize)?, name)?;
            match paths.get(to.0 as usize) {
                Some(known) if *known == found => {}
                Some(_) => return None,
                None => {
                    let read = files.read(&found).ok().map(|bytes| document::decode(bytes).0);
                    let known = self.sources.get(*to).filter(|_| !self.missing.contains(to));
                    if read.as_deref() != known.map(|file| &*file.text) {
                        return None;
                    }
                    paths.push(found);
                }
            }
        }
        Some(paths)
    }
}

/// One reading in the making.
struct Reader<'r> {
    files: &'r dyn Files,
    paths: Vec<PathBuf>,
    sources: SourceSet,
    parts: Parts,
    links: Vec<(FileId, Box<str>, FileId)>,
    missing: Vec<FileId>,
    sink: Sink,
}

impl<'r> Reader<'r> {
    fn new(files: &'r dyn Files, path: &Path) -> Self {
        Self {
            files,
            paths: vec![path.to_owned()],
            sources: SourceSet::new(),
            parts: Parts::default(),
            links: Vec::new(),
            missing: Vec::new(),
            sink: Sink::new(),
        }
    }

    /// Parses a text as the next file.
    fn enter(&mut self, text: Arc<str>, invalid: Option<usize>) {
        let name = self.paths.get(self.parts.roots.len()).map(|path| path.display().to_string()).unwrap_or_default();
        let file = self.sources.add(&name, text.clone());
        let document = document::parse_decoded(file, &text, invalid, &mut self.sink);
        self.parts.roots.push(document.map(|Document { root, .. }| root));
    }

    /// Follows the names in every file, then reads the whole.
    fn finish(mut self) -> (Reading, Vec<PathBuf>) {
        let mut at = 0;
        while at < self.parts.roots.len() {
            let file = FileId(u32::try_from(at).unwrap_or(u32::MAX));
            let names: Vec<Box<str>> =
                self.parts.root(file).map(others).unwrap_or_default().into_iter().map(Into::into).collect();
            names.into_iter().for_each(|name| self.follow(file, name));
            at += 1;
        }
        let Self { paths, sources, parts, links, missing, mut sink, .. } = self;
        let api = OpenApi::read(parts, &mut sink).map(Arc::new);
        (Reading { api, sources, links, missing, faults: sink.into_diagnostics() }, paths)
    }

    /// Reads the file that `from` means by `name`, once.
    fn follow(&mut self, from: FileId, name: Box<str>) {
        let Some(path) = self.paths.get(from.0 as usize).and_then(|folder| resolved(folder, &name)) else { return };
        let known = self.paths.iter().position(|known| *known == path);
        let at = known.unwrap_or(self.paths.len());
        if known.is_none() {
            if self.paths.len() >= MAX_FILES {
                return;
            }
            self.paths.push(path.clone());
            match self.files.read(&path) {
                Ok(bytes) => {
                    let (text, invalid) = document::decode(bytes);
                    self.enter(text.into(), invalid);
                }
                // What names it says so.
                Err(_) => {
                    self.missing.push(self.sources.add(&path.display().to_string(), ""));
                    self.parts.roots.push(None);
                }
            }
        }
        let to = FileId(u32::try_from(at).unwrap_or(u32::MAX));
        self.links.push((from, name.clone(), to));
        self.parts.links.insert((from, name), to);
    }
}

/// The file that the one at `from` means by `name`.
fn resolved(from: &Path, name: &str) -> Option<PathBuf> {
    let folder = from.parent().unwrap_or(Path::new("")).display().to_string();
    let name = percent_encoding::percent_decode_str(split(name).0).decode_utf8().ok()?;
    FilePath::beside(&folder, &name).map(|path| PathBuf::from(path.as_str()))
}

/// A local place among the texts of a compilation.
fn placed(files: &[FileId], span: Span) -> Span {
    Span { file: files.get(span.file.0 as usize).copied().unwrap_or(span.file), ..span }
}

impl OpenApiHandle {
    /// A place of the reading among the texts of the compilation.
    pub(crate) fn place(&self, span: Span) -> Span {
        placed(&self.files, span)
    }

    /// Whether two handles are of one reading.
    #[cfg(test)]
    pub(super) fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.api, &other.api)
    }

    /// The files of the document among those of the compilation.
    pub(crate) fn files(&self) -> &[FileId] {
        &self.files
    }
}

impl Deref for OpenApiHandle {
    type Target = OpenApi;

    fn deref(&self) -> &OpenApi {
        &self.api
    }
}

impl fmt::Debug for Readings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Readings")
    }
}
