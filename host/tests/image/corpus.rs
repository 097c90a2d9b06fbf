//! The corpus that fuzzing has found, again and again.
//!
//! `host/fuzz` makes it. Its seeds are the images of [`seeds()`] and nobody else's files.

use super::model::{PAGE_SIZES, exercise, exercise_all};
use super::seeds::seeds;
use std::fs;
use std::path::{Path, PathBuf};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus/image")
}

#[test]
fn the_corpus_gives_no_surprises() {
    let entries = fs::read_dir(folder()).expect("the corpus is there");
    let files = entries.map(|entry| fs::read(entry.expect("the folder can be read").path()).expect("a file"));
    let files: Vec<_> = files.collect();
    files.iter().for_each(|file| exercise_all(file));
    // Otherwise it would only say that nothing is read.
    let is_good = |file: &&Vec<u8>| PAGE_SIZES.iter().any(|page_size| exercise(file, *page_size).is_ok());
    let good = files.iter().filter(is_good).count();
    assert!(good >= 30 && files.len() - good >= 30, "{good} of {} are good", files.len());
}

#[test]
fn seeds_are_good_but_for_the_one_that_needs_a_library() {
    let results = seeds()
        .iter()
        .map(|seed| exercise(&seed.build(), 64).map_err(|error| error.to_string()))
        .collect::<Vec<_>>();
    let errors: Vec<_> = results.into_iter().filter_map(Result::err).collect();
    assert_eq!(errors.len(), 1, "{errors:?}");
    assert!(errors[0].contains("shared library"), "{errors:?}");
}
