//! What is kept of diagnostics once the sources are gone: errors in full, warnings as counts. Thousands of documents stay small.

use std::{
    collections::BTreeMap,
    hash::{DefaultHasher, Hash as _, Hasher as _},
    sync::Arc,
};

use capstan_language::{
    diagnostic::{Diagnostic, Severity},
    render::Style,
    source::SourceSet,
};
use serde::Serialize;

/// The kinds of findings that are the server's own; all others have the codes of `capstan_language`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ServerCode {
    /// A URL a sandbox stands in for is none.
    BadUrl,
    /// A defect of ours.
    Internal,
    /// A value is missing, and the operator is strict.
    MissingSecret,
    /// What is there is no capability any more.
    NotACapability,
    /// A control adapter that everyone would reach.
    OpenControl,
    /// An address that cannot be listened on.
    PortConflict,
    /// A route or an id another document has.
    RouteConflict,
    /// A file or folder that cannot be read.
    UnreadableFile,
}

impl ServerCode {
    /// Its stable name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::BadUrl => "bad-url",
            Self::Internal => "internal",
            Self::MissingSecret => "missing-secret",
            Self::NotACapability => "not-a-capability",
            Self::OpenControl => "open-control",
            Self::PortConflict => "port-conflict",
            Self::RouteConflict => "route-conflict",
            Self::UnreadableFile => "unreadable-file",
        }
    }
}

/// One error of a document, with its position resolved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The stable name of the kind of finding.
    pub code: &'static str,
    /// One sentence.
    pub message: Box<str>,
    /// The file as shown to people.
    pub file: Arc<str>,
    /// The line, from 1; 0 when there is no position.
    pub line: u32,
    /// The operation or tool concerned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit: Option<Box<str>>,
    /// The key path, or what else it is about: with code and unit the identity of the finding.
    #[serde(skip)]
    pub path: Box<str>,
    /// The kind, when it is one of the server's own.
    #[serde(skip)]
    pub server: Option<ServerCode>,
    /// The finding as people read it in a terminal, with an excerpt: for logs only, never for callers.
    #[serde(skip)]
    pub rendered: Box<str>,
}

/// What was found in one document.
#[derive(Clone, Debug, Default)]
pub struct Findings {
    /// The errors.
    pub errors: Box<[Finding]>,
    /// How many warnings and notes there are, by code.
    pub others: BTreeMap<&'static str, u32>,
    /// Which warnings there are, wherever the lines moved.
    warned: Box<[u64]>,
}

/// One warning of a document that was just compiled. Nothing keeps it beyond the run that found it.
#[derive(Clone, Debug)]
pub struct Warning {
    /// Code, unit and key path: what it is, wherever the lines move.
    pub identity: u64,
    /// The warning in one line, with its place.
    pub line: Box<str>,
}

impl Warning {
    /// The warnings among `diagnostics`.
    #[must_use]
    pub fn all(diagnostics: &[Diagnostic], sources: &SourceSet) -> Vec<Self> {
        let warnings = diagnostics.iter().filter(|diagnostic| diagnostic.severity == Severity::Warning);
        let one = |diagnostic: &Diagnostic| {
            let line = capstan_language::render::line(diagnostic, sources).into();
            Self { identity: identity(diagnostic), line }
        };
        warnings.map(one).collect()
    }
}

fn identity(diagnostic: &Diagnostic) -> u64 {
    let mut hasher = DefaultHasher::new();
    (diagnostic.code.name(), diagnostic.unit.as_deref(), diagnostic.path.as_str()).hash(&mut hasher);
    hasher.finish()
}

impl Findings {
    /// Keeps what is needed of `diagnostics`.
    #[must_use]
    pub fn new(diagnostics: &[Diagnostic], sources: &SourceSet, file: &str) -> Self {
        let mut others = BTreeMap::new();
        let (mut errors, mut warned) = (Vec::new(), Vec::new());
        for diagnostic in diagnostics {
            match diagnostic.severity {
                Severity::Error => errors.push(Finding::new(diagnostic, sources, file)),
                Severity::Warning => {
                    *others.entry(diagnostic.code.name()).or_insert(0) += 1;
                    warned.push(identity(diagnostic));
                }
                Severity::Note => {}
            }
        }
        Self { errors: errors.into(), others, warned: warned.into() }
    }

    /// How many warnings there are.
    #[must_use]
    pub fn warnings(&self) -> u32 {
        self.others.values().sum()
    }

    /// Whether one of the warnings is that one.
    #[must_use]
    pub fn has_warned(&self, identity: u64) -> bool {
        self.warned.contains(&identity)
    }

    /// The errors, and no more than that, of a document that did not get so far.
    #[must_use]
    pub fn one(finding: Finding) -> Self {
        Self { errors: Box::new([finding]), ..Self::default() }
    }
}

impl Finding {
    fn new(diagnostic: &Diagnostic, sources: &SourceSet, file: &str) -> Self {
        let place =
            diagnostic.span().and_then(|span| Some((sources.get(span.file)?.path.clone(), sources.position(span)?.0)));
        let (file, line) = place.unwrap_or_else(|| (file.into(), 0));
        Self {
            code: diagnostic.code.name(),
            message: diagnostic.message.as_str().into(),
            file,
            line: u32::try_from(line).unwrap_or(u32::MAX),
            unit: diagnostic.unit.as_deref().map(Into::into),
            path: diagnostic.path.as_str().into(),
            server: None,
            rendered: capstan_language::render::human(diagnostic, sources, Style::Plain).into(),
        }
    }

    /// Whether both say the same, wherever the lines moved.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        self.code == other.code && self.unit == other.unit && self.path == other.path
    }

    /// A finding that concerns the server rather than a text: a taken port, a route another document has.
    #[must_use]
    pub fn plain(
        server: ServerCode,
        message: String,
        origin: Option<&capstan_plan::Origin>,
        unit: Option<&str>,
    ) -> Self {
        let code = server.name();
        let (file, line) = origin.map_or_else(|| ("".into(), 0), |o| (o.file.clone(), o.line));
        let rendered = match line {
            0 => format!("error[{code}]: {message}"),
            _ => format!("error[{code}]: {message}\n  --> {file}:{line}"),
        };
        Self {
            code,
            message: message.into(),
            file,
            line,
            unit: unit.map(Into::into),
            path: "".into(),
            server: Some(server),
            rendered: rendered.into(),
        }
    }

    /// The same, about this: two findings of a kind are one when they are about the same.
    #[must_use]
    pub fn about(self, what: impl Into<Box<str>>) -> Self {
        Self { path: what.into(), ..self }
    }
}
