//! The end of an invocation that is not its own: cancellation and deadline.

use std::{future::Future, pin::Pin};

use crate::base::{
    fault::{CallerFault, Fault, UpstreamFault},
    invocation::Invocation,
};

/// Runs `work` until it is done, cancelled or too late. It is pinned where it is made: a future that takes another by value
/// holds it twice, and this one is the largest of a request.
pub(crate) async fn until<T>(
    work: Pin<&mut impl Future<Output = Result<T, Fault>>>,
    invocation: &Invocation,
) -> Result<T, Fault> {
    if invocation.cancel.is_none() && invocation.deadline.is_none() {
        return work.await;
    }
    let cancelled = async {
        match &invocation.cancel {
            Some(token) => token.cancelled().await,
            None => std::future::pending().await,
        }
    };
    let late = async {
        match invocation.deadline {
            Some(deadline) => tokio::time::sleep_until(deadline.into()).await,
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        outcome = work => outcome,
        () = cancelled => Err(Fault::caller(CallerFault::Cancelled, "the caller cancelled the call")),
        () = late => Err(Fault::upstream(UpstreamFault::Timeout, "the call took longer than its deadline")),
    }
}
