//! Where the values of bindings come from, in the order of precedence that `README.md` promises: a variable made for one
//! capability, the process environment, `--env-file`, `.env` beside the document, `.env` in the working directory.

mod dotenv;
mod file;

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use capstan_engine::{BindingResolver, door};
use capstan_plan::{Binding, BindingSource, variable::screaming_case};

pub use self::dotenv::Variables;

/// The variables of one run of the pipeline, read once.
#[derive(Debug, Default)]
pub struct Environment {
    process: Variables,
    file: Variables,
    working_directory: Variables,
    beside: Mutex<HashMap<PathBuf, Arc<Variables>>>,
    replaced: Variables,
    salt: Vec<u8>,
    /// Whether `.env` files are left alone.
    bare: bool,
}

impl Environment {
    /// Reads the process environment, `env_file` and `.env` in the working directory. Values in `replaced` win over everything.
    ///
    /// # Errors
    /// Why `env_file` cannot be read.
    pub fn read(env_file: Option<&Path>, replaced: Variables) -> Result<Self, String> {
        let file = match env_file {
            Some(path) => {
                let text = door::read_text(path, dotenv::LARGEST).map_err(|e| format!("{}: {e}", path.display()))?;
                dotenv::parse(&text)
            }
            None => Variables::default(),
        };
        Ok(Self {
            process: std::env::vars_os()
                .filter_map(|(k, v)| Some((k.into_string().ok()?, v.into_string().ok()?)))
                .collect(),
            file,
            working_directory: dotenv::read(Path::new(".env")),
            beside: Mutex::default(),
            replaced,
            salt: Vec::new(),
            bare: false,
        })
    }

    /// These values and nothing else: neither the process environment nor any file is looked at.
    #[must_use]
    pub fn only(values: Variables) -> Self {
        Self { replaced: values, bare: true, ..Self::default() }
    }

    /// The same; what is activated with another `salt` counts as activated with other values.
    #[must_use]
    pub fn salted(self, salt: Vec<u8>) -> Self {
        Self { salt, ..self }
    }

    /// What else activations depend on.
    #[must_use]
    pub fn salt(&self) -> &[u8] {
        &self.salt
    }

    /// The variable `key` as the capability `id` in `folder` sees it.
    #[must_use]
    pub fn variable(&self, id: &str, folder: &Path, key: &str) -> Option<String> {
        if let Some(value) = self.replaced.get(key) {
            return Some(value.clone());
        }
        let own = format!("{}__{key}", screaming_case(id));
        let beside = self.beside(folder);
        let places = [&self.process, &self.file, &*beside, &self.working_directory];
        places
            .iter()
            .find_map(|place| place.get(&own))
            .or_else(|| places.iter().find_map(|place| place.get(key)))
            .filter(|value| !value.is_empty())
            .cloned()
    }

    /// A lookup of variables as one document sees them, which outlives this.
    pub fn snapshot(
        self: &Arc<Self>,
        id: &str,
        folder: &Path,
    ) -> impl Fn(&str) -> Option<String> + Send + Sync + 'static {
        let (environment, id, folder) = (self.clone(), id.to_owned(), folder.to_owned());
        move |key| environment.variable(&id, &folder, key)
    }

    fn beside(&self, folder: &Path) -> Arc<Variables> {
        let mut cache = self.beside.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = cache.get(folder) {
            return known.clone();
        }
        let read = if self.bare { Variables::default() } else { dotenv::read(&folder.join(".env")) };
        let read = Arc::new(read);
        cache.insert(folder.to_owned(), read.clone());
        read
    }

    /// The view of one document.
    #[must_use]
    pub fn of<'a>(&'a self, id: &'a str, folder: &'a Path) -> DocumentEnvironment<'a> {
        DocumentEnvironment { environment: self, id, folder, sandbox_url: None }
    }
}

/// The environment as one document sees it.
#[derive(Clone, Copy, Debug)]
pub struct DocumentEnvironment<'a> {
    environment: &'a Environment,
    id: &'a str,
    folder: &'a Path,
    sandbox_url: Option<&'a str>,
}

impl<'a> DocumentEnvironment<'a> {
    /// The same, for a sandbox that is reached at `url`.
    #[must_use]
    pub fn at(self, url: &'a str) -> Self {
        Self { sandbox_url: Some(url), ..self }
    }
}

impl BindingResolver for DocumentEnvironment<'_> {
    fn resolve(&self, binding: &Binding) -> Result<Option<String>, String> {
        if &*binding.name == "sandbox.url"
            && let Some(url) = self.sandbox_url
        {
            return Ok(Some(url.to_owned()));
        }
        if let Some(value) = self.environment.replaced.get(&*binding.name) {
            return Ok(Some(value.clone()));
        }
        match &binding.source {
            BindingSource::Environment { key } => Ok(self.environment.variable(self.id, self.folder, key)),
            BindingSource::File { path, key } => file::read(path, key),
        }
    }
}

#[cfg(test)]
mod tests;
