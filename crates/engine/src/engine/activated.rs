//! What activation makes of a plan: bindings have values, files are read and compiled, credentials filled in, bases resolved.

use std::{collections::HashMap, sync::Arc};

use capstan_plan::{FilePath, Plan};

use super::shared::Shared;
use crate::{
    base::bindings::{BindingResolver, Bindings},
    base::mask::Mask,
    base::value::Inputs,
    exchange::client::UpstreamClient,
    files::{
        reader::{ReadFile, Reader},
        table::Files,
    },
    flow::state::FlowState,
    target::overrides::{Overrides, Timeouts},
    target::routing::Routing,
    template::functions::Functions,
    template::scope::Scope,
};

/// The parts of an activated plan.
pub(super) struct Activated {
    pub(super) bindings: Bindings,
    pub(super) mask: Mask,
    pub(super) routing: Routing,
    pub(super) timeouts: Timeouts,
    pub(super) clients: Vec<UpstreamClient>,
    pub(super) flows: Vec<FlowState>,
    pub(super) files: Arc<Files>,
    pub(super) read_files: Box<[ReadFile]>,
}

impl Activated {
    /// Gives a plan its bindings, files and clients. Never fails: what is missing fails the units that need it.
    pub(super) fn new(plan: &Plan, resolver: &dyn BindingResolver, overrides: &Overrides, shared: &Shared) -> Self {
        let bindings = Bindings::resolve(plan, resolver);
        let routing = Routing::new(overrides);
        let mut reader = Reader::new(&shared.host, &shared.kept_files);
        let files = Arc::new(Files::read(plan, &mut reader));
        let mut folders = Folders { shared, files: &files, known: HashMap::new() };
        let nothing = Inputs::default();
        let mut clients = Vec::with_capacity(plan.clients.len());
        for client in &plan.clients {
            let functions = folders.functions(&client.origin.file);
            let scope = Scope::new(&nothing, &bindings, &functions);
            clients.push(UpstreamClient::activate(client, scope, &routing, &mut reader, &shared.states));
        }
        let flows = plan.flows.iter().map(|flow| FlowState::activate(flow, folders.functions(&flow.origin.file)));
        let flows = flows.collect();
        let derived: Vec<String> = clients.iter().flat_map(|client| client.credential.fields.secrets()).collect();
        let mask = Mask::new(bindings.values().chain(derived.iter().map(String::as_str)));
        let read_files = reader.into_seen();
        Self { bindings, mask, routing, timeouts: overrides.timeouts, clients, flows, files, read_files }
    }

    /// The functions of expressions in documents of a folder.
    pub(super) fn functions(&self, folder: &str, shared: &Shared) -> Functions {
        Functions::new(Arc::clone(&shared.host), folder.into(), Arc::clone(&self.files))
    }
}

/// The functions of expressions, one set for each folder with documents.
struct Folders<'a> {
    shared: &'a Shared,
    files: &'a Arc<Files>,
    known: HashMap<Arc<str>, Functions>,
}

impl Folders<'_> {
    fn functions(&mut self, file: &str) -> Functions {
        let folder = FilePath::folder_of(file);
        if let Some(known) = self.known.get(folder) {
            return known.clone();
        }
        let functions = Functions::new(Arc::clone(&self.shared.host), folder.into(), Arc::clone(self.files));
        self.known.insert(folder.into(), functions.clone());
        functions
    }
}
