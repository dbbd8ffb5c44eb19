//! Texts of prompts that stand in files, held against the arguments that their prompts declare. The document alone cannot tell: it is
//! the file that names them.

use std::sync::Arc;

use capstan_plan::{ExposureKind, FileId, Origin, Plan, Prompt, PromptContent, PromptSlip, PromptText};

use crate::{
    base::host::Host,
    files::{kept::KeptFiles, reader::Reader, table::Files},
};

/// How much a finding about a prompt's file weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PromptWeight {
    /// A slip of an argument.
    Error,
    /// A placeholder that nothing fills.
    Warning,
    /// An argument that nothing uses.
    Note,
}

/// What is wrong between a prompt and its file.
#[derive(Clone, Debug)]
pub struct PromptFinding {
    /// Where the prompt is declared.
    pub origin: Origin,
    /// How much it weighs.
    pub weight: PromptWeight,
    /// What it is, with the line of the file.
    pub message: String,
    /// What to do about it.
    pub help: String,
}

/// Reads the files of a plan's prompts, as an activation would, and says what does not fit.
#[must_use]
pub fn prompt_findings(plan: &Plan, host: &Arc<dyn Host>) -> Vec<PromptFinding> {
    let kept = KeptFiles::default();
    let mut reader = Reader::new(host, &kept);
    let read = |(prompt, file): (&Prompt, FileId)| {
        let path = &plan.files.get(file)?.path;
        let text = PromptText::parse(&reader.text(path).ok()?);
        Some(findings(prompt, &text, path.as_str()))
    };
    prompts(plan).filter_map(read).flatten().collect()
}

/// The same of files that were read.
pub(crate) fn unfit(plan: &Plan, files: &Files) -> Vec<PromptFinding> {
    let read = |(prompt, file): (&Prompt, FileId)| {
        Some(findings(prompt, files.prompt(file).ok()?, plan.files.get(file)?.path.as_str()))
    };
    prompts(plan).filter_map(read).flatten().collect()
}

/// The prompts whose text is a file.
fn prompts(plan: &Plan) -> impl Iterator<Item = (&Prompt, FileId)> {
    let of_server = plan.exposures.iter().filter_map(|exposure| match &exposure.kind {
        ExposureKind::Mcp(mcp) => Some(mcp.prompts.iter()),
        _ => None,
    });
    of_server.flatten().filter_map(|prompt| match prompt.content {
        PromptContent::File(file) => Some((prompt, file)),
        PromptContent::Inline(_) => None,
    })
}

fn findings(prompt: &Prompt, text: &PromptText, file: &str) -> Vec<PromptFinding> {
    let of = |slip: PromptSlip<'_>| {
        let (weight, message, help) = match slip {
            PromptSlip::Unknown { name, line, near } => {
                let message = format!("line {line} of `{file}`: prompt `{}` has no argument `{name}`", prompt.name);
                match near {
                    Some(near) => (PromptWeight::Error, message, format!("did you mean `{near}`?")),
                    None => {
                        let message = format!("{message}: it stays as it is written");
                        (PromptWeight::Warning, message, "declare it under `arguments`".to_owned())
                    }
                }
            }
            PromptSlip::Unused { name } => {
                let message = format!("`{file}` does not use the argument `{name}` of prompt `{}`", prompt.name);
                (PromptWeight::Note, message, format!("write `{{{{{name}}}}}` where it belongs, or remove it"))
            }
        };
        PromptFinding { origin: prompt.origin.clone(), weight, message, help }
    };
    prompt.slips([text]).into_iter().map(of).collect()
}
