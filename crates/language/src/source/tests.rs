//! Tests of spans, positions and in-memory files.

use super::*;

#[test]
fn positions_count_characters_from_one() {
    let cases = [
        ("a\nbc\n", 0, (1, 1)),
        ("a\nbc\n", 2, (2, 1)),
        ("a\nbc\n", 3, (2, 2)),
        ("a\nbc\n", 5, (3, 1)),
        ("a\nbc\n", 99, (3, 1)),
        ("é: ü", 4, (1, 4)),
        ("a\r\nb", 3, (2, 1)),
        ("\u{feff}ab", 4, (1, 2)),
        ("", 0, (1, 1)),
    ];
    for (text, offset, expected) in cases {
        let mut sources = SourceSet::new();
        let id = sources.add("a.yaml", text);
        let span = Span { file: id, start: offset, end: offset };
        assert_eq!(sources.position(span), Some(expected), "{text:?} at {offset}");
    }
}

#[test]
fn lines_lose_their_break() {
    let mut sources = SourceSet::new();
    let id = sources.add("a.yaml", "one\r\ntwo\n");
    let file = sources.get(id).unwrap();
    assert_eq!((file.line(1), file.line(2), file.line(3), file.line(4)), (Some("one"), Some("two"), Some(""), None));
    assert_eq!(file.line(0), None);
}

#[test]
fn spanned_values_compare_by_value() {
    let file = FileId(0);
    assert_eq!(Spanned::new(1, Span::new(file, 0, 1)), Spanned::new(1, Span::new(file, 5, 6)));
    assert_eq!(Span::new(file, 3, 9).slice(2, 100), Span::new(file, 5, 9));
    assert_eq!(Span::new(file, 9, 3), Span::new(file, 9, 9));
}

#[test]
fn memory_files_report_what_is_missing() {
    let files = MemoryFiles::new().with("a/b.yaml", "x");
    assert!(files.exists(Path::new("a/b.yaml")));
    assert_eq!(files.read(Path::new("a/b.yaml")).unwrap(), b"x");
    assert_eq!(files.read(Path::new("c")).unwrap_err().kind(), std::io::ErrorKind::NotFound);
}
