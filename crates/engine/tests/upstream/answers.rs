//! What becomes of an answer: streamed, cut short, not there, refused, mapped.

use super::fixture::*;

#[tokio::test]
async fn identity_streams_body_and_allowed_headers() {
    let (base, seen) = upstream(|_, _| ok("application/vnd.x+json", "{ \"a\" : 1 }")).await;
    let engine = engine(plan(&base, None, simple(request("/v1/x"), Outputs::Identity)));
    let answer = invoke(&engine, Inputs::with_slots(8)).await.unwrap();
    assert_eq!(answer.status, 200);
    assert!(matches!(answer.body, AnswerBody::Stream(_)));
    let names: Vec<&str> = answer.headers.keys().map(http::HeaderName::as_str).collect();
    assert_eq!(names, ["content-type", "content-length", "x-request-id", "retry-after"]);
    assert_eq!(text(answer).await, "{ \"a\" : 1 }");
    let seen = seen.lock().unwrap()[0].to_ascii_lowercase();
    assert!(seen.starts_with("get /v1/x http/1.1\r\n"), "{seen}");
    assert!(seen.contains("user-agent: capstan/") && seen.contains("accept: */*"), "{seen}");
    assert!(!seen.contains("accept-encoding"), "{seen}");
}

#[tokio::test]
async fn the_first_bytes_arrive_before_the_last() {
    let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n";
    let (base, _) = upstream(move |_, _| vec![(head.into(), 600), (b"2\r\nde\r\n0\r\n\r\n".to_vec(), 0)]).await;
    let engine = engine(plan(&base, None, simple(request("/"), Outputs::Identity)));
    let started = std::time::Instant::now();
    let answer = invoke(&engine, Inputs::with_slots(8)).await.unwrap();
    let AnswerBody::Stream(mut body) = answer.body else { panic!("not streamed") };
    let first = body.frame().await.unwrap().unwrap().into_data().unwrap();
    assert_eq!(&first[..], b"abc");
    assert!(started.elapsed() < Duration::from_millis(400));
    assert_eq!(&body.frame().await.unwrap().unwrap().into_data().unwrap()[..], b"de");
    assert!(body.frame().await.is_none());
}

#[tokio::test]
async fn a_body_cut_short_is_an_error() {
    let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{\"a\":";
    for outputs in [Outputs::Identity, Outputs::First([Shape::Select(Selector::parse("$.a").unwrap())].into())] {
        let (base, _) = upstream(move |_, _| vec![(head.into(), 0)]).await;
        let engine = engine(plan(&base, None, simple(request("/"), outputs)));
        let outcome = match invoke(&engine, Inputs::with_slots(8)).await {
            Ok(answer) => answer.collect(&Arc::default(), &Turns::default(), 1 << 20).await.map(|_| ()),
            Err(fault) => Err(fault),
        };
        let fault = outcome.unwrap_err();
        assert_eq!(fault.kind, FaultKind::Upstream(UpstreamFault::CutShort));
        assert_eq!(fault.status(), 502);
    }
}

#[tokio::test]
async fn no_connection_no_answer_no_more_bytes() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let engine = engine(plan(&base, None, simple(request("/"), Outputs::Identity)));
    let fault = invoke(&engine, Inputs::with_slots(8)).await.unwrap_err();
    assert_eq!((fault.kind, fault.status().as_u16()), (FaultKind::Upstream(UpstreamFault::Connect), 502));
    assert!(fault.detail.contains("refused"), "{fault}");
    assert_eq!(fault.origin, Some(origin()));

    let timeouts = Timeouts { first_byte: Duration::from_millis(150), idle: Duration::from_millis(150) };
    let overrides = Overrides { timeouts, ..Overrides::default() };
    let (base, _) = upstream(|_, _| vec![(Vec::new(), 5_000)]).await;
    let hanging = engine_with(plan(&base, None, simple(request("/"), Outputs::Identity)), &overrides);
    let fault = invoke(&hanging, Inputs::with_slots(8)).await.unwrap_err();
    assert_eq!((fault.kind, fault.status().as_u16()), (FaultKind::Upstream(UpstreamFault::Timeout), 504));

    let (base, _) = upstream(|_, _| {
        vec![(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc".to_vec(), 5_000), (b"defghi".to_vec(), 0)]
    })
    .await;
    let stalling = engine_with(plan(&base, None, simple(request("/"), Outputs::Identity)), &overrides);
    let fault = invoke(&stalling, Inputs::with_slots(8))
        .await
        .unwrap()
        .collect(&Arc::default(), &Turns::default(), 1 << 20)
        .await
        .unwrap_err();
    assert_eq!(fault.kind, FaultKind::Upstream(UpstreamFault::Timeout));

    let invocation =
        Invocation { deadline: Some(std::time::Instant::now() + Duration::from_millis(50)), ..Invocation::default() };
    let fault = stalling.invoke(FlowId(0), Inputs::with_slots(8), invocation).await;
    assert!(fault.is_ok() || fault.is_err_and(|f| f.status() == 504));
}

#[tokio::test]
async fn upstream_errors_pass_unmapped() {
    let (base, _) = upstream(|_, _| whole("422 Unprocessable Entity", "application/json", "{\"detail\":[1]}")).await;
    let outputs = Outputs::First([Shape::Select(Selector::parse("$.id").unwrap())].into());
    let engine = engine(plan(&base, None, simple(request("/"), outputs)));
    let answer = invoke(&engine, Inputs::with_slots(8)).await.unwrap();
    assert_eq!(answer.status, 422);
    assert!(answer.from_upstream_error);
    assert_eq!(answer.headers["retry-after"], "3");
    assert_eq!(text(answer).await, "{\"detail\":[1]}");
}

#[tokio::test]
async fn mapped_answers_are_json() {
    let (base, seen) = upstream(|_, _| ok("application/json", "{\"id\": \"x\", \"n\": 1.50}")).await;
    let outputs = Outputs::Named(
        [
            ("key".into(), Shape::Select(Selector::parse("$.id").unwrap())),
            ("gone".into(), Shape::Select(Selector::parse("$.none").unwrap())),
        ]
        .into(),
    );
    let engine = engine(plan(&base, None, simple(request("/"), outputs)));
    let answer = invoke(&engine, Inputs::with_slots(8)).await.unwrap();
    assert_eq!(answer.media_type(), Some("application/json"));
    assert!(!answer.headers.contains_key("content-length"));
    assert_eq!(text(answer).await, "{\"key\":\"x\",\"gone\":null}");
    assert!(seen.lock().unwrap()[0].contains("accept-encoding: gzip"));
}
