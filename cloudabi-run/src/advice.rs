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
        LaunchError::Runtime(_) => {
            Some("that is a mistake in `cloudabi-run`, not in the program: please report it".to_owned())
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
    use cloudabi_host::types::Rights;
    use cloudabi_linux_glue::sandbox::{Features, Sandbox};

    use super::*;

    #[test]
    fn the_setting_that_is_in_the_way_is_named() {
        let with = |setting: &'static str, value: &'static str| {
            move |path: &str| if path.ends_with(setting) { value } else { "" }.to_owned()
        };
        let settings = [
            ("max_user_namespaces", "0"),
            ("unprivileged_userns_clone", "0"),
            ("apparmor_restrict_unprivileged_userns", "1"),
            ("max_user_namespaces", "15000"),
        ];
        let mut text = String::new();
        for (setting, value) in settings {
            for root in [false, true] {
                let who = if root { "root" } else { "a user" };
                let said = namespaces(with(setting, value), root);
                text += &format!("{setting} is {value}, for {who}:\n{said}\n\n");
            }
        }
        insta::assert_snapshot!(text);
    }

    /// For each part that a kernel may lack, what works without it.
    #[test]
    fn whatever_the_sandbox_lacks_has_a_name_and_a_weaker_mode() {
        let all = Features { landlock: 7, seccomp: true, mounts: true, namespaces: true };
        let lacking = [
            Features { seccomp: false, ..all },
            Features { landlock: 0, ..all },
            Features { landlock: 1, ..all },
            Features { mounts: false, ..all },
            Features { namespaces: false, ..all },
        ];
        let apart = [Rights::FILE_OPEN | Rights::FD_WRITE];
        let mut text = String::new();
        for mode in [Mode::Full, Mode::Landlock] {
            for features in lacking {
                let sandbox = Sandbox::new(mode);
                let Some(part) = features.missing(sandbox, &apart).first().copied() else { continue };
                let error = LaunchError::Missing { part, mode, weaker: features.weaker(sandbox) };
                // Which of this machine's settings is in the way is tried above.
                text += explain(Path::new("./server"), &error).split(" |\n").next().unwrap_or_default();
                text.push('\n');
            }
        }
        insta::assert_snapshot!(text);
    }

    #[test]
    fn the_rest_is_passed_on() {
        let host = LaunchError::Host {
            doing: "make a process",
            error: std::io::Error::from_raw_os_error(libc::EAGAIN),
        };
        let child = LaunchError::Child("cannot reserve memory for the program: out of memory".to_owned());
        let runtime = LaunchError::Runtime("panicked at poll.rs:1:1: no such queue".to_owned());
        let all = [host, child, runtime].map(|error| explain(Path::new("./server"), &error));
        insta::assert_snapshot!(all.join("\n"));
    }
}
