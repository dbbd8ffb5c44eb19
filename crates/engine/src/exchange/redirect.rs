//! Redirects of safe requests are followed within the same origin; any other is the caller's to see.

use http::{header, uri::PathAndQuery};
use url::Url;

use super::{draft::Draft, reply::Response};
use crate::{
    base::fault::Fault,
    target::address::{path_and_query, path_of},
};

/// How many redirects are followed.
const MOST: usize = 5;

/// Follows redirects.
#[derive(Default)]
pub(super) struct Redirect {
    followed: usize,
}

impl Redirect {
    /// Points the draft to where the response says.
    pub(super) fn again(&mut self, draft: &mut Draft<'_>, outcome: &Result<Response, Fault>) -> Result<bool, Fault> {
        let Ok(response) = outcome else { return Ok(false) };
        if !matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308)
            || !draft.is_safe()
            || self.followed == MOST
        {
            return Ok(false);
        }
        let Some(next) = within_origin(response, draft) else { return Ok(false) };
        self.followed += 1;
        draft.path_and_query = next?;
        Ok(true)
    }
}

/// Path and query to go to next, when they are on the same origin.
fn within_origin(response: &Response, draft: &Draft<'_>) -> Option<Result<PathAndQuery, Fault>> {
    let location = response.headers().get(header::LOCATION)?.to_str().ok()?;
    let target = &draft.target;
    let here = Url::parse(&format!("{}{}", target.origin, draft.path_and_query)).ok()?;
    let next = here.join(location).ok()?;
    let stand_in = Url::parse(&format!("{}://{}", target.scheme, target.authority)).ok()?;
    let same = next.origin() == here.origin() || (target.host.is_some() && next.origin() == stand_in.origin());
    same.then(|| path_and_query(path_of(&next)))
}
