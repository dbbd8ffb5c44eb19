//! Whatever runs: exposed operations, tools, resources and flows, and the steps of an orchestration.

use serde_json::{Map, Value};

use super::{MockCaseDecl, OutputDecl, Param, ValueDecl};
use crate::{
    diagnostic::{Code, Defect},
    key_path::KeyPath,
    source::{Span, Spanned},
};

/// A rule of the wild dialect that was applied, where, and what it means there.
pub(crate) type Rule = (Code, Span, String);

/// An entry of `with`: a parameter of the callee and what it is given.
pub(crate) type WithDecl<'d> = (Spanned<&'d str>, ValueDecl<'d>);

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

/// The kinds of step.
#[derive(Debug)]
pub(crate) enum StepDeclKind<'d> {
    Call { call: Spanned<&'d str>, with: Vec<WithDecl<'d>> },
    Lookup(LookupDecl<'d>),
    Script(ScriptDecl<'d>),
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
