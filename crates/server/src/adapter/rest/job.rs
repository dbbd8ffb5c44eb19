//! Routes whose answer takes long. A call waits for it as long as its caller likes to (`Prefer`), and then gets a job document instead;
//! the job's own routes say how far it is, give its result, follow it and end it. What a job is and who runs it is the engine's.

mod document;
mod events;
mod prefer;

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use capstan_engine::{Answer, Engine, Fault, Inputs, Job, JobState, JobView, NoJob};
use capstan_plan::{AsyncPolicy, FlowId, Target};
use http::{HeaderValue, Method, Response, StatusCode, header, request::Parts};

use self::{document::Document, prefer::Prefer};
use super::respond;
use crate::{
    adapter::job::{self, Owner},
    auth::Principal,
    http::{access::AccessRecord, body::Body, problem},
    routing::{
        job_routes::{JobPurpose, job_path},
        routes::RouteTarget,
    },
    shared::Shared,
};

/// How long a job that was resumed a moment ago is waited for, so that its document says how far it is.
const FIRST_LOOK: Duration = Duration::from_secs(1);

/// The longest name a caller may give its call.
const LONGEST_KEY: usize = 255;

/// A request about a job, and what it takes to answer it.
pub(super) struct Asked<'r> {
    pub(super) shared: &'r Shared,
    pub(super) engine: &'r Arc<Engine>,
    pub(super) target: RouteTarget<'r>,
    pub(super) principal: Principal,
    pub(super) parts: &'r Parts,
}

impl Asked<'_> {
    /// Begins a job and waits for it as long as its caller does.
    pub(super) async fn begin(&self, flow: FlowId, inputs: Inputs, record: &mut AccessRecord) -> Response<Body> {
        let policy = job::policy(&self.target.route.unit);
        let key = match idempotency_key(self.parts) {
            Ok(key) => key,
            Err(refused) => return *refused,
        };
        let options = job::options(&policy, is_idempotent(&self.parts.method), key);
        let owner = Owner::new(self.target.exposed, &self.target.route.unit, self.principal);
        let begun = self.engine.begin(flow, inputs, record.invocation(), owner.binding(), options).await;
        let job = match begun {
            Ok(job) => job,
            Err(fault) => return self.outcome(Err(fault), None, record).await,
        };
        let path = job_path(self.parts.uri.path(), job.handle());
        if events::asked_for(&self.parts.headers) {
            record.ends_with_the_stream();
            return events::answer(job, path, self.shared.engine.clone());
        }
        let (prefer, patience) = self.patience(&policy, Duration::from_millis(policy.wait_ms));
        let view = waited(&job, patience).await;
        let applied = prefer.applied(patience, view.state.is_over());
        if view.state.is_over() {
            return self.outcome(yielded(&job, view), applied, record).await;
        }
        let document = Document::new(&job, &view, &path).bytes();
        let mut response = document::answer(StatusCode::ACCEPTED, document, &view);
        let headers = response.headers_mut();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.extend(HeaderValue::from_str(&path).map(|path| (header::LOCATION, path)));
        preferred(&mut response, applied);
        response
    }

    /// Does something with a job that began earlier.
    pub(super) async fn at_handle(&self, job: &Job, purpose: JobPurpose, record: &mut AccessRecord) -> Response<Body> {
        let path = self.parts.uri.path();
        let path = path.strip_suffix(purpose.tail()).unwrap_or(path);
        match purpose {
            JobPurpose::Look => self.look(job, path).await,
            JobPurpose::Result => self.result(job, record).await,
            JobPurpose::Events => {
                record.ends_with_the_stream();
                events::answer(job.clone(), path.to_owned(), self.shared.engine.clone())
            }
            JobPurpose::Cancel => cancelled(job, path).await,
        }
    }

    /// The job behind a handle.
    pub(super) fn resumed(&self, handle: &str) -> Result<Job, NoJob> {
        let Target::Flow(flow) = self.target.route.unit.target else { return Err(NoJob::Unknown) };
        let owner = Owner::new(self.target.exposed, &self.target.route.unit, self.principal);
        self.engine.resume(flow, handle, owner.binding())
    }

    /// The job document: at once, or when it changed for a caller who waits and has one already, or when the job is over for one who
    /// waits and has none.
    async fn look(&self, job: &Job, path: &str) -> Response<Body> {
        let (prefer, patience) = self.patience(&job::policy(&self.target.route.unit), Duration::ZERO);
        let waits = prefer.wait.is_some();
        let has_one = self.parts.headers.contains_key(header::IF_NONE_MATCH);
        let ends = tokio::time::Instant::now() + patience;
        let mut view = looked(job).await;
        loop {
            let document = Document::new(job, &view, path).bytes();
            let tag = document::tag(&document);
            let known = document::is_known(&self.parts.headers, &tag);
            let is_due = view.state.is_over() || (has_one && !known) || tokio::time::Instant::now() >= ends;
            let more = if is_due { None } else { tokio::time::timeout_at(ends, job.changed(view.version)).await.ok() };
            if let Some(next) = more.filter(|next| next.version != view.version) {
                view = next;
                continue;
            }
            let mut response = match known {
                true => not_modified(&view),
                false => document::answer(StatusCode::OK, document, &view),
            };
            response.headers_mut().extend(HeaderValue::from_str(&tag).map(|tag| (header::ETAG, tag)));
            preferred(&mut response, waits.then(|| prefer.applied(patience, true)).flatten());
            return response;
        }
    }

    /// What a job yielded, once it did.
    async fn result(&self, job: &Job, record: &mut AccessRecord) -> Response<Body> {
        let (prefer, patience) = self.patience(&job::policy(&self.target.route.unit), Duration::ZERO);
        let view = match patience.is_zero() {
            true => looked(job).await,
            false => waited(job, patience).await,
        };
        if view.state == JobState::Cancelled {
            return problem::plain(StatusCode::GONE, "job-cancelled", "the job was cancelled, so there is no result");
        }
        if view.state.is_over() {
            return self.outcome(yielded(job, view), prefer.applied(patience, true), record).await;
        }
        let detail = "the job is not over; its document says how far it is, and `Prefer: wait=SECONDS` waits for it";
        let mut response = problem::plain(StatusCode::CONFLICT, "job-running", detail);
        document::wait(response.headers_mut(), &view);
        response
    }

    /// The answer for what a job yielded.
    async fn outcome(
        &self,
        outcome: Result<Answer, Fault>,
        applied: Option<String>,
        record: &mut AccessRecord,
    ) -> Response<Body> {
        let Target::Flow(id) = self.target.route.unit.target else { return refused(&NoJob::Unknown) };
        let flow = self.engine.plan().flows.get(id);
        let mut response = respond::outcome(self.shared, outcome, self.target.route, flow, record).await;
        preferred(&mut response, applied);
        response
    }

    fn patience(&self, policy: &AsyncPolicy, usual: Duration) -> (Prefer, Duration) {
        let prefer = Prefer::of(&self.parts.headers);
        (prefer, prefer.patience(usual, Duration::from_millis(policy.max_wait_ms)))
    }
}

