//! The packages of a workspace and what they declare, as `cargo metadata` tells it.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;

/// A package of the workspace.
pub struct Package {
    /// Its name in the manifest.
    pub name: String,
    /// Its folder.
    pub folder: PathBuf,
    /// The folder's path from the workspace, with slashes.
    pub place: String,
    /// The root files of its library and its binaries.
    pub roots: Vec<PathBuf>,
    /// What it depends on.
    pub dependencies: Vec<Dependency>,
}

/// One dependency of a package.
pub struct Dependency {
    /// The name in the manifest: the new one when the package is renamed.
    pub name: String,
    /// Whether it is there for tests only.
    pub dev: bool,
}

/// The packages of the workspace in a folder, without asking any registry.
#[must_use]
pub fn packages(workspace: &Path) -> Vec<Package> {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let output = Command::new(cargo)
        .args(["metadata", "--no-deps", "--offline", "--format-version", "1", "--manifest-path"])
        .arg(workspace.join("Cargo.toml"))
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "cargo metadata: {}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("cargo metadata prints JSON");
    let top = PathBuf::from(text(&metadata, "workspace_root"));
    list(&metadata, "packages").iter().map(|package| read(package, &top)).collect()
}

fn read(package: &Value, top: &Path) -> Package {
    let folder = Path::new(&text(package, "manifest_path")).parent().expect("a manifest has a folder").to_owned();
    let built = |target: &&Value| {
        list(target, "kind").iter().filter_map(Value::as_str).any(|kind| ["lib", "bin", "proc-macro"].contains(&kind))
    };
    let dependency = |dependency: &Value| Dependency {
        name: dependency["rename"].as_str().map_or_else(|| text(dependency, "name"), ToOwned::to_owned),
        dev: dependency["kind"] == "dev",
    };
    Package {
        name: text(package, "name"),
        place: folder.strip_prefix(top).unwrap_or(&folder).to_string_lossy().replace('\\', "/"),
        folder,
        roots: list(package, "targets").iter().filter(built).map(|target| text(target, "src_path").into()).collect(),
        dependencies: list(package, "dependencies").iter().map(dependency).collect(),
    }
}

fn text(value: &Value, key: &str) -> String {
    value[key].as_str().unwrap_or_default().to_owned()
}

fn list<'v>(value: &'v Value, key: &str) -> &'v [Value] {
    value[key].as_array().map_or(&[], Vec::as_slice)
}
