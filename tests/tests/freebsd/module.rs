//! The kernel module: it compiles without a warning against FreeBSD 15's headers, its objects link, and everything that
//! it wants from the kernel is something that the kernel's headers offer to modules.

use crate::kernel::{Kernel, PROCESSORS, Processor};
use crate::product::MODEL;
use cloudabi_test_support::{Scratch, Tool, run, run_expecting_failure, scratch, tool};
use object::{Object as _, ObjectSymbol as _};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// The processors that the module is for, what its Makefiles call them, and the stubs of the vDSO.
const MODULES: [(usize, &str, &str); 2] = [
    (0, "cloudabi64_amd64.c", "cloudabi_vdso_x86_64.S"),
    (1, "cloudabi64_arm64.c", "cloudabi_vdso_aarch64.S"),
];

/// The symbols that the kernel exports, as far as the module uses them: a line for each, with the header that declares it.
const EXPORTS: &str = include_str!("kernel/exports");

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn sources() -> PathBuf {
    repository().join("freebsd-glue/kmod")
}

/// The sources that a module's Makefile lists, without what FreeBSD's build makes.
fn listed(module: &str) -> Vec<String> {
    let makefile = std::fs::read_to_string(sources().join(module).join("Makefile")).expect("a Makefile");
    let joined = makefile.replace("\\\n", " ");
    let lists = joined.lines().filter_map(|line| line.trim().strip_prefix("SRCS"));
    let words = lists.flat_map(|list| list.split_whitespace().skip(1));
    words.filter(|word| word.ends_with(".c")).map(str::to_string).collect()
}

/// Where a source is: written by hand, or generated.
fn place(file: &str) -> PathBuf {
    let written = sources().join(file);
    if written.is_file() { written } else { repository().join("generated/freebsd").join(file) }
}

/// What each module's objects link to, for one processor.
struct Built {
    folder: Scratch,
    defined: BTreeSet<String>,
    wanted: BTreeSet<String>,
}

/// Compiles one source as the Makefiles do.
fn compile(kernel: &Kernel, processor: &Processor, source: &Path, object: &Path) -> std::process::Command {
    let folder = repository();
    let mut command = kernel.command(processor, &folder.join("generated/freebsd"), source);
    for include in ["freebsd-glue/kmod", "generated/c", "tests/tests/freebsd/kernel"] {
        command.arg("-I").arg(folder.join(include));
    }
    // The package's headers leave the version to its own compiler.
    command.args(["-D__FreeBSD_version=1500068", "-Wno-unused-parameter", "-o"]).arg(object);
    command
}

fn build(kernel: &Kernel, linker: &Tool, index: usize) -> Built {
    let (processor, machine, stubs) = MODULES[index];
    let processor = &PROCESSORS[processor];
    let folder = scratch();
    let mut built = Built { folder, defined: BTreeSet::new(), wanted: BTreeSet::new() };
    for module in ["cloudabi", "cloudabi64"] {
        let mut objects = Vec::new();
        let others = MODULES.map(|(_, machine, _)| machine);
        for file in listed(module).iter().filter(|file| *file == machine || !others.contains(&file.as_str()))
        {
            let object = built.folder.path().join(file).with_extension("o");
            run(&mut compile(kernel, processor, &place(file), &object));
            objects.push(object);
        }
        if module == "cloudabi64" {
            objects.push(vdso(kernel, linker, processor, stubs, &built.folder));
        }
        let linked = built.folder.path().join(format!("{module}.ko"));
        run(linker.command().args(["-r", "-o"]).arg(&linked).args(&objects));
        let bytes = std::fs::read(&linked).expect("a linked module");
        let file = object::File::parse(&*bytes).expect("an ELF file");
        for symbol in file.symbols() {
            let Ok(name) = symbol.name() else { continue };
            match symbol.is_undefined() {
                true if !name.is_empty() => _ = built.wanted.insert(name.to_string()),
                false if symbol.is_global() => _ = built.defined.insert(name.to_string()),
                _ => {}
            }
        }
    }
    built
}

