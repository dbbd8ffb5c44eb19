//! Answers of what went wrong: problem documents (RFC 9457), and errors of upstreams, which are passed on as they come.

use capstan_plan::{Plan, Step, StepKind};
use serde_json::{Map, Value, json};

use super::components::Components;

/// What decides which answers can come.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Facts {
    /// An upstream is called, so that its errors are passed on.
    pub(super) upstream: bool,
    /// A body is read.
    pub(super) body: bool,
    /// Callers prove themselves.
    pub(super) secured: bool,
    /// It waits for something that takes long.
    pub(super) job: bool,
    /// No more than so many calls run at a time.
    pub(super) limited: bool,
    /// Values from outside are needed.
    pub(super) bindings: bool,
    /// It cannot be called.
    pub(super) unavailable: bool,
}

impl Facts {
    /// What a list of steps means for its callers.
    pub(super) fn steps(mut self, plan: &Plan, steps: &[Step]) -> Self {
        for step in steps {
            match &step.kind {
                StepKind::Call(call) => {
                    self.upstream = true;
                    let client = plan.clients.get(call.request.client);
                    self.limited |= client.is_some_and(|client| client.limits.is_some());
                }
                StepKind::Poll(_) => self.upstream = true,
                kind => self = kind.lists().into_iter().fold(self, |facts, list| facts.steps(plan, list)),
            }
        }
        self
    }

    /// The answers of what went wrong, by status.
    pub(super) fn responses(self, components: &mut Components) -> Map<String, Value> {
        let Self { upstream, body, secured, job, limited, bindings, unavailable } = self;
        let all = [
            ("400", !unavailable),
            ("401", secured),
            ("403", secured),
            ("408", body && !unavailable),
            ("413", body && !unavailable),
            ("415", body && !unavailable),
            ("422", job),
            ("429", limited),
            ("501", unavailable),
            ("502", upstream),
            ("503", upstream || bindings || secured || job),
            ("504", upstream),
            ("default", true),
        ];
        let coming = all.into_iter().filter(|(_, comes)| *comes);
        coming.map(|(status, _)| (status.to_owned(), response(status, upstream, components))).collect()
    }
}

/// The answer of a status.
pub(super) fn response(status: &str, upstream: bool, components: &mut Components) -> Value {
    let (name, description) = words(status);
    let is_theirs = matches!(status, "502" | "504");
    let name = if upstream && !is_theirs { format!("{name}OrUpstream") } else { name.to_owned() };
    components.response(&name, |components| {
        let problem = schema(components);
        let mut content = json!({ "application/problem+json": { "schema": problem } });
        let mut description = description.to_owned();
        if let (Value::Object(content), true) = (&mut content, upstream) {
            content.insert("*/*".to_owned(), json!({}));
            description.push_str(" An error answer of the upstream is passed on as it comes.");
        }
        json!({ "description": description, "content": content })
    })
}

/// The name and the meaning of a status.
fn words(status: &str) -> (&'static str, &'static str) {
    match status {
        "400" => ("InvalidRequest", "The request is not valid; every violation is listed."),
        "401" => ("Unauthorized", "Valid credentials are needed."),
        "403" => ("Forbidden", "The credentials do not suffice."),
        "404" => ("NotFound", "There is no such job, or it is somebody else's."),
        "408" => ("RequestTimeout", "The request body came too slowly."),
        "409" => ("Conflict", "The job is not over, or it was made with another version of the capability."),
        "410" => ("Gone", "The job is cancelled, expired or lost."),
        "413" => ("TooLarge", "The request body is too large."),
        "415" => ("UnsupportedMediaType", "The request body is of a media type or an encoding that is not read."),
        "422" => ("KeyReused", "The Idempotency-Key stands for a call with other inputs."),
        "429" => ("TooManyRequests", "The upstream takes no further calls at the moment."),
        "501" => ("NotAvailable", "The capability declares this operation wrongly; it cannot be called."),
        "502" => ("UpstreamFailed", "The upstream cannot be reached, or its answer cannot be used."),
        "503" => ("Unavailable", "A value the capability needs is not set, or there is too much to do at the moment."),
        "504" => ("UpstreamTimeout", "The upstream did not answer in time."),
        _ => ("Problem", "Anything else that went wrong."),
    }
}

/// The schema of a problem document, shared.
pub(super) fn schema(components: &mut Components) -> Value {
    components.schema("Problem", problem)
}

fn problem() -> Value {
    let text = |description: &str| json!({ "type": "string", "description": description });
    json!({
        "type": "object",
        "description": "A problem document (RFC 9457).",
        "properties": {
            "title": text("What went wrong, in a few words."),
            "status": { "type": "integer", "description": "The HTTP status." },
            "detail": text("What went wrong this time, and what to do."),
            "code": text("The stable name of the kind of problem."),
            "file": text("The file of the capability that the problem is about."),
            "line": { "type": "integer", "description": "The line in that file." },
            "step": text("The step that failed."),
            "binding": text("The name that has no value."),
            "upstream": {
                "type": "object",
                "description": "The upstream concerned.",
                "properties": { "name": { "type": "string" }, "status": { "type": "integer" } },
                "required": ["name"],
            },
            "retryable": { "type": "boolean", "description": "Whether the same call may work later." },
            "violations": {
                "type": "array",
                "description": "Everything wrong with the inputs.",
                "items": {
                    "type": "object",
                    "properties": {
                        "name": text("The input."),
                        "in": text("The part of the request it stands in."),
                        "pointer": text("Where inside it, as a JSON Pointer."),
                        "message": text("What is wrong."),
                        "expected": text("What is expected."),
                        "example": { "description": "A value that would do." },
                    },
                    "required": ["name", "message"],
                },
            },
            "diagnostics": { "type": "array", "items": { "type": "object" } },
        },
        "required": ["title", "status", "code"],
    })
}
