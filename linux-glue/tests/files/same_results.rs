//! Both ways of looking paths up, held against each other on random trees: the same results, the same errors, the same
//! tree afterwards, and nothing outside was changed or seen.

use crate::world::{FOLLOW, NO_FOLLOW, World};
use cloudabi_host::types::{Errno, Fdflags, Filestat, Fsflags, Lookupflags, Oflags, Rights, Ulflags};
use cloudabi_linux_glue::files::{Opened, Walk};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use std::fmt::Write as _;
use std::fs;
use std::io::{Read as _, Write as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

/// Something in the tree, made if that is possible at its turn.
#[derive(Clone, Debug)]
enum Node {
    Directory(String),
    File(String),
    Link(String, String),
}

#[derive(Clone, Debug)]
enum Operation {
    Open(String, Lookupflags, Oflags, Rights),
    Create(String),
    Link(String, Lookupflags, String),
    Readlink(String),
    Rename(String, String),
    Symlink(String, String),
    Unlink(String, Ulflags),
    Stat(String, Lookupflags),
    SetTimes(String, Lookupflags, Fsflags),
}

/// Names are few, so that most paths lead somewhere.
fn path() -> impl Strategy<Value = String> {
    let component = select(vec!["a", "b", "c", "a", "b", "c", "l", "m", "l", "m", ".", "..", ""]);
    (vec(component, 1..6), select(vec!["", "", "", "/", "//"]))
        .prop_map(|(components, end)| components.join("/") + end)
}

fn target() -> impl Strategy<Value = String> {
    prop_oneof![
        8 => path().prop_filter("links are never empty", |path| !path.is_empty()),
        1 => select(vec!["../outside", "../elsewhere", "../../elsewhere", "/", "/nowhere", "..", "."])
            .prop_map(str::to_owned),
    ]
}

fn node() -> impl Strategy<Value = Node> {
    let name = |last: &'static [&'static str]| {
        (vec(select(vec!["a", "b", "c"]), 0..3), select(last)).prop_map(|(mut way, last)| {
            way.push(last);
            way.join("/")
        })
    };
    prop_oneof![
        4 => name(&["a", "b", "c"]).prop_map(Node::Directory),
        2 => name(&["a", "b", "c"]).prop_map(Node::File),
        4 => (name(&["l", "m", "c"]), target()).prop_map(|(name, target)| Node::Link(name, target)),
    ]
}

