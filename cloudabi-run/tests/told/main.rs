//! Whatever a program's process tells the command, and whatever its executable holds, is read without harm.
//!
//! Fuzzing goes on from here: `cloudabi-run/fuzz`. Its corpus is read again.

#![cfg(target_os = "linux")]

mod exercise;
mod seeds;

use std::fs;
use std::path::Path;

use exercise::{Seen, exercise};
use proptest::prelude::*;
use seeds::seeds;

#[test]
fn seeds_are_what_they_are_meant_to_be() {
    let seen: Vec<_> = seeds().iter().map(|seed| exercise(seed)).collect();
    assert_eq!(seen[0], Seen::default());
    assert_eq!(seen.iter().map(|seen| seen.crashes).max(), Some(64));
    assert!(seen.iter().any(|seen| (seen.begun, seen.ended) == (2, 2)), "{seen:?}");
    assert!(seen.iter().any(|seen| seen.found), "{seen:?}");
}

#[test]
fn the_corpus_gives_no_surprises() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus/told");
    let entries = fs::read_dir(folder).expect("the corpus is there");
    let files = entries.map(|entry| fs::read(entry.expect("the folder can be read").path()).expect("a file"));
    let seen: Vec<_> = files.map(|file| exercise(&file)).collect();
    // Otherwise it would only say that nothing is read.
    for (what, count) in [
        ("crashes", seen.iter().filter(|seen| seen.crashes > 0).count()),
        ("calls", seen.iter().filter(|seen| seen.begun > 0 && seen.ended > 0).count()),
        ("executables", seen.iter().filter(|seen| seen.found).count()),
    ] {
        assert!(count > 0, "{what}");
    }
}

proptest! {
    #[test]
    fn any_bytes_do_no_harm(bytes in proptest::collection::vec(any::<u8>(), 0..4000)) {
        exercise(&bytes);
    }

    /// What is almost right goes further than any bytes do.
    #[test]
    fn changed_seeds_do_no_harm(
        seed in proptest::sample::select(seeds()),
        changes in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 0..8),
        end in any::<proptest::sample::Index>(),
    ) {
        let mut bytes = seed;
        for (place, byte) in changes {
            if !bytes.is_empty() {
                let at = place.index(bytes.len());
                bytes[at] = byte;
            }
        }
        bytes.truncate(end.index(bytes.len() + 1).max(bytes.len() / 2));
        exercise(&bytes);
    }
}
