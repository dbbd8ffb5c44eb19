//! Places for sessions: who has one, who rests, and who gives way when there is none left. First those that were never used, then
//! those that nobody used for a while; and where one address has more than half of all, its own give way to newcomers from elsewhere.
//! One that runs a call or holds a stream stays; one that was never used ends by itself. Of one that rests there is its place alone.

use std::{
    collections::{HashMap, HashSet},
    net::IpAddr,
    time::Duration,
};

use rmcp::{
    model::{InitializeRequestParams, RequestId},
    transport::streamable_http_server::SessionId,
};
use tokio::time::Instant;

use super::request::Caller;
use crate::auth::Principal;

/// Idle for this long, a session gives way to a new one, and one that was never used ends.
const YIELDS: Duration = Duration::from_secs(5 * 60);
/// Idle for this long, a session ends.
const ENDS: Duration = Duration::from_secs(24 * 60 * 60);

/// Idle for this long, a session rests: longer than rmcp keeps answers for who comes back for them.
const RESTS: Duration = Duration::from_secs(90);
/// The same of one that was never used: there is nothing to come back for.
const UNUSED_RESTS: Duration = Duration::from_secs(10);

/// The places of one endpoint.
#[derive(Debug)]
pub(super) struct Places {
    limit: usize,
    taken: HashMap<SessionId, Place>,
    /// Whether somebody looks for sessions that are over.
    swept: bool,
}

/// What is known of one session.
#[derive(Debug)]
struct Place {
    opener: Caller,
    last: Instant,
    /// Whether it was ever asked anything.
    used: bool,
    streams: usize,
    /// Whether it ever had a stream that answers nothing: who loses such a stream asks for what came since.
    listened: bool,
    /// Requests that are not answered yet.
    unanswered: HashSet<RequestId>,
    /// What its client said at the beginning, once it was answered.
    hello: Option<Box<InitializeRequestParams>>,
    /// Whether there is nothing of it but this.
    rests: bool,
    /// Workers that went to rest and have not said so yet.
    ending: usize,
}

impl Place {
    fn new(opener: Caller, last: Instant) -> Self {
        Self {
            opener,
            last,
            used: false,
            streams: 0,
            listened: false,
            unanswered: HashSet::new(),
            hello: None,
            rests: false,
            ending: 0,
        }
    }

    fn is_idle(&self) -> bool {
        self.streams == 0 && self.unanswered.is_empty()
    }

    /// Whether it is as good at rest.
    fn may_rest(&self, now: Instant) -> bool {
        let after = if self.used { RESTS } else { UNUSED_RESTS };
        self.is_idle() && !self.rests && !self.listened && self.hello.is_some() && now - self.last >= after
    }

    /// Whether nobody will miss it.
    fn is_over(&self, now: Instant) -> bool {
        self.is_idle() && now - self.last >= if self.used { ENDS } else { YIELDS }
    }
}

impl Places {
    /// At most so many.
    pub(super) fn new(limit: usize) -> Self {
        Self { limit, taken: HashMap::new(), swept: false }
    }

    /// Whose a session is.
    pub(super) fn owner(&self, id: &str) -> Option<Principal> {
        self.taken.get(id).map(|place| place.opener.principal)
    }

    /// Makes room for a newcomer: who leaves for it, and whether there is room then.
    pub(super) fn make_room(&mut self, peer: Option<IpAddr>, now: Instant) -> (Vec<SessionId>, bool) {
        let mut leaving = self.over(now);
        if self.taken.len() >= self.limit
            && let Some(id) = self.yields(peer, now)
        {
            self.leave(&id);
            leaving.push(id);
        }
        (leaving, self.taken.len() < self.limit)
    }

    /// Who gives way to a newcomer.
    fn yields(&self, newcomer: Option<IpAddr>, now: Instant) -> Option<SessionId> {
        let mut shares: HashMap<Option<IpAddr>, usize> = HashMap::new();
        self.taken.values().for_each(|place| *shares.entry(place.opener.peer).or_default() += 1);
        let share = |place: &Place| shares.get(&place.opener.peer).copied().unwrap_or_default();
        let idle = || self.taken.iter().filter(|(_, place)| place.is_idle());
        let unused = idle().filter(|(_, place)| !place.used).max_by_key(|(_, p)| (share(p), now - p.last));
        let longest = |(_, place): &(&SessionId, &Place)| now - place.last;
        let stale = || idle().filter(|(_, place)| now - place.last >= YIELDS).max_by_key(longest);
        let greedy = |place: &Place| place.opener.peer != newcomer && share(place) > self.limit / 2;
        let of_greedy = || idle().filter(|(_, place)| greedy(place)).max_by_key(longest);
        unused.or_else(stale).or_else(of_greedy).map(id)
    }

