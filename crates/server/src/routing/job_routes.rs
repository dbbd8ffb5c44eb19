//! The routes that belong to a route whose answer takes long: where its jobs are looked at, fetched, followed and ended. A route has
//! all of them or none.

use capstan_engine::Engine;
use capstan_plan::{Pattern, Piece, Rest, Route, Segment, Target};
use http::Method;

/// The segment between a route's path and a handle.
const JOBS: &str = "jobs";

/// What a request at a route is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// To call the unit. `jobs` says whether the route has routes for its jobs.
    Call {
        /// Whether it has.
        jobs: bool,
    },
    /// To do something with one of its jobs, whose handle is the last capture.
    Job(JobPurpose),
}

/// What is done with a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JobPurpose {
    /// To see how far it is.
    Look,
    /// To fetch its result.
    Result,
    /// To follow it.
    Events,
    /// To end it.
    Cancel,
}

impl JobPurpose {
    const ALL: [Self; 4] = [Self::Look, Self::Result, Self::Events, Self::Cancel];

    fn method(self) -> Method {
        match self {
            Self::Look | Self::Result | Self::Events => Method::GET,
            Self::Cancel => Method::DELETE,
        }
    }

    /// What follows the handle in its path.
    #[must_use]
    pub fn tail(self) -> &'static str {
        match self {
            Self::Look | Self::Cancel => "",
            Self::Result => "/result",
            Self::Events => "/events",
        }
    }
}

/// One route of a job.
#[derive(Debug)]
pub(crate) struct JobRoute {
    pub(crate) method: Method,
    pub(crate) pattern: Pattern,
    pub(crate) purpose: JobPurpose,
}

/// The routes for jobs of a route that is reached at `pattern`; none when its answer does not take long, or when its path has no end
/// to add to.
pub(crate) fn job_routes(engine: &Engine, route: &Route, pattern: &Pattern) -> Vec<JobRoute> {
    let is_job = match &route.unit.target {
        Target::Flow(id) => engine.is_job(*id),
        Target::Forward(_) | Target::Unavailable(_) => false,
    };
    if !is_job || pattern.segments.iter().any(|segment| matches!(segment, Segment::Rest(_))) {
        return Vec::new();
    }
    let of =
        |purpose: JobPurpose| JobRoute { method: purpose.method(), pattern: below(pattern, purpose.tail()), purpose };
    JobPurpose::ALL.map(of).into()
}

/// Whether a document writes out a route where one of these would be.
pub(crate) fn is_written(rest: &Rest, keys: &[String], wanted: &[JobRoute]) -> bool {
    wanted.iter().any(|job| {
        let key = job.pattern.key();
        let same = |(route, known): (&Route, &String)| {
            *known == key && route.method.as_ref().is_none_or(|method| *method == job.method)
        };
        rest.routes.iter().zip(keys).any(same)
    })
}

/// The path of a route with `jobs/{handle}` and a tail behind it.
fn below(pattern: &Pattern, tail: &str) -> Pattern {
    let mut segments = pattern.segments.to_vec();
    // `/images/` means `/images` here: its jobs are at `/images/jobs`.
    if segments.last() == Some(&Segment::Literal("".into())) {
        segments.pop();
    }
    segments.push(Segment::Literal(JOBS.into()));
    segments.push(Segment::Pieces(Box::new([Piece::Param("handle".into())])));
    segments.extend(tail.strip_prefix('/').map(|tail| Segment::Literal(tail.into())));
    Pattern { segments: segments.into() }
}

/// Where a job of a route is for somebody who called it at `path`.
#[must_use]
pub fn job_path(path: &str, handle: &str) -> String {
    format!("{}/{JOBS}/{handle}", path.trim_end_matches('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jobs_are_below_the_path_they_were_called_at() {
        for (declared, expected) in [
            ("/images", "/images/jobs/{handle}"),
            ("/images/", "/images/jobs/{handle}"),
            ("/", "/jobs/{handle}"),
            ("/v1/{model}", "/v1/{model}/jobs/{handle}"),
        ] {
            let pattern = Pattern::parse(declared, None).unwrap();
            assert_eq!(below(&pattern, "").to_string(), expected);
            assert_eq!(below(&pattern, "/result").to_string(), format!("{expected}/result"));
            assert_eq!(job_path(declared, "{handle}"), expected);
        }
    }
}
