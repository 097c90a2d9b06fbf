//! Options that Cargo has too, and that are passed on to it.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Command;

use cargo_cloudabi::compile::Messages;

use super::shell;

/// Which packages, and how to build them. They mean what they mean to Cargo.
#[derive(Debug, Default, clap::Args)]
pub struct Options {
    /// Package with the programs
    #[arg(short, long = "package", value_name = "SPEC", help_heading = "Packages")]
    pub packages: Vec<String>,
    /// All packages of the workspace
    #[arg(long, alias = "all", help_heading = "Packages")]
    pub workspace: bool,
    /// Packages to leave out
    #[arg(long, value_name = "SPEC", requires = "workspace", help_heading = "Packages")]
    exclude: Vec<String>,
    /// Path of Cargo.toml
    #[arg(long, value_name = "PATH", help_heading = "Packages")]
    pub manifest_path: Option<PathBuf>,

    /// Optimised
    #[arg(short, long, conflicts_with = "profile", help_heading = "Compilation")]
    release: bool,
    /// With this profile
    #[arg(long, value_name = "NAME", help_heading = "Compilation")]
    profile: Option<String>,
    /// Features to activate, separated by commas or spaces
    #[arg(short = 'F', long, value_name = "FEATURES", help_heading = "Compilation")]
    pub features: Vec<String>,
    /// All features
    #[arg(long, help_heading = "Compilation")]
    pub all_features: bool,
    /// Without the feature `default`
    #[arg(long, help_heading = "Compilation")]
    pub no_default_features: bool,
    /// For this target: x86_64-unknown-cloudabi or aarch64-unknown-cloudabi (these need a nightly compiler), or one of
    /// Linux [default: the compiler's own]
    #[arg(long, value_name = "TRIPLE", help_heading = "Compilation")]
    pub target: Option<String>,
    /// Folder for everything that is built
    #[arg(long, value_name = "DIR", help_heading = "Compilation")]
    pub target_dir: Option<PathBuf>,
    /// How many jobs at a time
    #[arg(short, long, value_name = "N", help_heading = "Compilation")]
    jobs: Option<String>,
    /// Build what can be built if something cannot
    #[arg(long, help_heading = "Compilation")]
    keep_going: bool,

    /// Format of messages: human, json, json-render-diagnostics, …
    #[arg(long, value_name = "FMT", help_heading = "Messages")]
    message_format: Option<String>,
    /// Nothing but errors and warnings
    #[arg(short, long, help_heading = "Messages")]
    pub quiet: bool,
    /// More messages; twice: even more
    #[arg(short, long, action = clap::ArgAction::Count, help_heading = "Messages")]
    verbose: u8,
    /// Colours: auto, always, never
    #[arg(long, value_name = "WHEN", value_parser = ["auto", "always", "never"], help_heading = "Messages")]
    color: Option<String>,

    /// Fail if Cargo.lock would change
    #[arg(long, help_heading = "Cargo")]
    locked: bool,
    /// Without the network
    #[arg(long, help_heading = "Cargo")]
    offline: bool,
    /// Both
    #[arg(long, help_heading = "Cargo")]
    frozen: bool,
    /// A value of Cargo's configuration, or a file with some
    #[arg(long, value_name = "KEY=VALUE|PATH", help_heading = "Cargo")]
    config: Vec<String>,
    /// Cargo's unstable flags
    #[arg(short = 'Z', value_name = "FLAG", help_heading = "Cargo")]
    unstable: Vec<String>,
}

/// Cargo itself: the one that started this command, if it was one.
pub fn cargo() -> Command {
    Command::new(std::env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo")))
}

impl Options {
    /// Uses the choice of colours for lines of this command's own.
    pub fn set_color(&self) {
        if let Some(color) = &self.color {
            shell::set_color(color);
        }
    }

    /// How Cargo is to show its messages.
    pub fn messages(&self) -> Messages {
        match self.message_format.as_deref() {
            None | Some("human") => Messages::Text,
            Some(format) => Messages::Json(format.to_owned()),
        }
    }

    /// Adds what is about the choice of packages.
    pub fn add_packages(&self, command: &mut Command) {
        for package in &self.packages {
            command.args(["--package", package]);
        }
        if self.workspace {
            command.arg("--workspace");
        }
        for package in &self.exclude {
            command.args(["--exclude", package]);
        }
    }

    /// Adds what is about compilation, apart from the target.
    pub fn add_compilation(&self, command: &mut Command) {
        let flags = [
            ("--release", self.release),
            ("--all-features", self.all_features),
            ("--no-default-features", self.no_default_features),
            ("--keep-going", self.keep_going),
        ];
        add_flags(command, &flags);
        let values = [("--profile", &self.profile), ("--jobs", &self.jobs)];
        for (name, value) in values {
            if let Some(value) = value {
                command.args([name, value]);
            }
        }
        for features in &self.features {
            command.args(["--features", features]);
        }
        if let Some(folder) = &self.target_dir {
            command.arg("--target-dir").arg(folder);
        }
        add_flags(command, &[("--quiet", self.quiet)]);
    }

    /// Adds what every command of Cargo's takes.
    pub fn add_general(&self, command: &mut Command) {
        if let Some(path) = &self.manifest_path {
            command.arg("--manifest-path").arg(path);
        }
        add_flags(
            command,
            &[("--locked", self.locked), ("--offline", self.offline), ("--frozen", self.frozen)],
        );
        for _ in 0..self.verbose {
            command.arg("--verbose");
        }
        if let Some(color) = &self.color {
            command.args(["--color", color]);
        }
        for value in &self.config {
            command.args(["--config", value]);
        }
        for flag in &self.unstable {
            command.args(["-Z", flag]);
        }
    }
}

fn add_flags(command: &mut Command, flags: &[(&str, bool)]) {
    for (name, set) in flags {
        if *set {
            command.arg(name);
        }
    }
}