fn operation() -> impl Strategy<Value = Operation> {
    let lookup = || select(vec![FOLLOW, NO_FOLLOW]);
    let oflags = (0..=Oflags::all().0).prop_map(Oflags);
    let rights = select(vec![Rights::FD_READ, Rights::FD_WRITE, Rights::FILE_STAT_FGET, Rights::FD_SEEK]);
    let times = select(vec![Fsflags::MTIM, Fsflags::empty()]);
    prop_oneof![
        4 => (path(), lookup(), oflags, rights).prop_map(|(p, l, o, r)| Operation::Open(p, l, o, r)),
        1 => path().prop_map(Operation::Create),
        2 => (path(), lookup(), path()).prop_map(|(p, l, q)| Operation::Link(p, l, q)),
        1 => path().prop_map(Operation::Readlink),
        2 => (path(), path()).prop_map(|(p, q)| Operation::Rename(p, q)),
        1 => (target(), path()).prop_map(|(p, q)| Operation::Symlink(p, q)),
        2 => (path(), select(vec![Ulflags::empty(), Ulflags::REMOVEDIR]))
            .prop_map(|(p, f)| Operation::Unlink(p, f)),
        3 => (path(), lookup()).prop_map(|(p, l)| Operation::Stat(p, l)),
        1 => (path(), lookup(), times).prop_map(|(p, l, f)| Operation::SetTimes(p, l, f)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn kernel_and_components_agree(nodes in vec(node(), 0..12), operations in vec(operation(), 1..12)) {
        let worlds = [Walk::Kernel, Walk::Components].map(|walk| {
            // Trees come and go by the thousand: in memory, if possible.
            let folder = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir());
            let world = World::within(walk, folder.expect("no temporary folder"));
            nodes.iter().for_each(|node| make(&world, node));
            world
        });
        for operation in &operations {
            let [kernel, components] = worlds.each_ref().map(|world| run(world, operation));
            prop_assert!(!kernel.contains("secret"), "{operation:?} saw what is outside");
            prop_assert_eq!(kernel, components, "{:?}", operation);
        }
        let [kernel, components] = worlds.each_ref().map(|world| tree(world.folder.path()));
        prop_assert_eq!(&kernel, &components);
        prop_assert!(kernel.contains("outside: file \"secret\", time 0\n"), "{kernel}");
        let elsewhere = "elsewhere: directory, time 0\nelsewhere/file: file \"secret\", time 0\noutside";
        prop_assert!(kernel.contains(elsewhere), "{kernel}");
    }
}

/// What is in the way of others was there first.
fn make(world: &World, node: &Node) {
    match node {
        Node::Directory(name) => drop(world.create(name)),
        Node::Link(name, target) => drop(world.symlink(target, name)),
        Node::File(name) => {
            if let Ok(opened) = world.open(name, Oflags::CREAT | Oflags::EXCL, Rights::FD_WRITE) {
                fs::File::from(opened.descriptor).write_all(name.as_bytes()).expect("write");
            }
        }
    }
}

/// What an operation shows a program.
fn run(world: &World, operation: &Operation) -> String {
    match operation {
        Operation::Open(path, lookup, oflags, rights) => {
            let opened = world.open_as(path, *lookup, *oflags, *rights, Fdflags::NONBLOCK);
            format!("{:?}", opened.map(|opened| describe(world, opened)))
        }
        Operation::Create(path) => format!("{:?}", world.create(path)),
        Operation::Link(old, lookup, new) => format!("{:?}", world.link(old, *lookup, new)),
        Operation::Readlink(path) => format!("{:?}", world.readlink(path, 1000)),
        Operation::Rename(old, new) => format!("{:?}", world.rename(old, new)),
        Operation::Symlink(content, path) => format!("{:?}", world.symlink(content, path)),
        Operation::Unlink(path, flags) => format!("{:?}", world.unlink(path, *flags)),
        Operation::Stat(path, lookup) => format!("{:?}", world.stat(path, *lookup).map(comparable)),
        Operation::SetTimes(path, lookup, flags) => {
            let values = Filestat { st_mtim: 77_000_000_000, ..Filestat::ZERO };
            format!("{:?}", world.set_times(path, *lookup, &values, *flags))
        }
    }
}

fn describe(world: &World, opened: Opened) -> Result<(Filestat, String, Rights), Errno> {
    let stat = world.files.stat_fget(std::os::fd::AsFd::as_fd(&opened.descriptor), None)?;
    let mut content = String::new();
    // It fails for directories and for what was not opened for reading.
    let _ = fs::File::from(opened.descriptor).read_to_string(&mut content);
    Ok((comparable(stat), content, opened.rights))
}

/// Without what differs from tree to tree.
fn comparable(stat: Filestat) -> Filestat {
    let Filestat { st_filetype, st_nlink, st_size, .. } = stat;
    Filestat { st_filetype, st_nlink, st_size, ..Filestat::ZERO }
}

/// Everything beneath a folder, as text.
fn tree(folder: &Path) -> String {
    let mut text = String::new();
    list(folder, folder, &mut text);
    text
}

fn list(root: &Path, folder: &Path, text: &mut String) {
    let mut paths: Vec<_> =
        fs::read_dir(folder).expect("folder").map(|entry| entry.expect("entry").path()).collect();
    paths.sort();
    for path in paths {
        let metadata = fs::symlink_metadata(&path).expect("metadata");
        // The only time that an operation sets.
        let time = if metadata.mtime() == 77 { 77 } else { 0 };
        let name = path.strip_prefix(root).expect("beneath").display();
        let _ = if metadata.is_symlink() {
            writeln!(text, "{name}: link to {:?}, time {time}", fs::read_link(&path).expect("link"))
        } else if metadata.is_dir() {
            writeln!(text, "{name}: directory, time {time}")
        } else {
            writeln!(text, "{name}: file {:?}, time {time}", fs::read_to_string(&path).expect("file"))
        };
        if metadata.is_dir() {
            list(root, &path, text);
        }
    }
}
