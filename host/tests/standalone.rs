//! The generated part of this crate is made for other definitions too: for each small definition of the generator's
//! tests, it compiles beside the hand-written modules, without warnings and without the standard library. One of them
//! is also run.

use cloudabi_codegen::emit;
use cloudabi_codegen::model::Model;
use cloudabi_test_support::{Scratch, read_definition, run, run_expecting_failure, scratch, tool};
use std::fs;
use std::path::{Path, PathBuf};

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The small definitions, by the names of their folders.
fn cases() -> Vec<(String, Model)> {
    let mut cases = Vec::new();
    for entry in
        fs::read_dir(folder().join("../codegen/tests/cases")).expect("the small definitions are there")
    {
        let path = entry.expect("the folder can be read").path();
        if path.join("abi").is_dir() {
            let sources = read_definition(&path.join("abi")).expect("the definition can be read");
            let model = cloudabi_codegen::load::load(&sources).expect("the definition is in order");
            cases.push((path.file_name().unwrap_or_default().to_string_lossy().into_owned(), model));
        }
    }
    cases
}

/// Copies the files of a folder of this crate's sources.
fn copy(scratch: &Scratch, from: &Path, to: &str) {
    for entry in fs::read_dir(from).expect("the sources are there") {
        let path = entry.expect("the folder can be read").path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        scratch.write(format!("{to}{name}"), fs::read(&path).expect("the file can be read"));
    }
}

/// Writes the crate that a host for this definition would have. Gives what declares its modules.
fn write_crate(model: &Model, scratch: &Scratch) -> String {
    let source = folder().join("src");
    copy(scratch, &source.join("memory"), "memory/");
    for file in ["runtime.rs", "call_info.rs"] {
        scratch.write(file, fs::read(source.join(file)).expect("the file can be read"));
    }
    let mut modules = Vec::new();
    for file in emit::named("rust-host").expect("there is the emitter").emit(model) {
        modules.push(file.path.trim_end_matches(".rs").to_string());
        scratch.write(format!("generated/{}", file.path), file.contents);
    }
    // The macros come first.
    modules.sort_by_key(|module| (module != "support", module.clone()));
    let declarations = modules.iter().map(|module| match module.as_str() {
        "support" => "    #[macro_use]\n    pub mod support;\n".to_string(),
        other => format!("    pub mod {other};\n"),
    });
    format!(
        "pub mod call_info;\npub mod memory;\npub mod runtime;\npub mod generated {{\n{}}}\n",
        declarations.collect::<String>()
    )
}

#[test]
fn the_generated_part_compiles_for_every_definition() {
    let Some(compiler) = tool(&["rustc"], "the_generated_part_compiles_for_every_definition") else { return };
    let cases = cases();
    assert!(cases.len() >= 5, "the small definitions were not found");
    for (name, model) in cases {
        let scratch = scratch();
        let modules = write_crate(&model, &scratch);
        let library = scratch.write("lib.rs", format!("#![no_std]\n{modules}"));
        let mut command = compiler.command();
        command.args([
            "--edition",
            "2024",
            "--crate-type",
            "lib",
            "--emit",
            "metadata",
            "-D",
            "warnings",
            "--out-dir",
        ]);
        println!("{name}");
        run(command.arg(scratch.path()).arg(library));
    }
}

#[test]
fn a_definition_full_of_clashes_works_and_mistakes_are_noticed() {
    let Some(compiler) = tool(&["rustc"], "a_definition_full_of_clashes_works_and_mistakes_are_noticed")
    else {
        return;
    };
    let (_, model) = cases().into_iter().find(|(name, _)| name == "shims").expect("there is the definition");
    let scratch = scratch();
    let modules = write_crate(&model, &scratch);
    let program =
        fs::read_to_string(folder().join("tests/standalone/gate.rs")).expect("the program is there");
    let source = scratch.write("main.rs", format!("{modules}{program}"));
    let executable = scratch.path().join("gate");
    let mut command = compiler.command();
    command.args(["--edition", "2024", "-C", "debug-assertions=on", "-o"]).arg(&executable).arg(source);
    run(&mut command);
    run(&mut std::process::Command::new(&executable));
    // The same program with one expectation changed.
    run_expecting_failure(std::process::Command::new(&executable).arg("spoil"));
}
