//! A new user's first five minutes: a package, outside of the repository, that runs; and what else can be done with it.
#![cfg(target_os = "linux")]

use std::path::{Path, PathBuf};
use std::process::Command;

use cloudabi_test_support::{Captured, Scratch, run, run_expecting_failure, runner, scratch};

fn tool(folder: &Path) -> Command {
    let mut tool = Command::new(env!("CARGO_BIN_EXE_cargo-cloudabi"));
    let target =
        Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("a parent").join("target/new-packages");
    tool.arg("cloudabi").current_dir(folder).env("CLOUDABI_RUN", runner());
    // What the crate uses was fetched for this test itself, and is not to be looked for again.
    tool.env("CARGO_NET_OFFLINE", "true").env("CARGO_TARGET_DIR", target);
    // The folder keeps what each run makes.
    tool.env("CARGO_PROFILE_DEV_DEBUG", "0").env("CARGO_INCREMENTAL", "0");
    tool
}

/// A package as the command makes it.
fn package(name: &str) -> (Scratch, PathBuf) {
    let folder = scratch();
    let made = run(tool(folder.path()).args(["new", name]));
    assert!(made.stderr.contains("with the crate `cloudabi` from /"), "{}", made.stderr);
    let path = folder.path().join(name);
    (folder, path)
}

fn write(folder: &Path, name: &str, text: &str) {
    let path = folder.join(name);
    std::fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
    std::fs::write(path, text).expect("a file");
}

fn refused(command: &mut Command) -> String {
    let Captured { stderr, .. } = run_expecting_failure(command);
    stderr
}

#[test]
fn new_and_run() {
    let (_folder, package) = package("first-steps");
    let output = run(tool(&package).arg("run"));
    assert_eq!(output.stdout, "Hello, world!\n");
    for line in
        ["   Compiling first-steps v0.1.0", "    Finished `dev` profile", "     Checked ", "     Running `"]
    {
        assert!(output.stderr.contains(line), "{line:?} is not in\n{}", output.stderr);
    }

    // Another configuration, from a file and from standard input.
    let config = "%TAG ! tag:nuxi.nl,2015:cloudabi/\n---\noutput: !fd stdout\ngreeting: Good morning!\n";
    write(&package, "other.yaml", config);
    assert_eq!(run(tool(&package).args(["run", "--quiet", "--", "other.yaml"])).stdout, "Good morning!\n");
    let input = std::fs::File::open(package.join("other.yaml")).expect("a file");
    assert_eq!(
        run(tool(&package).args(["run", "--quiet", "--", "-"]).stdin(input)).stdout,
        "Good morning!\n"
    );

    // The program says what is wrong with what it was given.
    write(&package, "wrong.yaml", "%TAG ! tag:nuxi.nl,2015:cloudabi/\n---\nstderr: !fd stderr\noutput: 1\n");
    let output = refused(tool(&package).args(["run", "--quiet", "--", "wrong.yaml"]));
    assert!(output.contains("in `output`"), "{output}");

    // Without a configuration the command says how to write one.
    std::fs::remove_file(package.join("first-steps.yaml")).expect("it was there");
    let output = refused(tool(&package).arg("run"));
    assert!(
        output.contains("there is no first-steps.yaml") && output.contains("output: !fd stdout"),
        "{output}"
    );

    // A second program needs to be named.
    write(&package, "src/bin/second.rs", "#![no_std]\n#![no_main]\n#[cloudabi::main]\nfn main() {}\n");
    let output = refused(tool(&package).args(["run", "--", "other.yaml"]));
    assert!(output.contains("--bin NAME") && output.contains("first-steps, second"), "{output}");
    run(tool(&package).args(["run", "--bin", "second", "--", "other.yaml"]));
    let output = refused(tool(&package).args(["run", "--bin", "second", "--", "other.yaml", "argument"]));
    assert!(output.contains("a program has no command line"), "{output}");
}

