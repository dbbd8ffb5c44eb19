//! The layout itself: how `pretty_yaml` is told to write. It does not judge what comes out.

use pretty_yaml::config::{FormatOptions, LanguageOptions, LayoutOptions, Quotes};

/// A flow mapping or list wider than this is written over several lines.
const WIDTH: usize = 120;

/// One pass of the formatter over a text with plain line breaks.
pub(super) fn laid_out(text: &str) -> Result<String, String> {
    let options = FormatOptions {
        layout: LayoutOptions { print_width: WIDTH, ..LayoutOptions::default() },
        language: LanguageOptions {
            quotes: Quotes::PreferSingle,
            indent_block_sequence_in_map: false,
            brace_spacing: false,
            trailing_comma: false,
            // At the end of a line of a text block a space is part of the text.
            trim_trailing_whitespaces: false,
            prefer_single_line: false,
            ignore_comment_directive: "capstan-fmt-ignore".to_owned(),
            ..LanguageOptions::default()
        },
    };
    pretty_yaml::format_text(text, &options).map_err(|error| {
        let before = text.get(..error.offset()).unwrap_or(text);
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        let line = before.matches('\n').count() + 1;
        format!("the formatter does not understand line {line}, column {column}")
    })
}
