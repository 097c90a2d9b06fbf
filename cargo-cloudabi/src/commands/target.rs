//! What programs are built for.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use cargo_cloudabi::{Error, flags};

/// Targets that compilers do not know by themselves, and what describes them to one.
const CUSTOM: [(&str, &str); 2] = [
    ("x86_64-unknown-cloudabi", include_str!("../../targets/x86_64-unknown-cloudabi.json")),
    ("aarch64-unknown-cloudabi", include_str!("../../targets/aarch64-unknown-cloudabi.json")),
];

/// What programs are built for, and how Cargo is told.
#[derive(Debug)]
pub struct Target {
    /// `x86_64-unknown-linux-gnu`
    pub triple: String,
    custom: bool,
}

impl Target {
    /// The one that was asked for, or else the compiler's own.
    pub fn choose(asked: Option<&str>) -> Result<Self, Error> {
        let triple = match asked {
            Some(triple) => triple.strip_suffix(".json").unwrap_or(triple).to_owned(),
            None => host()?,
        };
        // The path of a target file is as good as the name: it is the same file.
        let name = Path::new(&triple).file_name().map(|name| name.to_string_lossy().into_owned());
        if let Some((name, _)) = CUSTOM.iter().find(|(custom, _)| Some(*custom) == name.as_deref()) {
            return Ok(Target { triple: (*name).to_owned(), custom: true });
        }
        let known = ["x86_64-", "aarch64-"].iter().any(|machine| triple.starts_with(machine));
        if !(known && triple.contains("-linux-")) {
            let machine = if triple.starts_with("aarch64") || triple.starts_with("arm64") {
                "aarch64"
            } else {
                "x86_64"
            };
            return Err(Error::with_help(
                format!(
                    "programs cannot be linked for the target `{triple}`: it is not Linux on x86-64 or aarch64"
                ),
                format!(
                    "with a nightly compiler and its sources (`rustup component add rust-src`), programs can be built \
                     anywhere:\n`cargo +nightly cloudabi build --target {machine}-unknown-cloudabi`"
                ),
            ));
        }
        Ok(Target { triple, custom: false })
    }

    /// Makes a command of Cargo's build programs for this target. A folder of Cargo's for what it builds has to be known
    /// for targets that the compiler does not know.
    pub fn apply(
        &self,
        cargo: &mut Command,
        build_folder: impl FnOnce() -> Result<PathBuf, Error>,
    ) -> Result<(), Error> {
        let Some((name, description)) = CUSTOM.iter().find(|(name, _)| self.custom && *name == self.triple)
        else {
            flags::apply(cargo, &self.triple, &flags::rustc_flags(&self.triple));
            return Ok(());
        };
        let path = build_folder()?.join("cloudabi-targets").join(format!("{name}.json"));
        if !std::fs::read_to_string(&path).is_ok_and(|present| present == *description) {
            let folder = path.parent().unwrap_or(Path::new("."));
            std::fs::create_dir_all(folder)
                .and_then(|()| std::fs::write(&path, description))
                .map_err(|error| Error::File { action: "write", path: path.clone(), error })?;
        }
        flags::apply(cargo, &path, &[flags::CFG.to_owned()]);
        cargo.args(["-Zbuild-std=core,alloc,compiler_builtins", "-Zjson-target-spec"]);
        Ok(())
    }
}

/// The target that the compiler itself was built for.
fn host() -> Result<String, Error> {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| OsString::from("rustc"));
    let output = Command::new(&rustc).arg("-vV").stderr(Stdio::inherit()).output();
    let output = output.map_err(|error| Error::CannotRun { program: rustc.clone(), error })?;
    let text = String::from_utf8_lossy(&output.stdout);
    let host = text.lines().find_map(|line| line.strip_prefix("host: "));
    host.map(str::to_owned).ok_or_else(|| {
        Error::new(format!("`{} -vV` does not say which system it is for", rustc.to_string_lossy()))
    })
}
