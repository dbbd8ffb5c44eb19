//! When an upstream is asked, what its answers mean, and what its trouble does.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use capstan_engine::{FaultKind, Invocation, Report, SameCall, UpstreamFault};
use capstan_plan::FlowId;
use serde_json::json;

use crate::{
    clock::{Clock, body, engine, invoke, ready},
    fixture::{JSON, Upstream, begin, inputs, jobs, pending, reply},
};

#[tokio::test]
async fn a_job_of_ten_minutes_is_one_call() {
    let upstream = jobs(|asked| if asked < 118 { pending() } else { ready() }).await;
    let clock = Clock::default();
    let told = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&told);
    let progress: capstan_engine::Progress = Arc::new(move |report: Report<'_>| {
        if let Report::Job { part, message } = report {
            heard.lock().unwrap().push((part, message.map(str::to_owned)));
        }
    });
    let invocation = Invocation { progress: Some(progress), ..Invocation::default() };
    let log = invocation.exchanges.clone();
    let answer = engine(&upstream.base, &clock).invoke(FlowId(0), inputs("a cat"), invocation).await.unwrap();
    assert_eq!(body(answer).await, (Some("application/json".to_owned()), br#"{"n":7}"#.to_vec()));
    assert!((500_000..600_000).contains(&clock.ms()), "{}", clock.ms());
    assert_eq!((upstream.count("POST /submit"), upstream.count("GET /poll/j1")), (1, 119));
    assert!(upstream.first("GET").contains("x-key: sekret-4711"), "polls bear the credential");
    assert_eq!(told.lock().unwrap()[0], (Some(0.4), Some("Pending".to_owned())));
    assert_eq!(log.entries().len(), 2, "the submit and the last question are written down");
}

#[tokio::test]
async fn trouble_is_tolerated_for_a_while_and_retry_after_wins() {
    for status in [404, 429, 500, 503] {
        let upstream = jobs(move |asked| if asked < 3 { reply(status, &json!({})) } else { ready() }).await;
        assert!(invoke(&engine(&upstream.base, &Clock::default())).await.is_ok(), "{status}");
        let upstream = jobs(move |_| reply(status, &json!({}))).await;
        let fault = invoke(&engine(&upstream.base, &Clock::default())).await.unwrap_err();
        assert_eq!(fault.kind, FaultKind::Upstream(UpstreamFault::JobFailed), "{status}: {fault}");
        assert!(upstream.count("GET") > 3);
    }
    let upstream = jobs(|asked| if asked < 3 { (0, String::new(), Vec::new()) } else { ready() }).await;
    assert!(invoke(&engine(&upstream.base, &Clock::default())).await.is_ok(), "closed connections");
    let upstream = jobs(|_| reply(401, &json!({}))).await;
    let fault = invoke(&engine(&upstream.base, &Clock::default())).await.unwrap_err();
    assert!(fault.detail.contains("401") && upstream.count("GET") == 1, "{fault}");
    let later = "retry-after: 120\r\n";
    let upstream = jobs(move |asked| match asked {
        0 => (503, later.to_owned(), Vec::new()),
        _ => ready(),
    })
    .await;
    let clock = Clock::default();
    assert!(invoke(&engine(&upstream.base, &clock)).await.is_ok());
    assert!(clock.ms() >= 120_000, "{}", clock.ms());
}

#[tokio::test]
async fn what_the_submit_is_refused_with_reaches_the_caller() {
    for status in [402, 422, 429] {
        let upstream = Upstream::new(move |_, _| {
            let body = json!({"detail": format!("no {status}")}).to_string().into_bytes();
            (status, format!("{JSON}retry-after: 7\r\n"), body)
        })
        .await;
        let engine = engine(&upstream.base, &Clock::default());
        for fault in [invoke(&engine).await.unwrap_err(), begin(&engine, "x", SameCall::Never).await.unwrap_err()] {
            assert_eq!(fault.status().as_u16(), status);
            let error = fault.upstream_error.as_ref().unwrap();
            assert!(String::from_utf8_lossy(&error.body).contains(&format!("no {status}")));
            assert_eq!(fault.retry_after, Some(Duration::from_secs(7)));
        }
        assert_eq!(upstream.count("GET"), 0);
    }
}

#[tokio::test]
async fn an_end_that_is_no_success_says_what_the_author_says() {
    let moderated = || reply(200, &json!({"status": "Moderated", "details": "a rude word"}));
    let upstream = jobs(move |_| moderated()).await;
    let fault = invoke(&engine(&upstream.base, &Clock::default())).await.unwrap_err();
    assert_eq!((fault.status().as_u16(), &*fault.title), (422, "The request was moderated"));
    assert!(fault.detail.contains("a rude word"), "{fault}");
    let upstream = jobs(|_| reply(200, &json!({"status": "Exploded"}))).await;
    let fault = invoke(&engine(&upstream.base, &Clock::default())).await.unwrap_err();
    assert_eq!(fault.status().as_u16(), 502);
    assert!(fault.detail.contains("`Exploded`"), "{fault}");
    let upstream = jobs(|_| pending()).await;
    let clock = Clock::default();
    let fault = invoke(&engine(&upstream.base, &clock)).await.unwrap_err();
    assert_eq!((fault.status().as_u16(), fault.kind), (504, FaultKind::Upstream(UpstreamFault::Timeout)));
    assert!((600_000..610_000).contains(&clock.ms()), "{}", clock.ms());
}

#[tokio::test]
async fn addresses_lead_to_allowed_hosts_alone() {
    let foreign = Upstream::new(|_, _| ready()).await;
    let to = foreign.base.clone();
    let upstream =
        Upstream::new(move |_, _| reply(200, &json!({"id": "j1", "polling_url": format!("{to}/poll")}))).await;
    let fault = invoke(&engine(&upstream.base, &Clock::default())).await.unwrap_err();
    assert_eq!((fault.kind, fault.status().as_u16()), (FaultKind::Upstream(UpstreamFault::Address), 502));
    assert_eq!(foreign.count(""), 0, "no request, so no credential");
    // A redirect keeps the rule.
    let to = foreign.base.clone();
    let upstream = jobs(move |_| (302, format!("location: {to}/poll\r\n"), Vec::new())).await;
    assert!(invoke(&engine(&upstream.base, &Clock::default())).await.is_err());
    assert_eq!(foreign.count(""), 0);
}
