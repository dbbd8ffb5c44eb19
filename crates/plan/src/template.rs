//! Compiled templates: every name is a slot or a binding already. Parsing template text is `capstan-language`'s work, filling
//! one from a frame is `capstan-engine`'s.

mod environment;
mod multiplication;

use std::{fmt, sync::Arc};

use serde_json::Value;

pub use self::environment::BUDGET;
use self::environment::ENVIRONMENT;
use crate::{BindingId, FileId, SlotId, reference, selector::Selector, step::PathStep};

/// A value to compute from a frame. Absent inputs make it absent; it is filled once and never read again as a template.
#[derive(Clone, Debug)]
pub enum Template {
    /// A constant.
    Literal(Box<Value>),
    /// A frame slot, or something inside its value. Keeps its native JSON type.
    Slot(SlotId, Box<[PathStep]>),
    /// What a path that is more than names and positions finds in a slot's value: a list.
    Select(SlotId, Box<Selector>),
    /// The value of a binding: text, secret.
    Binding(BindingId),
    /// Something inside the current item of the enclosing [`Template::Section`].
    Item(Box<[PathStep]>),
    /// Parts printed one after the other; an absent part prints nothing.
    Text(Box<[Template]>),
    /// The first part that is present.
    First(Box<[Template]>),
    /// A JSON object; members whose template is absent are left out.
    Object(Box<[(Box<str>, Template)]>),
    /// A JSON array; elements whose template is absent are left out.
    List(Box<[Template]>),
    /// An object (absent counts as empty) with further members merged over it; absent when both give nothing.
    Merge(Box<Template>, Box<[(Box<str>, Template)]>),
    /// Mustache `{{#over}}body{{/over}}` (`inverted`: `{{^over}}`): once per element of a list, once for any other truthy value.
    Section {
        /// What decides and is iterated.
        over: Box<Template>,
        /// Print the body when `over` is absent, false or empty instead.
        inverted: bool,
        /// What is printed.
        body: Box<Template>,
    },
    /// Text that reads as the given scalar becomes that JSON type; everything else stays as it is.
    Coerce(ScalarType, Box<Template>),
    /// The printed value, escaped for the place it stands in.
    Escape(Escape, Box<Template>),
    /// A minijinja expression (filters, conditions, calls).
    Expression(Box<Expression>),
}

/// The scalar types text can be read as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScalarType {
    /// A whole number.
    Integer,
    /// Any number.
    Number,
    /// `true` or `false`.
    Boolean,
}

/// How a printed value is escaped inside surrounding text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Escape {
    /// As a complete JSON value.
    JsonValue,
    /// As the inside of a JSON string literal.
    JsonString,
    /// As XML text or attribute value.
    Xml,
    /// As a name or value of `application/x-www-form-urlencoded`.
    Form,
    /// As a part of a URL that nothing can leave: a segment of its path, or a value of its query.
    Url,
}

impl Template {
    /// A constant.
    #[must_use]
    pub fn literal(value: Value) -> Self {
        Self::Literal(Box::new(value))
    }

    /// A constant text.
    #[must_use]
    pub fn text(text: &str) -> Self {
        Self::literal(Value::String(text.to_owned()))
    }

    /// A whole slot.
    #[must_use]
    pub fn slot(slot: SlotId) -> Self {
        Self::Slot(slot, Box::default())
    }

    /// Whether nothing in it depends on a frame or a binding.
    #[must_use]
    pub fn is_constant(&self) -> bool {
        matches!(self, Self::Literal(_)) || {
            let mut constant = true;
            self.visit(&mut |part| {
                constant &= !matches!(
                    part,
                    Self::Slot(..)
                        | Self::Select(..)
                        | Self::Binding(_)
                        | Self::Item(_)
                        | Self::Expression(_)
                        | Self::Section { .. }
                );
            });
            constant
        }
    }

