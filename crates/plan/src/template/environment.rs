//! Where expressions are compiled and run: the language of `minijinja`, with filters and functions that charge the budget of the
//! evaluation before they read what they are given and make something larger of it. Knows nothing of slots or bindings.

use std::{collections::BTreeMap, sync::LazyLock};

use minijinja::{
    Environment, Error, ErrorKind, State, UndefinedBehavior, Value, filters as f,
    value::{Object, Rest, ValueKind, ValueOrKwargs},
};

use super::multiplication::TIMES;
use crate::budget::{Budget, Effort, Exceeded};

/// The name by which an evaluation's budget is found.
pub const BUDGET: &str = "__budget";

/// How many instructions an expression may take.
const INSTRUCTIONS: u64 = 100_000;

impl Object for Budget {}

/// One environment for all expressions: compile-time state only, so sharing it is free of side effects.
pub(super) static ENVIRONMENT: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut environment = plain();
    for (name, filter) in filters() {
        environment.add_filter(name, move |state: &mut State, given: Rest<ValueOrKwargs>| {
            let given = given.into_values();
            charged(state, |budget| before(name, &given, budget))?;
            let made = filter.call(state, &given)?;
            charged(state, |budget| budget.make_bytes(made.as_str().map_or(0, str::len)))?;
            Ok::<_, Error>(made)
        });
    }
    environment.add_function("range", |state: &State, lower: isize, upper: Option<isize>, step: Option<isize>| {
        let range = minijinja::functions::range(lower, upper, step)?;
        charged(state, |budget| budget.step(range.len().unwrap_or_default()))?;
        Ok::<_, Error>(range)
    });
    environment.add_function(TIMES, times);
    environment
});

/// Multiplication as `minijinja` does it.
static PRODUCT: LazyLock<Option<minijinja::Expression<'static, 'static>>> = LazyLock::new(|| {
    static PLAIN: LazyLock<Environment<'static>> = LazyLock::new(plain);
    PLAIN.compile_expression("left * right").ok()
});

fn plain() -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Chainable);
    environment.set_fuel(Some(INSTRUCTIONS));
    environment
}

/// What has been weighed.
#[derive(Clone, Copy, Default)]
struct Weight {
    values: usize,
    bytes: usize,
    depth: usize,
}

/// Charges the evaluation that `state` belongs to.
fn charged(state: &State, charge: impl FnOnce(&Budget) -> Result<(), Exceeded>) -> Result<(), Error> {
    let refused =
        |exceeded: Exceeded| Error::new(ErrorKind::InvalidOperation, exceeded.to_string()).with_source(exceeded);
    match state.lookup(BUDGET).as_ref().and_then(Value::downcast_object_ref::<Budget>) {
        Some(budget) => charge(budget).map_err(refused),
        None => charge(&Budget::new(Effort::InPlace)).map_err(refused),
    }
}

/// Looks at all of a value, as far as the budget goes: what is longer is known by its length before anybody goes through it.
fn weigh(value: &Value, budget: &Budget, depth: usize) -> Result<Weight, Exceeded> {
    budget.depth(depth)?;
    budget.step(1)?;
    let mut weight = Weight { values: 1, bytes: 0, depth };
    let mut add = |inner: Weight| {
        weight.values += inner.values;
        weight.bytes += inner.bytes;
        weight.depth = weight.depth.max(inner.depth);
    };
    match value.kind() {
        ValueKind::String | ValueKind::Bytes => {
            let bytes = value.as_bytes().map_or(0, <[u8]>::len);
            budget.read(bytes)?;
            weight.bytes = bytes;
        }
        kind @ (ValueKind::Seq | ValueKind::Iterable | ValueKind::Map) => {
            // What has no length is computed while somebody goes through it, of values that were charged when it was made.
            let Some(length) = value.len() else { return Ok(weight) };
            budget.step(length)?;
            let Ok(items) = value.try_iter() else { return Ok(weight) };
            for item in items {
                add(weigh(&item, budget, depth + 1)?);
                if kind == ValueKind::Map
                    && let Ok(member) = value.get_item(&item)
                {
                    add(weigh(&member, budget, depth + 1)?);
                }
            }
        }
        _ => {}
    }
    Ok(weight)
}

