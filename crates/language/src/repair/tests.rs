//! What is repaired, and what is left.

use super::*;
use crate::source::MemoryFiles;

const GOOD: &str = "\
ikanos: 1.0.0-beta5
info: {display: Shop, description: Orders.}
capability:
  consumes:
  - type: http # the shop
    namespace: shop
    baseUri: https://api.shop.test
    resources:
      orders: {path: '/orders/{id}', operations: {get: {method: GET}}}
  exposes:
  - type: mcp
    namespace: tools
    port: 9090
    tools:
      get:
        description: Gets one.
        call: 'shop.get'
        inputParameters:
        - {name: id, type: string, description: Which.}
        with: {id: tools.id}
";

fn repaired(text: &str, also_unsafe: bool) -> Repaired {
    repair(&MemoryFiles::new(), Path::new("doc.yaml"), text, &Options::default(), also_unsafe)
}

#[test]
fn what_has_one_right_answer_is_repaired_and_every_other_byte_stays() {
    let cases = [
        ("namespace: shop", "namespase: shop"),
        ("call: 'shop.get'", "call: 'shop.gett'"),
        ("method: GET", "methd: GET"),
        ("type: mcp", "type: mpc"),
        ("with: {id", "wiht: {id"),
    ];
    for (right, wrong) in cases {
        let text = GOOD.replace(right, wrong);
        let after = repaired(&text, false);
        assert_eq!(after.text, GOOD, "{wrong}: {:?}", after.done);
        assert!(!after.done.is_empty());
        assert_eq!(repaired(&after.text, false).done, Vec::<String>::new());
    }
}

#[test]
fn several_are_repaired_at_once() {
    let text = GOOD.replace("namespace: shop", "namespase: shop").replace("description: Gets", "descripton: Gets");
    assert_eq!(repaired(&text, false).text, GOOD);
}

#[test]
fn what_is_not_sure_waits_to_be_asked_for() {
    let text = GOOD.replace("display: Shop, description: Orders.", "display: \"Shop");
    let kept = repaired(&text, false);
    assert_eq!((kept.text.as_str(), kept.unsure), (text.as_str(), 0));
    let text = GOOD.replace("description: Gets one.", "description: 'Gets one.");
    let kept = repaired(&text, false);
    assert_eq!((kept.text.as_str(), kept.unsure), (text.as_str(), 1));
    assert_eq!(repaired(&text, true).text, GOOD.replace("description: Gets one.", "description: 'Gets one.'"));
}

#[test]
fn a_right_document_is_left_alone() {
    let after = repaired(GOOD, true);
    assert_eq!((after.text.as_str(), after.done.len()), (GOOD, 0));
}

#[test]
fn fixes_that_meet_are_not_mixed() {
    use crate::source::Span;
    let fix = |start, end, by: &str| Fix::new(Span::new(MAIN, start, end), by, Safety::Safe);
    let (one, two, three) = (fix(0, 3, "x"), fix(2, 4, "y"), fix(4, 4, "z"));
    assert_eq!(apply("abcdef", [&one, &two, &three].into_iter()), "xdzef");
    assert_eq!(apply("abc", [&fix(0, 9, "x")].into_iter()), "abc");
}
