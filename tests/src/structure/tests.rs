use std::{collections::BTreeSet, fs, path::Path};

use super::{
    arrows::arrows,
    cycles::cycles,
    functions::functions,
    lines::code_lines,
    rooms::{against, room},
    tree::Tree,
};

/// A crate with these files, and its arrows in words.
fn crate_of(files: &[(&str, &str)]) -> (Tree, BTreeSet<String>) {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let tree = Tree::load(&folder.path().join("lib.rs"));
    let path = |file: usize| tree.files[file].path.clone();
    let words = arrows(&tree)
        .iter()
        .map(|((from, to), names)| {
            format!("{} -> {}: {}", path(*from), path(*to), names.iter().cloned().collect::<Vec<_>>().join(" "))
        })
        .collect();
    (tree, words)
}

fn set(lines: &[&str]) -> BTreeSet<String> {
    lines.iter().map(ToString::to_string).collect()
}

#[test]
fn re_exports_lead_to_the_file_that_defines() {
    let (_, words) = crate_of(&[
        ("lib.rs", "mod wire; mod user;"),
        ("wire.rs", "mod body; pub use self::body::Body as Payload;"),
        ("wire/body.rs", "pub struct Body;"),
        ("user.rs", "use crate::wire; fn take(_: wire::Payload) {}"),
    ]);
    assert_eq!(words, set(&["user.rs -> wire/body.rs: Body", "wire.rs -> wire/body.rs: Body"]));
}

#[test]
fn a_parent_that_uses_its_child_and_is_used_by_it_is_a_cycle() {
    let (tree, words) = crate_of(&[
        ("lib.rs", "mod a;"),
        ("a.rs", "mod b; pub struct Y; pub fn run() { b::go(Y) }"),
        ("a/b.rs", "use super::Y; pub fn go(_: Y) {}"),
    ]);
    assert_eq!(words, set(&["a.rs -> a/b.rs: go", "a/b.rs -> a.rs: Y"]));
    assert_eq!(cycles(tree.files.len(), &arrows(&tree)).len(), 1);
}

#[test]
fn paths_in_macros_globs_impls_and_inline_modules_count_and_tests_do_not() {
    let (_, words) = crate_of(&[
        ("lib.rs", "mod a; mod b; mod c; mod d;"),
        ("a.rs", "pub struct A; pub enum E { One } macro_rules! twice { () => {} }"),
        ("b.rs", "impl crate::a::A { pub fn of() {} }"),
        ("c.rs", "use super::a::*; fn f() { println!(\"{:?}\", crate::d::show()); let _ = A::of(); twice!() }"),
        (
            "d.rs",
            "mod inline { pub use crate::a::E::One; } pub fn show() {} #[cfg(test)] mod tests { use crate::c::f; }",
        ),
    ]);
    let expected =
        ["b.rs -> a.rs: A", "c.rs -> a.rs: A twice", "c.rs -> b.rs: A::of", "c.rs -> d.rs: show", "d.rs -> a.rs: E"];
    assert_eq!(words, set(&expected));
}

#[test]
fn an_order_of_rooms_knows_every_room() {
    let (tree, _) = crate_of(&[
        ("lib.rs", "mod low; mod high; mod new;"),
        ("low.rs", "pub struct Low; use crate::high::High;"),
        ("high.rs", "pub struct High; use crate::low::Low;"),
        ("new.rs", ""),
    ]);
    let wrong = against(&["low", "high"], &tree, &arrows(&tree));
    assert_eq!(wrong, ["new: no place in the order", "low.rs -> high.rs: High"]);
    assert_eq!(room("sign/oauth1.rs"), room("sign.rs"));
}

#[test]
fn a_function_is_as_long_as_from_its_signature_to_its_brace() {
    let (tree, _) = crate_of(&[(
        "lib.rs",
        "/// Doc.\n#[inline]\npub fn f() {\n\n}\nstruct S;\nimpl S {\n    fn g(\n    ) {}\n}\n",
    )]);
    let lengths: Vec<_> = functions(&tree).into_iter().map(|function| (function.name, function.lines)).collect();
    assert_eq!(lengths, [("f".to_owned(), 3), ("S::g".to_owned(), 2)]);
    assert!(Path::new(&functions(&tree)[0].file).ends_with("lib.rs"));
}

#[test]
fn code_behind_a_test_module_is_code() {
    let text = "//! Head.\n\nuse a::B;\n#[cfg(test)]\nuse c::D;\n#[cfg(test)]\nmod tests {\n    fn t() {}\n}\n\n// Why.\nfn f() {\n}\n";
    assert_eq!(code_lines(text).unwrap(), 3);
}
