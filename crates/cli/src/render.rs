//! `capstan render`: what the program understood of a document, for people and for programs. Values of bindings are not in it.

mod flow;
mod long;
mod plan;
mod template;

use std::{
    io::{self, Write as _},
    path::Path,
    sync::Arc,
};

use capstan_engine::BindingResolver as _;
use capstan_language::{
    Compilation, Options,
    diagnostic::{Diagnostic, Severity},
    render::{self, Style},
};
use capstan_plan::Plan;
use capstan_server::bundle::{
    discovery,
    disk::Disk,
    environment::{Environment, Variables},
};
use serde_json::{Value, json};

use crate::{
    args::author::{Render, Rendered},
    exit::Exit,
    print::{complain, say, written},
};

/// Prints what was understood.
pub(crate) fn run(args: &Render) -> Exit {
    if !args.path.is_file() {
        complain(format_args!("{} is no file", args.path.display()));
        return Exit::Configuration;
    }
    let environment = match Environment::read(args.env_file.as_deref(), Variables::default()) {
        Ok(environment) => Arc::new(environment),
        Err(why) => {
            complain(why);
            return Exit::Configuration;
        }
    };
    let compilation = compiled(&args.path, args.auto_expose);
    let Some(plan) = &compilation.plan else {
        for error in compilation.diagnostics.iter().filter(|diagnostic| diagnostic.is_error()) {
            say(format_args!("{}\n", render::human(error, &compilation.sources, Style::Plain)));
        }
        complain(format_args!("{} cannot be understood as a whole", args.path.display()));
        return Exit::Configuration;
    };
    let value = understood(&compilation, plan, &args.path, &environment);
    let text = match args.format {
        Rendered::Json => format!("{value:#}\n"),
        Rendered::Yaml => render::yaml(&value, 0),
    };
    written(io::stdout().lock().write_all(text.as_bytes()), Exit::Ok)
}

/// Compiles one file.
pub(crate) fn compiled(path: &Path, auto_expose: bool) -> Compilation {
    capstan_language::compile(&Disk::default(), path, &Options { auto_expose, ..Options::default() })
}

/// All that was understood.
fn understood(compilation: &Compilation, plan: &Plan, path: &Path, environment: &Arc<Environment>) -> Value {
    let mut value = units(plan);
    let folder = path.parent().filter(|folder| *folder != Path::new("")).unwrap_or_else(|| Path::new("."));
    let id = discovery::find(&[path.to_owned()])
        .ok()
        .and_then(|bundle| bundle.sources.into_keys().next().or_else(|| bundle.sandboxes.into_keys().next()));
    let id = id.unwrap_or_default();
    let scope = environment.of(&id, folder);
    let bindings = plan.bindings.iter().map(|binding| {
        let set = scope.resolve(binding).is_ok_and(|value| value.is_some_and(|value| !value.trim().is_empty()));
        plan::binding(binding, set)
    });
    let bindings: Vec<Value> = bindings.collect();
    let rules: Vec<Value> =
        compilation.diagnostics.iter().filter(|d| d.code.is_rule()).map(|d| finding(d, compilation)).collect();
    let errors = compilation.diagnostics.iter().filter(|d| d.severity == Severity::Error);
    let errors: Vec<Value> = errors.map(|d| finding(d, compilation)).collect();
    if let Some(members) = value.as_object_mut() {
        members.insert("bindings".to_owned(), bindings.into());
        members.insert("rules".to_owned(), rules.into());
        members.insert("errors".to_owned(), errors.into());
        members.retain(|_, value| value.as_array().is_none_or(|list| !list.is_empty()));
    }
    value
}

/// What a plan consumes and exposes.
pub(crate) fn units(plan: &Plan) -> Value {
    plan::shown(plan)
}

fn finding(diagnostic: &Diagnostic, compilation: &Compilation) -> Value {
    let position = diagnostic.span().and_then(|span| compilation.sources.position(span));
    let mut out = json!({"code": diagnostic.code.name(), "at": diagnostic.path, "what": diagnostic.message});
    if let (Some((line, _)), Some(members)) = (position, out.as_object_mut()) {
        members.insert("line".to_owned(), line.into());
    }
    out
}
