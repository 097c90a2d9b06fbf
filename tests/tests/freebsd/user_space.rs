//! The numbers that the host in user space brings itself, held against FreeBSD's headers.

use std::path::{Path, PathBuf};
use std::process::Command;

use cloudabi_test_support::{run, run_expecting_failure, scratch};

use crate::kernel::{Kernel, PROCESSORS, Processor};

/// The constants of `freebsd-glue/src/headers.rs` that it says to be in a header: name, header, and value as it is written.
fn constants() -> Vec<(String, String, String)> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../freebsd-glue/src/headers.rs");
    let text = std::fs::read_to_string(path).expect("the file can be read");
    let lines: Vec<&str> = text.lines().collect();
    let mut constants = Vec::new();
    for pair in lines.windows(2) {
        let place = pair[0].strip_prefix("/// `").and_then(|rest| rest.split_once("` of "));
        let (Some((name, rest)), Some((_, value))) = (place, pair[1].split_once(" = ")) else { continue };
        let (header, _) = rest.split_once(": ").expect("a header, and what it is for");
        constants.push((name.to_string(), header.to_string(), value.trim_end_matches(';').replace('_', "")));
    }
    constants
}

/// A program that compiles if all of it is so.
fn program(constants: &[(String, String, String)]) -> String {
    let mut text =
        "#include <sys/types.h>\n#include <sys/socket.h>\n#include <stddef.h>\n#include <dirent.h>\n#include <termios.h>\n"
            .to_string();
    for (_, header, _) in constants {
        text += &format!("#include <{header}>\n");
    }
    for (name, _, value) in constants {
        text += &format!("_Static_assert({name} == {value}, \"{name}\");\n");
    }
    for (member, offset) in
        [("d_fileno", 0), ("d_off", 8), ("d_reclen", 16), ("d_type", 18), ("d_namlen", 20), ("d_name", 24)]
    {
        text += &format!("_Static_assert(offsetof(struct dirent, {member}) == {offset}, \"{member}\");\n");
    }
    text += "_Static_assert(CMSG_LEN(0) == 16, \"cmsghdr\");\n";
    text += "_Static_assert(sizeof(cap_rights_t) == 16, \"cap_rights_t\");\n";
    text
}

fn compile(kernel: &Kernel, processor: &Processor, folder: &Path, text: &str) -> Command {
    let source: PathBuf = folder.join("constants.c");
    std::fs::write(&source, text).expect("a file can be written");
    let mut command = kernel.clang.command();
    command
        .arg(format!("--target={}", processor.target))
        .args(["-std=gnu11", "-Wall", "-Werror", "-fsyntax-only", "-isystem"])
        .arg(kernel.headers.join(processor.headers))
        .arg("-isystem")
        .arg(kernel.headers.join("generic-freebsd"))
        .arg(source);
    command
}

#[test]
fn numbers_are_those_of_the_headers() {
    let Some(kernel) = Kernel::find("FreeBSD's constants are those of its headers") else { return };
    let folder = scratch();
    let constants = constants();
    assert!(constants.len() >= 13, "only {} constants were found", constants.len());
    for processor in &PROCESSORS[..2] {
        run(&mut compile(&kernel, processor, folder.path(), &program(&constants)));
        for index in 0..constants.len() {
            let mut wrong = constants.clone();
            let name = wrong[index].0.clone();
            wrong[index].2 += " + 1";
            let captured =
                run_expecting_failure(&mut compile(&kernel, processor, folder.path(), &program(&wrong)));
            assert!(captured.stderr.contains(&name), "{}", captured.stderr);
        }
    }
}
