//! Stands in for the front door of `capstan-spec` until it is there.

use std::path::{Path, PathBuf};

use capstan_spec::{
    diagnostic::Diagnostic,
    source::{Files, SourceSet},
};

#[derive(Clone, Debug, Default)]
pub struct Options {
    pub strict: bool,
    pub auto_expose: bool,
    pub search: Vec<PathBuf>,
}
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DocumentKind {
    Capability,
    Library,
    Sandbox,
    NotACapability,
}
#[derive(Debug)]
pub struct Compilation {
    pub plan: Option<capstan_plan::Plan>,
    pub diagnostics: Vec<Diagnostic>,
    pub sources: SourceSet,
    pub inputs: Vec<PathBuf>,
    pub kind: DocumentKind,
}
pub fn compile(files: &dyn Files, path: &Path, _options: &Options) -> Compilation {
    let _ = files.read(path);
    let plan = std::env::var("CAPSTAN_STUB").ok().map(|_| stub());
    Compilation {
        plan,
        diagnostics: vec![],
        sources: SourceSet::new(),
        inputs: vec![path.into()],
        kind: DocumentKind::Capability,
    }
}
pub mod discover {
    use std::path::Path;
    pub fn is_candidate(path: &Path) -> bool {
        let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        !name.starts_with('.')
            && !name.contains(".openapi.")
            && (name.ends_with(".yaml") || name.ends_with(".yml") || name.ends_with(".json"))
    }
    pub fn is_searched(path: &Path) -> bool {
        !path.file_name().is_some_and(|n| n.to_string_lossy().starts_with('.'))
    }
    pub fn is_sandbox(path: &Path) -> bool {
        path.file_name().is_some_and(|n| n.to_string_lossy().contains(".sandbox."))
    }
}
fn stub() -> capstan_plan::Plan {
    capstan_plan::Plan::default()
}
