//! `capstan new`: a capability that serves, with a sandbox and tests that pass at once.

use std::path::{Path, PathBuf};

use crate::{
    args::author::{Example, New},
    exit::Exit,
    import::written,
    print::{complain, say},
};

/// The files of an example, with `NAME` and `VARIABLE` in the place of what they are called.
struct Template {
    capability: &'static str,
    sandbox: &'static str,
    test: &'static str,
}

macro_rules! template {
    ($name:literal) => {
        Template {
            capability: include_str!(concat!("new/", $name, "/capability.yaml")),
            sandbox: include_str!(concat!("new/", $name, "/sandbox.yaml")),
            test: include_str!(concat!("new/", $name, "/test.yaml")),
        }
    };
}

/// Writes the files of a new capability.
pub(crate) fn run(args: &New) -> Exit {
    let name = match plain(&args.name) {
        Ok(name) => name,
        Err(why) => {
            complain(why);
            return Exit::Usage;
        }
    };
    let template = match args.example {
        Example::Hello => template!("hello"),
        Example::Mapping => template!("mapping"),
        Example::Steps => template!("steps"),
    };
    let files = [("", template.capability), (".sandbox", template.sandbox), (".test", template.test)];
    let files: Vec<(PathBuf, String)> =
        files.iter().map(|(kind, text)| (args.name.join(format!("{name}{kind}.yaml")), named(text, &name))).collect();
    match written(&args.name, &files) {
        Ok(()) => {
            let folder = args.name.display();
            for (path, _) in &files {
                say(format_args!("wrote {}", path.display()));
            }
            say(format_args!(
                "next: capstan test {folder}\n      capstan serve {folder} --sandbox\n      capstan check {folder}"
            ));
            Exit::Ok
        }
        Err(why) => {
            complain(why);
            Exit::Configuration
        }
    }
}

/// The last part of a path as a name of a capability.
fn plain(path: &Path) -> Result<String, String> {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let fits = name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
    match fits && name.starts_with(|c: char| c.is_ascii_lowercase()) && !name.ends_with('-') && name.len() <= 40 {
        true => Ok(name),
        false => {
            Err(format!("`{name}` is no name for a capability: use small letters, digits and `-`, such as my-shop"))
        }
    }
}

fn named(text: &str, name: &str) -> String {
    text.replace("VARIABLE", &name.to_ascii_uppercase().replace('-', "_")).replace("NAME", name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_hosts_and_namespaces() {
        for (path, name) in [("greeter", Some("greeter")), ("a/my-shop2", Some("my-shop2"))] {
            assert_eq!(plain(Path::new(path)).ok().as_deref(), name);
        }
        for bad in ["", "..", "My", "a b", "1a", "a-", "ä"] {
            assert!(plain(Path::new(bad)).is_err(), "{bad}");
        }
        assert_eq!(named("NAME VARIABLE_TOKEN", "my-shop"), "my-shop MY_SHOP_TOKEN");
    }
}
