//! Spec to Plan: every name resolved, every template, selector and route compiled, every rule of the wild dialect applied
//! where it holds. Errors confined to one unit leave the rest of the document serving.

mod answer;
mod assign;
mod assignment;
mod auth;
mod base;
mod binding;
mod bound;
mod call;
mod callee;
mod caller;
mod clients;
mod collect;
mod context;
mod credentials;
mod derived;
mod documented;
mod emit;
mod expose;
mod files;
mod finish;
mod flow;
mod given;
mod ids;
mod inputs;
mod job;
mod linking;
mod mock;
mod names;
mod need;
mod origins;
mod outputs;
mod place;
mod polling;
mod problem;
mod reads;
mod rule;
mod scope;
mod secrets;
mod single;
mod slips;
mod source;
mod step;
mod steps;
mod tokens;
mod unit;
mod variables;

use capstan_plan::{BindingSource, FileUse, Info, Plan, Sandbox};

use self::{binding::Bindings, context::Context, origins::Origins};
use crate::{diagnostic::Sink, model::Spec, openapi::OpenApiHandle, source::SourceSet};

/// Links `spec`. `openapi` holds one document per consumed API, where there is one; `stem` names what its author did not.
pub(crate) fn link<'s, 'd>(
    spec: &'s Spec<'d>,
    sources: &'s SourceSet,
    openapi: &[Option<OpenApiHandle>],
    stem: &str,
    sink: &mut Sink,
) -> Plan {
    let origins = Origins::new(sources);
    let bindings = Bindings::declare(spec, &origins, sink);
    let mut context = Context::new(spec, origins, bindings);
    clients::clients(&mut context, openapi, sink);
    job::jobs(&mut context, sink);
    let exposures = expose::exposures(&mut context, stem, sink);
    context.bindings.report_slips(&context.origins, sink);
    let mut files = context.files;
    let bindings = context.bindings.into_table();
    for binding in &bindings {
        if let BindingSource::File { path, .. } = &binding.source {
            files.enter(path.clone(), FileUse::Bindings, binding.origin.clone());
        }
    }
    Plan {
        info: info(spec, stem),
        bindings,
        clients: context.clients,
        jobs: context.jobs,
        flows: context.flows,
        exposures,
        hold_breaking: spec.hold_breaking,
        sandbox: spec.sandbox.as_ref().map(|s| Sandbox {
            origins: s.origins.iter().map(|o| o.value.trim_end_matches('/').into()).collect(),
            values: s.values.iter().map(|(name, value)| ((*name).into(), value.as_str().into())).collect(),
        }),
        files: files.into_table(),
    }
}

fn info(spec: &Spec<'_>, stem: &str) -> Info {
    Info {
        label: spec.label.unwrap_or(stem).into(),
        description: spec.description.map(Into::into),
        version: spec.version.map(Into::into),
        dialect: spec.dialect.map(|(key, _)| key.into()),
        spec_version: spec.dialect.map(|(_, version)| version.into()),
        tags: spec.tags.iter().map(|t| (*t).into()).collect(),
    }
}

#[cfg(test)]
mod tests;