/// The vDSO, linked by the generated script, as an object.
fn vdso(kernel: &Kernel, linker: &Tool, processor: &Processor, stubs: &str, folder: &Scratch) -> PathBuf {
    let vdso = repository().join("generated/vdso");
    let assemble = |source: &Path, object: &Path| {
        let mut command = kernel.clang.command();
        command.arg(format!("--target={}", processor.target)).arg("-c").arg("-I").arg(folder.path());
        run(command.arg("-o").arg(object).arg(source));
    };
    let object = folder.path().join("stubs.o");
    assemble(&vdso.join(stubs), &object);
    run(linker
        .command()
        .args([
            "-shared",
            "--hash-style=sysv",
            "--eh-frame-hdr",
            "--build-id=none",
            "-z",
            "noexecstack",
            "-T",
        ])
        .arg(vdso.join("cloudabi_vdso.lds"))
        .arg("-o")
        .arg(folder.path().join("cloudabi64_vdso.so"))
        .arg(&object));
    let image = folder.path().join("cloudabi64_vdso_image.o");
    assemble(&sources().join("cloudabi64_vdso_image.S"), &image);
    image
}

/// The list of exports: symbol and header.
fn exports(list: &str) -> BTreeMap<&str, &str> {
    let lines = list.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    lines.map(|line| line.split_once('\t').expect("a symbol, a tab and a header")).collect()
}

/// What is wrong with what the module wants, given the list and a way to read a header.
fn problems(built: &Built, list: &str, read: impl Fn(&str) -> Option<String>) -> Vec<String> {
    let exports = exports(list);
    let mut problems = Vec::new();
    for symbol in built.wanted.difference(&built.defined) {
        let Some(header) = exports.get(symbol.as_str()) else {
            problems.push(format!("the kernel is not known to export {symbol}"));
            continue;
        };
        let is_word =
            |text: &str| text.split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| word == symbol);
        // Some names are made by macros: from the word size, and from the name of a set.
        let is_made = |text: &str| {
            let ends = ["__start_set_", "__stop_set_"];
            let is_end =
                |end: &str| symbol.starts_with(end) && text.contains(&format!("__WEAK(__CONCAT({end},"));
            symbol.strip_prefix("elf64_").is_some_and(|rest| text.contains(&format!("__elfN({rest})")))
                || ends.into_iter().any(is_end)
        };
        match read(header) {
            // It comes with no package; who looks at the kernel's source finds it.
            None if *header == "vnode_if.h" || *header == "-" => {}
            None => problems.push(format!("{symbol}: there is no {header}")),
            Some(text) if is_word(&text) || is_made(&text) => {}
            Some(_) => problems.push(format!("{header} does not speak of {symbol}")),
        }
    }
    problems
}

#[test]
fn compiles_and_wants_what_the_kernel_has() {
    let test = "FreeBSD's module compiles and links";
    let Some(kernel) = Kernel::find(test) else { return };
    let Some(linker) = tool(&["ld.lld", "ld.lld-19", "ld.lld-16", "ld.lld-14"], test) else { return };
    let mut used = BTreeSet::new();
    for (index, (processor, machine, _)) in MODULES.into_iter().enumerate() {
        let built = build(&kernel, &linker, index);
        let read = |header: &str| {
            let folders = [PROCESSORS[processor].headers, "generic-freebsd"];
            folders
                .iter()
                .find_map(|folder| std::fs::read_to_string(kernel.headers.join(folder).join(header)).ok())
        };
        let problems = problems(&built, EXPORTS, read);
        assert!(problems.is_empty(), "{machine}:\n{}", problems.join("\n"));
        // Every call is served by a function of the module's.
        for call in &MODEL.calls {
            let function = crate::product::function(&MODEL, call, 64);
            assert!(built.defined.contains(&function), "{machine}: nothing serves {}", call.name);
        }
        used.extend(built.wanted);
    }
    let unused: Vec<&str> = exports(EXPORTS).into_keys().filter(|symbol| !used.contains(*symbol)).collect();
    assert!(unused.is_empty(), "nothing uses {}", unused.join(", "));
}

