//! What an activation depends on beside the plan: values of bindings, and files the running capability reads. When it differs,
//! a document that did not change is activated anew, but not compiled again.

use std::path::Path;

use capstan_engine::BindingResolver as _;
use capstan_plan::{Credential, FileUse, Plan, Template, variable::screaming_case};
use sha2::{Digest as _, Sha256};

use crate::bundle::{
    environment::Environment,
    fingerprint::{Digest, Fingerprint},
};

/// What one activation was made with.
#[derive(Debug, Default)]
pub struct Activation {
    values: Digest,
    files: Fingerprint,
}

impl Activation {
    /// What an activation now would be made with.
    #[must_use]
    pub fn now(plan: &Plan, environment: &Environment, id: &str, folder: &Path) -> Self {
        let (values, keys) = values(plan, environment, id, folder);
        let mut files: Vec<_> = {
            let read = plan.files.iter().filter(|file| file.usage != FileUse::Bindings);
            read.map(|file| Path::new(file.path.as_str()).to_owned()).collect()
        };
        for key in keys.iter().map(String::as_str) {
            let path = key.strip_prefix("file://").unwrap_or(key);
            files.extend([folder.join(path), Path::new(path).to_owned()]);
        }
        Self { values, files: Fingerprint::of(files.iter().map(|path| &**path)) }
    }

    /// Whether an activation now would be made with the same.
    #[must_use]
    pub fn is_current(&self, plan: &Plan, environment: &Environment, id: &str, folder: &Path) -> bool {
        self.files.is_current() && self.values == values(plan, environment, id, folder).0
    }

    /// The files the running capability reads.
    #[must_use]
    pub fn files(&self) -> &Fingerprint {
        &self.files
    }
}

/// The digest of all values, and the texts that may name key files.
fn values(plan: &Plan, environment: &Environment, id: &str, folder: &Path) -> (Digest, Vec<String>) {
    let scope = environment.of(id, folder);
    let mut hasher = Sha256::new();
    hasher.update(environment.salt());
    let mut keys = Vec::new();
    let mut add = |hasher: &mut Sha256, value: &str| {
        hasher.update((value.len() as u64).to_le_bytes());
        hasher.update(value);
        if names_a_key(value) {
            keys.push(value.to_owned());
        }
    };
    for binding in &plan.bindings {
        match scope.resolve(binding) {
            Ok(Some(value)) => add(&mut hasher, &value),
            Ok(None) => hasher.update([1]),
            Err(why) => hasher.update(why),
        }
    }
    for client in &plan.clients {
        let name = format!("{}_BASE_URL", screaming_case(&client.namespace));
        match environment.variable(id, folder, &name) {
            Some(value) => add(&mut hasher, &value),
            None => hasher.update([2]),
        }
        if let Some(Credential::Certificate { certificate, key }) = &client.credential {
            for template in [Some(certificate), key.as_ref()].into_iter().flatten() {
                if let Template::Literal(literal) = template
                    && let serde_json::Value::String(path) = &**literal
                {
                    add(&mut hasher, path);
                }
            }
        }
    }
    let mut out = Digest::default();
    for (to, from) in out.iter_mut().zip(hasher.finalize().iter()) {
        *to = *from;
    }
    (out, keys)
}

fn names_a_key(value: &str) -> bool {
    let endings = ["pem", "key", "crt", "cer", "der", "p8", "jwk", "json"];
    value.len() < 4096
        && !value.contains(['\n', '\0'])
        && Path::new(value).extension().is_some_and(|found| endings.iter().any(|ending| found == *ending))
}
