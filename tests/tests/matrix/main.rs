//! What the definition claims of hosts, held against their code: a call that is served has code that serves it, one that
//! is not has none, and how far a host has come is what the checks of this repository do with it.

mod c;
mod evidence;
mod rust;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use cloudabi_codegen::load::load;
use cloudabi_codegen::model::{Host, Model, State, Way};
use cloudabi_test_support::own_definition;

/// What the code of a way of running programs does with a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Code {
    /// It serves it.
    Serves,
    /// All that it does is to answer that there is no such call.
    Refuses,
}

/// Reads a file's text.
type Read = fn(&str, &mut BTreeMap<String, Code>);

/// Where the code of each way is, and how it is read.
const PLACES: [(&str, &str, &str, &str, Read); 4] = [
    ("freebsd", "kernel", "freebsd-glue/kmod", "c", c::calls),
    ("freebsd", "process", "freebsd-glue/src", "rs", rust::calls),
    ("linux", "process", "linux-glue/src", "rs", rust::calls),
    ("macos", "process", "macos-glue/src", "rs", rust::calls),
];

fn model() -> Model {
    let sources = own_definition().expect("the folder `abi` can be read");
    load(&sources).unwrap_or_else(|diagnostics| panic!("{}", diagnostics.render(&sources, false)))
}

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The texts of all files in a folder that end so.
fn texts(folder: &Path, ending: &str, found: &mut Vec<String>) {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    for entry in entries {
        let path = entry.expect("a folder can be read").path();
        if path.is_dir() {
            texts(&path, ending, found);
        } else if path.extension().is_some_and(|extension| extension == ending) {
            found.push(std::fs::read_to_string(&path).expect("a file can be read"));
        }
    }
}

/// What is wrong between what is claimed of a way and what its code does. Methods that are no calls, such as what ends a program whose
/// last call is refused, are passed over: what the trait or the tables do not have, the compiler refuses.
fn disagreements(
    model: &Model,
    host: &Host,
    index: usize,
    way: &Way,
    code: &BTreeMap<String, Code>,
) -> Vec<String> {
    let mut wrong = Vec::new();
    let place = format!("{}/{}", host.name, way.name);
    if !way.state().has_code() {
        if let Some(call) = code.keys().next() {
            wrong.push(format!("{place} is {}, and has code for {call}", way.state().word()));
        }
        return wrong;
    }
    for needs in &host.calls {
        let call = &model.call(needs.call).name;
        let served = needs.in_way(index).none.is_none();
        match (served, code.get(call)) {
            (true, Some(Code::Serves)) | (false, None | Some(Code::Refuses)) => {}
            (true, Some(Code::Refuses)) => wrong.push(format!("{place} is to serve {call}, and refuses it")),
            (true, None) => wrong.push(format!("{place} is to serve {call}, and has no code for it")),
            (false, Some(Code::Serves)) => {
                wrong.push(format!("{place} is said not to serve {call}, and does"))
            }
        }
    }
    wrong
}

fn code_of(host: &str, way: &str) -> BTreeMap<String, Code> {
    let place = PLACES.iter().find(|(of, name, ..)| *of == host && *name == way);
    let (_, _, folder, ending, read) = place.unwrap_or_else(|| panic!("where is the code of {host}/{way}?"));
    let mut files = Vec::new();
    texts(&repository().join(folder), ending, &mut files);
    let mut code = BTreeMap::new();
    files.iter().for_each(|text| read(text, &mut code));
    code
}

#[test]
fn the_definition_and_the_code_agree_on_what_is_served() {
    let model = model();
    let mut wrong = Vec::new();
    let mut ways = 0;
    for host in &model.hosts {
        assert!(!host.ways.is_empty(), "{} says in no way how it runs programs", host.name);
        for (index, way) in host.ways.iter().enumerate() {
            ways += 1;
            wrong.extend(disagreements(&model, host, index, way, &code_of(&host.name, &way.name)));
        }
    }
    assert_eq!(ways, PLACES.len());
    assert!(wrong.is_empty(), "the definition and the code disagree:\n{}", wrong.join("\n"));
}

#[test]
fn what_is_said_to_be_tested_or_built_is() {
    let wrong = evidence::wrong(&model(), &|path| std::fs::read_to_string(repository().join(path)).ok());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The checks above are worth something only if they notice.
#[test]
fn disagreements_are_noticed() {
    let mut model = model();
    let code = code_of("linux", "process");
    let check = |model: &Model, code: &BTreeMap<String, Code>| {
        let host = model.hosts.iter().find(|host| host.name == "linux").expect("Linux is there");
        disagreements(model, host, 0, &host.ways[0], code)
    };
    assert_eq!(check(&model, &code), [""; 0]);

    let mut less = code.clone();
    less.remove("fd_read");
    less.insert("poll".to_string(), Code::Refuses);
    let all = check(&model, &less);
    assert_eq!(
        all,
        [
            "linux/process is to serve fd_read, and has no code for it",
            "linux/process is to serve poll, and refuses it",
        ]
    );

    let linux = model.hosts.iter().position(|host| host.name == "linux").expect("Linux is there");
    let fd_read = model.calls.iter().position(|call| call.name == "fd_read").expect("a call");
    model.hosts[linux].calls[fd_read].none = Some("no reason".to_string());
    assert_eq!(check(&model, &code), ["linux/process is said not to serve fd_read, and does"]);
    model.hosts[linux].calls[fd_read].none = None;
    for on in &mut model.hosts[linux].ways[0].architectures {
        on.state = State::Planned;
    }
    assert_eq!(check(&model, &code), ["linux/process is planned, and has code for clock_res_get"]);
}

#[test]
fn stale_claims_are_noticed() {
    let mut model = model();
    let read = |path: &str| std::fs::read_to_string(repository().join(path)).ok();
    // Nothing runs the emulator.
    let without = |path: &str| read(path).map(|text| text.replace("cargo xtask aarch64", ""));
    assert_eq!(
        evidence::wrong(&model, &without),
        ["linux/process on aarch64 is emulated, but .ci/run does not say `cargo xtask aarch64`"]
    );
    let macos = model.hosts.iter().position(|host| host.name == "macos").expect("macOS is there");
    model.hosts[macos].ways[0].architectures[1].state = State::Tested;
    assert_eq!(
        evidence::wrong(&model, &read),
        ["macos/process on aarch64 is said to be tested, and no check is known for that"]
    );
}
