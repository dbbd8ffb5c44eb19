//! Multiplication in expressions. `minijinja` repeats texts and lists up to a hundred million times, and does what is constant
//! while it compiles; nobody can step in between. So an expression with a `*` is written anew, with a call in its place.

use std::fmt::Write as _;

use minijinja::machinery::{
    ast::{BinOpKind, CallArg, CompareOpKind, Expr, UnaryOpKind},
    parse_expr,
};

/// The function that multiplies. No author's name: two underscores in front are nobody's.
pub(super) const TIMES: &str = "__times";

/// The same expression without `*`; nothing when it has none, or is none.
pub(super) fn rewritten(source: &str) -> Option<String> {
    // Most have none, and most stars are multiplications.
    if !source.contains('*') {
        return None;
    }
    let expression = parse_expr(source).ok()?;
    let mut writer = Writer { out: String::with_capacity(source.len() * 2), found: false };
    writer.expression(&expression);
    writer.found.then_some(writer.out)
}

/// Writes an expression with parentheses wherever they may be.
struct Writer {
    out: String,
    found: bool,
}

impl Writer {
    fn expression(&mut self, expression: &Expr<'_>) {
        match expression {
            Expr::Var(var) => self.out.push_str(var.id),
            Expr::Const(constant) => self.constant(&constant.value),
            Expr::UnaryOp(unary) => {
                self.out.push_str(match unary.op {
                    UnaryOpKind::Not => "not ",
                    UnaryOpKind::Neg => "-",
                });
                self.inner(&unary.expr);
            }
            Expr::BinOp(binary) => match operator(binary.op) {
                Some(operator) => {
                    self.inner(&binary.left);
                    let _ = write!(self.out, " {operator} ");
                    self.inner(&binary.right);
                }
                None => {
                    self.found = true;
                    let _ = write!(self.out, "{TIMES}(");
                    self.inner(&binary.left);
                    self.out.push_str(", ");
                    self.inner(&binary.right);
                    self.out.push(')');
                }
            },
            Expr::Compare(compare) => {
                self.inner(&compare.expr);
                for part in &compare.ops {
                    let _ = write!(self.out, " {} ", comparison(part.op));
                    self.inner(&part.expr);
                }
            }
            Expr::IfExpr(choice) => {
                self.inner(&choice.true_expr);
                self.out.push_str(" if ");
                self.inner(&choice.test_expr);
                if let Some(other) = &choice.false_expr {
                    self.out.push_str(" else ");
                    self.inner(other);
                }
            }
            Expr::Filter(filter) => {
                filter.expr.iter().for_each(|inner| self.inner(inner));
                let _ = write!(self.out, "|{}", filter.name);
                self.arguments(&filter.args);
            }
            Expr::Test(test) => {
                self.inner(&test.expr);
                let _ = write!(self.out, " is {}", test.name);
                self.arguments(&test.args);
            }
            other => self.postfix(other),
        }
    }

    /// What looks into a value, calls it, or makes one of others.
    fn postfix(&mut self, expression: &Expr<'_>) {
        match expression {
            Expr::Slice(slice) => {
                self.inner(&slice.expr);
                self.out.push('[');
                for (at, part) in [&slice.start, &slice.stop, &slice.step].into_iter().enumerate() {
                    if at > 0 {
                        self.out.push(':');
                    }
                    part.iter().for_each(|part| self.inner(part));
                }
                self.out.push(']');
            }
            Expr::GetAttr(get) => {
                self.inner(&get.expr);
                let _ = write!(self.out, ".{}", get.name);
            }
            Expr::GetItem(get) => {
                self.inner(&get.expr);
                self.out.push('[');
                self.inner(&get.subscript_expr);
                self.out.push(']');
            }
            Expr::Call(call) => {
                // A name is called as a function and an attribute as a method; neither may stand in parentheses.
                match &call.expr {
                    callee @ (Expr::Var(_) | Expr::GetAttr(_)) => self.expression(callee),
                    callee => self.inner(callee),
                }
                self.out.push('(');
                self.list(&call.args);
                self.out.push(')');
            }
            Expr::List(list) => {
                self.out.push('[');
                self.items(&list.items);
                self.out.push(']');
            }
            Expr::Tuple(tuple) => {
                self.out.push('(');
                self.items(&tuple.items);
                self.out.push(')');
            }
            Expr::Map(map) => {
                self.out.push('{');
                for (key, value) in map.keys.iter().zip(&map.values) {
                    self.inner(key);
                    self.out.push_str(": ");
                    self.inner(value);
                    self.out.push_str(", ");
                }
                self.out.push('}');
            }
            _ => {}
        }
    }

    fn inner(&mut self, expression: &Expr<'_>) {
        self.out.push('(');
        self.expression(expression);
        self.out.push(')');
    }

