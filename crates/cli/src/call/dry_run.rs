//! What would be sent, shown instead of sent. In place of secrets stand signs that no text contains by chance, so that what is made
//! of a secret is found again and shown as the variable it comes from.

use std::{
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};

use bytes::Bytes;
use capstan_engine::{BindingResolver, Fault, Transport, TransportBody, UpstreamFault, is_secret};
use capstan_plan::{Binding, BindingSource, Credential, Plan};
use capstan_server::inprocess::Answered;
use futures_util::future::BoxFuture;
use http::{Request, Response};

use super::{
    curl,
    output::{print, save},
    quoting::Stood,
};
use crate::{
    exit::Exit,
    print::{complain, say},
};

/// What a request is told that is not sent.
const NOT_SENT: &str = "nothing is sent: this is a dry run";

/// A dry run: the values it replaces, and the requests it was asked to send.
pub(super) struct DryRun<'v> {
    values: &'v dyn BindingResolver,
    stood: Vec<Stood>,
    computed: Vec<String>,
    seen: Arc<Seen>,
    output: Option<PathBuf>,
}

/// Requests, written down.
struct Seen {
    requests: Mutex<Vec<Request<Bytes>>>,
    inner: Option<Arc<dyn Transport>>,
}

impl Transport for Seen {
    fn answer(&self, request: Request<Bytes>) -> BoxFuture<'_, Result<Response<TransportBody>, Fault>> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner).push(request.clone());
        match &self.inner {
            Some(inner) => inner.answer(request),
            None => Box::pin(async { Err(Fault::upstream(UpstreamFault::Connect, NOT_SENT)) }),
        }
    }
}

impl<'v> DryRun<'v> {
    /// A dry run of a plan. With `inner` requests are answered, by a sandbox.
    pub(super) fn new(
        plan: &Plan,
        values: &'v dyn BindingResolver,
        inner: Option<Arc<dyn Transport>>,
        output: Option<PathBuf>,
    ) -> Self {
        let proofs = proofs(plan);
        let secret = |binding: &Binding| {
            let value = values.resolve(binding).ok().flatten().unwrap_or_default();
            // A sandbox demands its own values.
            inner.is_none() && (proofs.contains(&&*binding.name) || is_secret(&binding.name, &value))
        };
        let bindings = plan.bindings.iter().filter(|binding| !kept(plan).contains(&&*binding.name) && secret(binding));
        let stood = bindings.enumerate().map(|(nth, binding)| Stood {
            sign: format!("capstansign{nth}x{}", binding.name.len()),
            variable: variable(binding),
        });
        let stood: Vec<Stood> = stood.collect();
        let seen = Arc::new(Seen { requests: Mutex::default(), inner });
        Self { values, stood, computed: computed(plan), seen, output }
    }

    /// What takes requests instead of the network.
    pub(super) fn transport(&self) -> Arc<dyn Transport> {
        self.seen.clone()
    }

    /// Prints what was to be sent.
    pub(super) fn print(&self, answered: &Answered, sandbox: bool) -> Exit {
        let requests = std::mem::take(&mut *self.seen.requests.lock().unwrap_or_else(PoisonError::into_inner));
        let Some(last) = requests.last() else {
            complain("nothing would be sent upstream; the answer would be:");
            say(String::from_utf8_lossy(answered.response.body()));
            return Exit::Findings;
        };
        let file = self.output.as_ref().map(|path| path.display().to_string());
        if let Some(path) = self.output.as_ref().filter(|_| std::str::from_utf8(last.body()).is_err()) {
            let saved = save(path, last.body(), "the request's body");
            if saved != Exit::Ok {
                return saved;
            }
        }
        let mut notes = Vec::new();
        let mut commands = Vec::new();
        for request in &requests {
            let command = curl::command(request, &self.stood, file.as_deref());
            notes.extend(command.notes);
            commands.push(command.text);
        }
        let text = commands.join("\n\n");
        let used: Vec<&str> = self
            .stood
            .iter()
            .map(|one| one.variable.as_str())
            .filter(|name| text.contains(&format!("${name}\"")))
            .collect();
        if !used.is_empty() {
            notes.push(format!("secrets are left to the shell: {} must be set in it", used.join(", ")));
        }
        notes.extend(self.computed.iter().cloned());
        if !sandbox {
            notes.push(
                "one request is shown; what a flow would send after its answer is shown with --sandbox".to_owned(),
            );
        }
        for note in &notes {
            say(format_args!("# {note}"));
        }
        print(text.as_bytes())
    }
}

impl BindingResolver for DryRun<'_> {
    fn resolve(&self, binding: &Binding) -> Result<Option<String>, String> {
        let name = variable(binding);
        match self.stood.iter().find(|one| one.variable == name) {
            Some(one) => Ok(Some(one.sign.clone())),
            None => self.values.resolve(binding),
        }
    }
}

/// The variable a value comes from.
fn variable(binding: &Binding) -> String {
    let name = match &binding.source {
        BindingSource::Environment { key } | BindingSource::File { key, .. } => key,
    };
    name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect()
}

/// The names of bindings that credentials are made of.
fn proofs(plan: &Plan) -> Vec<&str> {
    let credentials = plan.clients.iter().filter_map(|client| client.credential.as_ref());
    names(plan, credentials.flat_map(Credential::templates))
}

/// The names of bindings that must keep their values: a certificate and a signing key are files or must be read.
fn kept(plan: &Plan) -> Vec<&str> {
    let files =
        |credential: &&Credential| matches!(credential, Credential::Certificate { .. } | Credential::OAuth1 { .. });
    let credentials = plan.clients.iter().filter_map(|client| client.credential.as_ref());
    names(plan, credentials.filter(files).flat_map(Credential::templates))
}

fn names<'p>(plan: &'p Plan, templates: impl Iterator<Item = &'p capstan_plan::Template>) -> Vec<&'p str> {
    let mut ids = Vec::new();
    templates.for_each(|template| template.bindings(&mut ids));
    ids.into_iter().filter_map(|id| plan.bindings.get(id)).map(|binding| &*binding.name).collect()
}

/// What cannot be shown because it is computed for each request.
fn computed(plan: &Plan) -> Vec<String> {
    let kind = |credential: &Credential| match credential {
        Credential::Digest { .. } => Some("digest: add --digest -u USER:PASSWORD"),
        Credential::OAuth1 { .. } => Some("oauth1: a signature holds for one request and is not valid here"),
        Credential::Hmac { .. } => Some("hmac: a signature holds for one request and is not valid here"),
        Credential::AwsSigV4 { .. } => {
            Some("aws-sig-v4: the signature is not valid here; add --aws-sigv4 instead of it")
        }
        Credential::OAuth2 { .. } => Some("oauth2: a token is fetched first, and sent as `Authorization: Bearer`"),
        Credential::Certificate { .. } => Some("certificate: add --cert and --key"),
        _ => None,
    };
    let clients = plan.clients.iter().filter_map(|client| Some((client, kind(client.credential.as_ref()?)?)));
    clients.map(|(client, what)| format!("the credential of `{}` is computed: {what}", client.namespace)).collect()
}
