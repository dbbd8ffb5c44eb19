//! What a handle holds: which job it is, and what takes it up again in any process that has the key. Whose it is stands outside: it is
//! sealed with that, so that nobody else can open it. Bytes of fixed places first, then one JSON text; a handle stands in URLs and in
//! what models read, so it is short, and what the plan knows is not in it.

use capstan_plan::{Flow, Polling, SlotId};
use serde_json::Value as Json;
use sha2::{Digest as _, Sha256};

use super::view::{JobBinding, NoJob};

/// The most bytes of what an upstream gives to resume a job.
pub(crate) const UPSTREAM_HANDLE: usize = 4 << 10;

/// The most bytes of values that the flow needs after the job.
pub(crate) const VALUES: usize = 4 << 10;

/// The members of a block that are told apart when it has changed.
const MEMBERS: [&str; 7] = ["handle", "poll", "every", "timeout", "progress", "result", "cancel"];

/// Which job, among those of a process.
pub(crate) type Id = [u8; 12];

/// What is sealed.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Handle {
    pub(crate) id: Id,
    /// Milliseconds since 1970.
    pub(crate) created: u64,
    pub(crate) expires: u64,
    /// What takes it up again; nothing where it lives and dies with its process.
    resume: Option<Box<Resume>>,
}

/// What takes a job up again.
#[derive(Clone, Debug, PartialEq)]
struct Resume {
    step: u16,
    /// When it was submitted.
    submitted: u64,
    digests: Digests,
    /// A digest of the slots of the flow.
    frame: [u8; 8],
    /// What the upstream gave, in the order the plan names it.
    upstream: Vec<Json>,
    values: Vec<(u32, Json)>,
}

/// Of a block: all of it, and a byte of each member.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Digests {
    whole: [u8; 8],
    members: [u8; MEMBERS.len()],
}

/// A step that waits, as the plan there is now has it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Waiting<'p> {
    /// What it is called.
    pub(crate) name: &'p str,
    /// The names of what the upstream gives to resume it.
    pub(crate) names: &'p [(Box<str>, capstan_plan::Selector)],
    pub(crate) polling: &'p Polling,
    pub(crate) flow: &'p Flow,
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
    pub(crate) fn new(id: Id, created: u64, expires: u64) -> Self {
        Self { id, created, expires, resume: None }
    }

    /// The same with what takes it up again.
    pub(crate) fn resumable(mut self, resumed: Resumed, waiting: Waiting<'_>) -> Self {
        let Resumed { step, mut handle, submitted, values } = resumed;
        let Ok(step) = u16::try_from(step) else { return self };
        let upstream =
            waiting.names.iter().map(|(name, _)| handle.get_mut(&**name).map(Json::take).unwrap_or_default());
        self.resume = Some(Box::new(Resume {
            step,
            submitted,
            digests: Digests::of(waiting.polling),
            frame: frame(waiting.flow),
            upstream: upstream.collect(),
            values: values.into_iter().map(|(slot, value)| (slot.0, value)).collect(),
        }));
        self
    }

    /// The step whose job takes it up again.
    pub(crate) fn step(&self) -> Option<usize> {
        self.resume.as_ref().map(|resume| usize::from(resume.step))
    }

    /// What takes it up again under the plan there is now.
    pub(crate) fn resumed(&self, waiting: Waiting<'_>) -> Result<Resumed, NoJob> {
        let Some(resume) = self.resume.as_deref().cloned() else { return Err(NoJob::Lost) };
        let now = Digests::of(waiting.polling);
        if now != resume.digests {
            return Err(NoJob::Changed(now.changed(waiting.name, &resume.digests)));
        }
        if !resume.values.is_empty() && resume.frame != frame(waiting.flow) {
            let why = format!("the inputs or steps of `{}` were changed since this job began", waiting.flow.name);
            return Err(NoJob::Changed(why));
        }
        let names = waiting.names.iter().map(|(name, _)| name.to_string());
        let handle = names.zip(resume.upstream).filter(|(_, value)| !value.is_null()).collect();
        let values = resume.values.into_iter().map(|(slot, value)| (SlotId(slot), value)).collect();
        Ok(Resumed {
            step: usize::from(resume.step),
            handle: Json::Object(handle),
            submitted: resume.submitted,
            values,
        })
    }

    /// As bytes.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(256);
        bytes.extend_from_slice(&self.id);
        put_time(&mut bytes, self.created);
        put_time(&mut bytes, self.expires);
        if let Some(resume) = &self.resume {
            let Resume { step, submitted, digests, frame, upstream, values } = &**resume;
            bytes.extend_from_slice(&step.to_be_bytes());
            put_time(&mut bytes, *submitted);
            bytes.extend_from_slice(&digests.whole);
            bytes.extend_from_slice(&digests.members);
            bytes.extend_from_slice(frame);
            bytes.extend(serde_json::to_vec(&(upstream, values)).unwrap_or_default());
        }
        bytes
    }

    /// Of bytes that were sealed.
    pub(crate) fn of_bytes(mut bytes: &[u8]) -> Option<Self> {
        let bytes = &mut bytes;
        let mut handle = Self::new(*take(bytes)?, take_time(bytes)?, take_time(bytes)?);
        if bytes.is_empty() {
            return Some(handle);
        }
        let step = u16::from_be_bytes(*take(bytes)?);
        let submitted = take_time(bytes)?;
        let digests = Digests { whole: *take(bytes)?, members: *take(bytes)? };
        let frame = *take(bytes)?;
        let (upstream, values) = serde_json::from_slice(bytes).ok()?;
        handle.resume = Some(Box::new(Resume { step, submitted, digests, frame, upstream, values }));
        Some(handle)
    }
}

