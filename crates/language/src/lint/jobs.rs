//! Jobs and `poll` steps that nobody gave a time.

use crate::{
    diagnostic::{Code, Sink},
    model::{ExposeKind, PollingDecl, Spec, StepDeclKind, UnitDecl},
    source::Span,
};

/// Looks at every job and every `poll` step.
pub(super) fn jobs(spec: &Spec<'_>, sink: &mut Sink) {
    for job in spec.consumes.iter().flat_map(|api| &api.operations).filter_map(|operation| operation.job.as_ref()) {
        timed(&job.polling, "the job", job.span, sink);
    }
    spec.aggregates.iter().flat_map(|aggregate| &aggregate.flows).for_each(|flow| steps(flow, sink));
    for expose in &spec.exposes {
        match &expose.kind {
            ExposeKind::Rest { resources, .. } => {
                resources.iter().flat_map(|resource| &resource.units).for_each(|unit| steps(unit, sink));
            }
            ExposeKind::Mcp(mcp) => {
                mcp.tools.iter().for_each(|tool| steps(tool, sink));
                mcp.resources.iter().for_each(|resource| steps(&resource.unit, sink));
            }
            ExposeKind::Skill(_) | ExposeKind::Control { .. } => {}
        }
    }
}

fn steps(unit: &UnitDecl<'_>, sink: &mut Sink) {
    for step in &unit.steps {
        step.each(&mut |step| {
            if let StepDeclKind::Poll(polling) = &step.kind {
                timed(polling, "the step", step.span, sink);
            }
        });
    }
}

fn timed(polling: &PollingDecl<'_>, what: &str, span: Span, sink: &mut Sink) {
    if polling.timeout_ms.is_none() {
        sink.warning(Code::MissingTimeout, span, format!("{what} has no `timeout`: it is given up after 10 minutes"))
            .help("add `timeout: 3m`, or whatever is a little longer than it takes at worst");
    }
}
