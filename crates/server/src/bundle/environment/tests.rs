//! Tests of `environment`.

use super::*;

fn variables(pairs: &[(&str, &str)]) -> Variables {
    pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
}

#[test]
fn the_nearest_place_wins_and_the_capability_s_own_variable_most() {
    let folder = std::env::temp_dir();
    let mut environment = Environment {
        process: variables(&[("A", "process")]),
        file: variables(&[("A", "file"), ("B", "file")]),
        working_directory: variables(&[("B", "cwd"), ("C", "cwd"), ("MY_APP__A", "own"), ("D", "")]),
        ..Environment::default()
    };
    for (id, key, value) in [
        ("other", "A", Some("process")),
        ("my/app", "A", Some("own")),
        ("my/app", "B", Some("file")),
        ("my/app", "C", Some("cwd")),
        ("my/app", "D", None),
    ] {
        assert_eq!(environment.variable(id, &folder, key).as_deref(), value, "{id} {key}");
    }
    environment.replaced = variables(&[("A", "sandbox")]);
    assert_eq!(environment.variable("my/app", &folder, "A").as_deref(), Some("sandbox"));
}

#[test]
fn dotenv_lines() {
    let text = "# no\nexport A=1\nB = \"x # y\" # z\nC='q'\nD=a#b #c\nE=\n=";
    let expected = [("A", "1"), ("B", "x # y"), ("C", "q"), ("D", "a#b"), ("E", ""), ("", "")];
    assert_eq!(dotenv::parse(text), variables(&expected));
}
