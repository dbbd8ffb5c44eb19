//! The functions expressions can call: clock, ids, hashes and schema checks. All of the machine comes through [`Host`], all
//! schemas from the files of the activation.

use std::{fmt, sync::Arc};

use capstan_plan::FileId;
use minijinja::value::{Serde, Value as Jinja};
use serde_json::Value as Json;
use sha2::{Digest, Sha256};

use crate::{
    base::{host::Host, ids, time::rfc3339},
    files::{json_schema::violations, table::Files},
};

/// The functions of one folder's documents.
#[derive(Clone)]
pub(crate) struct Functions {
    host: Arc<dyn Host>,
    folder: Arc<str>,
    files: Arc<Files>,
}

impl Functions {
    pub(crate) fn new(host: Arc<dyn Host>, folder: Arc<str>, files: Arc<Files>) -> Self {
        Self { host, folder, files }
    }

    /// The function of that name, for an expression that names `schemas` literally.
    pub(crate) fn get(&self, name: &str, schemas: &Arc<[(Box<str>, FileId)]>) -> Option<Jinja> {
        let host = Arc::clone(&self.host);
        Some(match name {
            "now" => Jinja::from_function(move || rfc3339(host.now())),
            "timestamp" => Jinja::from_function(move || host.now_ms() / 1000),
            "uuid" => Jinja::from_function(move || ids::random(&*host)),
            "new_id" => Jinja::from_function(move |tag: Option<i64>| {
                ids::mint(&*host, u8::try_from(tag.unwrap_or_default() & 0x0f).unwrap_or_default())
            }),
            "id_age" => Jinja::from_function(move |id: Jinja| {
                // Whole milliseconds fit a double exactly.
                #[allow(clippy::cast_precision_loss, reason = "an age in milliseconds is far below 2^53")]
                let age = |time: u64| host.now_ms().saturating_sub(time) as f64 / 1000.0;
                id.as_str().and_then(ids::read).map_or(Jinja::from(()), |(time, _)| Jinja::from(age(time)))
            }),
            "id_tag" => Jinja::from_function(move |id: Jinja| {
                id.as_str().and_then(ids::read).map_or(Jinja::from(()), |(_, tag)| Jinja::from(i64::from(tag)))
            }),
            "hash" => Jinja::from_function(move |text: Jinja, modulus: Option<u64>| hash(&text.to_string(), modulus)),
            "violations" => {
                let (files, folder, named) = (Arc::clone(&self.files), Arc::clone(&self.folder), Arc::clone(schemas));
                Jinja::from_function(move |value: Jinja, schema: String, shape: Option<String>| {
                    let json = if value.is_undefined() { None } else { serde_json::to_value(&value).ok() };
                    let fastapi = shape.as_deref() == Some("fastapi");
                    files
                        .schema(&folder, &named, &schema)
                        .map(|schema| Jinja::from(Serde(Json::Array(violations(&schema, json.as_ref(), fastapi)))))
                        .map_err(|why| minijinja::Error::new(minijinja::ErrorKind::InvalidOperation, why))
                })
            }
            _ => return None,
        })
    }
}

impl fmt::Debug for Functions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Functions").field("folder", &self.folder).finish_non_exhaustive()
    }
}

/// A number below `modulus` (2^32 when none is given) that depends on the text alone.
fn hash(text: &str, modulus: Option<u64>) -> u64 {
    let digest = Sha256::digest(text.as_bytes());
    let number = digest.iter().take(8).fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
    number % modulus.unwrap_or(1 << 32).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::host::SystemHost;

    #[test]
    fn what_documents_may_call_is_there() {
        let functions = Functions::new(Arc::new(SystemHost), "".into(), Arc::default());
        for name in capstan_plan::template::FUNCTIONS {
            assert!(functions.get(name, &Arc::default()).is_some(), "{name}");
        }
    }

    #[test]
    fn hashes_stay_below_their_modulus() {
        assert_eq!(hash("a", Some(10)), hash("a", Some(10)));
        assert!(hash("b", Some(3)) < 3);
        assert_eq!(hash("c", Some(0)), 0);
    }
}
