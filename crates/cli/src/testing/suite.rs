//! One test file with everything its tests need, read once.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::Arc,
};

use capstan_engine::door;
use capstan_language::{
    diagnostic::Diagnostic,
    render::{self, Style},
    source::{SourceSet, Span},
    test_file::{self, Case, Stand, TestFile},
};
use capstan_server::inprocess::Document;

use crate::sandbox_files;

/// The most bytes of a test file.
const LARGEST: u64 = 8 << 20;

/// A test file that was read.
pub(super) struct Suite {
    /// Where it is.
    pub(super) path: PathBuf,
    /// What it says and tests; none when it cannot be run.
    pub(super) ready: Option<Ready>,
    /// What is wrong with it, as people read it.
    pub(super) complaints: Vec<String>,
    /// Its text, with positions.
    pub(super) sources: SourceSet,
}

/// What can be run.
pub(super) struct Ready {
    /// What the file says.
    pub(super) file: TestFile,
    /// The capability under test.
    pub(super) document: Arc<Document>,
    /// Sandboxes by how tests name them.
    sandboxes: Vec<(Stand, Vec<Document>)>,
}

impl Suite {
    /// Its tests.
    pub(super) fn cases(&self) -> &[Case] {
        self.ready.as_ref().map(|ready| &*ready.file.tests).unwrap_or_default()
    }

    /// The folder files it names are looked for in.
    pub(super) fn folder(&self) -> &Path {
        self.path.parent().unwrap_or_else(|| Path::new(""))
    }

    /// `FILE:LINE:COLUMN`.
    pub(super) fn place(&self, span: Span) -> String {
        let (line, column) = self.sources.position(span).unwrap_or((1, 1));
        format!("{}:{line}:{column}", self.path.display())
    }

    /// The line of a place.
    pub(super) fn line(&self, span: Span) -> usize {
        self.sources.position(span).map_or(1, |(line, _)| line)
    }
}

impl Ready {
    /// Every sandbox that some test uses.
    pub(super) fn all_sandboxes(&self) -> impl Iterator<Item = &Document> {
        self.sandboxes.iter().flat_map(|(_, documents)| documents)
    }

    /// The sandboxes of a test, when it lists no exchanges.
    pub(super) fn sandboxes(&self, case: &Case) -> &[Document] {
        let stand = case.sandbox.as_ref().or(self.file.sandbox.as_ref());
        let found = self.sandboxes.iter().find(|(known, _)| Some(known) == stand);
        found.map(|(_, documents)| &**documents).unwrap_or_default()
    }
}

/// Reads test files; each capability is compiled once.
pub(super) fn load(files: &[PathBuf]) -> Vec<Suite> {
    let mut known = HashMap::new();
    files.iter().map(|path| one(path, &mut known)).collect()
}

fn one(path: &Path, known: &mut HashMap<PathBuf, Arc<Document>>) -> Suite {
    let shown = path.display().to_string();
    let bytes = match door::read(path, LARGEST) {
        Ok(bytes) => bytes,
        Err(error) => {
            let complaints = vec![format!("error: {shown}: {error}")];
            return Suite { path: path.to_owned(), ready: None, complaints, sources: SourceSet::new() };
        }
    };
    let read = test_file::read(&shown, bytes);
    let face = |diagnostic: &Diagnostic| render::human(diagnostic, &read.sources, Style::Plain);
    let complaints = read.diagnostics.iter().map(face).collect();
    let mut suite = Suite { path: path.to_owned(), ready: None, complaints, sources: read.sources };
    let Some(file) = read.file else { return suite };
    match ready(&suite, file, known) {
        Ok(ready) => suite.ready = Some(ready),
        Err(why) => suite.complaints.push(why),
    }
    suite
}

fn ready(suite: &Suite, file: TestFile, known: &mut HashMap<PathBuf, Arc<Document>>) -> Result<Ready, String> {
    let at = |span: Span, why: &str| format!("error: {}: {why}", suite.place(span));
    let path = suite.folder().join(file.capability.value.trim_start_matches("./"));
    let document = match known.get(&path) {
        Some(document) => document.clone(),
        None => {
            let document = Document::read(&path).map_err(|why| at(file.capability.span, &why.0))?;
            known.entry(path).or_insert_with(|| Arc::new(document)).clone()
        }
    };
    let mut sandboxes: Vec<(Stand, Vec<Document>)> = Vec::new();
    let stands = file.tests.iter().map(|case| (&case.sandbox, case.span));
    for (stand, span) in stands.chain([(&file.sandbox, file.capability.span)]) {
        let Some(stand) = stand else { continue };
        if sandboxes.iter().any(|(known, _)| known == stand) {
            continue;
        }
        let paths = match stand {
            Stand::None => Vec::new(),
            Stand::Beside => sandbox_files::beside(document.folder()),
            Stand::File(name) => vec![suite.folder().join(name.trim_start_matches("./"))],
        };
        if paths.is_empty() && *stand == Stand::Beside {
            return Err(at(span, "there is no sandbox file (*.sandbox.yaml) beside the capability"));
        }
        let documents: Result<Vec<Document>, _> = paths.iter().map(|path| Document::read(path)).collect();
        let documents = documents.map_err(|why| at(span, &why.0))?;
        if let Some(other) = documents.iter().find(|document| document.plan.sandbox.is_none()) {
            return Err(at(span, &format!("{} is no sandbox: it has no `sandbox` key", other.path.display())));
        }
        sandboxes.push((stand.clone(), documents));
    }
    Ok(Ready { file, document, sandboxes })
}
