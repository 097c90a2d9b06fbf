//! Having the kernel start programs by this command: binfmt_misc.
//!
//! Then `./program` is `cloudabi-run ./program`, and so is what stands behind it: `./program --fd output=stdout`.

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use cloudabi_host::image::{Machine, OS_ABI};

/// What the rule is called, where the kernel lists it.
pub const NAME: &str = "cloudabi";

/// Where the kernel takes and lists rules.
pub const FOLDER: &str = "/proc/sys/fs/binfmt_misc";

/// The kernel's limit, in bytes.
const LONGEST: usize = 1920;

/// What an executable begins with, and which of these bits have to agree: it is an ELF file with 64-bit addresses, little-endian,
/// of version 1, for CloudABI and this machine, position-independent. The bytes between are of no meaning.
fn magic() -> ([u8; 20], [u8; 20]) {
    let mut magic = [0; 20];
    let mut mask = [0; 20];
    magic[..8].copy_from_slice(&[0x7f, b'E', b'L', b'F', 2, 1, 1, OS_ABI]);
    magic[16] = 3;
    magic[18..].copy_from_slice(&Machine::HOST.number().to_le_bytes());
    mask[..8].fill(0xff);
    mask[16..].fill(0xff);
    (magic, mask)
}

/// The rule that has programs started by `interpreter`, as the kernel and binfmt.d(5) have it.
///
/// # Errors
/// A sentence, if the path cannot be in a rule.
pub fn rule(interpreter: &Path) -> Result<String, String> {
    let path = interpreter.to_str().filter(|path| path.starts_with('/') && !path.contains([':', '\n']));
    let Some(path) = path else {
        return Err(format!(
            "the kernel cannot be told of a command at {}",
            crate::explain::shown(interpreter)
        ));
    };
    let (magic, mask) = magic();
    let escaped = |bytes: &[u8]| {
        bytes.iter().fold(String::new(), |mut all, byte| {
            // Writing to a string does not fail.
            let _ = write!(all, "\\x{byte:02x}");
            all
        })
    };
    let rule = format!(":{NAME}:M:0:{}:{}:{path}:", escaped(&magic), escaped(&mask));
    if rule.len() > LONGEST {
        return Err(format!("the path {} is too long for the kernel", crate::explain::shown(interpreter)));
    }
    Ok(rule)
}

/// The path of this command.
///
/// # Errors
/// A sentence, if nobody knows it.
pub fn this_command() -> Result<PathBuf, String> {
    std::env::current_exe().map_err(unknown_place)
}

fn unknown_place(error: io::Error) -> String {
    format!("where this command is cannot be told: {}", crate::host::without_number(error))
}

/// Has programs started by this command, until the machine is started anew. A rule of the same name is replaced.
///
/// # Errors
/// Sentences: what is wrong and what to do.
pub fn register(folder: &Path) -> Result<(), String> {
    let rule = rule(&this_command()?)?;
    if folder.join(NAME).exists() {
        unregister(folder)?;
    }
    fs::write(folder.join("register"), rule).map_err(|error| explained(folder, error))
}

/// Takes the rule away.
///
/// # Errors
/// Sentences: what is wrong and what to do.
pub fn unregister(folder: &Path) -> Result<(), String> {
    let rule = folder.join(NAME);
    if folder.join("register").exists() && !rule.exists() {
        return Err(format!("there is no rule `{NAME}`: nothing is registered"));
    }
    fs::write(rule, "-1").map_err(|error| explained(folder, error))
}

fn explained(folder: &Path, error: io::Error) -> String {
    let shown = folder.display();
    match error.kind() {
        io::ErrorKind::NotFound => format!(
            "the kernel takes no rules: nothing is mounted at {shown}\n = help: `mount -t binfmt_misc binfmt_misc {shown}` \
             does that, as root"
        ),
        io::ErrorKind::PermissionDenied => {
            "the kernel takes no rule from this user\n = help: do this as root, for instance with `sudo`"
                .to_owned()
        }
        _ => format!("the kernel does not take the rule: {}", crate::host::without_number(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_name_the_command() {
        let rule = rule(Path::new("/usr/bin/cloudabi-run")).expect("it is a path");
        assert!(rule.starts_with(":cloudabi:M:0:\\x7f\\x45\\x4c\\x46\\x02\\x01\\x01\\x11\\x00"), "{rule}");
        assert!(rule.ends_with(":/usr/bin/cloudabi-run:"), "{rule}");
        assert_eq!(rule.split(':').count(), 8);
        for wrong in ["cloudabi-run", "/a:b", "/a\nb", &format!("/{}", "x".repeat(2000))] {
            assert!(super::rule(Path::new(wrong)).is_err(), "{wrong}");
        }
    }

    #[test]
    fn mistakes_in_words() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        fs::write(folder.path().join("register"), "").expect("the folder can be written to");
        let long = format!("/{}", "x".repeat(2000));
        let failed = |kind: io::ErrorKind| explained(Path::new(FOLDER), kind.into());
        let all = [
            rule(Path::new("cloudabi-run")).expect_err("it is no whole path"),
            rule(Path::new("/a:b")).expect_err("the kernel takes a colon for an end"),
            rule(Path::new(&long)).expect_err("it is too long"),
            unknown_place(io::ErrorKind::NotFound.into()),
            unregister(folder.path()).expect_err("there is none"),
            failed(io::ErrorKind::NotFound),
            failed(io::ErrorKind::PermissionDenied),
            failed(io::ErrorKind::InvalidInput),
        ];
        insta::assert_snapshot!(all.map(|message| format!("error: {message}\n")).join("\n"));
    }

    #[test]
    fn rules_come_and_go() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let nothing = register(&folder.path().join("absent")).expect_err("there is none");
        assert!(nothing.contains("mount -t binfmt_misc"), "{nothing}");
        fs::write(folder.path().join("register"), "").expect("the folder can be written to");
        assert!(unregister(folder.path()).expect_err("there is none").contains("nothing is registered"));
        register(folder.path()).expect("it can be written to");
        let rule = fs::read_to_string(folder.path().join("register")).expect("it can be read");
        assert!(rule.starts_with(":cloudabi:M:0:"), "{rule}");
        // As the kernel would have it.
        fs::write(folder.path().join(NAME), "enabled").expect("the folder can be written to");
        unregister(folder.path()).expect("there is a rule");
        assert_eq!(fs::read_to_string(folder.path().join(NAME)).expect("it can be read"), "-1");
    }
}
