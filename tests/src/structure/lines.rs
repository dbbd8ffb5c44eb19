//! How much code a file has: its lines without empty ones, comments and test items, wherever those stand.

use syn::{
    Item,
    spanned::Spanned,
    visit::{self, Visit},
};

use super::tree::{attributes, is_test};

/// The lines of code of a Rust file.
///
/// # Errors
/// When it cannot be parsed.
pub fn code_lines(text: &str) -> Result<usize, syn::Error> {
    let mut tests = Tests(Vec::new());
    tests.visit_file(&syn::parse_file(text)?);
    let counts = |(at, line): (usize, &str)| {
        let line = line.trim();
        !line.is_empty()
            && !line.starts_with("//")
            && !tests.0.iter().any(|(from, to)| (*from..=*to).contains(&(at + 1)))
    };
    Ok(text.lines().enumerate().filter(|line| counts(*line)).count())
}

/// The first and last lines of test items.
struct Tests(Vec<(usize, usize)>);

impl<'ast> Visit<'ast> for Tests {
    fn visit_item(&mut self, item: &'ast Item) {
        if is_test(attributes(item)) {
            self.0.push((item.span().start().line, item.span().end().line));
        } else {
            visit::visit_item(self, item);
        }
    }
}
