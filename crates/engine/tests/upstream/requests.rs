//! What is sent: bodies, headers, keys; to whom, and when a second time.

use super::fixture::*;

#[tokio::test]
async fn bodies_and_keys_are_sent_and_keys_are_masked() {
    let (base, seen) = upstream(|_, _| ok("application/json", "{}")).await;
    let key = || Template::Binding(BindingId(0));
    let credential = Credential::Fields(
        [(FieldPlace::Header, "X-Key".into(), key()), (FieldPlace::Query, "key".into(), key())].into(),
    );
    let mut post = request("/v1/flux-dev");
    post.method = Method::POST;
    post.body = Body::Json(Template::slot(SlotId(0)));
    let mut flow = simple(post, Outputs::Identity);
    flow.bindings = [BindingId(0)].into();
    let engine = engine(plan(&base, Some(credential), flow));
    let mut inputs = Inputs::with_slots(8);
    inputs.set(SlotId(0), Value::bytes(Some("application/json"), "{ \"prompt\":\"x\" }"));
    let invocation = Invocation::default();
    let exchanges = invocation.exchanges.clone();
    engine.invoke(FlowId(0), inputs, invocation).await.unwrap();
    let url = exchanges.entries()[0].url();
    assert!(url.ends_with("/v1/flux-dev?key=***"), "{url}");
    assert!(!format!("{exchanges:?}").contains("s3cret"));
    let seen = seen.lock().unwrap()[0].clone();
    assert!(seen.starts_with("POST /v1/flux-dev?key=s3cret-key%2F%2B HTTP/1.1\r\n"), "{seen}");
    assert!(seen.to_lowercase().contains(&format!("x-key: {KEY}")), "{seen}");
    assert!(
        seen.contains("content-type: application/json") && seen.ends_with("\r\n\r\n{ \"prompt\":\"x\" }"),
        "{seen}"
    );
}

#[tokio::test]
async fn a_missing_key_stops_before_anything_is_sent() {
    let (base, seen) = upstream(|_, _| ok("application/json", "{}")).await;
    let mut flow = simple(request("/"), Outputs::Identity);
    flow.bindings = [BindingId(0)].into();
    let plan = plan(&base, Some(Credential::Bearer { token: Template::Binding(BindingId(0)) }), flow);
    let lookup = |_: &Binding| Ok(None);
    let engine = Engine::activate(Arc::new(plan), &lookup, &Overrides::default(), Shared::system());
    assert_eq!(&*engine.missing()[0].name, "API_KEY");
    let fault = invoke(&engine, Inputs::with_slots(8)).await.unwrap_err();
    assert_eq!(fault.status(), 503);
    assert_eq!(fault.kind, FaultKind::Capability(CapabilityFault::MissingBinding));
    assert_eq!(fault.binding.as_deref(), Some("API_KEY"));
    assert!(fault.detail.contains("flux.yaml:7:3"), "{fault}");
    assert!(seen.lock().unwrap().is_empty());
}

#[tokio::test]
async fn header_values_cannot_end_the_header() {
    let (base, seen) = upstream(|_, _| ok("application/json", "{}")).await;
    let mut get = request("/");
    get.headers = ["x-name", "host", "connection"]
        .map(|name| HeaderPart::new(name.parse().unwrap(), Template::slot(SlotId(0))))
        .into();
    let engine = engine(plan(&base, None, simple(get, Outputs::Identity)));
    for evil in ["a\r\nX-Evil: 1", "a\nb", "a\0b"] {
        let mut inputs = Inputs::with_slots(8);
        inputs.set(SlotId(0), Value::text(evil));
        let fault = invoke(&engine, inputs).await.unwrap_err();
        assert_eq!(fault.kind, FaultKind::Caller(CallerFault::BadHeader), "{evil:?}");
    }
    let mut inputs = Inputs::with_slots(8);
    inputs.set(SlotId(0), Value::text("fine"));
    invoke(&engine, inputs).await.unwrap();
    let seen = seen.lock().unwrap();
    assert_eq!(seen.len(), 1);
    assert!(
        seen[0].contains("x-name: fine") && !seen[0].contains("host: fine") && !seen[0].contains("connection: fine")
    );
}

