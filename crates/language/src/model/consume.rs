//! Consumed APIs and their operations.

use capstan_plan::Limits;

use super::{BodyDecl, CredentialDecl, JobDecl, OutputDecl, Param, Rule};
use crate::{
    diagnostic::Defect,
    source::{Span, Spanned},
};

/// A consumed API.
#[derive(Debug)]
pub(crate) struct Consume<'d> {
    pub(crate) namespace: Spanned<String>,
    pub(crate) base: Option<Spanned<&'d str>>,
    pub(crate) params: Vec<Param<'d>>,
    pub(crate) credential: Option<CredentialDecl<'d>>,
    pub(crate) operations: Vec<Operation<'d>>,
    pub(crate) openapi: Option<Spanned<&'d str>>,
    /// How much is asked of it at a time.
    pub(crate) limits: Option<Limits>,
    pub(crate) span: Span,
}

/// A consumed operation with its resource's path and parameters.
#[derive(Debug)]
pub(crate) struct Operation<'d> {
    pub(crate) name: Option<Spanned<&'d str>>,
    pub(crate) resource: Option<&'d str>,
    pub(crate) resource_path: Option<Spanned<&'d str>>,
    pub(crate) own_path: Option<Spanned<&'d str>>,
    pub(crate) method: Spanned<String>,
    pub(crate) description: Option<&'d str>,
    pub(crate) resource_params: Vec<Param<'d>>,
    pub(crate) params: Vec<Param<'d>>,
    pub(crate) body: Option<BodyDecl<'d>>,
    pub(crate) format: Option<Spanned<&'d str>>,
    pub(crate) schema: Option<Spanned<&'d str>>,
    pub(crate) media_type: Option<&'d str>,
    /// The most bytes a binary answer may have.
    pub(crate) max_binary: Option<u64>,
    pub(crate) outputs: Vec<OutputDecl<'d>>,
    /// What it begins, when it is the beginning of something.
    pub(crate) job: Option<JobDecl<'d>>,
    /// Declared in a mapping from names, the form only the standard has.
    pub(crate) keyed: bool,
    /// Rules the reader applied already; they concern every unit that calls it.
    pub(crate) rules: Vec<Rule>,
    /// What is wrong with it, if anything is; no unit that calls it can run.
    pub(crate) defect: Option<Defect>,
    pub(crate) span: Span,
}

impl<'d> Operation<'d> {
    /// An operation of which no more is known.
    pub(crate) const fn bare(name: Option<Spanned<&'d str>>, method: Spanned<String>, span: Span) -> Self {
        Self {
            name,
            resource: None,
            resource_path: None,
            own_path: None,
            method,
            description: None,
            resource_params: Vec::new(),
            params: Vec::new(),
            body: None,
            format: None,
            schema: None,
            media_type: None,
            max_binary: None,
            outputs: Vec::new(),
            job: None,
            keyed: false,
            rules: Vec::new(),
            defect: None,
            span,
        }
    }
}
