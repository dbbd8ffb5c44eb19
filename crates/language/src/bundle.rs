//! What the documents of a bundle take from each other when they are served on the ports they declare: a port that has room for one
//! adapter of a kind, and routes. The first document keeps what two want, as it will when they are served.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use capstan_plan::{Exposure, ExposureKind, Origin, Route, Transport};

use crate::{
    Compilation, DocumentKind,
    diagnostic::{Code, Diagnostic, Severity, Sink},
    source::{SourceSet, Span},
};

/// Adds what documents take from each other to what was found in them, in the order in which they claim.
pub fn conflicts(documents: &mut [Compilation], strict: bool) {
    let mut claims = Claims::default();
    for (index, document) in documents.iter_mut().enumerate() {
        let mut found = claims.claim(index, document);
        if !found.is_empty() {
            if strict {
                found.iter_mut().for_each(|diagnostic| diagnostic.severity = Severity::Error);
            }
            document.diagnostics.extend(found);
            document.diagnostics.sort_by_key(|diagnostic| diagnostic.span().map(|span| (span.file, span.start)));
        }
    }
}

/// Leaves what is wrong with an OpenAPI document that several documents share to the first of them.
pub fn said_once(documents: &mut [Compilation]) {
    let mut said: HashSet<(Arc<str>, u32, String)> = HashSet::new();
    for document in documents {
        let sources = &document.sources;
        document.diagnostics.retain(|diagnostic| {
            let place = diagnostic.span().filter(|_| diagnostic.code == Code::BadOpenapi);
            let Some((span, file)) = place.and_then(|span| Some((span, sources.get(span.file)?))) else { return true };
            said.insert((file.path.clone(), span.start, diagnostic.message.clone()))
        });
    }
}

/// An address and a port.
type Door = (Arc<str>, u16);

/// Who has what.
#[derive(Default)]
struct Claims {
    /// Ports, by the kind of adapter that has room there once.
    ports: HashMap<(Door, &'static str), (usize, Origin)>,
    routes: HashMap<(Door, String), Vec<Taken>>,
}

struct Taken {
    index: usize,
    method: Option<http::Method>,
    query: Box<[(Box<str>, Box<str>)]>,
    origin: Origin,
}

impl Claims {
    /// Enters what a document wants, and says what others have already.
    fn claim(&mut self, index: usize, document: &Compilation) -> Vec<Diagnostic> {
        let Some(plan) = document.plan.as_ref().filter(|_| document.kind == DocumentKind::Capability) else {
            return Vec::new();
        };
        let mut sink = Sink::new();
        for exposure in &plan.exposures {
            let Some(door) = door(exposure) else { continue };
            match &exposure.kind {
                ExposureKind::Rest(rest) => {
                    rest.routes.iter().for_each(|route| self.route(index, &door, route, &document.sources, &mut sink));
                }
                ExposureKind::Mcp(mcp) if mcp.transport == Transport::Stdio => {}
                kind => self.port(index, door, (kind.name(), exposure), &document.sources, &mut sink),
            }
        }
        sink.into_diagnostics()
    }

