//! What the compiler and the linker are told when they make programs.

use std::ffi::OsString;
use std::process::Command;

/// Keywords for the linker, each after `-z`.
const LINKER_KEYWORDS: [&str; 4] = [
    "noexecstack",
    // Code shares no page with anything else, so that nothing else can be executed.
    "separate-code",
    // Read-only after relocation would be the program's own task, and the start-up code has no need of it.
    "norelro",
    // Relocations of what is read-only are errors.
    "text",
];

/// Options for the linker.
const LINKER_OPTIONS: [&str; 4] =
    ["--build-id=none", "--no-eh-frame-hdr", "--no-dynamic-linker", "--gc-sections"];

/// Options for the C compiler that calls the linker.
const DRIVER_OPTIONS: [&str; 3] = ["-nostartfiles", "-nostdlib", "-static-pie"];

/// What programs, and nothing else, are compiled with: the crate `cloudabi` then has an entry point, an allocator, and
/// what happens on a panic.
pub const CFG: &str = "--cfg=cloudabi";

/// Flags for `rustc` that make a freestanding, static, position-independent program, for a target that is named like a
/// system's own (`x86_64-unknown-linux-gnu`).
///
/// They are for programs and what is linked into them, and not for build scripts and procedural macros, which run while
/// compiling. Cargo keeps them apart if, and only if, it is told a target: [`apply`] does so.
pub fn rustc_flags(triple: &str) -> Vec<String> {
    let mut flags = vec![CFG.to_owned(), "-Cpanic=abort".to_owned()];
    if triple.starts_with("aarch64") {
        // The register belongs to the host.
        flags.push("-Ctarget-feature=+reserve-x18".to_owned());
    }
    let driver = DRIVER_OPTIONS.iter().map(|option| (*option).to_owned());
    let keywords = LINKER_KEYWORDS.iter().map(|keyword| format!("-Wl,-z,{keyword}"));
    let options = LINKER_OPTIONS.iter().map(|option| format!("-Wl,{option}"));
    flags.extend(driver.chain(keywords).chain(options).map(|argument| format!("-Clink-arg={argument}")));
    flags
}

/// What separates flags in `CARGO_ENCODED_RUSTFLAGS`.
const SEPARATOR: &str = "\x1f";

/// Makes a Cargo command that builds build programs: for this target, with these flags after those that the command's
/// environment has in `CARGO_ENCODED_RUSTFLAGS` or `RUSTFLAGS`.
///
/// Flags in Cargo's configuration files are then left out: they are for programs of the system's own.
pub fn apply(cargo: &mut Command, target: impl Into<OsString>, flags: &[String]) {
    let encoded = variable(cargo, "CARGO_ENCODED_RUSTFLAGS");
    let plain = variable(cargo, "RUSTFLAGS");
    let mut all: Vec<String> = match (encoded, plain) {
        (Some(encoded), _) => {
            encoded.split(SEPARATOR).filter(|flag| !flag.is_empty()).map(str::to_owned).collect()
        }
        (None, Some(plain)) => plain.split_whitespace().map(str::to_owned).collect(),
        (None, None) => Vec::new(),
    };
    all.extend_from_slice(flags);
    cargo.env("CARGO_ENCODED_RUSTFLAGS", all.join(SEPARATOR)).env_remove("RUSTFLAGS");
    cargo.arg("--target").arg(target.into());
}

/// A variable as a command will have it.
fn variable(command: &Command, name: &str) -> Option<String> {
    let set = command.get_envs().find(|(key, _)| *key == name);
    let value = match set {
        Some((_, value)) => value.map(OsString::from),
        None => std::env::var_os(name),
    };
    value?.into_string().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flags_of(command: &Command) -> Vec<String> {
        let encoded = variable(command, "CARGO_ENCODED_RUSTFLAGS").expect("it is set");
        encoded.split(SEPARATOR).map(str::to_owned).collect()
    }

    #[test]
    fn flags_come_after_those_of_the_environment() {
        let own = ["--cfg=cloudabi".to_owned()];
        let mut command = Command::new("cargo");
        command.env_remove("CARGO_ENCODED_RUSTFLAGS").env("RUSTFLAGS", " -Dwarnings  -g");
        apply(&mut command, "x86_64-unknown-linux-gnu", &own);
        assert_eq!(flags_of(&command), ["-Dwarnings", "-g", "--cfg=cloudabi"]);
        assert_eq!(command.get_args().collect::<Vec<_>>(), ["--target", "x86_64-unknown-linux-gnu"]);

        let mut command = Command::new("cargo");
        command.env("CARGO_ENCODED_RUSTFLAGS", "--cfg\x1fa b").env("RUSTFLAGS", "-g");
        apply(&mut command, "t", &own);
        assert_eq!(flags_of(&command), ["--cfg", "a b", "--cfg=cloudabi"]);

        let mut command = Command::new("cargo");
        command.env_remove("CARGO_ENCODED_RUSTFLAGS").env_remove("RUSTFLAGS");
        apply(&mut command, "t", &own);
        assert_eq!(flags_of(&command), own);
    }

    #[test]
    fn one_register_is_kept_free_where_the_machine_has_it() {
        assert!(
            rustc_flags("aarch64-unknown-linux-gnu").contains(&"-Ctarget-feature=+reserve-x18".to_owned())
        );
        assert!(!rustc_flags("x86_64-unknown-linux-gnu").iter().any(|flag| flag.contains("x18")));
    }
}