    /// Lets go of those that are over.
    fn over(&mut self, now: Instant) -> Vec<SessionId> {
        let over: Vec<SessionId> = self.taken.iter().filter(|(_, place)| place.is_over(now)).map(id).collect();
        over.iter().for_each(|id| self.leave(id));
        over
    }

    /// Who is over, and whether anybody is left for whom it is worth looking again.
    pub(super) fn sweep(&mut self, now: Instant) -> (Vec<SessionId>, bool) {
        let over = self.over(now);
        self.swept = !self.taken.is_empty();
        (over, self.swept)
    }

    /// A session begins. Says whether nobody looks for those that are over yet: whoever is told does from now on.
    pub(super) fn enter(&mut self, id: SessionId, opener: Caller, now: Instant) -> bool {
        self.taken.insert(id, Place::new(opener, now));
        !std::mem::replace(&mut self.swept, true)
    }

    /// A session ends.
    pub(super) fn leave(&mut self, id: &SessionId) {
        self.taken.remove(id);
    }

    /// Something came for a session.
    pub(super) fn touch(&mut self, id: &SessionId) {
        self.with(id, |_| {});
    }

    /// A request begins; not when one with its id is not answered yet.
    pub(super) fn begin(&mut self, id: &SessionId, request: &RequestId) -> bool {
        let mut is_new = true;
        self.with(id, |place| {
            place.used = true;
            is_new = place.unanswered.insert(request.clone());
        });
        is_new
    }

    /// A request was answered, or nobody waits for the answer.
    pub(super) fn answered(&mut self, id: &SessionId, request: &RequestId) {
        self.with(id, |place| {
            place.unanswered.remove(request);
        });
    }

    /// A stream begins. Some answer a request, others `listen`.
    pub(super) fn hold(&mut self, id: &SessionId, listens: bool) {
        self.with(id, |place| {
            place.used = true;
            place.listened |= listens;
            place.streams += 1;
        });
    }

    /// A stream ends.
    pub(super) fn release(&mut self, id: &SessionId) {
        self.with(id, |place| place.streams = place.streams.saturating_sub(1));
    }

    /// A session was answered for the first time: it may rest from now on.
    pub(super) fn greet(&mut self, id: &str, hello: InitializeRequestParams) {
        if let Some(place) = self.taken.get_mut(id) {
            place.hello = Some(Box::new(hello));
        }
    }

    /// What a client said at the beginning.
    pub(super) fn hello(&self, id: &str) -> Option<InitializeRequestParams> {
        self.taken.get(id)?.hello.as_deref().cloned()
    }

    /// Who goes to rest now.
    pub(super) fn rest(&mut self, now: Instant) -> Vec<SessionId> {
        let mut resting = Vec::new();
        for (id, place) in self.taken.iter_mut().filter(|(_, place)| place.may_rest(now)) {
            place.rests = true;
            place.ending += 1;
            resting.push(id.clone());
        }
        resting
    }

    /// Something comes for a session, which does not go to rest then. Says whether it rests already.
    pub(super) fn rests(&mut self, id: &SessionId) -> bool {
        let mut rests = false;
        self.with(id, |place| rests = place.rests);
        rests
    }

    /// A session rests no more; not when it does not rest, or is not there.
    pub(super) fn wake(&mut self, id: &SessionId) -> bool {
        self.taken.get_mut(id).is_some_and(|place| std::mem::take(&mut place.rests))
    }

    /// A worker ended. Says whether it was one that went to rest: its session goes on.
    pub(super) fn rested(&mut self, id: &SessionId) -> bool {
        let Some(place) = self.taken.get_mut(id).filter(|place| place.ending > 0) else { return false };
        place.ending -= 1;
        true
    }

    fn with(&mut self, id: &SessionId, change: impl FnOnce(&mut Place)) {
        if let Some(place) = self.taken.get_mut(id) {
            place.last = Instant::now();
            change(place);
        }
    }
}

fn id((id, _): (&SessionId, &Place)) -> SessionId {
    id.clone()
}

#[cfg(test)]
mod tests;
