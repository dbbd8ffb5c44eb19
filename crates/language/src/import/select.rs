//! Which operations of a document are wanted.

use std::fmt;

use capstan_plan::suggest::nearest;

use crate::openapi::{Listed, OpenApi};

/// What is wanted of a document: everything, or what one of these names.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    tags: Vec<String>,
    only: Vec<(String, String)>,
}

/// Why a selection means nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SelectionError(String);

impl fmt::Display for SelectionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for SelectionError {}

impl Selection {
    /// The operations with one of these tags, and these (`METHOD:PATH`). Nothing named means all.
    ///
    /// # Errors
    /// When one is not written as `METHOD:PATH`.
    pub fn new(tags: &[String], only: &[String]) -> Result<Self, SelectionError> {
        let one = |text: &String| match text.split_once(':') {
            Some((method, path)) if !method.trim().is_empty() && path.trim().starts_with('/') => {
                Ok((method.trim().to_ascii_uppercase(), path.trim().to_owned()))
            }
            _ => Err(SelectionError(format!("`{text}` is not METHOD:PATH, such as GET:/pets/{{id}}"))),
        };
        Ok(Self { tags: tags.to_vec(), only: only.iter().map(one).collect::<Result<_, _>>()? })
    }

    /// Whether everything is wanted.
    pub(super) fn is_all(&self) -> bool {
        self.tags.is_empty() && self.only.is_empty()
    }

    /// Whether an operation is wanted.
    pub(super) fn takes(&self, method: &str, path: &str, tags: &[String]) -> bool {
        self.is_all()
            || self.only.iter().any(|(m, p)| m.eq_ignore_ascii_case(method) && p == path)
            || tags.iter().any(|tag| self.tags.iter().any(|wanted| wanted.eq_ignore_ascii_case(tag)))
    }

    /// The wanted operations of a document.
    ///
    /// # Errors
    /// What names none of them.
    pub(super) fn of<'a>(&self, api: &'a OpenApi) -> Result<Vec<Listed<'a>>, String> {
        let all: Vec<Listed<'_>> = api.operations().collect();
        if let Some(tag) = self
            .tags
            .iter()
            .find(|tag| !all.iter().any(|one| one.operation.tags.iter().any(|known| known.eq_ignore_ascii_case(tag))))
        {
            let mut known: Vec<&str> = all.iter().flat_map(|one| &one.operation.tags).map(String::as_str).collect();
            known.sort_unstable();
            known.dedup();
            return Err(unknown("no operation has the tag", tag, &known));
        }
        if let Some((method, path)) =
            self.only.iter().find(|(method, path)| !all.iter().any(|one| one.method == *method && one.path == path))
        {
            let known: Vec<String> = all.iter().map(|one| format!("{}:{}", one.method, one.path)).collect();
            let known: Vec<&str> = known.iter().map(String::as_str).collect();
            return Err(unknown("the document has no operation", &format!("{method}:{path}"), &known));
        }
        let takes = |one: &Listed<'_>| self.takes(&one.method, one.path, &one.operation.tags);
        Ok(all.into_iter().filter(takes).collect())
    }
}

/// `WHAT NAME`, with what there is instead.
fn unknown(what: &str, name: &str, known: &[&str]) -> String {
    match nearest(name, known.iter().copied()) {
        Some(near) => format!("{what} `{name}`; did you mean `{near}`?"),
        None => {
            let listed: Vec<String> = known.iter().take(12).map(|name| format!("`{name}`")).collect();
            let more = known.len().saturating_sub(listed.len());
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            format!("{what} `{name}`; there are {}{more}", listed.join(", "))
        }
    }
}