#[tokio::test]
async fn an_upstream_override_keeps_host_path_and_query() {
    let (base, seen) = upstream(|_, _| ok("application/json", "{}")).await;
    let rule = UpstreamRule::parse(&format!("https://api.example.com={base}")).unwrap();
    let overrides = Overrides { upstream: vec![rule], ..Overrides::default() };
    let flow = simple(request("/x"), Outputs::Identity);
    let engine = engine_with(plan("https://api.example.com/v1?a=1", None, flow), &overrides);
    invoke(&engine, Inputs::with_slots(8)).await.unwrap();
    let seen = seen.lock().unwrap()[0].clone();
    assert!(seen.starts_with("GET /v1/x?a=1 HTTP/1.1\r\n") && seen.contains("host: api.example.com\r\n"), "{seen}");
}

#[tokio::test]
async fn redirects_stay_on_the_origin() {
    let (base, seen) = upstream(|text, _| {
        let to = if text.starts_with("GET /a ") { "/b?x=1" } else { "http://elsewhere.example/" };
        vec![(
            format!("HTTP/1.1 302 Found\r\nLocation: {to}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").into(),
            0,
        )]
    })
    .await;
    let engine = engine(plan(&base, None, simple(request("/a"), Outputs::Identity)));
    let answer = invoke(&engine, Inputs::with_slots(8)).await.unwrap();
    assert_eq!(answer.status, 302);
    assert_eq!(answer.headers["location"], "http://elsewhere.example/");
    assert_eq!(seen.lock().unwrap().len(), 2);
}

#[tokio::test]
async fn a_sandbox_covers_or_nothing_leaves() {
    let (base, seen) = upstream(|_, _| ok("application/json", "{}")).await;
    let sandboxes: HashMap<Box<str>, Box<str>> = [("https://api.example.com".into(), base.clone().into())].into();
    let overrides = Overrides { sandboxes: Some(sandboxes), ..Overrides::default() };
    let covered =
        engine_with(plan("https://api.example.com", None, simple(request("/"), Outputs::Identity)), &overrides);
    assert_eq!(invoke(&covered, Inputs::with_slots(8)).await.unwrap().status, 200);
    let not = engine_with(plan(&base, None, simple(request("/"), Outputs::Identity)), &overrides);
    let fault = invoke(&not, Inputs::with_slots(8)).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Upstream(UpstreamFault::NotCovered));
    assert_eq!(seen.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn a_safe_request_survives_a_closed_connection_once() {
    let (base, seen) = upstream(|_, count| if count == 1 { vec![] } else { ok("application/json", "{}") }).await;
    let engine = engine(plan(&base, None, simple(request("/"), Outputs::Identity)));
    assert_eq!(invoke(&engine, Inputs::with_slots(8)).await.unwrap().status, 200);
    assert_eq!(seen.lock().unwrap().len(), 2);
    let (base, seen) = upstream(|_, _| vec![]).await;
    let mut post = request("/");
    post.method = Method::POST;
    let engine = engine_with(plan(&base, None, simple(post, Outputs::Identity)), &Overrides::default());
    let fault = invoke(&engine, Inputs::with_slots(8)).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Upstream(UpstreamFault::CutShort));
    assert_eq!(seen.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn a_request_that_is_sent_again_bears_the_same_headers() {
    let (base, seen) = upstream(|_, count| if count == 1 { vec![] } else { ok("application/json", "{}") }).await;
    let mut get = request("/");
    let version = HeaderPart::new(http::HeaderName::from_static("x-version"), Template::text("7"));
    get.headers = [version].into();
    get.cookies = [("c".into(), Template::text("1"))].into();
    let outputs = Outputs::First([Shape::Select(Selector::parse("$").unwrap())].into());
    let rule = UpstreamRule::parse(&format!("https://api.example.com={base}")).unwrap();
    let overrides = Overrides { upstream: vec![rule], ..Overrides::default() };
    let engine = engine_with(plan("https://api.example.com", None, simple(get, outputs)), &overrides);
    invoke(&engine, Inputs::with_slots(8)).await.unwrap();
    let seen = seen.lock().unwrap();
    let headers = |text: &str| text.lines().skip(1).map(str::to_owned).collect::<std::collections::BTreeSet<_>>();
    assert_eq!(seen.len(), 2);
    assert_eq!(headers(&seen[0]), headers(&seen[1]));
    assert!(seen[1].contains("x-version: 7") && seen[1].contains("host: api.example.com"), "{seen:?}");
}