    fn items(&mut self, items: &[Expr<'_>]) {
        for item in items {
            self.inner(item);
            self.out.push_str(", ");
        }
    }

    fn arguments(&mut self, arguments: &[CallArg<'_>]) {
        if !arguments.is_empty() {
            self.out.push('(');
            self.list(arguments);
            self.out.push(')');
        }
    }

    fn list(&mut self, arguments: &[CallArg<'_>]) {
        for (at, argument) in arguments.iter().enumerate() {
            if at > 0 {
                self.out.push_str(", ");
            }
            match argument {
                CallArg::Pos(value) => self.inner(value),
                CallArg::Kwarg(name, value) => {
                    let _ = write!(self.out, "{name}=");
                    self.inner(value);
                }
                CallArg::PosSplat(value) => {
                    self.out.push('*');
                    self.inner(value);
                }
                CallArg::KwargSplat(value) => {
                    self.out.push_str("**");
                    self.inner(value);
                }
            }
        }
    }

    fn constant(&mut self, value: &minijinja::Value) {
        let written = match value.as_str() {
            Some(text) => serde_json::Value::from(text).to_string(),
            None if value.is_none() => "none".to_owned(),
            // A number prints so that it reads as the same one.
            None => value.to_string(),
        };
        self.out.push_str(&written);
    }
}

/// How an operator is written; nothing for the one that is not.
fn operator(kind: BinOpKind) -> Option<&'static str> {
    Some(match kind {
        BinOpKind::Eq => "==",
        BinOpKind::Ne => "!=",
        BinOpKind::Lt => "<",
        BinOpKind::Lte => "<=",
        BinOpKind::Gt => ">",
        BinOpKind::Gte => ">=",
        BinOpKind::ScAnd => "and",
        BinOpKind::ScOr => "or",
        BinOpKind::Add => "+",
        BinOpKind::Sub => "-",
        BinOpKind::Mul => return None,
        BinOpKind::Div => "/",
        BinOpKind::FloorDiv => "//",
        BinOpKind::Rem => "%",
        BinOpKind::Pow => "**",
        BinOpKind::Concat => "~",
        BinOpKind::In => "in",
    })
}

fn comparison(kind: CompareOpKind) -> &'static str {
    match kind {
        CompareOpKind::Eq => "==",
        CompareOpKind::Ne => "!=",
        CompareOpKind::Lt => "<",
        CompareOpKind::Lte => "<=",
        CompareOpKind::Gt => ">",
        CompareOpKind::Gte => ">=",
        CompareOpKind::In => "in",
        CompareOpKind::NotIn => "not in",
    }
}

#[cfg(test)]
mod tests {
    use minijinja::{Environment, Value, context};

    use super::*;

    #[test]
    fn expressions_mean_the_same_without_stars() {
        let mut guarded = Environment::new();
        let plain = Environment::new();
        guarded.add_function(TIMES, |left: Value, right: Value| {
            Environment::new().compile_expression("l * r").unwrap().eval(context! { l => left, r => right })
        });
        let values =
            context! { a => 3, b => 4.5, s => "x\"\\\n{{y", l => vec![1, 2], m => context! { k => 7, f => "z" } };
        for source in [
            "a * 2",
            "-a * b + 1",
            "(a + 1) * (b - 2) * 3",
            "2 * 3 ** 2",
            "7 // 2 * 2 % 4",
            "s * 2",
            "\"q\\\"\\u00e9'\" * a",
            "l * 2",
            "[a, b, 'c'] * 2",
            "(1, 2) * 2",
            "(1,) * 2",
            "{'a': a * 2, s: none}",
            "m.k * m['k']",
            "l[0] * l[-1]",
            "(s * 3)[1:4:2]",
            "(s * 3)[:2]",
            "1 if a * 2 > 5 else 2",
            "(1 if a * 2 > 50)",
            "1 < a * 2 < 100",
            "a * 2 in [6] and not a * 2 not in [6]",
            "l | map('string') | join(', ' * 2)",
            "l | sum(start=a * 2)",
            "range(a * 2) | list",
            "m.f | default('d' * 2, true) | upper",
            "a * 2 is divisibleby(3)",
            "a * 2 is odd or a * 2 is divisibleby 2",
            "a * 1e3",
            "a * 1.5e-7",
            "a * 1_000",
            "true * 2 if true else false",
            "dict(a=a * 2)",
            "missing * 1 is defined",
            "(a * 2) ~ '|' ~ s",
            "none == a * 2",
        ] {
            let rewritten = rewritten(source).unwrap_or_else(|| panic!("{source} has a star"));
            let outcome = |environment: &Environment<'_>, source: &str| {
                let value = environment.compile_expression(source).map_err(|e| format!("{source}: {e}")).unwrap();
                value.eval(values.clone()).map(|value| format!("{value:?}")).map_err(|error| error.kind())
            };
            assert_eq!(outcome(&guarded, &rewritten), outcome(&plain, source), "{source} became {rewritten}");
        }
    }

    #[test]
    fn what_has_no_multiplication_stays_as_it_is() {
        for source in ["a + b", "'*'", "a ** 2", "f(*a)", "a *"] {
            assert_eq!(rewritten(source), None, "{source}");
        }
    }
}
