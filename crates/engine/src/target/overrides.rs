//! What the operator changes about a plan's upstreams: other origins, base URIs, sandboxes, time limits.

use std::{collections::HashMap, fmt, sync::Arc, time::Duration};

use url::Url;

/// Finds `<NS>_BASE_URL` in the environment.
pub type BaseEnvironment = Arc<dyn Fn(&str) -> Option<String> + Send + Sync>;

/// What the operator changes about a plan's upstreams.
#[derive(Clone, Default)]
pub struct Overrides {
    /// `--upstream FROM=TO`, in order; the first that matches applies.
    pub upstream: Vec<UpstreamRule>,
    /// `--base-uri NS=URL`.
    pub base_uris: HashMap<Box<str>, Box<str>>,
    /// Looks up `<NS>_BASE_URL`, which fills an empty or relative base only.
    pub base_env: Option<BaseEnvironment>,
    /// Sandbox mode: each covered origin and the origin that stands in for it. Nothing else is reached.
    pub sandboxes: Option<HashMap<Box<str>, Box<str>>>,
    /// Time limits.
    pub timeouts: Timeouts,
}

impl fmt::Debug for Overrides {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Overrides")
            .field("upstream", &self.upstream)
            .field("base_uris", &self.base_uris)
            .field("sandboxes", &self.sandboxes)
            .field("timeouts", &self.timeouts)
            .finish_non_exhaustive()
    }
}

/// Time limits of upstream requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// From the end of the request to the head of the response.
    pub first_byte: Duration,
    /// Between two pieces of a response body.
    pub idle: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self { first_byte: Duration::from_secs(30), idle: Duration::from_secs(60) }
    }
}

/// One `--upstream FROM=TO`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UpstreamRule {
    /// The origin it applies to; every origin when absent.
    pub from: Option<Box<str>>,
    /// The origin requests go to instead.
    pub to: Box<str>,
}

impl UpstreamRule {
    /// Reads `FROM=TO`; `FROM` is an origin or `*`.
    ///
    /// # Errors
    /// What is wrong with the text, in words.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (from, to) = text.split_once('=').ok_or_else(|| format!("`{text}` is not FROM=TO"))?;
        let from = if from.trim() == "*" { None } else { Some(origin_of(from.trim())?) };
        Ok(Self { from, to: origin_of(to.trim())? })
    }
}

/// The origin (`scheme://host:port`, the port always stated) of an http or https URL.
///
/// # Errors
/// Why the text has none.
pub fn origin_of(text: &str) -> Result<Box<str>, String> {
    let url = Url::parse(text).map_err(|e| format!("`{text}` is not a URL: {e}"))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(format!("`{text}` is not an http or https URL"));
    }
    let host = url.host_str().ok_or_else(|| format!("`{text}` has no host"))?;
    let port = url.port_or_known_default().unwrap_or(80);
    Ok(format!("{}://{host}:{port}", url.scheme()).into())
}
