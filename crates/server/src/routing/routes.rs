//! The routes of REST exposures, merged: several documents may share a port, and the first keeps what two want. Decides which
//! routes fit a request; answering is the adapter's.

use std::{
    collections::BTreeMap,
    sync::{Arc, OnceLock},
};

use bytes::Bytes;
use capstan_plan::{Exposure, ExposureKind, Pattern, Piece, Rest, Route, Segment};

use super::{
    job_routes::{JobRoute, Purpose, is_written, job_routes},
    router::{Entry, RouteMatch, Router},
};
use crate::{
    capability::exposed::Exposed,
    finding::{Finding, ServerCode},
    metrics::Meter,
};

/// The merged routes of REST exposures that share a port, or of one alone.
#[derive(Debug, Default)]
pub struct Routes {
    /// The exposures; routes name them by position.
    members: Vec<Exposed>,
    router: Router<RouteRef>,
    /// Routes taken, to find conflicts between documents.
    taken: BTreeMap<String, Vec<Taken>>,
    /// What others wanted of those who have it.
    disputes: Vec<(Arc<str>, Finding)>,
    /// What all of them are described as, from the first time on that it is asked for.
    description: OnceLock<Bytes>,
}

#[derive(Debug)]
struct Taken {
    member: usize,
    method: Option<http::Method>,
    query: Box<[(Box<str>, Box<str>)]>,
}

/// Where a route is.
#[derive(Clone, Debug)]
pub struct RouteRef {
    member: usize,
    route: usize,
    /// The names of its placeholders, in the order of captures.
    params: Arc<[Box<str>]>,
    purpose: Purpose,
    /// What is counted of it, from its first request on.
    meter: OnceLock<Option<Arc<Meter>>>,
}

/// One route with all that is needed to answer.
#[derive(Clone, Copy, Debug)]
pub struct RouteTarget<'t> {
    /// The exposure.
    pub exposed: &'t Exposed,
    /// The route.
    pub route: &'t Route,
    /// The names of its placeholders.
    pub params: &'t [Box<str>],
    /// What a request that found it is for.
    pub purpose: Purpose,
    meter: &'t OnceLock<Option<Arc<Meter>>>,
}

impl RouteTarget<'_> {
    /// What is counted of it.
    #[must_use]
    pub fn meter(&self) -> Option<Arc<Meter>> {
        let name = &self.route.unit.name;
        let capability = &self.exposed.capability;
        let make = || match self.purpose {
            Purpose::Call { .. } => capability.meter("rest", name),
            // To look at a job is no call.
            Purpose::Job(_) => capability.meter("rest", &format!("{name}/jobs")),
        };
        self.meter.get_or_init(make).clone()
    }
}

impl Routes {
    /// Adds the routes of one REST exposure. Routes that another capability has are left out and reported.
    pub fn add(&mut self, exposed: &Exposed) -> Vec<Finding> {
        let Some(Exposure { kind: ExposureKind::Rest(rest), .. }) = exposed.exposure() else { return Vec::new() };
        let member = self.member(exposed);
        let id = &exposed.capability.id;
        let mut findings = Vec::new();
        let keys: Vec<String> = rest.routes.iter().map(|route| route.pattern.key()).collect();
        for (index, (route, key)) in rest.routes.iter().zip(&keys).enumerate() {
            if let Some(incumbent) = self.incumbent(member, key, route).cloned() {
                let message = format!("`{id}` declares {} {} too and does not get it", method(route), route.pattern);
                self.disputes.push((incumbent.clone(), Finding::plain(ServerCode::RouteConflict, message, None, None)));
                findings.push(Finding::plain(
                    ServerCode::RouteConflict,
                    format!("{} {} is served by `{incumbent}` already", method(route), route.pattern),
                    Some(&route.unit.origin),
                    Some(&route.unit.name),
                ));
                continue;
            }
            let taken = self.taken.entry(key.clone()).or_default();
            taken.push(Taken { member, method: route.method.clone(), query: route.query.clone() });
            let suffixed = is_duplicate(rest, &keys, index).then(|| suffixed(&route.pattern, &route.unit.name));
            for pattern in suffixed.iter().chain([&route.pattern]) {
                self.insert(member, index, pattern, (rest, &keys));
            }
        }
        findings
    }