/// The README's section on writing a program shows what a new package has.
#[test]
fn the_readme_shows_a_new_package() {
    let folder = scratch();
    run(tool(folder.path()).args(["new", "hello"]));
    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("a parent").join("README.md");
    let readme = std::fs::read_to_string(readme).expect("a README");
    for (kind, file) in [("rust", "src/main.rs"), ("yaml", "hello.yaml")] {
        let text = std::fs::read_to_string(folder.path().join("hello").join(file)).expect("a file");
        assert!(
            readme.contains(&format!("```{kind}\n{text}```\n")),
            "{file} is not in the README as it is:\n{text}"
        );
    }
}

const TEST: &str = "\
#![no_std]
#![no_main]

use cloudabi::fs::{Dir, File};
use cloudabi::io::{self, Write as _};
use serde::Deserialize;

#[derive(Deserialize)]
struct Args {
    output: File,
    tmpdir: Dir,
}

#[cloudabi::main]
fn main(mut args: Args) -> io::Result<()> {
    args.tmpdir.write(\"file\", \"text\")?;
    writeln!(args.output, \"what it says\")?;
    assert_eq!(args.tmpdir.read(\"file\")?, b\"TEXT\");
    Ok(())
}
";

#[test]
fn tests_run_natively_and_as_programs() {
    let (_folder, package) = package("tested");
    let manifest = std::fs::read_to_string(package.join("Cargo.toml")).expect("a file");
    let more = "\n[[test]]\nname = \"good\"\nharness = false\n\n[[test]]\nname = \"bad\"\nharness = false\n";
    write(&package, "Cargo.toml", &format!("{manifest}{more}"));
    write(&package, "tests/good.rs", &TEST.replace("TEXT", "text"));
    write(&package, "tests/bad.rs", TEST);
    write(&package, "tests/native.rs", "#[test]\nfn natively() {\n    assert_eq!(1 + 1, 2);\n}\n");
    let main = std::fs::read_to_string(package.join("src/main.rs")).expect("a file");
    write(&package, "src/main.rs", &format!("{main}\n#[test]\nfn in_the_program() {{}}\n"));

    let Captured { stdout, stderr, .. } = run_expecting_failure(tool(&package).arg("test"));
    for line in [
        "test in_the_program ... ok",
        "test natively ... ok",
        "running 2 programs",
        "test good ... ok",
        "test bad ... FAILED",
        "---- bad ----\nwhat it says\n",
        "test result: FAILED. 1 passed; 1 failed",
    ] {
        assert!(stdout.contains(line), "{line:?} is not in\n{stdout}\n{stderr}");
    }
    assert_eq!(stdout.matches("what it says").count(), 1, "what a test says is shown if it fails:\n{stdout}");

    let good = run(tool(&package).args(["test", "--test", "good"])).stdout;
    assert!(good.contains("test good ... ok") && !good.contains("natively"), "{good}");
    // With a configuration of its own, a test gets that and nothing else.
    write(&package, "tests/good.yaml", "%TAG ! tag:nuxi.nl,2015:cloudabi/\n---\noutput: !fd stdout\n");
    let good = run_expecting_failure(tool(&package).args(["test", "--test", "good"])).stdout;
    assert!(good.contains("test good ... FAILED"), "{good}");
    assert!(
        refused(tool(&package).args(["test", "--test", "god"]))
            .contains("there is no integration test `god`")
    );
}

/// What is linked is not taken on trust.
#[test]
fn programs_that_no_host_runs_are_refused_with_advice() {
    let (_folder, package) = package("spoilt");
    let main = std::fs::read_to_string(package.join("src/main.rs")).expect("a file");
    let code = "\n#[cfg(target_arch = \"x86_64\")]\ncore::arch::global_asm!(\n    \".globl spoilt\",\n    \"spoilt: mov rax, fs:[0x28]\",\n    \"ret\"\n);\n\
                unsafe extern \"C\" {\n    safe fn spoilt();\n}\n";
    let main = main.replace("    let mut output", "    spoilt();\n    let mut output");
    write(&package, "src/main.rs", &format!("{main}{code}"));
    let said = refused(tool(&package).arg("build"));
    if cfg!(target_arch = "x86_64") {
        assert!(
            said.contains("error: program `spoilt`: its code takes what is at %fs:0x28 for its own"),
            "{said}"
        );
        assert!(said.contains("= help: the base of %fs belongs to the host"), "{said}");
        assert!(said.contains("1 program does not keep to the ABI"), "{said}");
    }
}

#[test]
fn new_makes_nothing_that_cannot_be_a_package() {
    let folder = scratch();
    let entries = || std::fs::read_dir(folder.path()).expect("a folder").count();
    for (name, why) in
        [("1st", "begins with `1`"), ("a b", "there is ` ` in it"), ("test", "means something else")]
    {
        let said = refused(tool(folder.path()).args(["new", name]));
        assert!(said.contains(why), "{name}: {said}");
    }
    let said = refused(tool(folder.path()).args(["new", "a", "--path", "/"]));
    assert!(said.contains("/ is no checkout"), "{said}");
    assert_eq!(entries(), 0);

    folder.write("there/file", "kept");
    let said = refused(tool(folder.path()).args(["new", "there"]));
    assert!(said.contains("there is there already"), "{said}");
    assert_eq!(std::fs::read_to_string(folder.path().join("there/file")).expect("a file"), "kept");
    assert_eq!(entries(), 1);

    // From the registry, as it is for those who have no checkout.
    run(tool(folder.path()).args([
        "new",
        "elsewhere/published",
        "--registry",
        "--name",
        "other",
        "--vcs",
        "none",
    ]));
    let manifest =
        std::fs::read_to_string(folder.path().join("elsewhere/published/Cargo.toml")).expect("a file");
    assert!(manifest.contains("name = \"other\"") && manifest.contains("cloudabi = \"0.1"), "{manifest}");
    assert!(!folder.path().join("elsewhere/published/.git").exists());
}

#[test]
fn a_missing_runner_is_explained() {
    let folder = scratch();
    let mut command = tool(folder.path());
    let said = refused(command.arg("run").env("CLOUDABI_RUN", "/no/such/file"));
    assert!(said.contains("CLOUDABI_RUN names /no/such/file"), "{said}");
}

#[test]
fn files_are_checked_and_branded() {
    let folder = scratch();
    let script = folder.write("script", "#!/bin/sh\n");
    let said = refused(tool(folder.path()).arg("check-elf").arg(&script).arg("/no/such/file"));
    assert!(
        said.contains("it is a script")
            && said.contains("= help: ")
            && said.contains("cannot read /no/such/file"),
        "{said}"
    );
    let said = refused(tool(folder.path()).arg("check-elf").arg(folder.path()));
    assert!(said.contains("is a directory"), "{said}");

    // What is wrong is not branded.
    let own = std::fs::read(std::env::current_exe().expect("a path")).expect("this test");
    let copy = folder.write("copy", &own);
    refused(tool(folder.path()).args(["check-elf", "--brand"]).arg(&copy));
    assert!(std::fs::read(&copy).expect("a file") == own, "the file is as it was");

    // What is right is.
    let mut program = std::fs::read(cloudabi_test_support::guest("exit")).expect("a program");
    program[7] = 0;
    let unbranded = folder.write("program", &program);
    refused(tool(folder.path()).arg("check-elf").arg(&unbranded));
    run(tool(folder.path()).args(["check-elf", "--brand"]).arg(&unbranded));
    let checked = run(tool(folder.path()).arg("check-elf").arg(&unbranded)).stdout;
    assert!(checked.contains(": a CloudABI program for "), "{checked}");
}
