//! What linking a unit derives: its inputs with everything learned about them, and the rules that took (rules I4, I5, I9).

use http::HeaderName;

use super::{
    caller::{Caller, Kind},
    given::Read,
    inputs::{InputId, Inputs},
    need::Need,
    place::Where,
    problem::Problem,
    rule::Rule,
};
use crate::{
    diagnostic::{Code, Defect, Fix},
    source::Span,
};

/// The inputs of a unit, the rules applied so far, and what leaves it nothing to run.
#[derive(Clone, Debug, Default)]
pub(super) struct Derived<'d> {
    pub(super) inputs: Inputs<'d>,
    pub(super) rules: Vec<Rule>,
    /// What would make a rule superfluous, for those of which that is known.
    pub(super) spellings: Vec<(Code, Span, Fix)>,
    /// What is read of answers that nothing describes.
    pub(super) reads: Vec<Read>,
    /// Names that mean nothing.
    pub(super) problems: Vec<Problem>,
    /// The first error, if any: see [`Derived::sound`].
    defect: Option<Defect>,
}

impl<'d> Derived<'d> {
    /// Notes that a rule was applied.
    pub(super) fn rule(&mut self, code: Code, span: Span, message: impl Into<String>) {
        self.rules.push((code, span, message.into()));
    }

    /// The same of a rule about how a word is written; `right` is what it stands for.
    pub(super) fn respelled(&mut self, rule: Rule, written: &str, right: &str) {
        let (code, span, _) = rule;
        self.spellings.push((code, span, Fix::spelling(span, written, right)));
        self.rules.push(rule);
    }

    /// Notes a name that means nothing.
    pub(super) fn problem(&mut self, problem: Problem) {
        if let Some(defect) = problem.defect() {
            self.broken(defect);
        }
        self.problems.push(problem);
    }

    /// Notes an error. What follows is still linked, so that an author learns of every error at once.
    pub(super) fn broken(&mut self, defect: Defect) {
        self.defect.get_or_insert(defect);
    }

    /// Nothing, unless an error was noted.
    pub(super) fn sound(&self) -> Result<(), Defect> {
        self.defect.clone().map_or(Ok(()), Err)
    }

    /// The same inputs, nothing applied yet.
    pub(super) fn fresh(&self) -> Self {
        Self { inputs: self.inputs.clone(), ..Self::default() }
    }

    /// Takes over what a part of the unit derived from these inputs.
    pub(super) fn accept(&mut self, part: Self) {
        self.inputs = part.inputs;
        self.rules.extend(part.rules);
        self.spellings.extend(part.spellings);
        self.reads.extend(part.reads);
        self.problems.extend(part.problems);
        self.defect = self.defect.take().or(part.defect);
    }

    /// Notes that an input has a use.
    pub(super) fn claim(&mut self, id: InputId) {
        self.inputs.change(id, |draft| draft.claimed = true);
    }

    /// Notes that the author names an input.
    pub(super) fn mention(&mut self, id: InputId) {
        self.inputs.change(id, |draft| {
            draft.claimed = true;
            draft.mentioned = true;
        });
    }

    /// Notes that nothing of an input is sent: clients are not told of it, and need not give it.
    pub(super) fn discard(&mut self, id: InputId) {
        self.inputs.change(id, |draft| {
            draft.claimed = true;
            draft.listed = false;
            draft.discarded = true;
        });
    }

    /// Notes what an input is for: types, prose and whether it is required follow the consumed side.
    pub(super) fn feed(&mut self, caller: &Caller, id: InputId, need: Need<'_, 'd>) {
        self.inputs.change(id, |draft| {
            draft.claimed = true;
            draft.fed = true;
            draft.required |= need.required;
            if !need.narrow && !need.is_placed() && draft.narrow.take().is_some() {
                draft.listed = true;
            }
            if draft.feeds.is_none() {
                draft.feeds = need.param.cloned();
            }
            if need.place == Where::Header && draft.header.is_none() {
                draft.header = HeaderName::from_bytes(need.name.as_bytes()).ok();
            }
            draft.goes_to.get_or_insert(need.place);
            if let Some(parameter) = need.documented
                && draft.document.is_none()
            {
                draft.document = Some(parameter.described());
                draft.serialization = Some(parameter.serialization).filter(|_| need.place != Where::Body);
            }
        });
        // Rule I4 says where it is looked for; a client could have chosen another place.
        let chosen = caller.kind == Kind::Rest && caller.postish && matches!(need.place, Where::Query | Where::Header);
        let draft = self.inputs.get(id).filter(|draft| draft.is_unplaced() && !draft.is_documented());
        if let Some(draft) = draft.filter(|_| chosen) {
            let (span, name) = (draft.span, draft.name.clone());
            self.rule(Code::RestLookup, span, format!("`{name}` may be given in the query or the body of the request"));
        }
    }

    /// Rule I5: an input nobody declared, because the callee needs it. `near` is a name in scope that it may be a slip of.
    pub(super) fn implicit(&mut self, caller: &Caller, need: Need<'_, 'd>, near: Option<&str>) -> InputId {
        let id = self.inputs.add(need.name, need.span);
        self.inputs.change(id, |draft| {
            draft.listed = need.listed;
            draft.narrow = (need.narrow || need.is_placed()).then_some(need.place);
        });
        // What a document describes is declared there.
        if !need.narrow && need.documented.is_none() {
            let meant = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
            self.rule(
                Code::ImplicitInput,
                need.span,
                format!("the callee needs `{}`: it becomes an input of that name{meant}", need.name),
            );
        }
        self.inputs.change(id, |draft| draft.implied = true);
        self.feed(caller, id, need);
        id
    }
}

/// What would make a rule superfluous, where it is known.
pub(super) fn spelling(known: &[(Code, Span, Fix)], code: Code, span: Span) -> Option<Fix> {
    let found = known.iter().find(|(of, at, _)| *of == code && *at == span).map(|(_, _, fix)| fix.clone());
    found.or_else(|| (code == Code::AuthKey).then(|| Fix::spelling(span, "auth", "authentication")))
}
