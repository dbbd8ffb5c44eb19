//! Results, errors and limits of script runs.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{Limits, ScriptError, Source, run};

fn main(text: &str) -> Source<'_> {
    Source { name: "main.js", text }
}

fn script(text: &str) -> Result<Option<Value>, ScriptError> {
    run(&[main(text)], &json!({}), &Limits::default())
}

fn value(text: &str) -> Value {
    script(text).unwrap_or_else(|error| panic!("{text}: {error}")).unwrap()
}

#[test]
fn results() {
    assert_eq!(value("var result = {a: [1, 2.5, 'x', null, true]};"), json!({"a": [1, 2.5, "x", null, true]}));
    assert_eq!(value("result = 3"), json!(3));
    assert_eq!(value("let result = 'text'"), json!("text"));
    assert_eq!(value("const result = 4.0"), json!(4));
    assert_eq!(value("result = null"), Value::Null);
    assert_eq!(value("result = NaN"), Value::Null);
    assert_eq!(value("result = new Date(0)"), json!("1970-01-01T00:00:00.000Z"));
    assert_eq!(value("result = function f() {}"), json!("function f() {}"));
    assert_eq!(script("1 + 1"), Ok(None));
    assert_eq!(script("result = undefined"), Ok(None));
    assert_eq!(script(""), Ok(None));
    assert!(script("let result = 10n").is_err());
    assert!(script("result = {}; result.self = result").is_err());
}

#[test]
fn the_context_is_a_copy() {
    let context = json!({"get-ship": {"name": "A"}, "__proto__": {"x": 1}, "n": 1.5});
    let text = "context['get-ship'].name += '!'; result = [context['get-ship'].name, context.n, ({}).x === undefined];";
    assert_eq!(run(&[main(text)], &context, &Limits::default()).unwrap(), Some(json!(["A!", 1.5, true])));
    assert_eq!(context["get-ship"]["name"], "A");
}

#[test]
fn dependencies_share_one_scope() {
    let sources = [
        Source { name: "lib/a.js", text: "var one = 1; const two = 2; function add(a, b) { return a + b }" },
        Source { name: "lib/b.js", text: "let three = add(one, two)" },
        main("result = add(three, 1)"),
    ];
    assert_eq!(run(&sources, &Value::Null, &Limits::default()).unwrap(), Some(json!(4)));
}

#[test]
fn promises_run_to_their_end() {
    assert_eq!(value("var result; Promise.resolve(1).then(x => x + 1).then(x => { result = x })"), json!(2));
    assert_eq!(value("var result; (async () => { await null; result = 'late' })()"), json!("late"));
}

#[test]
fn errors_say_what_and_where() {
    let thrown = |text: &str| script(text).unwrap_err().to_string();
    assert_eq!(thrown("let a = 1;\nnope()"), "the script failed: ReferenceError: nope is not defined (main.js:2)");
    assert_eq!(thrown("\n\nthrow new TypeError('bad')"), "the script failed: TypeError: bad (main.js:3)");
    assert_eq!(thrown("throw 'plain'"), "the script failed: plain");
    assert_eq!(thrown("throw {code: 5}"), "the script failed: {\"code\":5}");
    assert!(thrown("let = = 5").contains("(main.js:1)"), "{}", thrown("let = = 5"));
    let sources = [Source { name: "lib.js", text: "\nfunction f() {\n  throw new Error('deep') }" }, main("f()")];
    let error = run(&sources, &json!({}), &Limits::default()).unwrap_err();
    assert_eq!(error, ScriptError::Thrown { message: "Error: deep".to_owned(), place: Some(("lib.js".to_owned(), 3)) });
    assert!(matches!(script("result = {toJSON() { throw new Error('x') }}"), Err(ScriptError::Thrown { .. })));
}

#[test]
fn time_is_limited() {
    let limits = Limits { timeout: Duration::from_millis(150), statements: u64::MAX, ..Limits::default() };
    for text in [
        "while (true) {}",
        "try { while (true) {} } catch (e) { result = 1 } finally { while (true) {} }",
        "/(a+)+$/.test('a'.repeat(60) + 'b')",
        "(function f() { return Promise.resolve().then(f) })()",
        "Atomics.wait && Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)",
        "result = {toJSON() { while (true) {} }}",
    ] {
        let start = Instant::now();
        let error = run(&[main(text)], &json!({}), &limits).map(|value| format!("{value:?}"));
        if text.starts_with("Atomics") {
            assert!(start.elapsed() < Duration::from_secs(2), "{text}");
            continue;
        }
        assert_eq!(error, Err(ScriptError::Timeout { limit: limits.timeout }), "{text}");
        assert!(start.elapsed() < Duration::from_secs(2), "{text}: {:?}", start.elapsed());
    }
}

#[test]
fn statements_are_limited() {
    let error = script("while (true) {}").unwrap_err();
    assert_eq!(error, ScriptError::Statements { limit: 100_000 });
    assert_eq!(error.to_string(), "the script exceeded the statement limit (100000)");
    let small = "let s = 0; for (let i = 0; i < 5000; i++) { s += i } result = s";
    assert_eq!(value(small), json!(12_497_500));
}

#[test]
fn memory_is_limited() {
    let limits = Limits { statements: u64::MAX, timeout: Duration::from_secs(20), ..Limits::default() };
    for text in [
        "let a = []; while (true) a.push(new Array(1000).fill(1))",
        "let s = 'x'; while (true) s += s",
        "new Uint8Array(1e9)",
        "result = 'x'.repeat(1e9)",
    ] {
        let error = run(&[main(text)], &json!({}), &limits).unwrap_err();
        assert!(
            matches!(error, ScriptError::Memory { .. }) || error.to_string().contains("string too long"),
            "{text}: {error}"
        );
    }
}

#[test]
fn the_stack_is_limited() {
    let error = script("(function f() { f() })()").unwrap_err();
    assert!(error.to_string().contains("stack"), "{error}");
    assert_eq!(value("var result; try { (function f() { f() })() } catch (e) { result = 'caught' }"), json!("caught"));
    assert!(script("var a = []; for (let i = 0; i < 4000; i++) a = [a]; result = a").is_err());
}

#[test]
fn nothing_of_the_host_is_there() {
    let text = "result = ['require', 'fetch', 'std', 'os', 'process', 'setTimeout', 'console', 'XMLHttpRequest', 'Deno', 'print', 'load']
        .filter(name => typeof globalThis[name] !== 'undefined')";
    assert_eq!(value(text), json!([]));
    assert!(script("import('fs').then(x => { result = 1 })").map(|value| value.is_none()).unwrap_or(true));
}
