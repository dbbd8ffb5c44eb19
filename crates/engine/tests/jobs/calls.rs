//! What begins and ends a job: the same call twice, a submit nobody knows the end of, cancelling, leaving, the end of the process.

use std::{sync::Arc, time::Duration};

use capstan_engine::{CallerFault, Engine, FaultKind, JobState, Overrides, SameCall, Shared, SystemHost};
use capstan_plan::{Binding, Body, StepKind};
use http::Method;
use serde_json::json;

use crate::{
    clock::{Clock, engine, engine_with, invoke, ready},
    fixture::{Upstream, begin, jobs, pending, plan, reply},
};

#[tokio::test]
async fn the_same_call_is_submitted_once() {
    let upstream = jobs(|asked| if asked < 5 { pending() } else { ready() }).await;
    let engine = engine(&upstream.base, &Clock::default());
    let key = || SameCall::Key("k-1".into());
    let (first, again) = tokio::join!(begin(&engine, "a", key()), begin(&engine, "a", key()));
    assert_eq!(first.unwrap().handle(), again.unwrap().handle());
    let fault = begin(&engine, "b", key()).await.unwrap_err();
    assert_eq!((fault.kind, fault.status().as_u16()), (FaultKind::Caller(CallerFault::OtherInputs), 422));
    assert_eq!(upstream.count("POST"), 1);
    let within = || SameCall::Within(Duration::from_secs(60));
    let (first, again) = (begin(&engine, "c", within()).await.unwrap(), begin(&engine, "c", within()).await.unwrap());
    assert_eq!(first.handle(), again.handle());
    assert_ne!(begin(&engine, "d", within()).await.unwrap().handle(), first.handle());
    assert_eq!(upstream.count("POST"), 3);
    begin(&engine, "a", SameCall::Never).await.unwrap();
    assert_eq!(upstream.count("POST"), 4);
}

#[tokio::test]
async fn a_submit_that_may_have_arrived_is_not_repeated() {
    let upstream = Upstream::new(|_, _| (0, String::new(), Vec::new())).await;
    let clock = Clock::default();
    let key = || SameCall::Key("k-1".into());
    let engine = engine(&upstream.base, &clock);
    assert!(begin(&engine, "a", key()).await.is_err());
    assert!(begin(&engine, "a", key()).await.is_err());
    assert_eq!(upstream.count("POST"), 1, "the key stands for the call whose end nobody knows");
    // Not even where the method is safe.
    let plan = plan(&upstream.base, |_, flow| {
        let StepKind::Call(call) = &mut flow.steps[0].kind else { panic!() };
        call.request.method = Method::GET;
        call.request.body = Body::None;
    });
    assert!(invoke(&engine_with(plan, &clock, None)).await.is_err());
    assert_eq!(upstream.count("GET"), 1);
    // What the upstream refused can be tried again with the same key.
    let upstream = Upstream::new(|_, before| match before {
        0 => reply(429, &json!({})),
        _ => reply(200, &json!({"id": "j1", "polling_url": "/poll"})),
    })
    .await;
    let engine = engine_with(self::plan(&upstream.base, |_, _| {}), &clock, None);
    assert!(begin(&engine, "a", key()).await.is_err());
    assert!(begin(&engine, "a", key()).await.is_ok());
}

#[tokio::test]
async fn cancelling_tells_the_upstream() {
    let upstream = jobs(|_| pending()).await;
    let engine =
        engine_with(plan(&upstream.base, |job, _| job.polling.timeout_ms = u64::MAX / 4), &Clock::default(), None);
    let job = begin(&engine, "x", SameCall::Never).await.unwrap();
    assert!(job.is_cancellable() && !job.look().state.is_over());
    assert_eq!(job.cancel().await.state, JobState::Cancelled);
    assert_eq!(upstream.count("DELETE /cancel"), 1);
    assert_eq!(job.answer().unwrap_err().kind, FaultKind::Caller(CallerFault::Cancelled));
}

#[tokio::test]
async fn who_leaves_ends_nothing_and_the_job_keeps_its_plan() {
    let upstream = jobs(|asked| if asked < 3 { pending() } else { ready() }).await;
    let engine = engine(&upstream.base, &Clock::default());
    let job = begin(&engine, "x", SameCall::Never).await.unwrap();
    // As after a reload: nobody else has this engine any more.
    drop(engine);
    assert_eq!(job.ended().await.state, JobState::Succeeded);
    let version = job.look().version;
    assert!(job.changed(version - 1).await.version >= version);
}

#[tokio::test]
async fn the_end_of_the_process_ends_the_asking_and_nobody_waits() {
    let upstream = jobs(|_| pending()).await;
    let shared = Shared::new(Arc::new(SystemHost), Duration::from_secs(5));
    let lookup = |_: &Binding| Ok(None);
    let planned = plan(&upstream.base, |_, _| {});
    let engine = Arc::new(Engine::activate(planned, &lookup, &Overrides::default(), Arc::clone(&shared)));
    let job = begin(&engine, "x", SameCall::Never).await.unwrap();
    assert_eq!(shared.jobs().running(), 1);
    let (view, ()) = tokio::join!(job.ended(), async { shared.jobs().stop() });
    assert_eq!(view.state, JobState::Running);
}
