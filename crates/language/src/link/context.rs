//! The tables one document's units share: what is known of its consumed APIs before any unit is linked, and the parts of
//! the plan that grow while they are.

use std::rc::Rc;

use capstan_plan::{Client, ClientId, Flow, FlowId, IdVec};

use super::{
    base::BaseTokens, binding::Bindings, callee::Callee, credentials::CredentialPlaces, ids::CalleeId, origins::Origins,
};
use crate::model::{Import, Spec};

/// A consumed API as the calls to it see it.
#[derive(Debug)]
pub(super) struct Api {
    pub(super) base: BaseTokens,
    pub(super) credential: CredentialPlaces,
}

/// What the linker of one document shares between its units.
pub(super) struct Context<'s, 'd> {
    pub(super) spec: &'s Spec<'d>,
    pub(super) origins: Origins<'s>,
    pub(super) bindings: Bindings,
    pub(super) clients: IdVec<ClientId, Client>,
    pub(super) apis: IdVec<ClientId, Rc<Api>>,
    pub(super) callees: IdVec<CalleeId, Rc<Callee<'s, 'd>>>,
    pub(super) flows: IdVec<FlowId, Flow>,
    pub(super) files: Vec<Box<str>>,
    folder: String,
}

impl<'s, 'd> Context<'s, 'd> {
    /// Empty tables for `spec`; `folder` is the document's.
    pub(super) fn new(spec: &'s Spec<'d>, origins: Origins<'s>, bindings: Bindings, folder: &str) -> Self {
        Self {
            spec,
            origins,
            bindings,
            clients: IdVec::default(),
            apis: IdVec::default(),
            callees: IdVec::default(),
            flows: IdVec::default(),
            files: Vec::new(),
            folder: folder.to_owned(),
        }
    }

    /// The namespaces imports are to bring.
    pub(super) fn imported(&self) -> Vec<&'d str> {
        let name = |import: &Import<'d>| Some(import.alias.or(import.namespace)?.value);
        self.spec.imports.iter().filter_map(name).collect()
    }

    /// A file the plan depends on, relative to the document's folder.
    pub(super) fn file(&mut self, path: &str) -> Box<str> {
        let path: Box<str> = if path.starts_with('/') || self.folder.is_empty() {
            path.into()
        } else {
            format!("{}/{}", self.folder, path.strip_prefix("./").unwrap_or(path)).into()
        };
        if !self.files.contains(&path) {
            self.files.push(path.clone());
        }
        path
    }
}
