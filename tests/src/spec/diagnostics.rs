//! What `check` says about the capabilities of a spec, compared with its `diagnostics` block and with the comments
//! `# warning: [code]` on the lines of its YAML. Notes are compared only where they are expected.

use super::{Runner, block::Document, compare};

/// A diagnostic in its one-line form.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Line {
    file: String,
    line: usize,
    column: usize,
    severity: String,
    code: String,
    message: String,
}

impl Line {
    /// Reads `file:line:column: severity[code]: message`; the column 0 and an empty message stand for any.
    fn parse(text: &str) -> Option<Self> {
        let (place, rest) = text.split_once(": ")?;
        let (head, message) = rest.split_once(']')?;
        let (severity, code) = head.split_once('[')?;
        let mut place = place.rsplitn(3, ':');
        let column = place.next()?.parse().ok()?;
        let line = place.next()?.parse().ok()?;
        let file = place.next()?.to_owned();
        let message = message.strip_prefix(": ").unwrap_or_default().to_owned();
        Some(Self { file, line, column, severity: severity.to_owned(), code: code.to_owned(), message })
    }

    fn fits(&self, actual: &Self) -> bool {
        self.file == actual.file
            && self.line == actual.line
            && (self.column == 0 || self.column == actual.column)
            && self.severity == actual.severity
            && self.code == actual.code
            && (self.message.is_empty() || compare::glob(&self.message, &actual.message))
    }
}

/// The expectations on the lines of a YAML text.
fn comments(file: &str, body: &str) -> Vec<Line> {
    let mut found = Vec::new();
    for (number, text) in body.lines().enumerate() {
        for severity in ["error", "warning", "note"] {
            let Some((_, codes)) = text.split_once(&format!("# {severity}: [")) else { continue };
            for code in codes.split(']').next().unwrap_or_default().split(',') {
                let (severity, code) = (severity.to_owned(), code.trim().to_owned());
                let (line, message) = (number + 1, String::new());
                found.push(Line { file: file.to_owned(), line, column: 0, severity, code, message });
            }
        }
    }
    found
}

pub(super) fn compare(runner: &mut Runner, document: &Document) {
    let mut expected = Vec::new();
    for block in document.blocks.iter().filter(|block| matches!(&*block.kind, "capability" | "file")) {
        expected.extend(comments(block.value.as_deref().unwrap_or("capability.yaml"), &block.body));
    }
    let block = document.blocks.iter().find(|block| block.kind == "diagnostics");
    for text in block.iter().flat_map(|block| block.body.lines()).filter(|line| *line != "(none)") {
        match Line::parse(text) {
            Some(line) => expected.push(line),
            None => return runner.failures.push(format!("`{text}` is no line of a diagnostics block")),
        }
    }
    if expected.is_empty() && block.is_none() {
        return;
    }
    let mut run = runner.run.clone();
    run.args.retain(|arg| arg == "--strict");
    run.args.extend(["--format".to_owned(), "line".to_owned()]);
    run.args.extend(runner.served.iter().cloned());
    let output = run.to_end("check", runner.folder.path());
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let folder = format!("{}/", runner.folder.path().display());
    let said: Vec<String> =
        said.lines().map(|line| line.replace(&folder, "").trim_start_matches("./").to_owned()).collect();
    let mut actual: Vec<Line> = said.iter().filter_map(|line| Line::parse(line)).collect();
    let noted = expected.iter().any(|line| line.severity == "note");
    actual.retain(|line| noted || line.severity != "note");
    let mut rest = actual.clone();
    let mut why = Vec::new();
    for line in &expected {
        match rest.iter().position(|actual| line.fits(actual)) {
            Some(at) => drop(rest.remove(at)),
            None => why.push(format!("missing: {}:{}: {}[{}]", line.file, line.line, line.severity, line.code)),
        }
    }
    why.extend(rest.iter().map(|line| {
        format!(
            "not expected: {}:{}:{}: {}[{}]: {}",
            line.file, line.line, line.column, line.severity, line.code, line.message
        )
    }));
    if why.is_empty() {
        return;
    }
    if actual.is_empty() {
        why.push(format!("`check` said:\n{}{}", said.join("\n"), String::from_utf8_lossy(&output.stderr)));
    }
    match block {
        Some(block) => runner.fail(block, &why.join("\n"), Some(said.join("\n"))),
        None => runner.failures.push(format!("diagnostics differ\n{}", why.join("\n"))),
    }
}