/// Says what was done of the caller's preferences.
fn preferred(response: &mut Response<Body>, applied: Option<String>) {
    let value = applied.and_then(|applied| HeaderValue::from_str(&applied).ok());
    response.headers_mut().extend(value.map(|value| (header::HeaderName::from_static("preference-applied"), value)));
}

/// A job as it is when it is over, or when nobody waits any longer.
async fn waited(job: &Job, patience: Duration) -> JobView {
    match patience.is_zero() {
        true => job.look(),
        false => tokio::time::timeout(patience, job.ended()).await.unwrap_or_else(|_| job.look()),
    }
}

/// A job as it is: of one nobody has asked the upstream for yet, after a moment.
async fn looked(job: &Job) -> JobView {
    let view = job.look();
    match view.version {
        0 if !view.state.is_over() => {
            tokio::time::timeout(FIRST_LOOK, job.changed(0)).await.unwrap_or_else(|_| job.look())
        }
        _ => view,
    }
}

/// What a job that is over yielded.
fn yielded(job: &Job, view: JobView) -> Result<Answer, Fault> {
    match (view.state, view.fault) {
        (_, Some(fault)) => Err(fault),
        _ => job.answer(),
    }
}

/// Ends a job, unless it is over.
async fn cancelled(job: &Job, path: &str) -> Response<Body> {
    if job.look().state.is_over() {
        let mut response = Response::new(Body::Empty);
        *response.status_mut() = StatusCode::NO_CONTENT;
        return response;
    }
    let view = job.cancel().await;
    document::answer(StatusCode::ACCEPTED, Document::new(job, &view, path).bytes(), &view)
}

fn not_modified(view: &JobView) -> Response<Body> {
    let mut response = document::answer(StatusCode::NOT_MODIFIED, Bytes::new(), view);
    response.headers_mut().remove(header::CONTENT_TYPE);
    response
}

/// The answer where a handle leads to no job.
pub(super) fn refused(why: &NoJob) -> Response<Body> {
    let (status, code) = match why {
        NoJob::Unknown => (StatusCode::NOT_FOUND, "no-job"),
        NoJob::Expired => (StatusCode::GONE, "job-expired"),
        NoJob::Lost => (StatusCode::GONE, "job-lost"),
        NoJob::Changed(_) => (StatusCode::CONFLICT, "job-changed"),
    };
    problem::plain(status, code, job::no_job(why))
}

/// Methods that mean the same when a request is made twice (RFC 9110, 9.2.2).
fn is_idempotent(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD | Method::PUT | Method::DELETE | Method::OPTIONS)
}

/// The name a caller gave its call, so that calling again begins nothing.
fn idempotency_key(parts: &Parts) -> Result<Option<&str>, Box<Response<Body>>> {
    let Some(value) = parts.headers.get("idempotency-key") else { return Ok(None) };
    let text = value.to_str().ok().map(|text| text.trim().trim_matches('"'));
    match text.filter(|text| !text.is_empty() && text.len() <= LONGEST_KEY) {
        Some(key) => Ok(Some(key)),
        None => {
            let detail = format!("Idempotency-Key is 1 to {LONGEST_KEY} visible characters");
            Err(Box::new(problem::plain(StatusCode::BAD_REQUEST, "bad-idempotency-key", detail)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_has_a_name_or_none() {
        let of = |value: &str| {
            let request = http::Request::builder().header("idempotency-key", value).body(()).unwrap();
            idempotency_key(&request.into_parts().0)
                .map(|key| key.map(str::to_owned))
                .map_err(|refused| refused.status())
        };
        assert_eq!(of("\"a b\""), Ok(Some("a b".to_owned())));
        assert_eq!(of("7"), Ok(Some("7".to_owned())));
        assert_eq!(of("\"\""), Err(StatusCode::BAD_REQUEST));
        assert_eq!(of(&"k".repeat(256)), Err(StatusCode::BAD_REQUEST));
        assert_eq!(of("ü"), Err(StatusCode::BAD_REQUEST));
    }
}
