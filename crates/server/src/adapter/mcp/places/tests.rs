//! Tests of `places`.

use super::*;

fn at(last: u8) -> Option<IpAddr> {
    Some([10, 0, 0, last].into())
}

/// Places, and a clock that goes on with every step.
struct Site {
    places: Places,
    now: Instant,
}

impl Site {
    fn new(limit: usize) -> Self {
        Self { places: Places::new(limit), now: Instant::now() }
    }

    /// Takes a place for a newcomer from there; says who left for it, or that there is no room.
    fn open(&mut self, name: &str, peer: Option<IpAddr>) -> Option<Vec<String>> {
        self.now += Duration::from_millis(1);
        let (leaving, room) = self.places.make_room(peer, self.now);
        room.then(|| {
            self.places.enter(name.into(), Caller { peer, ..Caller::default() }, self.now);
            leaving.iter().map(|id| id.to_string()).collect()
        })
    }

    /// The same, and it is used at once.
    fn open_and_use(&mut self, name: &str, peer: Option<IpAddr>) {
        assert_eq!(self.open(name, peer), Some(vec![]));
        let (id, request) = (name.into(), RequestId::Number(1));
        assert!(self.places.begin(&id, &request));
        self.places.answered(&id, &request);
    }
}

#[test]
fn who_was_never_used_gives_way_and_the_oldest_first() {
    let mut site = Site::new(3);
    site.open_and_use("used", at(1));
    for name in ["b", "c"] {
        assert_eq!(site.open(name, at(1)), Some(vec![]));
    }
    assert_eq!(site.open("d", at(1)), Some(vec!["b".into()]));
    assert_eq!(site.open("e", at(1)), Some(vec!["c".into()]));
}

#[test]
fn a_flood_from_one_address_does_not_push_out_another() {
    let mut site = Site::new(4);
    site.open("good", at(1));
    for nth in 0..100 {
        let left = site.open(&format!("flood-{nth}"), at(2)).unwrap();
        assert!(!left.contains(&"good".to_owned()), "{left:?}");
    }
    assert!(site.places.owner("good").is_some());
}

#[test]
fn sessions_in_use_stay_and_idle_ones_give_way_after_a_while() {
    let mut site = Site::new(2);
    site.open_and_use("a", at(1));
    site.open_and_use("b", at(1));
    assert_eq!(site.open("c", at(1)), None);
    site.places.hold(&"a".into(), false);
    // What is used counts from the real clock on.
    site.now = Instant::now() + YIELDS;
    assert_eq!(site.open("c", at(1)), Some(vec!["b".into()]));
    assert_eq!(site.open("d", at(1)), Some(vec!["c".into()]));
    assert!(site.places.owner("a").is_some());
}

#[test]
fn an_address_with_more_than_half_of_all_gives_way_to_others() {
    let mut site = Site::new(3);
    for name in ["a", "b", "c"] {
        site.open_and_use(name, at(1));
    }
    assert_eq!(site.open("d", at(1)), None, "not to its own");
    assert_eq!(site.open("d", at(2)), Some(vec!["a".into()]));
}

#[test]
fn what_nobody_used_for_a_day_ends() {
    let mut site = Site::new(3);
    site.open_and_use("a", at(1));
    site.open_and_use("b", at(1));
    site.places.hold(&"b".into(), false);
    site.now = Instant::now() + ENDS;
    assert_eq!(site.open("c", at(1)), Some(vec!["a".into()]));
}

#[test]
fn what_was_never_used_ends_by_itself() {
    let mut site = Site::new(3);
    site.open_and_use("used", at(1));
    site.open("unused", at(1));
    let later = site.now + YIELDS + Duration::from_secs(1);
    assert_eq!(site.places.sweep(later), (vec!["unused".into()], true));
    site.places.leave(&"used".into());
    assert_eq!(site.places.sweep(later), (vec![], false), "nobody has to look any more");
    assert!(site.places.enter("next".into(), Caller::default(), later), "until there is somebody again");
}

#[test]
fn an_id_is_good_once_until_it_is_answered() {
    let mut site = Site::new(1);
    site.open("a", at(1));
    let (id, one, text) = ("a".into(), RequestId::Number(1), RequestId::String("1".into()));
    assert!(site.places.begin(&id, &one));
    assert!(!site.places.begin(&id, &one));
    assert!(site.places.begin(&id, &text), "the text 1 is not the number 1");
    site.places.answered(&id, &one);
    assert!(site.places.begin(&id, &one));
}

#[test]
fn what_nobody_uses_goes_to_rest_and_wakes_again() {
    let mut site = Site::new(9);
    site.open_and_use("used", at(1));
    site.open_and_use("listens", at(1));
    site.open_and_use("runs", at(1));
    for name in ["unused", "fresh", "never answered"] {
        site.open(name, at(1));
    }
    for name in ["used", "listens", "runs", "unused", "fresh"] {
        site.places.greet(name, InitializeRequestParams::default());
    }
    site.places.hold(&"listens".into(), true);
    site.places.release(&"listens".into());
    assert!(site.places.begin(&"runs".into(), &RequestId::Number(2)));
    assert!(!site.places.rests(&"fresh".into()));
    site.places.taken.get_mut("fresh").unwrap().last += UNUSED_RESTS;
    let now = site.now.max(Instant::now()) + UNUSED_RESTS;
    assert_eq!(site.places.rest(now), ["unused".into()]);
    assert!(site.places.rests(&"unused".into()) && site.places.rest(now).is_empty());
    let mut resting = site.places.rest(now + RESTS);
    resting.sort();
    assert_eq!(resting, ["fresh".into(), "used".into()]);
    let used = "used".into();
    assert!(site.places.hello("used").is_some() && site.places.wake(&used) && !site.places.wake(&used));
    // Its worker says later that it ended.
    assert!(site.places.rested(&used) && !site.places.rested(&used));
    assert!(site.places.owner("used").is_some() && !site.places.wake(&"nobody".into()));
}