    /// Reserves those of an exposure's routes that the same document had in `before`: who was there first keeps them.
    pub fn reserve(&mut self, exposed: &Exposed, before: &Self) {
        let Some(Exposure { kind: ExposureKind::Rest(rest), .. }) = exposed.exposure() else { return };
        let member = self.member(exposed);
        for route in &rest.routes {
            let key = route.pattern.key();
            let had = before.taken.get(&key).into_iter().flatten().any(|taken| {
                before.members.get(taken.member).is_some_and(|known| known.capability.id == exposed.capability.id)
                    && taken.method == route.method
                    && taken.query == route.query
            });
            if had {
                let taken = Taken { member, method: route.method.clone(), query: route.query.clone() };
                self.taken.entry(key).or_default().push(taken);
            }
        }
    }

    /// What others wanted of those who have it, by who has it.
    pub fn take_disputes(&mut self) -> Vec<(Arc<str>, Finding)> {
        std::mem::take(&mut self.disputes)
    }

    /// Forgets what only building and rebuilding need.
    #[must_use]
    pub fn built(mut self) -> Self {
        self.taken = BTreeMap::new();
        self.disputes = Vec::new();
        self
    }

    /// The routes for a request.
    #[must_use]
    pub fn find(&self, method: &http::Method, path: &str, query: Option<&str>) -> RouteMatch<'_, RouteRef> {
        self.router.find(method, path, query)
    }

    /// What a found route means.
    #[must_use]
    pub fn target<'t>(&'t self, at: &'t RouteRef) -> Option<RouteTarget<'t>> {
        let exposed = self.members.get(at.member)?;
        let Some(Exposure { kind: ExposureKind::Rest(rest), .. }) = exposed.exposure() else { return None };
        Some(RouteTarget {
            exposed,
            route: rest.routes.get(at.route)?,
            params: &at.params,
            purpose: at.purpose,
            meter: &at.meter,
        })
    }

    /// What all of them are described as; `make` is asked once.
    pub fn description(&self, make: impl FnOnce() -> Bytes) -> Bytes {
        self.description.get_or_init(make).clone()
    }

    /// The exposures that have routes here.
    #[must_use]
    pub fn members(&self) -> &[Exposed] {
        &self.members
    }

    /// The exposure that has a route at a path, whatever the method.
    #[must_use]
    pub fn at(&self, path: &str) -> Option<&Exposed> {
        self.members.get(self.router.any(path)?.member)
    }

    /// Whether there is a route at a path: any, or one that is written out for a method and query.
    #[must_use]
    pub fn has(&self, path: &str, asked: Option<(&http::Method, Option<&str>)>) -> bool {
        match asked {
            None => self.at(path).is_some(),
            Some((method, query)) => {
                matches!(self.find(method, path, query), RouteMatch::Found(found) if found.captures.is_empty())
            }
        }
    }

    fn member(&mut self, exposed: &Exposed) -> usize {
        let same =
            |known: &Exposed| Arc::ptr_eq(&known.capability, &exposed.capability) && known.index == exposed.index;
        self.members.iter().position(same).unwrap_or_else(|| {
            self.members.push(exposed.clone());
            self.members.len() - 1
        })
    }

    /// Adds a route at a path that leads to it, and the routes of its jobs.
    fn insert(&mut self, member: usize, index: usize, pattern: &Pattern, (rest, keys): (&Rest, &[String])) {
        let Some(route) = rest.routes.get(index) else { return };
        let jobs = self.jobs(member, pattern, route, (rest, keys));
        let params = route.pattern.params().map(Into::into).collect();
        let purpose = Purpose::Call { jobs: !jobs.is_empty() };
        let value = RouteRef { member, route: index, params, purpose, meter: OnceLock::new() };
        for job in jobs {
            self.insert_job(job, &value);
        }
        let entry = Entry { method: route.method.clone(), query: route.query.clone(), value };
        self.router.insert(pattern, entry);
    }

    /// The routes for jobs of a route, unless one of them is somebody's already.
    fn jobs(&self, member: usize, pattern: &Pattern, route: &Route, (rest, keys): (&Rest, &[String])) -> Vec<JobRoute> {
        let engine = self.members.get(member).and_then(|exposed| exposed.capability.engine());
        let mut jobs = engine.map(|engine| job_routes(engine, route, pattern)).unwrap_or_default();
        let is_taken =
            |job: &JobRoute| self.taken_by_another(member, &job.pattern.key(), Some(&job.method), &[]).is_some();
        if is_written(rest, keys, &jobs) || jobs.iter().any(is_taken) {
            jobs.clear();
        }
        jobs
    }

    /// Adds a route for jobs of `of`.
    fn insert_job(&mut self, job: JobRoute, of: &RouteRef) {
        let taken = self.taken.entry(job.pattern.key()).or_default();
        taken.push(Taken { member: of.member, method: Some(job.method.clone()), query: Box::default() });
        let value = RouteRef { purpose: Purpose::Job(job.purpose), meter: OnceLock::new(), ..of.clone() };
        self.router.insert(&job.pattern, Entry { method: Some(job.method), query: Box::default(), value });
    }

    fn incumbent(&self, member: usize, key: &str, route: &Route) -> Option<&Arc<str>> {
        self.taken_by_another(member, key, route.method.as_ref(), &route.query)
    }

    fn taken_by_another(
        &self,
        member: usize,
        key: &str,
        method: Option<&http::Method>,
        query: &[(Box<str>, Box<str>)],
    ) -> Option<&Arc<str>> {
        let own = self.members.get(member).map(|exposed| &exposed.capability.id);
        let id = |taken: &Taken| self.members.get(taken.member).map(|exposed| &exposed.capability.id);
        let taken = self.taken.get(key)?.iter().find(|taken| {
            id(taken) != own
                && (taken.method.as_ref() == method || taken.method.is_none() || method.is_none())
                && *taken.query == *query
        })?;
        id(taken)
    }
}

