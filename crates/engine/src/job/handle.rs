//! What a handle holds: whose job it is, which one, and what takes it up again in any process that has the key.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use capstan_plan::{Flow, Job, SlotId};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use sha2::{Digest as _, Sha256};

use super::view::{JobBinding, NoJob};

/// The most bytes of what an upstream gives to resume a job.
pub(crate) const UPSTREAM_HANDLE: usize = 4 << 10;

/// The most bytes of values that the flow needs after the job.
pub(crate) const VALUES: usize = 4 << 10;

/// What is sealed.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub(crate) struct Handle {
    /// Which job, among those of a process.
    #[serde(rename = "i")]
    pub(crate) id: Box<str>,
    #[serde(rename = "c")]
    pub(crate) capability: Box<str>,
    #[serde(rename = "u")]
    pub(crate) unit: Box<str>,
    #[serde(rename = "w")]
    caller: Box<str>,
    /// Milliseconds since 1970.
    #[serde(rename = "t")]
    pub(crate) created: u64,
    #[serde(rename = "e")]
    pub(crate) expires: u64,
    /// What takes it up again; nothing where it lives and dies with its process.
    #[serde(rename = "r", skip_serializing_if = "Option::is_none")]
    resume: Option<Resume>,
}

/// What takes a job up again.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
struct Resume {
    #[serde(rename = "s")]
    step: usize,
    #[serde(rename = "h")]
    upstream: Json,
    /// When it was submitted.
    #[serde(rename = "t")]
    submitted: u64,
    /// A digest of each member of the `job` block.
    #[serde(rename = "b")]
    block: Vec<(Box<str>, Box<str>)>,
    /// A digest of the slots of the flow, where there are values.
    #[serde(rename = "f")]
    frame: Box<str>,
    #[serde(rename = "v")]
    values: Vec<(u32, Json)>,
}

/// A job that is taken up again.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Resumed {
    /// The step of the flow it belongs to.
    pub(crate) step: usize,
    /// What the upstream gave to resume it.
    pub(crate) handle: Json,
    /// When it was submitted: milliseconds since 1970.
    pub(crate) submitted: u64,
    /// Values the flow needs after it.
    pub(crate) values: Vec<(SlotId, Json)>,
}

impl Handle {
    /// Of a job that began now.
    pub(crate) fn new(id: Box<str>, binding: &JobBinding<'_>, created: u64, expires: u64) -> Self {
        let JobBinding { capability, unit, caller } = binding;
        Self {
            id,
            capability: (*capability).into(),
            unit: (*unit).into(),
            caller: short(caller),
            created,
            expires,
            resume: None,
        }
    }

    /// The same with what takes it up again.
    pub(crate) fn resumable(mut self, resumed: Resumed, job: &Job, flow: &Flow) -> Self {
        let Resumed { step, handle: upstream, submitted, values } = resumed;
        let values = values.into_iter().map(|(slot, value)| (slot.0, value)).collect();
        self.resume = Some(Resume { step, upstream, submitted, block: digests(job), frame: frame(flow), values });
        self
    }

    /// Whether it is one of this caller and unit.
    pub(crate) fn belongs_to(&self, binding: &JobBinding<'_>) -> bool {
        *self.capability == *binding.capability && *self.unit == *binding.unit && self.caller == short(&binding.caller)
    }

    /// The step whose job takes it up again.
    pub(crate) fn step(&self) -> Option<usize> {
        self.resume.as_ref().map(|resume| resume.step)
    }

    /// What takes it up again under the plan there is now, whose job of that step is `job`.
    pub(crate) fn resumed(self, job: &Job, flow: &Flow) -> Result<Resumed, NoJob> {
        let Some(resume) = self.resume else { return Err(NoJob::Lost) };
        let now = digests(job);
        if now != resume.block {
            return Err(NoJob::Changed(changed(&job.name, &resume.block, &now)));
        }
        if !resume.values.is_empty() && resume.frame != frame(flow) {
            let why = format!("the inputs or steps of `{}` were changed since this job began", flow.name);
            return Err(NoJob::Changed(why));
        }
        let values = resume.values.into_iter().map(|(slot, value)| (SlotId(slot), value)).collect();
        Ok(Resumed { step: resume.step, handle: resume.upstream, submitted: resume.submitted, values })
    }
}

/// A digest of each member of a `job` block.
fn digests(job: &Job) -> Vec<(Box<str>, Box<str>)> {
    let members = job.block.as_object().into_iter().flatten();
    let digest = |value: &Json| short(&Sha256::digest(value.to_string()));
    members.map(|(name, value)| (name.as_str().into(), digest(value))).collect()
}

/// What was changed, in words.
fn changed(name: &str, before: &[(Box<str>, Box<str>)], now: &[(Box<str>, Box<str>)]) -> String {
    let differs = |(member, digest): &&(Box<str>, Box<str>)| !before.contains(&(member.clone(), digest.clone()));
    let gone = before.iter().filter(|(member, _)| !now.iter().any(|(kept, _)| kept == member));
    let mut names: Vec<String> =
        now.iter().filter(differs).chain(gone).map(|(member, _)| format!("`{member}`")).collect();
    names.dedup();
    let what = if names.is_empty() { "the order of its members".to_owned() } else { names.join(", ") };
    format!("the `job` of `{name}` was changed since this job began: {what}")
}

/// A digest of what the slots of a flow stand for.
fn frame(flow: &Flow) -> Box<str> {
    let mut hash = Sha256::new();
    hash.update(flow.slots.to_be_bytes());
    let inputs = flow.inputs.iter().map(|input| (&*input.name, input.slot));
    for (name, slot) in inputs.chain(flow.steps.iter().map(|step| (&*step.name, step.slot))) {
        hash.update(slot.0.to_be_bytes());
        hash.update(name);
        hash.update([0]);
    }
    short(&hash.finalize())
}

/// The first 16 bytes as text.
fn short(bytes: &[u8]) -> Box<str> {
    URL_SAFE_NO_PAD.encode(bytes.get(..16).unwrap_or(bytes)).into()
}
