//! Results, errors and limits of script runs.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{Limits, ScriptError, Source};

fn main(text: &str) -> Source<'_> {
    Source { name: "main.js", text }
}

fn run(sources: &[Source<'_>], context: &Value, limits: &Limits) -> Result<Option<Value>, ScriptError> {
    super::run(sources, context, limits, &Arc::default())
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

/// What QuickJS does in one go is refused by its length, or ends at the limits.
#[test]
fn what_is_not_interrupted_says_first_how_long_it_takes() {
    let limits = Limits { timeout: Duration::from_secs(30), ..Limits::default() };
    for text in [
        "[].concat({length: 1e15, [Symbol.isConcatSpreadable]: true})",
        "Array.prototype.concat.call({length: 1e15, [Symbol.isConcatSpreadable]: true})",
        "let n = 0; [].concat({get length() { return n++ ? 2 ** 53 - 1 : 1 }, get [Symbol.isConcatSpreadable]() { return true }}); while (true) {}",
        "Array.prototype.fill.call({length: 2 ** 53 - 1}, 0)",
        "Array.prototype.reverse.call({length: 2 ** 53 - 1})",
        "Array.prototype.slice.call({length: 2 ** 53 - 1})",
        "Array.prototype.join.call({length: 2 ** 53 - 1}, '')",
        "Array.prototype.splice.call({length: 2 ** 53 - 1}, 0, 1)",
        "Array.prototype.unshift.call({length: 2 ** 53 - 2}, 1)",
        "Array.prototype.copyWithin.call({length: 2 ** 53 - 1}, 0, 5)",
        "Array.prototype.indexOf.call({length: 2 ** 53 - 1}, 1)",
        "Array.prototype.sort.call({length: 2 ** 53 - 1})",
        "Array.prototype.flat.call({length: 2 ** 53 - 1})",
        "Array.prototype.toReversed.call({length: 2 ** 53 - 1})",
        "let a = []; a.length = 2 ** 32 - 1; a.indexOf(1)",
        "let a = []; a.length = 2 ** 32 - 1; a.reverse()",
        "let a = []; a.length = 2 ** 32 - 1; a.concat(a, a)",
        "let a = []; a.length = 2 ** 32 - 1; a.sort()",
        "let a = [[]]; for (let i = 0; i < 60; i++) a = [a, a]; a.flat(Infinity)",
        "let a = ''; for (let i = 0; i < 60; i++) a = [a, a]; String(a)",
        "new Set(Array.prototype.values.call({length: 2 ** 53 - 1}))",
        "new Set(Array.prototype[Symbol.iterator].call({length: 2 ** 53 - 1}))",
        "(function () { arguments.length = 2 ** 53 - 1; new Set(arguments) })()",
        "new Proxy([], {get: (t, k) => k === 'length' ? 2 ** 53 - 1 : undefined}).reverse()",
        "const t = 'a'.repeat(2e7); t.indexOf('a'.repeat(1e7) + 'b')",
        "const t = 'a'.repeat(2e7); t.split('a'.repeat(1e7) + 'b')",
        "const t = 'a'.repeat(2e7); t.replaceAll('a'.repeat(1e7) + 'b', '')",
    ] {
        let error = run(&[main(text)], &json!({}), &limits).expect_err(text);
        let known = matches!(error, ScriptError::Statements { .. } | ScriptError::Memory { .. });
        let refused = matches!(&error, ScriptError::Thrown { message, .. } if ["too long", "lists only", "no proxy", "too large", "call stack"].iter().any(|why| message.contains(why)));
        assert!(known || refused, "{text}: {error}");
    }
}

#[test]
fn promises_count_as_what_they_run() {
    for text in [
        "function f() { Promise.resolve().then(f); Promise.resolve().then(f) } f()",
        "function f() { Promise.resolve().then(f) } f()",
        "(async () => { while (true) await null })()",
        "const f = () => Promise.all([Promise.resolve().then(f), Promise.resolve().then(f)]); f()",
    ] {
        assert_eq!(script(text), Err(ScriptError::Statements { limit: 100_000 }), "{text}");
    }
}

#[test]
fn natives_mean_what_they_did() {
    let text = r"
        const odd = {0: 'a', 2: 'c', length: 3};
        result = [
            [1].concat(2, [3, [4]], 'x', {length: 2, 0: 5, 1: 6, [Symbol.isConcatSpreadable]: true}),
            Array.prototype.slice.call(odd, 1), Array.prototype.join.call(odd, '-'), Array.prototype.map.call(odd, x => x),
            (function () { return Array.prototype.slice.call(arguments, 1) })(1, 2, 3), [...(function () { return arguments })(7, 8)],
            [[1, [2, [3]]], , 4].flat(), [[1, [2, [3]]]].flat(Infinity), [1, 2].flatMap(x => [x, x]),
            [3, 1, 2].sort(), [3, 1, 2].sort((a, b) => b - a), [1, 2, 3].reverse(), [1, 2, 3, 4].splice(1, 2), [1, 2, 3].fill(0, 1),
            [...new Set([1, 1, 2])], new Set([1]) instanceof Set, new Set([1]).constructor === Set, [...[1, 2].entries()],
            'a,b'.split(','), 'a,b'.split(/,/), 'abc'.split(), 'aXbX'.replace('X', '-'), 'aXbX'.replaceAll('X', '$&$&'), 'abc'.replace(/b/g, m => m + m),
            'abc'.indexOf('c'), 'abc'.lastIndexOf('a'), 'abc'.includes('d'), 'null'.indexOf(null), 'xundefined'.indexOf(undefined),
            Array.prototype.concat.name, [].slice.length, new Proxy({a: 1}, {get: () => 9}).b, Object.keys([1, 2]),
            Array.from(new Map([[1, 2]])), String([1, [2, 3]]), [1, 2].includes(2), JSON.stringify([, 1]), [1, , 3].indexOf(undefined),
        ];
    ";
    assert_eq!(
        value(text),
        json!([
            [1, 2, 3, [4], "x", 5, 6],
            [null, "c"],
            "a--c",
            ["a", null, "c"],
            [2, 3],
            [7, 8],
            [1, [2, [3]], 4],
            [1, 2, 3],
            [1, 1, 2, 2],
            [1, 2, 3],
            [3, 2, 1],
            [3, 2, 1],
            [2, 3],
            [1, 0, 0],
            [1, 2],
            true,
            true,
            [[0, 1], [1, 2]],
            ["a", "b"],
            ["a", "b"],
            ["abc"],
            "a-bX",
            "aXXbXX",
            "abbc",
            2,
            0,
            false,
            0,
            1,
            "concat",
            2,
            9,
            ["0", "1"],
            [[1, 2]],
            "1,2,3",
            true,
            "[null,1]",
            -1
        ])
    );
}

#[test]
fn what_a_script_says_is_bounded() {
    for text in [
        "throw new Error('x'.repeat(1e6))",
        "throw 'x'.repeat(1e6)",
        "throw {a: 'x'.repeat(1e6)}",
        "const e = new Error('y'); e.name = 'x'.repeat(1e6); throw e",
    ] {
        let said = script(text).unwrap_err().to_string();
        assert!(said.len() < 1_200 && said.contains("..."), "{} bytes", said.len());
    }
    assert!(matches!(script("result = 'x'.repeat(11 * 1024 * 1024)"), Err(ScriptError::Result { .. })));
    let many = Limits { statements: u64::MAX, ..Limits::default() };
    let text = "const row = '[' + '0,'.repeat(2100000) + '0]'; result = {toJSON() { return JSON.parse(row) }}";
    assert!(run(&[main(text)], &json!({}), &many).is_err());
}

#[test]
fn a_script_nobody_waits_for_stops() {
    let gone = Arc::new(true.into());
    let limits = Limits { statements: u64::MAX, ..Limits::default() };
    assert!(super::run(&[main("while (true) {}")], &json!({}), &limits, &gone).is_err());
}
