//! Who may call the routes a request found, and who that is.

use http::{Response, request::Parts};

use crate::{
    auth::Principal,
    capability::exposed::Exposed,
    http::body::Body,
    routing::{
        router::{Entry, Found},
        routes::{RouteRef, Routes},
    },
    shared::Shared,
};

/// Who was let in, at the exposures that ask.
#[derive(Default)]
pub(super) struct Passed<'t>(Vec<(&'t Exposed, Principal)>);

impl Passed<'_> {
    /// Who calls an exposure.
    pub(super) fn principal(&self, exposed: &Exposed) -> Principal {
        let known = self.0.iter().find(|(known, _)| std::ptr::eq(*known, exposed));
        known.map_or(Principal::Anyone, |(_, principal)| *principal)
    }
}

/// Leaves the routes whose adapters let the caller pass and says who it is there; says why when there is none.
pub(super) async fn admitted<'t>(
    routes: &'t Routes,
    found: &mut Found<'t, RouteRef>,
    shared: &Shared,
    parts: &Parts,
) -> Result<Passed<'t>, Box<Response<Body>>> {
    let gated =
        |entry: &&Entry<RouteRef>| routes.target(&entry.value).is_some_and(|target| target.exposed.gate().is_some());
    if !found.entries.iter().any(gated) {
        return Ok(Passed::default());
    }
    let (mut refused, mut passed) = (None, Passed::default());
    let mut passing = Vec::with_capacity(found.entries.len());
    for entry in &found.entries {
        let Some(target) = routes.target(&entry.value) else { continue };
        match Box::pin(target.exposed.admit(shared, parts)).await {
            Ok((_, principal)) => {
                passing.push(*entry);
                passed.0.push((target.exposed, principal));
            }
            Err(answer) => drop(refused.get_or_insert(answer)),
        }
    }
    match refused {
        Some(refused) if passing.is_empty() => Err(Box::new(refused)),
        _ => {
            found.entries = passing;
            Ok(passed)
        }
    }
}