/// Charges what a filter is about to do.
fn before(name: &str, given: &[Value], budget: &Budget) -> Result<(), Exceeded> {
    let mut weights = Vec::with_capacity(given.len());
    for value in given {
        weights.push(weigh(value, budget, 0)?);
    }
    let (Some(subject), Some(weight)) = (given.first(), weights.first()) else { return Ok(()) };
    let argument = |at: usize, keyword: &str| {
        given
            .iter()
            .find(|value| value.is_kwargs())
            .and_then(|named| named.get_attr(keyword).ok())
            .filter(|value| !value.is_undefined())
            .or_else(|| given.get(at).filter(|value| !value.is_kwargs()).cloned())
    };
    let number = |at: usize, keyword: &str| argument(at, keyword).and_then(|value| value.as_usize()).unwrap_or(0);
    let text = subject.as_str().unwrap_or_default();
    let items = subject.len().unwrap_or_default();
    match name {
        "replace" => {
            let (from, to) = (given.get(1).and_then(Value::as_str), weights.get(2).map_or(0, |weight| weight.bytes));
            let found = from.map_or(0, |from| text.matches(from).count());
            budget.make_bytes(text.len().saturating_add(found.saturating_mul(to)))
        }
        "join" => {
            let between = weights.get(1).map_or(0, |weight| weight.bytes);
            budget.make_bytes(weight.bytes.saturating_add(items.saturating_mul(between)))
        }
        "indent" => {
            let lines = text.split('\n').count() + 1;
            budget.make_bytes(number(1, "width").max(4).saturating_mul(lines))
        }
        "batch" | "slice" => budget.make_many(number(1, "count").saturating_add(items)),
        "tojson" => {
            let levels = weight.values.saturating_mul(weight.depth + 1);
            budget.make_bytes(number(1, "indent").saturating_mul(levels).saturating_add(weight.bytes))
        }
        "format" => budget.make_bytes(widths(text, given)),
        "split" => {
            let separator = argument(1, "sep");
            budget.make_many(match separator.as_ref().and_then(Value::as_str).filter(|text| !text.is_empty()) {
                Some(separator) => text.matches(separator).count() + 1,
                None => text.split_whitespace().count() + 1,
            })
        }
        "lines" => budget.make_many(text.split('\n').count()),
        // Sums of texts and lists are made again with every element.
        "sum" if argument(2, "start").is_some_and(|start| !start.is_number()) => {
            budget.step(items.saturating_mul(items))?;
            budget.read(items.saturating_mul(weight.bytes))
        }
        "sort" | "unique" | "groupby" | "dictsort" => {
            budget.step(items.saturating_mul(16))?;
            budget.make_many(items)
        }
        "list" | "reverse" | "items" | "map" | "select" | "reject" | "selectattr" | "rejectattr" | "zip" | "chain" => {
            budget.make_many(items)
        }
        _ => Ok(()),
    }
}

/// The widths and precisions a format asks for, those that are arguments included.
fn widths(format: &str, given: &[Value]) -> usize {
    let mut total = format.len();
    let mut digits = 0_usize;
    for byte in format.bytes().chain([b' ']) {
        match byte {
            b'0'..=b'9' => digits = digits.saturating_mul(10).saturating_add(usize::from(byte - b'0')),
            b'*' => {
                let numbers = given.iter().filter_map(Value::as_i64);
                let numbers = numbers.map(|number| usize::try_from(number.unsigned_abs()).unwrap_or(usize::MAX));
                total = numbers.fold(total, usize::saturating_add);
            }
            _ => total = total.saturating_add(std::mem::take(&mut digits)),
        }
    }
    total
}

/// `left * right`, when what a repetition makes is there to be spent.
fn times(state: &State, left: Value, right: Value) -> Result<Value, Error> {
    let repeats = |value: &Value| matches!(value.kind(), ValueKind::String | ValueKind::Seq | ValueKind::Iterable);
    let repeated = [(&left, &right), (&right, &left)].into_iter().find(|(value, _)| repeats(value));
    if let Some((value, count)) = repeated {
        let count = count.as_usize().unwrap_or(0);
        charged(state, |budget| {
            let weight = weigh(value, budget, 0)?;
            budget.step(weight.values.saturating_mul(count))?;
            budget.make_many(weight.values.saturating_mul(count))?;
            budget.make_bytes(weight.bytes.saturating_mul(count))
        })?;
    }
    let product = PRODUCT.as_ref().ok_or_else(|| Error::from(ErrorKind::InvalidOperation))?;
    product.eval(Value::from(BTreeMap::from([("left", left), ("right", right)])))
}