    fn port(
        &mut self,
        index: usize,
        door: Door,
        (kind, exposure): (&'static str, &Exposure),
        sources: &SourceSet,
        sink: &mut Sink,
    ) {
        let origin = exposure.listen.origin.as_ref().unwrap_or(&exposure.origin);
        let port = door.1;
        match self.ports.get(&(door.clone(), kind)) {
            None => drop(self.ports.insert((door, kind), (index, origin.clone()))),
            // Within one document it has been said.
            Some((holder, _)) if *holder == index => {}
            Some((_, at)) => {
                let message = format!("the {kind} adapter at {}:{} has port {port} already", at.file, at.line);
                warn(Code::PortConflict, message, origin, sources, sink);
            }
        }
    }

    fn route(&mut self, index: usize, door: &Door, route: &Route, sources: &SourceSet, sink: &mut Sink) {
        let taken = self.routes.entry((door.clone(), route.pattern.key())).or_default();
        let same = |known: &&Taken| {
            known.index != index
                && known.query == route.query
                && (known.method == route.method || known.method.is_none() || route.method.is_none())
        };
        let origin = &route.unit.origin;
        if let Some(known) = taken.iter().find(same) {
            let method = route.method.as_ref().map_or("*", http::Method::as_str);
            let (at, port) = (&known.origin, door.1);
            let message =
                format!("{}:{} answers `{method} {}` on port {port} already", at.file, at.line, route.pattern);
            warn(Code::RouteConflict, message, origin, sources, sink);
            return;
        }
        let (method, query) = (route.method.clone(), route.query.clone());
        taken.push(Taken { index, method, query, origin: origin.clone() });
    }
}

/// Where an adapter wants to listen, when its document says so.
fn door(exposure: &Exposure) -> Option<Door> {
    let port = exposure.listen.port.filter(|port| *port != 0)?;
    let address = exposure.listen.address.as_deref().map_or("", str::trim);
    let address = if address.is_empty() || address.eq_ignore_ascii_case("localhost") { "127.0.0.1" } else { address };
    Some((address.into(), port))
}

/// Whoever serves the bundle by a gateway has no such conflict, so it is no error.
fn warn(code: Code, message: String, origin: &Origin, sources: &SourceSet, sink: &mut Sink) {
    let Some(span) = span(origin, sources) else { return };
    sink.warning(code, span, message)
        .help("change one of them; `serve --gateway` gives every capability paths of its own");
}

/// The word at an origin.
fn span(origin: &Origin, sources: &SourceSet) -> Option<Span> {
    let (id, file) = sources.iter().find(|(_, file)| file.path == origin.file)?;
    let line = file.line(usize::try_from(origin.line).ok()?)?;
    let column = usize::try_from(origin.column).ok()?.saturating_sub(1);
    let before = line.char_indices().nth(column).map_or(line.len(), |(at, _)| at);
    let word = line.get(before..)?.split([' ', ',', '}', ']']).next().unwrap_or_default();
    let start = file.offset(usize::try_from(origin.line).ok()?)? + before;
    Some(Span::new(id, start, start + word.len()))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::{Options, compile, render, source::MemoryFiles};

    fn document(name: &str, path: &str, port: u16) -> Compilation {
        let text = format!(
            "naftiko: 1.0.0-alpha2
info: {{label: A, description: d}}
capability:
  consumes:
  - {{type: http, namespace: up, baseUri: 'https://up.test', resources: [{{name: r, path: /r, operations: [{{name: get, method: GET}}]}}]}}
  exposes:
  - type: rest
    namespace: api
    port: 8080
    resources: [{{path: '{path}', operations: [{{name: get, method: GET, call: up.get}}]}}]
  - type: mcp
    namespace: tools
    port: {port}
    tools: [{{name: get, description: d, call: up.get}}]
"
        );
        compile(&MemoryFiles::new().with(name, text), Path::new(name), &Options::default())
    }

    fn said(documents: &[Compilation]) -> Vec<String> {
        documents.iter().flat_map(|c| c.diagnostics.iter().map(|d| render::line(d, &c.sources))).collect()
    }

    #[test]
    fn the_second_document_hears_what_the_first_has() {
        let mut documents = [document("a.yaml", "/x", 9090), document("b.yaml", "/x", 9090)];
        conflicts(&mut documents, false);
        assert_eq!(
            said(&documents),
            [
                "b.yaml:10:50: warning[route-conflict]: a.yaml:10 answers `GET /x` on port 8080 already",
                "b.yaml:13:11: warning[port-conflict]: the mcp adapter at a.yaml:13 has port 9090 already",
            ]
        );
    }

    #[test]
    fn what_differs_does_not_meet() {
        let mut documents = [document("a.yaml", "/x", 9090), document("b.yaml", "/y", 9091)];
        conflicts(&mut documents, false);
        assert_eq!(said(&documents), Vec::<String>::new());
    }
}
