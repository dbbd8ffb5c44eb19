//! The tables one document's units share: what is known of its consumed APIs before any unit is linked, and the parts of
//! the plan that grow while they are.

use std::{collections::HashMap, rc::Rc};

use capstan_plan::{Client, ClientId, FileId, FileUse, Flow, FlowId, IdVec, Job, JobId};

use super::{
    base::BaseTokens, binding::Bindings, callee::Callee, credentials::CredentialPlaces, files::FileTable,
    ids::CalleeId, origins::Origins,
};
use crate::{
    diagnostic::{Code, Defect, Sink},
    model::{Import, Spec},
    source::Spanned,
};

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
    /// The namespaces the document declares.
    pub(super) namespaces: Vec<String>,
    pub(super) bindings: Bindings,
    pub(super) clients: IdVec<ClientId, Client>,
    pub(super) apis: IdVec<ClientId, Rc<Api>>,
    pub(super) callees: IdVec<CalleeId, Rc<Callee<'s, 'd>>>,
    pub(super) jobs: IdVec<JobId, Job>,
    /// What operations begin, or why that cannot be.
    pub(super) begun: HashMap<CalleeId, Result<JobId, Defect>>,
    pub(super) flows: IdVec<FlowId, Flow>,
    pub(super) files: FileTable,
}

impl<'s, 'd> Context<'s, 'd> {
    /// Empty tables for `spec`.
    pub(super) fn new(spec: &'s Spec<'d>, origins: Origins<'s>, bindings: Bindings) -> Self {
        Self {
            namespaces: namespaces(spec),
            spec,
            origins,
            bindings,
            clients: IdVec::default(),
            apis: IdVec::default(),
            callees: IdVec::default(),
            jobs: IdVec::default(),
            begun: HashMap::new(),
            flows: IdVec::default(),
            files: FileTable::default(),
        }
    }

    /// The job an operation begins.
    pub(super) fn job(&self, id: CalleeId) -> Result<Option<JobId>, Defect> {
        self.begun.get(&id).cloned().transpose()
    }

    /// The namespaces imports are to bring; an empty one for an import of all that failed.
    pub(super) fn imported(&self) -> Vec<&'d str> {
        let name = |import: &Import<'d>| match import.alias.or(import.namespace) {
            Some(name) => Some(name.value),
            None => (self.spec.consumes.is_empty()).then_some(""),
        };
        self.spec.imports.iter().filter_map(name).collect()
    }

    /// The file or folder `written` names, reported when it names none.
    pub(super) fn file(&mut self, written: Spanned<&str>, usage: FileUse, sink: &mut Sink) -> Result<FileId, Defect> {
        let what = match usage {
            FileUse::Folder => "folder",
            _ => "file",
        };
        self.files.named(written, usage, &self.origins).ok_or_else(|| {
            let draft = sink.error(Code::Unsupported, written.span, format!("`{}` is not a {what}", written.value));
            draft.help("use file:///path or ./path").defect()
        })
    }
}

/// Every namespace a document declares, whatever of.
fn namespaces(spec: &Spec<'_>) -> Vec<String> {
    let consumed = spec.consumes.iter().map(|api| api.namespace.value.clone());
    let exposed = spec.exposes.iter().filter_map(|expose| Some(expose.namespace?.value.to_owned()));
    let aggregates = spec.aggregates.iter().map(|aggregate| aggregate.namespace.to_string());
    let binds = spec.binds.iter().filter_map(|bind| Some(bind.namespace?.to_string()));
    consumed.chain(exposed).chain(aggregates).chain(binds).collect()
}
