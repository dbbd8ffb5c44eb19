//! The machine that asks: states, intervals, tolerance, time.

use capstan_plan::{ClientId, Followed, Hosts, JobResult, PollSource, Selector, Template, Tolerance};
use proptest::prelude::*;

use super::*;

fn polling(every: Backoff, timeout_ms: u64) -> Polling {
    let address = Template::text("https://api.example/x");
    Polling {
        source: PollSource::Url(Followed { address, client: ClientId(0), hosts: Hosts::OfBase }),
        status: Selector::parse("$.status").unwrap(),
        pending: ["Pending".into(), "Queued".into()].into(),
        success: ["Ready".into()].into(),
        failure: [("Moderated".into(), JobFailure { status: 422, title: None, detail: None })].into(),
        every,
        timeout_ms,
        tolerate: Tolerance { statuses: [404..=404, 500..=504].into(), for_ms: 15_000 },
        progress: None,
        result: JobResult::Value(Selector::root()),
        block: Box::default(),
    }
}

const STEADY: Backoff = Backoff { first_ms: 500, interval_ms: 1_000, factor: 2.0, max_ms: 5_000, jitter: 0.0 };

fn ask(next: Next<'_>) -> u64 {
    match next {
        Next::Ask(wait) => u64::try_from(wait.as_millis()).unwrap(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn intervals_grow_to_their_longest() {
    let polling = polling(STEADY, 600_000);
    let mut machine = Machine::new(&polling, 0, 0);
    assert_eq!(machine.first(0, 0.3), Duration::from_millis(500));
    let waits: Vec<u64> = (0..5).map(|_| ask(machine.next(Heard::State("pending"), None, 1_000, 0.9))).collect();
    assert_eq!(waits, [1_000, 2_000, 4_000, 5_000, 5_000]);
}

#[test]
fn states_end_it_and_unknown_ones_are_failures() {
    let polling = polling(STEADY, 600_000);
    let next = |state| Machine::new(&polling, 0, 0).next(Heard::State(state), None, 1, 0.0);
    assert!(matches!(next("Ready"), Next::Succeeded));
    assert!(matches!(next("ready"), Next::Succeeded));
    assert!(matches!(next("Moderated"), Next::Failed(Some(words)) if words.status == 422));
    assert!(matches!(next("Task not found"), Next::Failed(None)));
}

#[test]
fn odd_answers_are_tolerated_for_a_while_after_the_last_good_one() {
    let polling = polling(STEADY, 600_000);
    let mut machine = Machine::new(&polling, 0, 0);
    ask(machine.next(Heard::Status(404), None, 1_000, 0.0));
    ask(machine.next(Heard::Nothing, None, 15_000, 0.0));
    ask(machine.next(Heard::State("Queued"), None, 15_500, 0.0));
    ask(machine.next(Heard::Stateless, None, 30_500, 0.0));
    assert!(matches!(machine.next(Heard::Status(503), None, 30_501, 0.0), Next::Broken));
    assert!(matches!(Machine::new(&polling, 0, 0).next(Heard::Status(401), None, 1, 0.0), Next::Broken));
}

#[test]
fn retry_after_wins_and_its_time_is_not_held_against_it() {
    let polling = polling(STEADY, 600_000);
    let mut machine = Machine::new(&polling, 0, 0);
    let minute = Some(Duration::from_secs(60));
    assert!(ask(machine.next(Heard::Status(503), minute, 1_000, 1.0)) >= 60_000);
    ask(machine.next(Heard::Status(503), None, 62_000, 1.0));
    assert!(matches!(machine.next(Heard::Status(503), None, 77_000, 1.0), Next::Broken));
    let now = Some(Duration::ZERO);
    assert_eq!(ask(Machine::new(&polling, 0, 0).next(Heard::State("Queued"), now, 1_000, 0.0)), 1_000);
}

#[test]
fn the_last_question_is_asked_when_time_is_up() {
    let polling = polling(STEADY, 10_000);
    let mut machine = Machine::new(&polling, 0, 0);
    assert_eq!(ask(machine.next(Heard::State("Queued"), Some(Duration::from_secs(60)), 9_000, 0.0)), 1_000);
    assert!(matches!(machine.clone().next(Heard::State("Queued"), None, 10_000, 0.0), Next::Late));
    assert!(matches!(machine.next(Heard::State("Ready"), None, 10_000, 0.0), Next::Succeeded));
}

proptest! {
    /// Whatever it hears, it waits a while each time, never past its deadline, and ends.
    #[test]
    fn it_always_ends(
        first_ms in 0_u64..5_000, interval_ms in 100_u64..5_000, factor in 1.0_f64..3.0, jitter in 0.0_f64..=1.0,
        timeout_ms in 1_u64..60_000,
        answers in proptest::collection::vec((0_u8..5, 0_u64..120, 0.0_f64..=1.0), 1..50),
    ) {
        let every = Backoff { first_ms, interval_ms, factor, max_ms: interval_ms * 4, jitter };
        let polling = polling(every, timeout_ms);
        let started = 1_800_000_000_000;
        let mut machine = Machine::new(&polling, started, started);
        let mut now = started + u64::try_from(machine.first(started, 0.5).as_millis()).unwrap();
        prop_assert!(now <= started + timeout_ms.max(1));
        let mut asked = 0_u32;
        for (kind, after, chance) in answers.iter().cycle() {
            let heard = match kind {
                0 => Heard::Status(404),
                1 => Heard::Nothing,
                2 => Heard::Stateless,
                _ => Heard::State("Pending"),
            };
            let after = (*after > 100).then(|| Duration::from_secs(*after));
            asked += 1;
            match machine.next(heard, after, now, *chance) {
                Next::Ask(wait) => {
                    let wait = u64::try_from(wait.as_millis()).unwrap();
                    prop_assert!(wait >= 1);
                    now += wait;
                    prop_assert!(now <= started + timeout_ms);
                }
                Next::Late => { prop_assert!(now >= started + timeout_ms); break; }
                Next::Broken => break,
                other => prop_assert!(false, "{:?}", other),
            }
            prop_assert!(asked < 700_000);
        }
    }

    /// Jobs that begin together are not asked for together.
    #[test]
    fn jitter_stays_within_its_part(interval in 1_u64..100_000, jitter in 0.0_f64..=1.0, chance in 0.0_f64..=1.0) {
        let spread = to_f64(spread(interval, jitter, chance));
        let interval = to_f64(interval);
        prop_assert!(spread >= (interval * (1.0 - jitter / 2.0)).floor() && spread <= interval * (1.0 + jitter / 2.0));
    }
}
