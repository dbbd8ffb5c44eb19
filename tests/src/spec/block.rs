//! The fenced blocks of a Markdown file. Blocks whose info string is a language alone are prose.

use std::ops::Range;

/// The kinds of blocks that mean something.
const KINDS: &[&str] = &[
    "capability",
    "file",
    "repository",
    "env",
    "args",
    "diagnostics",
    "serve",
    "upstream",
    "request",
    "tool",
    "mcp",
    "upstream-saw",
    "response",
    "result",
    "error",
];

/// A block with a meaning.
#[derive(Debug, Clone)]
pub struct Block {
    /// Its kind, one of a fixed list.
    pub kind: String,
    /// What stands behind `=` of the kind.
    pub value: Option<String>,
    /// The other words of the info string.
    pub words: Vec<String>,
    /// What stands between the fences.
    pub body: String,
    /// Where that is in the file.
    pub range: Range<usize>,
    /// The line of the opening fence.
    pub line: usize,
}

impl Block {
    /// Whether a word is there.
    #[must_use]
    pub fn flag(&self, word: &str) -> bool {
        self.words.iter().any(|known| known == word)
    }

    /// The value of `word=value`.
    #[must_use]
    pub fn value_of(&self, word: &str) -> Option<String> {
        self.words.iter().find_map(|known| known.strip_prefix(word)?.strip_prefix('=')).map(str::to_owned)
    }
}

/// A spec file.
#[derive(Debug)]
pub struct Document {
    /// Its blocks in order.
    pub blocks: Vec<Block>,
}

impl Document {
    /// Finds the blocks.
    ///
    /// # Errors
    /// No title, no block, a fence that does not close, a kind that does not exist.
    pub fn parse(text: &str) -> Result<Self, String> {
        if !text.starts_with("# ") {
            return Err("a spec begins with a title".to_owned());
        }
        let mut blocks = Vec::new();
        let mut open: Option<Block> = None;
        let mut at = 0;
        for (number, line) in text.split_inclusive('\n').enumerate() {
            let start = at;
            at += line.len();
            let fence = line.trim_end().strip_prefix("```");
            match (&mut open, fence) {
                (Some(_), Some("")) => {
                    let mut block = open.take().unwrap_or_else(|| unreachable!("it is open"));
                    block.range.end = start;
                    block.body = text[block.range.clone()].to_owned();
                    if !block.kind.is_empty() {
                        blocks.push(block);
                    }
                }
                (None, Some(info)) => open = Some(header(info, number + 1, at)?),
                _ => {}
            }
        }
        match open {
            Some(block) => Err(format!("the block of line {} does not close", block.line)),
            None if blocks.is_empty() => Err("nothing is specified".to_owned()),
            None => Ok(Self { blocks }),
        }
    }
}

fn header(info: &str, line: usize, start: usize) -> Result<Block, String> {
    let mut words = info.split_whitespace().skip(1).map(str::to_owned);
    let first = words.next().unwrap_or_default();
    let (kind, value) = match first.split_once('=') {
        Some((kind, value)) => (kind.to_owned(), Some(value.to_owned())),
        None => (first, None),
    };
    if !kind.is_empty() && !KINDS.contains(&&*kind) {
        return Err(format!("line {line}: no kind of block is named `{kind}`"));
    }
    Ok(Block { kind, value, words: words.collect(), body: String::new(), range: start..start, line })
}