impl Digests {
    fn of(polling: &Polling) -> Self {
        let block = &*polling.block;
        let digest = |value: &Json| Sha256::digest(value.to_string());
        let mut digests = Self { whole: [0; 8], members: [0; MEMBERS.len()] };
        digests.whole.iter_mut().zip(digest(block)).for_each(|(to, from)| *to = from);
        for (to, name) in digests.members.iter_mut().zip(MEMBERS) {
            *to = block.get(name).and_then(|value| digest(value).first().copied()).unwrap_or_default();
        }
        digests
    }

    /// What was changed, in words.
    fn changed(&self, name: &str, before: &Self) -> String {
        let pairs = MEMBERS.iter().zip(self.members.iter().zip(before.members));
        let names: Vec<String> =
            pairs.filter(|(_, (now, before))| **now != *before).map(|(name, _)| format!("`{name}`")).collect();
        let what = if names.is_empty() { String::new() } else { format!(": {}", names.join(", ")) };
        format!("how `{name}` is waited for was changed since this job began{what}")
    }
}

/// What a handle is sealed with: under any other binding it cannot be opened.
pub(crate) fn bound(binding: &JobBinding<'_>) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in [binding.capability.as_bytes(), binding.unit.as_bytes(), &binding.caller] {
        hash.update(part.len().to_be_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}

/// A digest of what the slots of a flow stand for.
fn frame(flow: &Flow) -> [u8; 8] {
    let mut hash = Sha256::new();
    hash.update(flow.slots.to_be_bytes());
    let inputs = flow.inputs.iter().map(|input| (&*input.name, input.slot));
    for (name, slot) in inputs.chain(flow.steps.iter().map(|step| (&*step.name, step.slot))) {
        hash.update(slot.0.to_be_bytes());
        hash.update(name);
        hash.update([0]);
    }
    let mut digest = [0; 8];
    digest.iter_mut().zip(hash.finalize()).for_each(|(to, from)| *to = from);
    digest
}

/// Milliseconds in six bytes: enough for the next 8000 years.
fn put_time(bytes: &mut Vec<u8>, ms: u64) {
    bytes.extend(ms.min((1 << 48) - 1).to_be_bytes().into_iter().skip(2));
}

fn take_time(bytes: &mut &[u8]) -> Option<u64> {
    let six: &[u8; 6] = take(bytes)?;
    Some(six.iter().fold(0, |ms, byte| (ms << 8) | u64::from(*byte)))
}

fn take<'b, const N: usize>(bytes: &mut &'b [u8]) -> Option<&'b [u8; N]> {
    let (first, rest) = bytes.split_first_chunk()?;
    *bytes = rest;
    Some(first)
}
