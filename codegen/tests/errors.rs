//! Everything that the loader must find, each in a small definition with the expected message on the offending line.
//!
//! A case is a file `errors/NAME.yaml`. A line `--- file: fd.yaml` begins a file of the definition; the files of
//! `errors/common` are added unless the case has one of the same name. Behind `#~` stands a message that must be
//! reported for that line, `#~^` one for the line above, `#~^^` for the one above that, and `#~*` one without a place.
//! A message that ends in `…` may go on. Nothing else may be reported.
//!
//! Every case is also a snapshot of what people see, with the line and the caret.

use std::fs;
use std::path::{Path, PathBuf};

use cloudabi_codegen::diagnostic::Diagnostics;
use cloudabi_codegen::load::load;
use cloudabi_codegen::source::{SourceFile, Sources};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/errors")
}

/// The files of a folder that end in `.yaml`, by name.
fn yaml_files(folder: &Path) -> Vec<(String, String)> {
    let mut files: Vec<_> = fs::read_dir(folder)
        .expect("the folder can be read")
        .map(|entry| entry.expect("the folder can be read").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "yaml"))
        .map(|path| {
            let name = path.file_name().and_then(|name| name.to_str()).expect("a plain name").to_owned();
            (name, fs::read_to_string(&path).expect("the file can be read"))
        })
        .collect();
    files.sort();
    files
}

/// A message that must be reported.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Expected {
    /// File and line; `None` for a message without a place.
    place: Option<(String, usize)>,
    message: String,
}

/// A case: the files of the definition, and what must be reported.
fn read_case(text: &str) -> (Sources, Vec<Expected>) {
    let mut files: Vec<(String, String)> = Vec::new();
    let mut expected = Vec::new();
    for line in text.lines() {
        if let Some(name) = line.strip_prefix("--- file: ") {
            files.push((name.trim().to_owned(), String::new()));
            continue;
        }
        let (name, contents) = files.last_mut().expect("a case begins with `--- file: NAME`");
        contents.push_str(line);
        contents.push('\n');
        let number = contents.lines().count();
        for note in line.split("#~").skip(1) {
            let (up, general, message) = match note.strip_prefix('*') {
                Some(message) => (0, true, message),
                None => {
                    let message = note.trim_start_matches('^');
                    (note.len() - message.len(), false, message)
                }
            };
            let place = (!general).then(|| (name.clone(), number - up));
            expected.push(Expected { place, message: message.trim().to_owned() });
        }
    }
    for (name, text) in yaml_files(&folder().join("common")) {
        if !files.iter().any(|(present, _)| *present == name) {
            files.push((name, text));
        }
    }
    let files = files.into_iter().map(|(name, text)| SourceFile { shown: name.clone(), name, text });
    (Sources::new(files.collect()), expected)
}

/// What is reported although it should not be, and what is not although it should.
fn compare(diagnostics: &Diagnostics, sources: &Sources, mut expected: Vec<Expected>) -> Vec<String> {
    let mut wrong = Vec::new();
    for found in diagnostics.located(sources) {
        let place = found.place.map(|(file, line, _)| (file, line));
        let fits = |expected: &Expected| {
            expected.place == place
                && match expected.message.strip_suffix('…') {
                    Some(start) => found.message.starts_with(start),
                    None => found.message == expected.message,
                }
        };
        match expected.iter().position(fits) {
            Some(index) => drop(expected.remove(index)),
            None => wrong.push(format!("reported, but not expected: {place:?}: {}", found.message)),
        }
    }
    let missing =
        expected.iter().map(|e| format!("expected, but not reported: {:?}: {}", e.place, e.message));
    wrong.extend(missing);
    wrong
}

fn diagnostics(sources: &Sources) -> Diagnostics {
    load(sources).err().unwrap_or_default()
}

#[test]
fn mistakes_are_reported_where_they_stand() {
    let mut wrong = Vec::new();
    let cases = yaml_files(&folder());
    assert!(cases.len() > 15);
    for (name, text) in cases {
        let (sources, expected) = read_case(&text);
        let found = diagnostics(&sources);
        wrong.extend(compare(&found, &sources, expected).into_iter().map(|line| format!("{name}: {line}")));
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn messages_look_like_this() {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("errors/snapshots");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| {
        for (name, text) in yaml_files(&folder()) {
            let (sources, _) = read_case(&text);
            insta::assert_snapshot!(
                name.trim_end_matches(".yaml"),
                diagnostics(&sources).render(&sources, false)
            );
        }
    });
}

/// Every caret is under something: a stretch of one line.
#[test]
fn places_are_exact() {
    for (name, text) in yaml_files(&folder()) {
        let (sources, _) = read_case(&text);
        for diagnostic in diagnostics(&sources).iter() {
            let Some(span) = diagnostic.span else { continue };
            let end_of_file = span.start as usize == sources.files[span.file as usize].text.len();
            let shown = span.text(&sources);
            let is_exact = !shown.is_empty() && !shown.contains('\n');
            assert!(
                is_exact || end_of_file || name == "syntax.yaml",
                "{name}: {}: {shown:?}",
                diagnostic.message
            );
        }
    }
}

/// One run over one definition finds what is wrong in all of its files, in their order.
#[test]
fn all_mistakes_of_all_files_are_reported_at_once() {
    let mut files = Vec::new();
    for (name, text) in yaml_files(&folder()) {
        // Where a file could not be read at all, names that others use may be in it, and are not reported.
        if name == "syntax.yaml" {
            continue;
        }
        files.extend(read_case(&text).0.files.into_iter().map(|mut file| {
            let own = format!(
                "{}_{}",
                name.trim_end_matches(".yaml"),
                file.name.rsplit('/').next().unwrap_or(&file.name)
            );
            file.name = if name == "hosts.yaml" { file.name } else { own };
            file
        }));
    }
    let sources = Sources::new(files);
    let found = diagnostics(&sources);
    assert!(found.len() > 300, "{}", found.len());
    let places: Vec<_> = found.iter().filter_map(|diagnostic| diagnostic.span).collect();
    let in_files: std::collections::BTreeSet<_> = places.iter().map(|span| span.file).collect();
    assert!(in_files.len() > 20, "{}", in_files.len());
    assert!(places.is_sorted_by_key(|span| (span.file, span.start)));
}

#[test]
fn a_whole_definition_without_mistakes_has_none() {
    let (sources, expected) = read_case("--- file: more.yaml\nsubsystem: more\ndoc: Nothing.\n");
    assert_eq!(compare(&diagnostics(&sources), &sources, expected), [""; 0]);
}

#[test]
fn the_comparison_notices_what_is_missing_or_too_much() {
    let case = "--- file: more.yaml\nsubsystem: more #~ never said\ndoc: See [nowhere].\n";
    let (sources, expected) = read_case(case);
    let wrong = compare(&diagnostics(&sources), &sources, expected);
    assert_eq!(wrong.len(), 2, "{wrong:?}");
    assert!(wrong[0].starts_with("reported, but not expected: Some((\"more.yaml\", 2))"), "{wrong:?}");
    assert!(wrong[1].starts_with("expected, but not reported: Some((\"more.yaml\", 1))"), "{wrong:?}");
}

#[test]
fn a_terminal_gets_colors_and_others_do_not() {
    let (sources, _) = read_case("--- file: more.yaml\nsubsystem: more\ndoc: See [nowhere].\n");
    let found = diagnostics(&sources);
    assert!(found.render(&sources, true).contains("\u{1b}["));
    assert!(!found.render(&sources, false).contains('\u{1b}'));
}
