//! What Cargo knows of the packages of a workspace.

use std::path::PathBuf;
use std::process::Stdio;

use cargo_cloudabi::Error;
use serde_json::Value;

use super::cargo::{self, Options};
use super::features::Features;

/// A workspace.
#[derive(Debug)]
pub struct Metadata {
    /// Where Cargo puts what it builds.
    pub build_folder: PathBuf,
    /// Packages that commands are about if nobody names any, or those that were named.
    pub packages: Vec<Package>,
}

/// A package.
#[derive(Debug)]
pub struct Package {
    /// Its `Cargo.toml`.
    pub manifest: PathBuf,
    /// The program that `cargo run` prefers.
    pub default_run: Option<String>,
    /// Whether it has a library with unit tests.
    pub has_library: bool,
    /// Whether the library's documentation has tests.
    pub has_doctests: bool,
    /// The names of its programs with unit tests, for which the active features are enough.
    pub programs: Vec<String>,
    /// Its integration tests.
    pub tests: Vec<IntegrationTest>,
}

/// An integration test.
#[derive(Debug)]
pub struct IntegrationTest {
    /// Its name.
    pub name: String,
    /// Its source.
    pub source: PathBuf,
    /// Whether the active features are enough for it.
    pub allowed: bool,
}

impl Metadata {
    /// Asks Cargo.
    pub fn read(options: &Options) -> Result<Self, Error> {
        let mut cargo = cargo::cargo();
        cargo.args(["metadata", "--no-deps", "--format-version", "1"]);
        options.add_general(&mut cargo);
        cargo.stdin(Stdio::null()).stderr(Stdio::inherit());
        let program = cargo.get_program().to_owned();
        let output = cargo.output().map_err(|error| Error::CannotRun { program, error })?;
        if !output.status.success() {
            return Err(Error::Failed { code: 101 });
        }
        let value: Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
        let target_folder = options.target_dir.clone().or_else(|| path(&value, "target_directory"));
        let build_folder = target_folder.ok_or_else(|| Error::new("Cargo does not say where it builds"))?;
        let ids = |key| elements(&value, key).iter().filter_map(Value::as_str).collect::<Vec<_>>();
        let (members, defaults) = (ids("workspace_members"), ids("workspace_default_members"));
        let wanted = |package: &&Value| {
            let id = package.get("id").and_then(Value::as_str).unwrap_or_default();
            let name = package.get("name").and_then(Value::as_str).unwrap_or_default();
            match (options.workspace, options.packages.is_empty()) {
                (true, _) => members.contains(&id),
                (_, true) => defaults.contains(&id),
                _ => options.packages.iter().any(|wanted| wanted == name || wanted == id),
            }
        };
        let packages = elements(&value, "packages").iter().filter(wanted);
        let packages = packages.filter_map(|package| Package::read(package, options)).collect();
        Ok(Metadata { build_folder, packages })
    }
}

impl Package {
    fn read(value: &Value, options: &Options) -> Option<Self> {
        let targets = elements(value, "targets");
        let features = Features::of(value, options);
        let of_kind = |wanted: &'static [&str]| {
            targets.iter().filter(move |target| {
                elements(target, "kind").iter().filter_map(Value::as_str).any(|kind| wanted.contains(&kind))
            })
        };
        let libraries = || of_kind(&["lib", "rlib", "proc-macro", "dylib", "cdylib", "staticlib"]);
        // As `test = …` in Cargo.toml says.
        let is_tested = |target: &Value| target.get("test").and_then(Value::as_bool) == Some(true);
        let name = |target: &Value| target.get("name").and_then(Value::as_str).map(str::to_owned);
        Some(Package {
            manifest: path(value, "manifest_path")?,
            default_run: value.get("default_run").and_then(Value::as_str).map(str::to_owned),
            has_library: libraries().any(is_tested),
            has_doctests: libraries()
                .any(|library| library.get("doctest").and_then(Value::as_bool) == Some(true)),
            programs: of_kind(&["bin"])
                .filter(|target| is_tested(target) && features.allow(target))
                .filter_map(name)
                .collect(),
            tests: of_kind(&["test"])
                .filter_map(|target| {
                    let allowed = features.allow(target);
                    Some(IntegrationTest { name: name(target)?, source: path(target, "src_path")?, allowed })
                })
                .collect(),
        })
    }
}

fn elements<'v>(value: &'v Value, key: &str) -> &'v [Value] {
    value.get(key).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

fn path(value: &Value, key: &str) -> Option<PathBuf> {
    value.get(key).and_then(Value::as_str).map(PathBuf::from)
}
