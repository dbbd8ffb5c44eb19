//! Handles: of use to their callers alone, in any process that has the key, and short.

use std::sync::atomic::Ordering;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use capstan_engine::{Inputs, Invocation, JobBinding, JobState, NoJob, SameCall};
use capstan_plan::FlowId;
use serde_json::json;

use crate::{
    clock::{Clock, body, engine, engine_with, ready},
    fixture::{Upstream, begin, binding, jobs, pending, plan, reply},
};

#[tokio::test]
async fn many_look_and_one_asks() {
    let upstream = jobs(|asked| if asked < 20 { pending() } else { ready() }).await;
    let engine = engine(&upstream.base, &Clock::default());
    let job = begin(&engine, "x", SameCall::Never).await.unwrap();
    let handle = job.handle().to_owned();
    drop(job);
    let all = (0..50).map(|_| {
        let job = engine.resume(FlowId(0), &handle, binding(1)).unwrap();
        async move { job.ended().await.state }
    });
    let states = futures_util::future::join_all(all).await;
    assert!(states.iter().all(|state| *state == JobState::Succeeded));
    assert_eq!((upstream.count("POST"), upstream.count("GET")), (1, 21));
}

#[tokio::test]
async fn a_handle_is_of_use_to_its_caller_alone() {
    let upstream = jobs(|_| ready()).await;
    let engine = engine(&upstream.base, &Clock::default());
    let job = begin(&engine, "x", SameCall::Never).await.unwrap();
    let resume = |handle: &str, binding| engine.resume(FlowId(0), handle, binding).map(|_| ()).unwrap_err();
    assert_eq!(resume(job.handle(), binding(2)), NoJob::Unknown);
    assert_eq!(resume(job.handle(), JobBinding { capability: "other", ..binding(1) }), NoJob::Unknown);
    assert_eq!(resume(job.handle(), JobBinding { unit: "rest/other", ..binding(1) }), NoJob::Unknown);
    for forged in ["", "x", &job.handle()[1..], &format!("{}A", job.handle()), &"A".repeat(100_000)] {
        assert_eq!(resume(forged, binding(1)), NoJob::Unknown);
    }
    assert!(engine.resume(FlowId(0), job.handle(), binding(1)).is_ok());
    let bytes = URL_SAFE_NO_PAD.decode(job.handle()).unwrap();
    assert!(!bytes.windows(8).any(|part| part == b"/poll/j1"), "what the upstream gave is sealed");
}

/// 32 bytes.
const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

#[tokio::test]
async fn another_process_takes_a_job_up_again() {
    let upstream = jobs(|asked| if asked < 2 { pending() } else { ready() }).await;
    let clock = Clock::default();
    let first = engine_with(plan(&upstream.base, |_, _| {}), &clock, Some(KEY));
    let handle = begin(&first, "x", SameCall::Never).await.unwrap().handle().to_owned();
    first.invoke(FlowId(0), Inputs::with_slots(4), Invocation::default()).await.unwrap();
    drop(first);
    // A new process knows nothing but the key.
    let second = engine_with(plan(&upstream.base, |_, _| {}), &clock, Some(KEY));
    let job = second.resume(FlowId(0), &handle, binding(1)).unwrap();
    assert_eq!(job.ended().await.state, JobState::Succeeded);
    assert_eq!(body(job.answer().unwrap()).await.1, br#"{"n":7}"#.to_vec());
    assert_eq!(upstream.count("POST"), 2, "one for each begin, none for the resumption");
    // An edit of the block is named; one elsewhere is fine.
    let edited = plan(&upstream.base, |job, _| *job.polling.block = json!({"poll": {"url": "x"}, "timeout": "10m"}));
    match engine_with(edited, &clock, Some(KEY)).resume(FlowId(0), &handle, binding(1)) {
        Err(NoJob::Changed(why)) => assert!(why.contains("`api.submit`") && why.contains("`poll`"), "{why}"),
        other => panic!("{other:?}"),
    }
    // Another key, or none, opens nothing; and its time passes.
    let other = engine_with(plan(&upstream.base, |_, _| {}), &clock, None);
    assert_eq!(other.resume(FlowId(0), &handle, binding(1)).unwrap_err(), NoJob::Unknown);
    clock.0.fetch_add(3_600_000, Ordering::SeqCst);
    assert_eq!(second.resume(FlowId(0), &handle, binding(1)).unwrap_err(), NoJob::Expired);
}

#[tokio::test]
async fn a_key_that_is_none_is_said_and_nothing_is_submitted() {
    let upstream = jobs(|_| ready()).await;
    let engine = engine_with(plan(&upstream.base, |_, _| {}), &Clock::default(), Some("too-short"));
    let fault = begin(&engine, "x", SameCall::Never).await.unwrap_err();
    assert_eq!(fault.binding.as_deref(), Some("CAPSTAN_JOB_KEY"));
    assert_eq!(upstream.count("POST"), 0);
}

#[tokio::test]
async fn a_handle_is_short() {
    let id = "0f8fad5b-d9cb-469f-a165-70867728950e";
    let answer = json!({"id": id, "polling_url": format!("/v1/get_result?id={id}&region=eu-central-1")});
    let upstream = Upstream::new(move |request, _| match request.starts_with("POST") {
        true => reply(200, &answer),
        false => pending(),
    })
    .await;
    let engine = engine_with(plan(&upstream.base, |_, _| {}), &Clock::default(), Some(KEY));
    let job = begin(&engine, "a long prompt ".repeat(50).as_str(), SameCall::Never).await.unwrap();
    assert!(job.handle().len() < 350, "{} characters: {}", job.handle().len(), job.handle());
}