/// The filters of `minijinja` by name.
fn filters() -> Vec<(&'static str, Value)> {
    vec![
        ("safe", Value::from_function(f::safe)),
        ("escape", Value::from_function(f::escape)),
        ("lower", Value::from_function(f::lower)),
        ("upper", Value::from_function(f::upper)),
        ("title", Value::from_function(f::title)),
        ("capitalize", Value::from_function(f::capitalize)),
        ("replace", Value::from_function(f::replace)),
        ("length", Value::from_function(f::length)),
        ("dictsort", Value::from_function(f::dictsort)),
        ("items", Value::from_function(f::items)),
        ("reverse", Value::from_function(f::reverse)),
        ("trim", Value::from_function(f::trim)),
        ("join", Value::from_function(f::join)),
        ("split", Value::from_function(f::split)),
        ("lines", Value::from_function(f::lines)),
        ("default", Value::from_function(f::default)),
        ("round", Value::from_function(f::round)),
        ("abs", Value::from_function(f::abs)),
        ("int", Value::from_function(f::int)),
        ("float", Value::from_function(f::float)),
        ("attr", Value::from_function(f::attr)),
        ("first", Value::from_function(f::first)),
        ("last", Value::from_function(f::last)),
        ("min", Value::from_function(f::min)),
        ("max", Value::from_function(f::max)),
        ("sort", Value::from_function(f::sort)),
        ("list", Value::from_function(f::list)),
        ("string", Value::from_function(f::string)),
        ("bool", Value::from_function(f::bool)),
        ("batch", Value::from_function(f::batch)),
        ("slice", Value::from_function(f::slice)),
        ("sum", Value::from_function(f::sum)),
        ("indent", Value::from_function(f::indent)),
        ("select", Value::from_function(f::select)),
        ("reject", Value::from_function(f::reject)),
        ("selectattr", Value::from_function(f::selectattr)),
        ("rejectattr", Value::from_function(f::rejectattr)),
        ("map", Value::from_function(f::map)),
        ("groupby", Value::from_function(f::groupby)),
        ("unique", Value::from_function(f::unique)),
        ("chain", Value::from_function(f::chain)),
        ("zip", Value::from_function(f::zip)),
        ("pprint", Value::from_function(f::pprint)),
        ("format", Value::from_function(f::format)),
        ("tojson", Value::from_function(f::tojson)),
        ("urlencode", Value::from_function(f::urlencode)),
        ("e", Value::from_function(f::escape)),
        ("count", Value::from_function(f::length)),
        ("d", Value::from_function(f::default)),
    ]
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use minijinja::value::Enumerator;

    use super::*;
    use crate::template::Expression;

    /// The budget, and `n`.
    #[derive(Debug)]
    struct Names(Value, i64);

    impl Object for Names {
        fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
            match key.as_str()? {
                BUDGET => Some(self.0.clone()),
                "n" => Some(Value::from(self.1)),
                "text" => Some(Value::from("ab ".repeat(5_000))),
                _ => None,
            }
        }

        fn enumerate(self: &Arc<Self>) -> Enumerator {
            Enumerator::NonEnumerable
        }
    }

    fn eval(source: &str, n: i64, effort: Effort) -> Result<Value, String> {
        let names = Names(Value::from_object(Budget::new(effort)), n);
        let program = Expression::compile(source, |_| None).unwrap_or_else(|why| panic!("{source}: {why}"));
        program.program().eval(Value::from_object(names)).map_err(|error| error.to_string())
    }

    #[test]
    fn what_grows_is_refused_by_the_size_it_would_have() {
        for source in [
            "['a'] * n",
            "n * ['a']",
            "'a' * n",
            "n * 'a'",
            "(['a'] * n) | list",
            "(['a'] * n) ~ ''",
            "'b' in ['a'] * n",
            "([['a'] * 1000] * 1000) | tojson",
            "[[[[0] * 100] * 100] * 100] * 100",
            "'a' | replace('', 'b' * 1000) | replace('', 'c' * n)",
            "text | replace('a', text)",
            "text | list | join(text)",
            "text | indent(n)",
            "'a' | indent(width=n)",
            "'x' | batch(n, 'y') | list",
            "'x' | slice(n) | list",
            "[1] | batch(n, 0)",
            "'%0*d' | format(n, 1)",
            "('%' ~ n ~ 'd') | format(1)",
            "{'a': [1]} | tojson(indent=n)",
            "text | split('') | list",
            "range(99999) | list",
            "range(99999) | map('string') | join",
            "range(99999) ~ ''",
            "(['ab'] * 400) | sum(start='')",
            "([[1]] * 400) | sum(start=[])",
            "(text | list) + (text | list) | sort",
        ] {
            let why = eval(source, 20_000_000, Effort::InPlace).expect_err(source);
            assert!(why.contains("it makes more than") || why.contains("it takes more than"), "{source}: {why}");
        }
        for source in [
            "['a'] * n",
            "'a' * (n * 10)",
            "(['a'] * n) ~ ''",
            "text | indent(n * 10)",
            "'a' * 100000000 ~ 'a' * 100000000",
        ] {
            assert!(eval(source, 20_000_000, Effort::Whole).is_err(), "{source}");
        }
    }

    #[test]
    fn what_people_write_costs_little() {
        for (source, expected) in [
            ("['a'] * 3", "['a', 'a', 'a']"),
            ("n * 1000", "5000"),
            ("'=' * 20", "===================="),
            ("range(5) | map('string') | join('-')", "0-1-2-3-4"),
            ("text | replace(' ', '') | length", "10000"),
            ("{'a': [1]} | tojson(indent=2) | length", "22"),
            ("[1, 2, 3] | batch(2, 0) | list", "[[1, 2], [3, 0]]"),
            ("'%05d' | format(7)", "00007"),
            ("[3, 1, 2] | sort | first", "1"),
            ("[3, 1, 2] | sort(reverse=true) | first", "3"),
            ("[{'a': 2}, {'a': 1}] | map(attribute='a') | join(d='+')", "2+1"),
            ("[{'a': 2}, {'a': 1}] | selectattr('a', 'gt', 1) | list | length", "1"),
            ("'a' | indent(width=2, first=true)", "  a"),
            ("['a', 'b'] | sum(start='')", "ab"),
        ] {
            assert_eq!(
                eval(source, 5, Effort::InPlace).map(|value| value.to_string()),
                Ok(expected.to_owned()),
                "{source}"
            );
        }
    }
}
