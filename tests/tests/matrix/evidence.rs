//! How far hosts have come, held against what this repository's checks do with them.

use cloudabi_codegen::model::{Model, State};

/// A host, its way, an architecture, what its state must be, and what has to be said where for that to be true.
type Evidence = (&'static str, &'static str, &'static str, State, &'static str, &'static str);

const EVIDENCE: [Evidence; 6] = [
    ("freebsd", "kernel", "x86_64", State::Built, "tests/tests/freebsd/module.rs", "cloudabi64_amd64.c"),
    ("freebsd", "kernel", "aarch64", State::Built, "tests/tests/freebsd/module.rs", "cloudabi64_arm64.c"),
    ("freebsd", "process", "x86_64", State::Built, "xtask/src/freebsd.rs", "\"x86_64\""),
    ("freebsd", "process", "aarch64", State::Built, "xtask/src/freebsd.rs", "\"aarch64\""),
    ("linux", "process", "x86_64", State::Tested, ".ci/run", "cargo xtask test"),
    ("linux", "process", "aarch64", State::Emulated, ".ci/run", "cargo xtask aarch64"),
];

/// States that nothing shows, and checks that the definition does not speak of. `read` gives a file's text.
pub fn wrong(model: &Model, read: &dyn Fn(&str) -> Option<String>) -> Vec<String> {
    let mut wrong = Vec::new();
    for host in &model.hosts {
        for way in &host.ways {
            for (architecture, on) in model.architectures.iter().zip(&way.architectures) {
                let place = format!("{}/{} on {}", host.name, way.name, architecture.name);
                let word = on.state.word();
                let known = EVIDENCE.iter().find(|(of, name, processor, ..)| {
                    (*of, *name, *processor) == (&host.name, &way.name, &architecture.name)
                });
                match known {
                    Some((_, _, _, state, ..)) if *state != on.state => {
                        wrong.push(format!("{place} is said to be {word}, and is {}", state.word()));
                    }
                    Some((.., file, text)) if !read(file).is_some_and(|all| all.contains(text)) => {
                        wrong.push(format!("{place} is {word}, but {file} does not say `{text}`"));
                    }
                    Some(_) => {}
                    None if on.state.has_code() => {
                        wrong.push(format!("{place} is said to be {word}, and no check is known for that"));
                    }
                    None => {}
                }
            }
        }
    }
    wrong
}
