//! What every product is made of, for small definitions: one folder in `cases/` each, with its definition
//! in `abi/` and one golden file per product in `golden/`. A case that is about some products only names them
//! in a file `products`.
//!
//! To accept a change, run `INSTA_UPDATE=always cargo test -p cloudabi-codegen --test goldens` and read the
//! difference in git.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use cloudabi_codegen::command::load_definition;
use cloudabi_codegen::emit::{ALL, Emitter, OutputFile, named};
use cloudabi_codegen::lock::collect;
use cloudabi_codegen::model::Model;

fn cases() -> Vec<(PathBuf, Model)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let mut cases: Vec<_> = std::fs::read_dir(&folder)
        .expect("the folder of cases")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.join("abi").is_dir())
        .collect();
    cases.sort();
    cases
        .into_iter()
        .map(|case| {
            let model = load_definition(&case.join("abi")).unwrap_or_else(|failure| panic!("{failure}"));
            (case, model)
        })
        .collect()
}

/// The products that a case is about: those named in its file `products`, or all.
fn products(case: &Path) -> Vec<&'static dyn Emitter> {
    match std::fs::read_to_string(case.join("products")) {
        Ok(names) => names
            .split_whitespace()
            .map(|name| named(name).unwrap_or_else(|| panic!("no product {name}")))
            .collect(),
        Err(_) => ALL.to_vec(),
    }
}

/// All files of a product in one text, each under its name.
fn joined(files: &[OutputFile]) -> String {
    let mut text = String::new();
    for file in files {
        let _ = writeln!(text, "──── {} ────\n{}", file.path, file.contents);
    }
    text
}

/// Compares with `golden/<name>.snap`; gives the complaint if it differs.
fn differs(case: &Path, name: &str, text: &str) -> Option<String> {
    let checked = std::panic::catch_unwind(|| {
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_path(case.join("golden"));
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        settings.bind(|| insta::assert_snapshot!(name, text));
    });
    checked.is_err().then(|| format!("{}: {name}", case.display()))
}

#[test]
fn every_product_of_every_case_is_as_its_golden_file() {
    let cases = cases();
    assert!(cases.len() >= 3, "there are cases for the shapes that matter");
    let mut wrong = Vec::new();
    let mut covered = std::collections::BTreeSet::new();
    for (case, model) in &cases {
        for emitter in products(case) {
            let files = emitter.emit(model);
            if !files.is_empty() {
                covered.insert(emitter.name());
                wrong.extend(differs(case, emitter.name(), &joined(&files)));
            }
        }
        wrong.extend(differs(case, "lock", &collect(model).to_string()));
    }
    let uncovered: Vec<_> =
        ALL.iter().map(|emitter| emitter.name()).filter(|name| !covered.contains(name)).collect();
    assert!(uncovered.is_empty(), "no case shows what these make: {uncovered:?}");
    assert!(wrong.is_empty(), "these differ from their golden files:\n{}", wrong.join("\n"));
}

#[test]
fn no_golden_file_is_left_over() {
    let mut left_over = Vec::new();
    for (case, model) in cases() {
        for entry in std::fs::read_dir(case.join("golden")).expect("goldens") {
            let name = entry.expect("an entry").file_name().to_string_lossy().into_owned();
            let product = name.strip_suffix(".snap").unwrap_or(&name);
            let made = product == "lock"
                || products(&case).iter().any(|e| e.name() == product && !e.emit(&model).is_empty());
            if !made {
                left_over.push(case.join("golden").join(name));
            }
        }
    }
    assert!(left_over.is_empty(), "nothing makes {left_over:?}");
}

#[test]
fn emitting_twice_gives_the_same_and_files_are_tidy() {
    for (_, model) in cases() {
        for emitter in ALL {
            let files = emitter.emit(&model);
            assert_eq!(files, emitter.emit(&model), "{} is not pure", emitter.name());
            for file in files {
                let name = format!("{} of {}", file.path, emitter.name());
                assert!(file.contents.ends_with('\n') && !file.contents.ends_with("\n\n"), "{name}: its end");
                let trailing = file.contents.lines().position(|line| line.ends_with([' ', '\t']));
                assert_eq!(trailing, None, "{name}: white space at the end of this line");
            }
        }
    }
}

#[test]
fn a_difference_from_a_golden_file_is_noticed() {
    // Whoever accepts golden files must not be asked to accept this one, which is wrong on purpose.
    if std::env::var("INSTA_UPDATE").is_ok_and(|value| value == "always" || value == "unseen") {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let case = folder.path().join("case");
    std::fs::create_dir_all(case.join("golden")).expect("a folder");
    std::fs::write(case.join("golden/product.snap"), "---\nsource: here\n---\nas it was\n").expect("a file");
    assert_eq!(differs(&case, "product", "as it was\n"), None);
    assert!(differs(&case, "product", "as it is\n").is_some());
}
