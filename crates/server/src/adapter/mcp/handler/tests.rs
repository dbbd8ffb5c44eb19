//! Tests of `handler`.

use super::{super::tests::fixture, *};

#[tokio::test]
async fn a_panic_becomes_an_error() {
    let done = guarded(async { if true { panic!("on purpose") } else { Ok(()) } }).await;
    assert_eq!(done.unwrap_err().code, ErrorCode::INTERNAL_ERROR);
}

#[tokio::test]
async fn a_request_sees_the_tools_of_its_own_snapshot() {
    let before = fixture::capability(&["old"], |_| {});
    let mut site = fixture::Site::new(before.clone());
    // A reload between the listener's table and the look at the tool's schema.
    site.publish(fixture::capability(&["new"], |_| {}));
    let handler = Handler::new(site.endpoint.core.clone());
    let (seen, _) = request::within(before, (request::Caller::default(), 0), async {
        (handler.get_tool("old"), handler.get_tool("new"))
    })
    .await;
    assert!(seen.0.is_some() && seen.1.is_none(), "{seen:?}");
    // Without a request the present one is meant.
    assert!(handler.get_tool("old").is_none() && handler.get_tool("new").is_some());
}
