//! Where the binary under test is: built by cargo from this workspace, in the profile of the tests, once per test process.

use std::{
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

/// The binary under test. `CAPSTAN_BIN` names another one, which is not built.
///
/// # Panics
/// When it cannot be built.
#[must_use]
pub fn path() -> &'static Path {
    static BUILT: OnceLock<Option<PathBuf>> = OnceLock::new();
    let built = BUILT.get_or_init(|| match std::env::var_os("CAPSTAN_BIN") {
        Some(given) => Some(given.into()),
        None => build(),
    });
    built.as_ref().expect("the binary under test builds")
}

/// Cargo does not build the binary of another package for a test, and one left from an earlier build may be out of date.
fn build() -> Option<PathBuf> {
    let tests = std::env::current_exe().expect("a running test has a path");
    let profile = tests.parent().and_then(Path::parent).expect("tests run from <target>/<profile>/deps");
    let target = profile.parent().expect("a profile folder lies in the target folder");
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args(["build", "--quiet", "--workspace", "--bin", "capstan", "--target-dir"]).arg(target);
    if profile.ends_with("release") {
        cargo.arg("--release");
    }
    cargo.current_dir(crate::root());
    // What cargo told this process about its own package would look like a change to build scripts.
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy().into_owned();
        if name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_") {
            cargo.env_remove(name);
        }
    }
    let built = cargo.status().expect("cargo runs").success();
    built.then(|| profile.join(format!("capstan{}", std::env::consts::EXE_SUFFIX)))
}
