//! What activation makes of a plan: bindings have values, files are read and compiled, credentials filled in, bases resolved.

use std::{collections::HashMap, sync::Arc};

use capstan_plan::{Binding, BindingSource, Client, Credential, FilePath, Plan};

use super::shared::Shared;
use crate::{
    base::bindings::{BindingResolver, Bindings},
    base::mask::{Mask, is_secret},
    base::value::Inputs,
    exchange::client::UpstreamClient,
    files::{
        prompts::{PromptFinding, PromptWeight, unfit},
        reader::{ReadFile, Reader},
        table::Files,
    },
    flow::state::FlowState,
    job::seal::Seal,
    target::overrides::{Overrides, Timeouts},
    target::routing::Routing,
    template::functions::Functions,
    template::scope::Scope,
};

/// The name of the keys that seal handles of jobs.
pub(super) const KEY: &str = "CAPSTAN_JOB_KEY";

/// The parts of an activated plan.
pub(super) struct Activated {
    pub(super) bindings: Bindings,
    pub(super) mask: Mask,
    pub(super) routing: Routing,
    pub(super) timeouts: Timeouts,
    pub(super) clients: Vec<UpstreamClient>,
    pub(super) anonymous: UpstreamClient,
    pub(super) flows: Vec<FlowState>,
    pub(super) files: Arc<Files>,
    pub(super) read_files: Box<[ReadFile]>,
    /// The keys of handles, where the environment has some: or why they are of no use.
    pub(super) seal: Result<Option<Arc<Seal>>, String>,
}

impl Activated {
    /// Gives a plan its bindings, files and clients. Never fails: what is missing fails the units that need it.
    pub(super) fn new(plan: &Plan, resolver: &dyn BindingResolver, overrides: &Overrides, shared: &Shared) -> Self {
        let bindings = Bindings::resolve(plan, resolver);
        let routing = Routing::new(overrides);
        let mut reader = Reader::new(&shared.host, &shared.kept_files);
        let files = Arc::new(Files::read(plan, &mut reader));
        for (origin, unusable) in files.unusable(plan) {
            tracing::warn!("{unusable} (named at {origin})");
        }
        for PromptFinding { origin, message, help, .. } in
            unfit(plan, &files).into_iter().filter(|found| found.weight != PromptWeight::Note)
        {
            tracing::warn!("{message}; {help} (declared at {origin})");
        }
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
        hide(plan, &bindings, &clients, &reader, shared, |client| folders.functions(&client.origin.file));
        let mask = Mask::new(bindings.values(), &shared.secrets);
        let read_files = reader.into_seen();
        let anonymous = UpstreamClient::anonymous();
        let seal = seal(plan, resolver);
        Self {
            bindings,
            mask,
            routing,
            timeouts: overrides.timeouts,
            clients,
            anonymous,
            flows,
            files,
            read_files,
            seal,
        }
    }

    /// The functions of expressions in documents of a folder.
    pub(super) fn functions(&self, folder: &str, shared: &Shared) -> Functions {
        Functions::new(Arc::clone(&shared.host), folder.into(), Arc::clone(&self.files))
    }
}

/// The keys that seal handles of jobs. Without any, handles are good as long as this process.
fn seal(plan: &Plan, resolver: &dyn BindingResolver) -> Result<Option<Arc<Seal>>, String> {
    let Some(first) = plan.flows.iter().find(|flow| flow.is_job()) else { return Ok(None) };
    let key = Binding {
        name: KEY.into(),
        namespace: None,
        source: BindingSource::Environment { key: KEY.into() },
        origin: first.origin.clone(),
        declared: false,
        optional: true,
    };
    match resolver.resolve(&key)?.filter(|keys| !keys.trim().is_empty()) {
        Some(keys) => Seal::parse(&keys).map(|seal| Some(Arc::new(seal))).inspect_err(|why| {
            tracing::error!("{KEY} cannot be used: {why}: no job of {} begins", plan.info.label);
        }),
        None => {
            tracing::warn!("{KEY} is not set: handles of jobs of {} are good as long as this process", plan.info.label);
            Ok(None)
        }
    }
}

/// Has the process hide what proves an identity: values of credentials, what is made of them, keys that were read, and bindings
/// that are named or look like such.
fn hide(
    plan: &Plan,
    bindings: &Bindings,
    clients: &[UpstreamClient],
    reader: &Reader<'_>,
    shared: &Shared,
    mut functions: impl FnMut(&Client) -> Functions,
) {
    let secrets = &shared.secrets;
    for (id, binding) in plan.bindings.entries() {
        if let Some(value) = bindings.get(id).filter(|value| is_secret(&binding.name, value)) {
            secrets.register(value);
        }
    }
    let nothing = Inputs::default();
    for (client, activated) in plan.clients.iter().zip(clients) {
        let functions = functions(client);
        let scope = Scope::new(&nothing, bindings, &functions);
        if let Some(credential) = &client.credential {
            // Where a key is, is no secret; what was read there is.
            let may_be_path = matches!(credential, Credential::OAuth1 { .. } | Credential::Certificate { .. });
            let values = credential.secrets().into_iter().filter_map(|template| scope.text(template).ok().flatten());
            values
                .filter(|value| !may_be_path || value.contains("-----BEGIN"))
                .for_each(|value| secrets.register(&value));
        }
        activated.credential.fields.secrets().iter().for_each(|derived| secrets.register(derived));
    }
    reader.secrets().for_each(|key| secrets.register(key));
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
