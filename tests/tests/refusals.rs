//! Where the kernel lacks a part of the sandbox, programs are not started: a sentence names the part and the weaker mode that
//! works, and that does work.
//!
//! A filter of system calls makes this kernel an older one, and a user namespace one that allows no more of them.
#![cfg(target_os = "linux")]

use std::io;
use std::os::unix::process::CommandExt as _;
use std::process::{Command, Output};

use cloudabi_test_support::{Scratch, guest, runner, scratch};

/// How a call is taken away from a kernel.
#[derive(Clone, Copy)]
enum Without {
    /// The system call fails as if the kernel did not have it.
    Call(libc::c_long),
    /// No further user namespace can be made.
    Namespaces,
}

const CASES: [(Without, &str, &str); 4] = [
    (Without::Namespaces, "user namespaces for this user", "landlock"),
    (Without::Call(libc::SYS_mount_setattr), "`mount_setattr`, Linux 5.12", "landlock"),
    (Without::Call(libc::SYS_landlock_create_ruleset), "needs: Landlock.", "none"),
    (Without::Call(libc::SYS_seccomp), "filters of system calls (seccomp)", "none"),
];

/// What `cloudabi-run` says with these options, on such a kernel.
fn run(folder: &Scratch, without: Without, options: &[&str]) -> Output {
    let config = folder.write("config.yaml", "%TAG ! tag:nuxi.nl,2015:cloudabi/\n---\noutput: !fd stdout\n");
    let mut command = match without {
        Without::Call(_) => Command::new(runner()),
        Without::Namespaces => {
            let mut command = Command::new("unshare");
            let text = "echo 0 > /proc/sys/user/max_user_namespaces && exec \"$@\"";
            command.args(["--user", "--map-root-user", "sh", "-c", text, "sh"]).arg(runner());
            command
        }
    };
    command.args(options).arg("--config").arg(config).arg(guest("hello"));
    if let Without::Call(number) = without {
        // SAFETY: the function makes system calls only.
        unsafe { command.pre_exec(move || take_away(number)) };
    }
    command.output().unwrap_or_else(|error| panic!("cannot run {command:?}: {error}"))
}

/// Lets a system call fail with `ENOSYS` from here on, for this process and what it starts: seccomp(2).
fn take_away(number: libc::c_long) -> io::Result<()> {
    const LOAD_NUMBER: libc::sock_filter = libc::sock_filter { code: 0x20, jt: 0, jf: 0, k: 0 };
    let answer = |k| libc::sock_filter { code: 0x06, jt: 0, jf: 0, k };
    let is_it = libc::sock_filter { code: 0x15, jt: 0, jf: 1, k: number as u32 };
    let no_such_call = answer(libc::SECCOMP_RET_ERRNO | libc::ENOSYS as u32);
    let mut filter = [LOAD_NUMBER, is_it, no_such_call, answer(libc::SECCOMP_RET_ALLOW)];
    let program = libc::sock_fprog { len: filter.len() as u16, filter: filter.as_mut_ptr() };
    // SAFETY: the kernel reads the filter, which is there.
    unsafe {
        if libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0
            || libc::prctl(libc::PR_SET_SECCOMP, libc::SECCOMP_MODE_FILTER, &raw const program) != 0
        {
            return Err(io::Error::last_os_error());
        }
    }
    Ok(())
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn a_part_that_is_missing_is_named_with_the_mode_that_works() {
    let folder = scratch();
    for (without, part, weaker) in CASES {
        let refused = run(&folder, without, &[]);
        let said = text(&refused.stderr);
        assert_eq!(
            (refused.status.code(), text(&refused.stdout)),
            (Some(127), String::new()),
            "{part}: {said}"
        );
        assert!(said.contains("this system does not have what `--sandbox=full` needs: "), "{said}");
        assert!(said.contains(part) && said.contains(&format!("With `--sandbox={weaker}`")), "{said}");

        let runs = run(&folder, without, &[&format!("--sandbox={weaker}")]);
        let said = text(&runs.stderr);
        assert!(runs.status.success(), "{part}, {weaker}: {said}");
        assert_eq!(text(&runs.stdout), "hello\n", "{part}, {weaker}");
        assert!(said.contains("warning: with"), "{said}");
    }
}

#[test]
fn the_weaker_mode_is_refused_too_where_it_does_not_work() {
    let folder = scratch();
    for (without, part, _) in CASES.into_iter().filter(|(.., weaker)| *weaker == "none") {
        let refused = run(&folder, without, &["--sandbox=landlock"]);
        let said = text(&refused.stderr);
        assert_eq!(
            (refused.status.code(), text(&refused.stdout)),
            (Some(127), String::new()),
            "{part}: {said}"
        );
        assert!(said.contains("`--sandbox=landlock` needs: ") && said.contains("`--sandbox=none`"), "{said}");
    }
}

#[test]
fn the_explanation_says_the_same() {
    let folder = scratch();
    for (without, part, weaker) in CASES {
        let output = run(&folder, without, &["--explain"]);
        let said = text(&output.stdout);
        let part = part.trim_start_matches("needs: ");
        assert!(output.status.success(), "{}", text(&output.stderr));
        assert!(said.contains("This machine lacks: ") && said.contains(part), "{said}");
        assert!(said.contains(&format!("would not be started. --sandbox={weaker} would work")), "{said}");
    }
}
