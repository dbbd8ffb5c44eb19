//! Names that nobody declares, beside those in scope that they may be slips of.

use super::{super::problem::Problem, values::Values};
use crate::{
    source::Spanned,
    suggest::{Names, nearest, slip},
};

impl Values<'_, '_> {
    /// What is wrong with a name that nobody declares, when it is surely a slip of one in scope.
    pub(super) fn slip(&mut self, written: Spanned<&str>) -> Option<Problem> {
        let bindings = &self.variables.bindings;
        if let Some(near) = bindings.near(written.value) {
            let message = format!("no variable is called `{}`", written.value);
            return Some(Problem::slip(written, message, &near));
        }
        let message = |name: &str| format!("nothing here is called `{name}`");
        let (head, tail) = written.value.split_at(written.value.find('.').unwrap_or(written.value.len()));
        if !tail.is_empty()
            && let Some(near) = self.root_near(head)
        {
            return Some(Problem::slip(written, message(written.value), &format!("{near}{tail}")));
        }
        let declared = self.derived.inputs.drafts.iter().filter(|draft| draft.declared.is_some());
        let declared = declared.map(|draft| Spanned::new(draft.name.as_str(), draft.span));
        let placed: Vec<Spanned<&str>> = declared.chain(self.with.iter().map(|entry| entry.key)).collect();
        let names = self.around.names().chain(self.own.iter().copied()).chain(bindings.names());
        if let Some(near) =
            slip(written.value, bindings.sandbox(), Names::Used).or_else(|| slip(head, names, Names::Used))
        {
            let tail = if near.contains('.') { "" } else { tail };
            return Some(Problem::slip(written, message(written.value), &format!("{near}{tail}")));
        }
        let near = slip(head, placed.iter().map(|name| name.value), Names::Used)?;
        let near = placed.iter().find(|name| name.value == near)?;
        let head = written.part(0, head.len());
        let (wrong, meant) = self.variables.origins.slip(head, *near);
        let problem = Problem::slip(wrong, message(wrong.value), meant.value).beside(meant.span);
        self.meant.push(near.value.to_owned());
        Some(problem)
    }

    /// The word for the caller that the head of a dotted name is a slip of. Few slips are made in a first letter, and many hosts differ
    /// from such a word in it.
    pub(super) fn root_near(&self, head: &str) -> Option<String> {
        let first = |name: &str| name.chars().next();
        let words = self.around.caller.words().filter(|word| first(word) == first(head));
        slip(head, words, Names::Used).map(str::to_owned)
    }

    /// The names in scope that an author wrote.
    pub(super) fn known(&self) -> impl Iterator<Item = &str> {
        let bindings = &self.variables.bindings;
        self.inputs().chain(self.around.names()).chain(bindings.names()).chain(bindings.sandbox())
    }

    /// What to say of a name that means nothing: those there are.
    pub(super) fn help(&self) -> String {
        let names: Vec<&str> = self.around.names().chain(self.inputs()).take(8).collect();
        if names.is_empty() {
            return "declare it under `inputParameters`".to_owned();
        }
        format!("there are: `{}`", names.join("`, `"))
    }

    /// The name in scope that a dotted one, or its head, may be a slip of.
    pub(super) fn suggestion(&self, name: &str) -> Option<String> {
        if let Some(near) = nearest(name, self.known()) {
            return Some(near.to_owned());
        }
        let (head, rest) = name.split_once('.')?;
        if head == "steps" {
            let (step, rest) = rest.split_at(rest.find('.').unwrap_or(rest.len()));
            let near = nearest(step, self.around.steps.iter().map(|step| step.name.as_str()))?;
            return Some(format!("steps.{near}{rest}"));
        }
        let words = self.around.caller.words().chain(self.around.root());
        Some(format!("{}.{rest}", nearest(head, self.known().chain(words))?))
    }
}