    /// Calls `f` on this template and everything inside it.
    pub fn visit<'a>(&'a self, f: &mut impl FnMut(&'a Template)) {
        f(self);
        match self {
            Self::Literal(_) | Self::Slot(..) | Self::Select(..) | Self::Binding(_) | Self::Item(_) => {}
            Self::Text(parts) | Self::First(parts) | Self::List(parts) => parts.iter().for_each(|p| p.visit(f)),
            Self::Object(members) => members.iter().for_each(|(_, p)| p.visit(f)),
            Self::Merge(base, members) => {
                base.visit(f);
                members.iter().for_each(|(_, p)| p.visit(f));
            }
            Self::Section { over, body, .. } => {
                over.visit(f);
                body.visit(f);
            }
            Self::Coerce(_, inner) | Self::Escape(_, inner) => inner.visit(f),
            Self::Expression(e) => e.names.iter().for_each(|(_, p)| p.visit(f)),
        }
    }

    /// The bindings it reads.
    pub fn bindings(&self, into: &mut Vec<BindingId>) {
        self.visit(&mut |part| {
            if let Self::Binding(id) = part
                && !into.contains(id)
            {
                into.push(*id);
            }
        });
    }

    /// The slots it reads.
    pub fn slots(&self, into: &mut Vec<SlotId>) {
        self.visit(&mut |part| {
            if let Self::Slot(id, _) | Self::Select(id, _) = part
                && !into.contains(id)
            {
                into.push(*id);
            }
        });
    }
}

/// The functions the engine gives to expressions; no other name means one of these.
pub const FUNCTIONS: [&str; 8] = ["now", "timestamp", "new_id", "id_age", "id_tag", "hash", "violations", "uuid"];

/// A compiled minijinja expression with the values of its free names.
#[derive(Clone)]
pub struct Expression {
    /// The text between the braces.
    pub source: Box<str>,
    /// Each free name and what it stands for. Names not listed are functions the engine provides.
    pub names: Box<[(Box<str>, Template)]>,
    /// References to schemas that stand in it literally, with the files they name.
    pub schemas: Arc<[(Box<str>, FileId)]>,
    program: Arc<minijinja::Expression<'static, 'static>>,
}

impl Expression {
    /// Compiles `source`; `name` gives each free name its meaning, `None` leaves it to the engine's functions.
    ///
    /// # Errors
    /// The reason, in words, when the text is not an expression.
    pub fn compile(source: &str, mut name: impl FnMut(&str) -> Option<Template>) -> Result<Self, String> {
        let source = source.to_owned();
        let program = ENVIRONMENT
            .compile_expression_owned(multiplication::rewritten(&source).unwrap_or_else(|| source.clone()))
            .map_err(|e| e.detail().unwrap_or("not an expression").to_owned())?;
        let mut free: Vec<String> = program.undeclared_variables(false).into_iter().collect();
        free.sort();
        let names = free
            .into_iter()
            .filter(|name| name != multiplication::TIMES)
            .filter_map(|n| name(&n).map(|t| (n.into_boxed_str(), t)))
            .collect();
        Ok(Self { source: source.into_boxed_str(), names, schemas: Arc::default(), program: Arc::new(program) })
    }

    /// The dotted paths that an expression reads of its free names, such as `step.field`; none when the text is no expression.
    #[must_use]
    pub fn reads(source: &str) -> Vec<String> {
        let program = ENVIRONMENT.compile_expression_owned(source.to_owned()).ok();
        let mut paths: Vec<String> =
            program.map(|program| program.undeclared_variables(true).into_iter().collect()).unwrap_or_default();
        paths.sort();
        paths
    }

    /// The same, knowing its schema files: `file` gives each literal reference of a `violations` call the file it names.
    #[must_use]
    pub fn with_schemas(mut self, mut file: impl FnMut(&str) -> Option<FileId>) -> Self {
        let found = reference::literals(&self.source);
        self.schemas = found.into_iter().filter_map(|name| file(&name).map(|id| (name.into_boxed_str(), id))).collect();
        self
    }

    /// The program to evaluate.
    #[must_use]
    pub fn program(&self) -> &minijinja::Expression<'static, 'static> {
        &self.program
    }
}

impl fmt::Debug for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Expression").field("source", &self.source).field("names", &self.names).finish_non_exhaustive()
    }
}
