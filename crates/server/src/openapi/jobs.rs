//! What a route has besides its answer when that takes long: an answer at once, and the routes of its jobs.

use capstan_plan::{Pattern, Route};
use serde_json::{Map, Value, json};

use super::{
    components::Components,
    inputs::parameter,
    paths::Paths,
    problems::{self, Facts},
    source::Source,
};
use crate::routing::job_routes::{JobPurpose, JobRoute, is_written, job_routes};

/// The routes of the jobs of a route; none when its answer takes no time, or when the document writes one of them out.
pub(super) fn routes(source: &Source<'_>, route: &Route, pattern: &Pattern) -> Vec<JobRoute> {
    let Some(engine) = source.engine else { return Vec::new() };
    let wanted = job_routes(engine, route, pattern);
    let keys: Vec<String> = source.rest.routes.iter().map(|route| route.pattern.key()).collect();
    if is_written(source.rest, &keys, &wanted) { Vec::new() } else { wanted }
}

/// What callers say about waiting.
pub(super) fn parameters() -> [Value; 2] {
    let text = |description: &str| json!({ "type": "string", "description": description });
    let prefer =
        "`respond-async` asks for an answer at once, `wait=SECONDS` says how long to wait for the result (RFC 7240).";
    let key = "A name for this call: calling again with the same name begins nothing new.";
    let key =
        json!({ "type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~][ -~]*$", "description": key });
    [parameter("header", "Prefer", false, text(prefer)), parameter("header", "Idempotency-Key", false, key)]
}

/// The answer to who does not wait until the end.
pub(super) fn accepted(components: &mut Components) -> Value {
    let text = |description: &str| json!({ "description": description, "schema": { "type": "string" } });
    let mut answer = looked("The job runs; its document says where the rest of it is.", components);
    if let Some(members) = answer.as_object_mut() {
        let headers = json!({
            "Location": text("Where the job is."),
            "Retry-After": { "description": "When to look again, in seconds.", "schema": { "type": "integer" } },
            "Preference-Applied": text("What was done of `Prefer`."),
        });
        members.insert("headers".to_owned(), headers);
    }
    answer
}

/// Enters the routes of jobs.
pub(super) fn enter(
    source: &Source<'_>,
    routes: Vec<JobRoute>,
    (route, answers, facts): (&Route, &Map<String, Value>, Facts),
    paths: &mut Paths,
    components: &mut Components,
) {
    for JobRoute { method, pattern, purpose } in routes {
        let at = paths.at(&pattern);
        let (word, summary) = match purpose {
            JobPurpose::Look => ("job", "How far a job is"),
            JobPurpose::Result => ("job-result", "The result of a job"),
            JobPurpose::Events => ("job-events", "A job as it goes on"),
            JobPurpose::Cancel => ("job-cancel", "Ends a job"),
        };
        let mut responses = answers_of(purpose, answers, facts, components);
        let facts = Facts { upstream: facts.upstream && purpose == JobPurpose::Result, body: false, ..facts };
        for status in ["401", "403", "404", "409", "410", "503", "default"] {
            if facts.secured || !matches!(status, "401" | "403") {
                responses.insert(status.to_owned(), problems::response(status, facts.upstream, components));
            }
        }
        let names = at.names.iter().map(|name| parameter("path", name, true, json!({ "type": "string" })));
        let mut operation = Map::new();
        let id = paths.operation_id(&format!("{}-{word}", route.unit.name));
        operation.insert("operationId".to_owned(), json!(id));
        operation.insert("summary".to_owned(), json!(summary));
        operation.insert("parameters".to_owned(), names.collect());
        operation.insert("responses".to_owned(), responses.into());
        operation.extend(source.requirement.clone().map(|security| ("security".to_owned(), security)));
        paths.enter(&at, &method.as_str().to_ascii_lowercase(), operation.into());
    }
}

/// The answers of success at a route of jobs.
fn answers_of(
    purpose: JobPurpose,
    answers: &Map<String, Value>,
    facts: Facts,
    components: &mut Components,
) -> Map<String, Value> {
    match purpose {
        JobPurpose::Look => Map::from_iter([
            ("200".to_owned(), looked("The job.", components)),
            ("304".to_owned(), json!({ "description": "Nothing changed since." })),
        ]),
        JobPurpose::Cancel => Map::from_iter([
            ("202".to_owned(), looked("The job ends.", components)),
            ("204".to_owned(), json!({ "description": "It was over already." })),
        ]),
        JobPurpose::Events => Map::from_iter([("200".to_owned(), events())]),
        JobPurpose::Result => {
            let mut all = answers.clone();
            let failed = ["400", "502", "504"].into_iter().filter(|_| facts.upstream);
            all.extend(failed.map(|status| (status.to_owned(), problems::response(status, true, components))));
            all
        }
    }
}

/// A job as it goes on.
pub(super) fn events() -> Value {
    json!({ "description": "Events until the job is over.", "content": stream() })
}

/// Events as content.
pub(super) fn stream() -> Map<String, Value> {
    Map::from_iter([("text/event-stream".to_owned(), json!({ "schema": { "type": "string" } }))])
}

/// An answer that is a job document.
fn looked(description: &str, components: &mut Components) -> Value {
    let problem = problems::schema(components);
    let job = components.schema("Job", || job(&problem));
    json!({ "description": description, "content": { "application/json": { "schema": job } } })
}

/// The schema of a job document.
fn job(problem: &Value) -> Value {
    let text = |description: &str| json!({ "type": "string", "description": description });
    json!({
        "type": "object",
        "properties": {
            "id": text("What it is known by."),
            "status": { "type": "string", "description": "How it is." },
            "progress": { "type": ["number", "null"], "minimum": 0, "maximum": 1, "description": "How much of it is done." },
            "message": { "type": ["string", "null"], "description": "What it is doing." },
            "createdAt": { "type": "string", "format": "date-time" },
            "expiresAt": { "type": "string", "format": "date-time", "description": "How long it can be asked for." },
            "links": {
                "type": "object",
                "properties": {
                    "self": { "type": "string" },
                    "result": { "type": "string" },
                    "cancel": { "type": "string" },
                    "events": { "type": "string" },
                },
                "required": ["self", "result", "cancel", "events"],
            },
            "error": problem,
        },
        "required": ["id", "status", "progress", "message", "createdAt", "expiresAt", "links"],
    })
}
