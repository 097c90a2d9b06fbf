//! What to do where the kernel does not let this user have what the sandbox needs.

use std::fmt::Write as _;
use std::path::Path;

use cloudabi_linux_glue::launch::LaunchError;
use cloudabi_linux_glue::sandbox::Mode;

/// The settings that keep users from making namespaces: the file, the value that does so, whether root may all the same, and
/// the command that changes it.
const SETTINGS: [(&str, &str, bool, &str); 3] = [
    ("/proc/sys/user/max_user_namespaces", "0", false, "sysctl user.max_user_namespaces=10000"),
    ("/proc/sys/kernel/unprivileged_userns_clone", "0", true, "sysctl kernel.unprivileged_userns_clone=1"),
    (
        "/proc/sys/kernel/apparmor_restrict_unprivileged_userns",
        "1",
        true,
        "sysctl kernel.apparmor_restrict_unprivileged_userns=0",
    ),
];

/// Why a program was not started, with what to do about it where that is known.
pub fn explain(program: &Path, error: &LaunchError) -> String {
    let mut text = format!("error: {}: {error}\n", program.display());
    let help = match error {
        LaunchError::Missing { part, mode: Mode::Full, .. } if part.starts_with("user namespaces") => {
            let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default().trim().to_owned();
            Some(namespaces(read, rustix::process::geteuid().is_root()))
        }
        _ => None,
    };
    if let Some(help) = help {
        // Writing to a string does not fail.
        let _ = writeln!(text, " |\n = help: {help}");
    }
    text
}

/// What keeps this user from making namespaces.
fn namespaces(read: impl Fn(&str) -> String, root: bool) -> String {
    let setting =
        SETTINGS.iter().find(|(path, value, not_root, _)| !(root && *not_root) && read(path) == *value);
    match setting {
        Some((path, value, _, command)) => {
            format!("{path} is {value}: an administrator has forbidden them, and can allow them with `{command}`")
        }
        None => "no setting forbids them: this may be a container or a chroot, which has to be started so that it can make \
                 them"
            .to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_setting_that_is_in_the_way_is_named() {
        let ubuntu = |path: &str| if path.contains("apparmor") { "1" } else { "15000" }.to_owned();
        assert!(namespaces(ubuntu, false).contains("apparmor_restrict_unprivileged_userns is 1"));
        assert!(namespaces(ubuntu, true).contains("container"));
        let none = |path: &str| if path.contains("max_user") { "0" } else { "" }.to_owned();
        assert!(namespaces(none, true).contains("sysctl user.max_user_namespaces"));
        assert!(namespaces(|_| String::new(), false).contains("chroot"));
    }
}
