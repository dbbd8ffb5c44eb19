//! What works and is still not meant: names used twice, adapters that cannot share a port, promises that what is called does not
//! keep, secrets in plain text, and style on request. Reads a linked document and changes nothing of it.

mod authentication;
mod control;
mod imports;
mod jobs;
mod markdown;
mod names;
pub(crate) mod object;
mod pedantic;
mod ports;
pub(crate) mod secrets;
mod semantics;

use capstan_plan::Plan;

use crate::{diagnostic::Sink, document::Document, keys, model::Spec};

/// One document as it was written, read and linked.
pub(crate) struct Subject<'s, 'd> {
    pub(crate) document: &'s Document,
    /// The documents it imports.
    pub(crate) imported: &'s [&'s Document],
    /// What it means, with what it imports.
    pub(crate) spec: &'s Spec<'d>,
    pub(crate) plan: &'s Plan,
}

/// Looks at a document; at its style only when asked to.
pub(crate) fn lint(subject: &Subject<'_, '_>, pedantic: bool, sink: &mut Sink) {
    let Subject { document, imported, spec, plan } = subject;
    names::namespaces(spec, sink);
    control::control(spec, sink);
    ports::ports(spec, plan, sink);
    semantics::semantics(spec, sink);
    authentication::authentication(spec, sink);
    jobs::jobs(spec, sink);
    imports::imports(&document.root, sink);
    object::each(&document.root, &keys::ROOT, &mut |object| {
        names::exposure(object, sink);
        names::listed(object, sink);
        markdown::markdown(object, sink);
        if pedantic {
            pedantic::pedantic(object, sink);
        }
    });
    secrets::literal(document, sink);
    for document in *imported {
        secrets::literal(document, sink);
    }
}

#[cfg(test)]
mod tests;
