//! Tests of `connections`.

use std::future::poll_fn;

use super::*;

async fn enter(all: &Arc<Connections>) -> (Place, Arc<Traffic>) {
    let traffic = Arc::new(Traffic::new(([127, 0, 0, 1], 1).into()));
    let permit = all.room(|| panic!("there is room")).await.unwrap();
    (all.enter(permit, 7, traffic.clone()), traffic)
}

async fn told(place: &Place) -> Option<Order> {
    timeout(Duration::ZERO, poll_fn(|cx| place.reins.poll_told(cx, Order::Stay))).await.ok()
}

#[tokio::test]
async fn who_was_never_used_leaves_before_who_is_idle_and_nobody_who_is_busy_or_new() {
    let all = Connections::new(4);
    let (busy, traffic) = enter(&all).await;
    let _request = traffic.begin(false);
    let (idle, traffic) = enter(&all).await;
    drop(traffic.begin(false));
    let (unused, _) = enter(&all).await;
    all.thin_out_at(Instant::now());
    assert_eq!((told(&busy).await, told(&idle).await, told(&unused).await), (None, None, None), "all are new");
    let later = Instant::now() + YOUNG;
    all.thin_out_at(later);
    assert_eq!((told(&busy).await, told(&idle).await, told(&unused).await), (None, None, Some(Order::Leave)));
    all.thin_out_at(later);
    assert_eq!((told(&busy).await, told(&idle).await), (None, Some(Order::Leave)));
    idle.reins.stay();
    assert_eq!(told(&idle).await, None, "it was used after all");
}

#[tokio::test]
async fn a_newcomer_waits_until_one_has_left() {
    let all = Connections::new(1);
    let (first, _) = enter(&all).await;
    let mut pressed = 0;
    let asks = async {
        poll_fn(|cx| first.reins.poll_told(cx, Order::Stay)).await;
        drop(first);
    };
    let (permit, ()) = tokio::join!(all.room(|| pressed += 1), asks);
    assert!(permit.is_some());
    assert!(pressed > 0);
}

#[tokio::test]
async fn a_listener_tells_its_own_connections() {
    let all = Connections::new(4);
    let (ours, _) = enter(&all).await;
    all.tell(8, Order::Cut);
    assert_eq!(told(&ours).await, None);
    all.tell(7, Order::Drain);
    all.tell(7, Order::Leave);
    assert_eq!(told(&ours).await, Some(Order::Drain));
    drop(ours);
    assert!(all.open().is_empty());
}
