//! How a unit's values reach its callee: `with`, inputs by name, and what the callee implies (rules I1-I8, I10, I11, U5).
//! One `Caller` lives for one unit; an orchestration links several calls with it.

mod names;
mod need;
mod with;

use capstan_plan::{SlotId, Template};

pub(super) use self::need::Need;
use super::{
    Context, Rule,
    callee::Where,
    inputs::{Inputs, Kind},
    names::{KIND_ROOTS, only_norm},
};
use crate::{
    diagnostic::Code,
    model::Param,
    source::{Span, Spanned},
    template::absent,
};

/// One `with` entry, compiled.
#[derive(Debug)]
pub(super) struct With<'d> {
    pub(super) key: Spanned<&'d str>,
    /// `None` for null: as if absent (WITH-NULL).
    pub(super) template: Option<Template>,
    /// The one input it is, when it is exactly one.
    pub(super) input: Option<usize>,
    pub(super) used: bool,
    /// Where it goes when the callee does not ask for it (rule I10).
    pub(super) place: Option<Where>,
}

/// A named step whose output later templates may use.
#[derive(Clone, Debug)]
pub(super) struct StepName {
    pub(super) name: String,
    pub(super) slot: SlotId,
}

/// The state of one unit being linked.
pub(super) struct Caller<'c, 's, 'd> {
    pub(super) context: &'c mut Context<'s, 'd>,
    pub(super) inputs: Inputs<'d>,
    /// Words that stand for the caller: the kind words and the adapter's (or aggregate's) namespace.
    pub(super) roots: Vec<String>,
    pub(super) with: Vec<With<'d>>,
    /// Bound values of an aggregate's caller, by name.
    pub(super) bound: Vec<(String, SlotId)>,
    pub(super) steps: Vec<StepName>,
    /// Names a callee reads from the environment (`in: environment`).
    pub(super) environment: Vec<(String, capstan_plan::BindingId)>,
    /// The slot that holds the whole request, for mocks.
    pub(super) request: Option<SlotId>,
    pub(super) rules: Vec<Rule>,
    /// Names that were implied, with what the author wrote in scope: a possible typo.
    pub(super) in_callee: bool,
    pub(super) exposed_postish: bool,
    /// What is linked is an aggregate's flow.
    pub(super) in_flow: bool,
    /// The adapter's limit for binary answers.
    pub(super) max_binary: Option<u64>,
}

impl<'c, 's, 'd> Caller<'c, 's, 'd> {
    pub(super) fn new(context: &'c mut Context<'s, 'd>, kind: Kind, namespace: &str) -> Self {
        let mut roots: Vec<String> = vec![namespace.to_owned()];
        roots.extend(KIND_ROOTS.iter().map(|r| (*r).to_owned()));
        Self {
            context,
            inputs: Inputs::new(kind),
            roots,
            with: Vec::new(),
            bound: Vec::new(),
            steps: Vec::new(),
            environment: Vec::new(),
            request: None,
            rules: Vec::new(),
            in_callee: false,
            exposed_postish: false,
            in_flow: false,
            max_binary: None,
        }
    }

    pub(super) fn rule(&mut self, code: Code, span: Span, message: impl Into<String>) {
        self.rules.push((code, span, message.into()));
    }

    /// Enters exposed placeholders.
    pub(super) fn placeholders(&mut self, names: &[&str], span: Span) {
        for name in names {
            let draft = self.inputs.add(name, span);
            draft.placeholder = Some((*name).to_owned());
            draft.required = true;
        }
    }

    /// Enters declared inputs; one named like a placeholder is that placeholder.
    pub(super) fn declare(&mut self, params: &[Param<'d>]) {
        for param in params.iter().filter(|p| !p.name.value.is_empty()) {
            let name = param.name.value;
            let placeholder = |inputs: &Inputs<'_>| {
                only_norm(
                    name,
                    inputs.drafts.iter().enumerate().filter_map(|(i, d)| Some((i, d.placeholder.as_deref()?))),
                )
            };
            let at = self.inputs.exact(name).or_else(|| {
                let path = param.place.is_some_and(|p| p.value.eq_ignore_ascii_case("path"));
                path.then(|| placeholder(&self.inputs)).flatten()
            });
            match at.and_then(|at| self.inputs.get_mut(at)) {
                Some(draft) if draft.declared.is_none() => {
                    draft.declared = Some(param.clone());
                    draft.name = name.to_owned();
                }
                Some(_) => {}
                None => self.inputs.add(name, param.name.span).declared = Some(param.clone()),
            }
        }
    }

    /// The binding of a name that can only be a variable.
    pub(super) fn variable(&mut self, name: &str, span: Span) -> Template {
        match self.context.bindings.variable(name, span, &self.context.origins) {
            Some((template, rule)) => {
                self.rules.extend(rule);
                template
            }
            None => Template::Binding(self.context.bindings.undeclared(name, span, &self.context.origins)),
        }
    }

    pub(super) fn slot(&self, at: usize) -> Template {
        self.inputs.drafts.get(at).map_or_else(absent, |d| Template::slot(d.slot))
    }
}
