//! Results that are fetched from where the last answer says.

use std::sync::Arc;

use capstan_engine::{FaultKind, JobState, SameCall, UpstreamFault};
use capstan_plan::{ClientId, Followed, HostPattern, Hosts, JobResult, Plan};
use serde_json::json;

use crate::{
    clock::{Clock, body, engine_with, invoke},
    fixture::{Upstream, begin, jobs, plan, reply, selector},
};

/// A plan whose result is behind an address that `hosts` allow.
fn fetching(base: &str, hosts: Hosts) -> Arc<Plan> {
    plan(base, |job, _| {
        let link = Followed { address: selector("$.result.sample"), client: ClientId(0), hosts };
        let within_ms = Some(600_000);
        job.polling.result = JobResult::Fetched { link, within_ms, max_bytes: None, media_type: None };
    })
}

fn only(base: &str) -> Hosts {
    let port = base.rsplit(':').next().unwrap().parse().unwrap();
    Hosts::Named([HostPattern { name: "127.0.0.1".into(), below: false, port: Some(port) }].into())
}

#[tokio::test]
async fn results_are_fetched_without_our_credential_elsewhere() {
    let png = b"\x89PNG the picture".to_vec();
    let picture = png.clone();
    let cdn = Upstream::new(move |_, before| match before {
        0 => (503, String::new(), Vec::new()),
        _ => (200, "content-type: image/png\r\n".to_owned(), picture.clone()),
    })
    .await;
    let at = format!("{}/a.png?sig=1", cdn.base);
    let upstream = jobs(move |_| reply(200, &json!({"status": "Ready", "result": {"sample": at}}))).await;
    let engine = engine_with(fetching(&upstream.base, only(&cdn.base)), &Clock::default(), None);
    let answer = invoke(&engine).await.unwrap();
    assert_eq!(body(answer).await, (Some("image/png".to_owned()), png.clone()));
    assert!(!cdn.first("GET /a.png?sig=1").contains("sekret"), "the credential stays with the API");
    // As a job it is fetched when it ends, and kept.
    let job = begin(&engine, "x", SameCall::Never).await.unwrap();
    assert_eq!(job.ended().await.state, JobState::Succeeded);
    for _ in 0..2 {
        assert_eq!(body(job.answer().unwrap()).await, (Some("image/png".to_owned()), png.clone()));
    }
    assert_eq!(cdn.count("GET"), 3);
}

#[tokio::test]
async fn a_link_that_expired_is_said_to_be() {
    let cdn = Upstream::new(|_, _| (403, String::new(), b"<Error/>".to_vec())).await;
    let at = format!("{}/a.png", cdn.base);
    let upstream = jobs(move |_| reply(200, &json!({"status": "Ready", "result": {"sample": at}}))).await;
    let plan = fetching(&upstream.base, only(&cdn.base));
    let fault = invoke(&engine_with(plan, &Clock::default(), None)).await.unwrap_err();
    assert_eq!((fault.kind, fault.status().as_u16()), (FaultKind::Upstream(UpstreamFault::Link), 502));
    assert!(fault.detail.contains("403") && fault.detail.contains("600 s"), "{fault}");
    let plan = fetching(&upstream.base, Hosts::OfBase);
    let fault = invoke(&engine_with(plan, &Clock::default(), None)).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Upstream(UpstreamFault::Address));
    assert_eq!(cdn.count("GET"), 1);
}