#[test]
fn what_the_kernel_does_not_have_is_noticed() {
    let folder = scratch();
    let set = |names: &[&str]| names.iter().map(|name| (*name).to_string()).collect();
    let built = Built {
        folder,
        defined: set(&["ours"]),
        wanted: set(&["ours", "known", "unknown", "moved", "gone"]),
    };
    let list = "known\tsys/a.h\nmoved\tsys/a.h\ngone\tsys/b.h\n";
    let read = |header: &str| (header == "sys/a.h").then(|| "int known(void);".to_string());
    let said = problems(&built, list, read).join("\n");
    for problem in
        ["not known to export unknown", "sys/a.h does not speak of moved", "gone: there is no sys/b.h"]
    {
        assert!(said.contains(problem), "{said}");
    }
    assert!(!said.contains("ours") && !said.contains(": known"), "{said}");
    drop(built.folder);
}

#[test]
fn a_warning_is_an_error() {
    let Some(kernel) = Kernel::find("a doubtful line of FreeBSD's module does not compile") else { return };
    let folder = scratch();
    let text = std::fs::read_to_string(sources().join("cloudabi_clock.c")).expect("a source");
    for (from, to, because) in [
        ("MAX(resolution, 1)", "resolution == -1", "different signs"),
        ("kern_clock_getres(td, host, &ts)", "kern_clock_getres(td, &ts)", "too few arguments"),
    ] {
        assert_eq!(text.matches(from).count(), 1, "{from}");
        let source = folder.write("doubtful.c", text.replacen(from, to, 1));
        let mut command = compile(&kernel, &PROCESSORS[0], &source, &folder.path().join("doubtful.o"));
        let captured = run_expecting_failure(&mut command);
        assert!(captured.stderr.contains(because), "{}", captured.stderr);
    }
}

#[test]
fn every_source_is_in_a_makefile() {
    let listed: BTreeSet<String> =
        ["cloudabi", "cloudabi64"].iter().flat_map(|module| listed(module)).collect();
    let there: BTreeSet<String> = std::fs::read_dir(sources())
        .expect("the module's folder")
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| name.ends_with(".c"))
        .collect();
    assert!(there.len() > 20, "the module's sources");
    for file in &there {
        assert!(listed.contains(file), "no Makefile lists {file}");
    }
    for file in &listed {
        assert!(place(file).is_file(), "there is no {file}");
    }
}

#[test]
fn capabilities_have_the_numbers_of_the_definition() {
    let Some(kernel) = Kernel::find("capabilities have the definition's numbers") else { return };
    let folder = scratch();
    let host = MODEL.host("freebsd").expect("the FreeBSD host");
    let probe = |change: u64| {
        let lines: String = host
            .constants
            .iter()
            .map(|constant| {
                let (name, value) = (&constant.name, constant.value ^ change);
                format!("_Static_assert({name} == {value}ULL, \"{name}\");\n")
            })
            .collect();
        format!("#include <sys/param.h>\n#include <sys/capsicum.h>\n{lines}")
    };
    assert!(host.constants.len() > 20, "constants with numbers");
    let object = folder.path().join("probe.o");
    for processor in &PROCESSORS[..2] {
        run(&mut compile(&kernel, processor, &folder.write("probe.c", probe(0)), &object));
        let wrong = folder.write("wrong.c", probe(1 << 40));
        let captured = run_expecting_failure(&mut compile(&kernel, processor, &wrong, &object));
        assert!(captured.stderr.contains("CAP_READ"), "{}", captured.stderr);
    }
}

#[test]
fn the_launcher_compiles() {
    let Some(kernel) = Kernel::find("FreeBSD's launcher compiles") else { return };
    let folder = scratch();
    for processor in &PROCESSORS[..2] {
        let mut command = kernel.clang.command();
        command
            .arg(format!("--target={}", processor.target))
            .args(["-std=gnu11", "-O1", "-Wall", "-Wextra", "-Wmissing-prototypes", "-Wstrict-prototypes"])
            .args(["-Wshadow", "-Wcast-qual", "-Wconversion", "-Werror", "-isystem"])
            .arg(kernel.headers.join(processor.headers))
            .arg("-isystem")
            .arg(kernel.headers.join("generic-freebsd"))
            .args(["-c", "-o"])
            .arg(folder.path().join("launcher.o"));
        run(command.arg(repository().join("freebsd-glue/launcher/cloudabi-exec.c")));
    }
}
