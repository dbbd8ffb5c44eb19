//! What an activation depends on beside the plan: values of bindings, and the files it read. When it differs,
//! a document that did not change is activated anew, but not compiled again.

use std::path::Path;

use capstan_engine::{BindingResolver as _, Digest, Engine};
use capstan_plan::{Plan, variable::screaming_case};
use sha2::{Digest as _, Sha256};

use crate::bundle::{
    environment::Environment,
    fingerprint::{Fingerprint, Seen},
};

/// What one activation was made with.
#[derive(Debug, Default)]
pub struct Activation {
    values: Digest,
    files: Fingerprint,
}

impl Activation {
    /// What `engine` was made with: these values, and the files it read.
    #[must_use]
    pub fn new(values: Digest, engine: &Engine) -> Self {
        let seen = engine.read_files().iter().map(|file| Seen::new(file.path.clone(), file.digest, None));
        Self { values, files: Fingerprint::new(seen.collect()) }
    }

    /// Whether an activation now would be made with the same.
    #[must_use]
    pub fn is_current(&self, plan: &Plan, environment: &Environment, id: &str, folder: &Path) -> bool {
        self.files.is_current() && self.values == values(plan, environment, id, folder)
    }

    /// The files the running capability was made from, beside its documents.
    #[must_use]
    pub fn files(&self) -> &Fingerprint {
        &self.files
    }
}

/// The digest of all values an activation now would be made with. Taken before the activation reads them: what changes in
/// between is seen as a change the next time.
#[must_use]
pub fn values(plan: &Plan, environment: &Environment, id: &str, folder: &Path) -> Digest {
    let scope = environment.of(id, folder);
    let mut hasher = Sha256::new();
    hasher.update(environment.salt());
    let add = |hasher: &mut Sha256, value: &str| {
        hasher.update((value.len() as u64).to_le_bytes());
        hasher.update(value);
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
    }
    let mut out = Digest::default();
    for (to, from) in out.iter_mut().zip(hasher.finalize().iter()) {
        *to = *from;
    }
    out
}