fn method(route: &Route) -> &str {
    route.method.as_ref().map_or("any method", http::Method::as_str)
}

/// Whether another route of the adapter answers the same requests (rule E1).
fn is_duplicate(rest: &Rest, keys: &[String], index: usize) -> bool {
    let (Some(route), Some(key)) = (rest.routes.get(index), keys.get(index)) else { return false };
    rest.routes
        .iter()
        .zip(keys)
        .enumerate()
        .any(|(other, (r, k))| other != index && k == key && r.method == route.method && r.query == route.query)
}

/// The path that leads to a route alone where others answer the same requests (rule E1).
pub(crate) fn own_path(rest: &Rest, route: &Route) -> Option<Pattern> {
    let keys: Vec<String> = rest.routes.iter().map(|route| route.pattern.key()).collect();
    let index = rest.routes.iter().position(|known| std::ptr::eq(known, route))?;
    is_duplicate(rest, &keys, index).then(|| suffixed(&route.pattern, &route.unit.name))
}

/// `<path>:<name>`.
fn suffixed(pattern: &Pattern, name: &str) -> Pattern {
    let mut segments = pattern.segments.to_vec();
    if let Some(last) = segments.last_mut() {
        *last = match last {
            Segment::Literal(text) => Segment::Literal(format!("{text}:{name}").into()),
            Segment::Pieces(pieces) => {
                let mut pieces = pieces.to_vec();
                pieces.push(Piece::Literal(format!(":{name}").into()));
                Segment::Pieces(pieces.into())
            }
            Segment::Rest(param) => {
                Segment::Pieces(Box::new([Piece::Param(param.clone()), Piece::Literal(format!(":{name}").into())]))
            }
        };
    }
    Pattern { segments: segments.into() }
}

#[cfg(test)]
mod tests;
