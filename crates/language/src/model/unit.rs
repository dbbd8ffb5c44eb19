//! Whatever runs: exposed operations, tools, resources and flows, and the steps of an orchestration.

use capstan_plan::AsyncPolicy;
use serde_json::{Map, Value};

use super::{MockCaseDecl, OutputDecl, Param, PollingDecl, ValueDecl, WithDecl};
use crate::{
    diagnostic::{Code, Defect},
    key_path::KeyPath,
    source::{Span, Spanned},
};

/// A rule of the wild dialect that was applied, where, and what it means there.
pub(crate) type Rule = (Code, Span, String);

/// One exposed operation, tool, resource or flow: whatever runs.
#[derive(Debug)]
pub(crate) struct UnitDecl<'d> {
    pub(crate) name: Option<Spanned<&'d str>>,
    pub(crate) title: Option<&'d str>,
    pub(crate) description: Option<&'d str>,
    pub(crate) method: Option<Spanned<String>>,
    pub(crate) path: Option<Spanned<&'d str>>,
    pub(crate) params: Vec<Param<'d>>,
    pub(crate) input_schema: Option<InputSchemaDecl<'d>>,
    pub(crate) output_schema: Option<Map<String, Value>>,
    pub(crate) call: Option<Spanned<&'d str>>,
    pub(crate) with: Vec<WithDecl<'d>>,
    /// `calls[].parameters`: values are `{x}` references.
    pub(crate) brace_with: bool,
    pub(crate) reference: Option<Spanned<&'d str>>,
    pub(crate) steps: Vec<StepDecl<'d>>,
    pub(crate) mappings: Vec<(Spanned<&'d str>, Spanned<&'d str>)>,
    /// Why what it runs is not what its author wrote, if it is not: nothing more is said of it.
    pub(crate) unreadable: Option<Defect>,
    pub(crate) outputs: Vec<OutputDecl<'d>>,
    pub(crate) hints: [Option<bool>; 4],
    pub(crate) semantics: Option<SemanticsDecl>,
    /// The cases of `mock`, when it has one.
    pub(crate) mock: Option<Vec<MockCaseDecl<'d>>>,
    pub(crate) media_type: Option<&'d str>,
    /// `async`: how it behaves where its answer takes long.
    pub(crate) policy: Option<Spanned<AsyncPolicy>>,
    /// It carries its callee inline (rule X1); the callee itself is among the consumed APIs.
    pub(crate) inline_callee: bool,
    /// Rules the reader applied already.
    pub(crate) rules: Vec<Rule>,
    /// What is wrong with its outputs or mock, if anything is.
    pub(crate) defect: Option<Defect>,
    pub(crate) span: Span,
    pub(crate) key_path: KeyPath<'d>,
}

/// `semantics`: what calling a flow means.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SemanticsDecl {
    pub(crate) safe: Option<Spanned<bool>>,
    pub(crate) idempotent: Option<Spanned<bool>>,
}

/// `inputSchema`: what clients are shown, and its properties as inputs.
#[derive(Debug)]
pub(crate) struct InputSchemaDecl<'d> {
    pub(crate) schema: Map<String, Value>,
    pub(crate) params: Vec<Param<'d>>,
    /// Where it says that there may be more members than it lists.
    pub(crate) open: Option<Span>,
}

/// A step.
#[derive(Debug)]
pub(crate) struct StepDecl<'d> {
    pub(crate) name: Option<Spanned<&'d str>>,
    pub(crate) kind: StepDeclKind<'d>,
    pub(crate) span: Span,
    pub(crate) key_path: KeyPath<'d>,
}

impl<'d> StepDecl<'d> {
    /// Calls `visit` on this step and every step inside it.
    pub(crate) fn each(&self, visit: &mut dyn FnMut(&Self)) {
        visit(self);
        let inner: [&[Self]; 2] = match &self.kind {
            StepDeclKind::If(choice) => [&choice.then, &choice.otherwise],
            StepDeclKind::ForEach(each) => [&each.steps, &[]],
            StepDeclKind::Parallel(steps) => [steps, &[]],
            _ => [&[], &[]],
        };
        inner.into_iter().flatten().for_each(|step| step.each(visit));
    }
}

/// The kinds of step.
#[derive(Debug)]
pub(crate) enum StepDeclKind<'d> {
    Call {
        call: Spanned<&'d str>,
        with: Vec<WithDecl<'d>>,
    },
    Lookup(LookupDecl<'d>),
    Script(ScriptDecl<'d>),
    Poll(Box<PollingDecl<'d>>),
    If(IfDecl<'d>),
    ForEach(ForEachDecl<'d>),
    /// Steps that run at the same time.
    Parallel(Vec<StepDecl<'d>>),
    /// A value to compute.
    Set(ValueDecl<'d>),
    Fail(FailDecl<'d>),
    /// What one of ours that is wrong leaves: nothing that contains it can run.
    Broken(Defect),
}

/// A step that chooses.
#[derive(Debug)]
pub(crate) struct IfDecl<'d> {
    pub(crate) condition: ConditionDecl<'d>,
    pub(crate) then: Vec<StepDecl<'d>>,
    pub(crate) otherwise: Vec<StepDecl<'d>>,
}

/// What an `if` step asks.
#[derive(Clone, Copy, Debug)]
pub(crate) enum ConditionDecl<'d> {
    Constant(bool),
    /// An expression, or a template.
    Text(Spanned<&'d str>),
}

/// Steps for each element of a list.
#[derive(Debug)]
pub(crate) struct ForEachDecl<'d> {
    pub(crate) items: ValueDecl<'d>,
    pub(crate) name: Option<Spanned<&'d str>>,
    pub(crate) parallel: u32,
    pub(crate) keeps_errors: bool,
    pub(crate) collect: Option<ValueDecl<'d>>,
    pub(crate) steps: Vec<StepDecl<'d>>,
}

/// A step that ends the flow.
#[derive(Debug)]
pub(crate) struct FailDecl<'d> {
    pub(crate) status: u16,
    pub(crate) title: Option<Spanned<&'d str>>,
    pub(crate) detail: Option<Spanned<&'d str>>,
}

/// A step that finds entries of an earlier step's output.
#[derive(Debug)]
pub(crate) struct LookupDecl<'d> {
    pub(crate) index: Spanned<&'d str>,
    pub(crate) matches: Spanned<&'d str>,
    pub(crate) value: Spanned<&'d str>,
    pub(crate) fields: Vec<Spanned<&'d str>>,
}

/// A step that runs a script.
#[derive(Debug)]
pub(crate) struct ScriptDecl<'d> {
    pub(crate) language: Option<Spanned<&'d str>>,
    pub(crate) location: Option<Spanned<&'d str>>,
    pub(crate) file: Spanned<&'d str>,
    pub(crate) dependencies: Vec<Spanned<&'d str>>,
    pub(crate) with: Vec<WithDecl<'d>>,
}

/// An aggregate.
#[derive(Debug)]
pub(crate) struct Aggregate<'d> {
    pub(crate) namespace: String,
    pub(crate) flows: Vec<UnitDecl<'d>>,
}
