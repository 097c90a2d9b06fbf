//! Everything compiles as kernel C against FreeBSD 15's headers, warnings being errors.
//!
//! The headers come from the Python package `ziglang`, or from the folder of such a package that the variable
//! `CLOUDABI_ZIGLANG` names.

use crate::product::{MODEL, doctored, files, folder, replace, small_models};
use cloudabi_codegen::emit;
use cloudabi_test_support::{Scratch, Tool, python_module, run, run_expecting_failure, scratch, tool};
use std::path::{Path, PathBuf};
use std::process::Command;

/// A processor: clang's target, the folder of its headers, and flags that its kernel needs.
pub struct Processor {
    pub target: &'static str,
    pub headers: &'static str,
    flags: &'static [&'static str],
}

/// The 64-bit ones run programs of both word sizes; the 32-bit ones show how arguments lie there.
pub const PROCESSORS: [Processor; 4] = [
    Processor {
        target: "x86_64-unknown-freebsd15",
        headers: "x86_64-freebsd-none",
        flags: &["-mno-red-zone", "-mcmodel=kernel"],
    },
    Processor {
        target: "aarch64-unknown-freebsd15",
        headers: "aarch64-freebsd-none",
        flags: &["-ffixed-x18"],
    },
    Processor { target: "i386-unknown-freebsd15", headers: "x86-freebsd-none", flags: &[] },
    Processor { target: "armv7-unknown-freebsd15", headers: "arm-freebsd-eabihf", flags: &[] },
];

/// What is needed to compile kernel C.
pub struct Kernel {
    /// The compiler.
    pub clang: Tool,
    /// The folder of headers, one folder per system and processor in it.
    pub headers: PathBuf,
}

impl Kernel {
    /// Finds it, or reports what is missing.
    pub fn find(test: &str) -> Option<Self> {
        let clang = tool(&["clang", "clang-19", "clang-16", "clang-14"], test)?;
        let package = match std::env::var_os("CLOUDABI_ZIGLANG") {
            Some(folder) => PathBuf::from(folder),
            None => {
                let python = python_module("ziglang", test)?;
                let code = "import ziglang, os; print(os.path.dirname(ziglang.__file__))";
                PathBuf::from(python.run(["-c", code]).stdout.trim_end())
            }
        };
        Some(Kernel { clang, headers: package.join("lib/libc/include") })
    }

    /// The command that compiles one file.
    pub fn command(&self, processor: &Processor, folder: &Path, file: &Path) -> Command {
        let mut command = self.clang.command();
        command
            .arg(format!("--target={}", processor.target))
            .args([
                "-std=gnu11",
                "-O1",
                "-ffreestanding",
                "-fno-builtin",
                "-nostdinc",
                "-D_KERNEL",
                "-DKLD_MODULE",
            ])
            .args(["-Wall", "-Wextra", "-Wmissing-prototypes", "-Wstrict-prototypes", "-Wpointer-arith"])
            .args(["-Wundef", "-Wshadow", "-Werror"])
            .args(processor.flags)
            .arg("-isystem")
            .arg(self.headers.join(processor.headers))
            .arg("-isystem")
            .arg(self.headers.join("generic-freebsd"))
            .arg("-I")
            .arg(folder)
            .args(["-c", "-o"])
            .arg(folder.join("out.o"))
            .arg(file);
        command
    }
}

/// Each file that is compiled, of a product whose names start with `prefix`: the sources, the systrace files as
/// their module includes them, and each header on its own, twice.
fn units(folder: &Scratch, prefix: &str, files: &[String]) -> Vec<PathBuf> {
    let is_source = |path: &&String| path.ends_with(".c") && !path.ends_with("_systrace_args.c");
    let mut units: Vec<PathBuf> =
        files.iter().filter(is_source).map(|file| folder.path().join(file)).collect();
    for bits in [32, 64] {
        let text = format!(
            "#include <sys/param.h>\n#include <sys/systm.h>\n#include \"{prefix}{bits}_proto.h\"\n\
             #include \"{prefix}{bits}_systrace_args.c\"\n\
             void use(void);\n\
             void\nuse(void)\n{{\n\tuint64_t a[8];\n\tchar d[8];\n\tint n;\n\n\
             \tsystrace_args(0, a, a, &n);\n\tsystrace_entry_setargdesc(0, 0, d, sizeof(d));\n\
             \tsystrace_return_setargdesc(0, 0, d, sizeof(d));\n}}\n"
        );
        units.push(folder.write(format!("use_systrace{bits}.c"), text));
    }
    for header in files.iter().filter(|path| path.ends_with(".h")) {
        let text = format!("#include <sys/types.h>\n#include \"{header}\"\n#include \"{header}\"\n");
        units.push(folder.write(format!("include_{header}.c"), text));
    }
    let both =
        format!("#include <sys/types.h>\n#include \"{prefix}32_proto.h\"\n#include \"{prefix}64_proto.h\"\n");
    units.push(folder.write("include_both.c", both));
    units
}

#[test]
fn compiles_as_kernel_code() {
    let Some(kernel) = Kernel::find("FreeBSD files compile as kernel code") else { return };
    let folder = folder();
    let files: Vec<String> = files("freebsd").into_iter().map(|file| file.path).collect();
    let units = units(&folder, &MODEL.name, &files);
    for processor in &PROCESSORS {
        for unit in &units {
            run(&mut kernel.command(processor, folder.path(), unit));
        }
    }
}

#[test]
fn small_definitions_compile_too() {
    let Some(kernel) = Kernel::find("FreeBSD files of small definitions compile") else { return };
    for model in small_models() {
        let folder = scratch();
        let mut paths = Vec::new();
        for (product, is_own) in [("c-headers", false), ("freebsd", true)] {
            for file in emit::named(product).expect("a product").emit(&model) {
                folder.write(&file.path, &file.contents);
                // Their hosts' constants are made up.
                if is_own && !file.path.ends_with("_convert.c") {
                    paths.push(file.path);
                }
            }
        }
        for unit in units(&folder, &model.name, &paths) {
            run(&mut kernel.command(&PROCESSORS[0], folder.path(), &unit));
        }
    }
}

#[test]
fn what_the_kernel_lacks_does_not_compile() {
    let Some(kernel) = Kernel::find("a wrong FreeBSD file does not compile") else { return };
    let refuses = |file: &str, from: &str, to: &str, because: &str| {
        let folder = doctored(replace(file, from, to));
        for processor in &PROCESSORS[..2] {
            let unit = folder.path().join(file);
            let captured = run_expecting_failure(&mut kernel.command(processor, folder.path(), &unit));
            assert!(captured.stderr.contains(because), "{}", captured.stderr);
        }
    };
    refuses("cloudabi_convert.c", "case SIGHUP:", "case SIGHANGUP:", "SIGHANGUP");
    // Two names for one number.
    refuses(
        "cloudabi_convert.c",
        "case EAGAIN:",
        "case EAGAIN:\n\tcase EWOULDBLOCK:",
        "duplicate case value",
    );
    refuses("cloudabi_capsicum.c", "(host, CAP_SHUTDOWN))", "(host, CAP_SHUT))", "CAP_SHUT");
    refuses(
        "cloudabi64_sysent.c",
        "SLOT(cloudabi_sys_fd_seek_args, whence, 2)",
        "SLOT(cloudabi_sys_fd_seek_args, whence, 3)",
        "argument in its slot",
    );
    refuses("cloudabi64_sysent.c", "\t[0] = {\n", "\t[90] = {\n", "an entry for each number");
}
