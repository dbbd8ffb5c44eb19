//! Recording from the real APIs: requests go to the network with the real values, and no secret gets into what is written.

use std::sync::Arc;

use capstan_engine::{Host, Network, Secrets, SystemHost};
use capstan_plan::BindingSource;
use capstan_server::{
    bundle::environment::{Environment, Variables},
    inprocess::Document,
};
use serde_json::Value;

use super::recorder::Recorder;

/// How long a connection may take.
const CONNECT: std::time::Duration = std::time::Duration::from_secs(5);

/// What recording from real APIs needs.
pub(super) struct Live {
    /// The values of this process and its `.env` files.
    pub(super) environment: Arc<Environment>,
    /// What nobody may see: every value that was used, in every form.
    pub(super) secrets: Secrets,
}

impl Live {
    /// With the values there are.
    pub(super) fn read() -> Result<Self, String> {
        let environment = Arc::new(Environment::read(None, Variables::new())?);
        Ok(Self { environment, secrets: Secrets::default() })
    }

    /// The real time.
    pub(super) fn host() -> Arc<dyn Host> {
        Arc::new(SystemHost)
    }

    /// The network, written down. Answers come without encodings, so that they can be read.
    pub(super) fn recorder() -> Recorder {
        Recorder::plain(Arc::new(Network::new(CONNECT)))
    }

    /// The variables of a document with their values, and what stands for each in a test.
    pub(super) fn values(&self, document: &Document) -> Vec<(String, String, String)> {
        let used = document.plan.bindings.iter().filter_map(|binding| {
            let BindingSource::Environment { key } = &binding.source else { return None };
            let value = self.environment.variable(&document.id, document.folder(), key)?;
            let stand_in = format!("recorded-{}", key.to_ascii_lowercase().replace('_', "-"));
            (!value.is_empty()).then(|| (binding.name.to_string(), value, stand_in))
        });
        used.collect()
    }

    /// A value without secrets: those of variables have their stand-ins, all others are masked.
    pub(super) fn cleaned(&self, value: &Value, values: &[(String, String, String)]) -> Value {
        match value {
            Value::String(text) => {
                let text = values.iter().fold(text.clone(), |text, (_, secret, other)| text.replace(secret, other));
                self.secrets.hide(&text).into_owned().into()
            }
            Value::Array(items) => items.iter().map(|item| self.cleaned(item, values)).collect(),
            Value::Object(members) => members
                .iter()
                .map(|(name, value)| (self.secrets.hide(name).into_owned(), self.cleaned(value, values)))
                .collect(),
            other => other.clone(),
        }
    }
}
