//! The component walk, on a tree in memory. The Linux host holds it against the kernel's own look-up.

use cloudabi_host::path::{Directory, Follow, Found, Last, MOST_LINKS, Step, resolve};
use cloudabi_host::types::Errno;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

#[derive(Clone, Debug)]
enum Node {
    Directory(usize),
    File,
    Link(Vec<u8>),
}

/// Directories by number. Number 0 is the one that walks start from.
#[derive(Debug, Default)]
struct Tree {
    directories: RefCell<Vec<BTreeMap<Vec<u8>, Node>>>,
    /// Names that were asked for.
    asked: RefCell<Vec<Vec<u8>>>,
    /// How many directories are open.
    open: Cell<usize>,
    most_open: Cell<usize>,
    /// A directory to rename to another name, once this many names were asked for.
    move_after: Cell<Option<usize>>,
}

#[derive(Debug)]
struct Handle<'t> {
    tree: &'t Tree,
    number: usize,
}

impl<'t> Handle<'t> {
    fn new(tree: &'t Tree, number: usize) -> Self {
        tree.open.set(tree.open.get() + 1);
        tree.most_open.set(tree.most_open.get().max(tree.open.get()));
        Handle { tree, number }
    }

    fn look_up(&self, name: &[u8]) -> Option<Node> {
        let tree = self.tree;
        let mut asked = tree.asked.borrow_mut();
        asked.push(name.to_vec());
        if tree.move_after.get() == Some(asked.len()) {
            let start = &mut tree.directories.borrow_mut()[0];
            let moved = start.remove(&b"d"[..]).expect("nothing to move");
            start.insert(b"elsewhere".to_vec(), moved);
        }
        tree.directories.borrow()[self.number].get(name).cloned()
    }
}

impl Drop for Handle<'_> {
    fn drop(&mut self) {
        self.tree.open.set(self.tree.open.get() - 1);
    }
}

impl Directory for Handle<'_> {
    fn enter(&self, name: &[u8]) -> Result<Step<Self>, Errno> {
        assert!(!name.is_empty() && name != b".." && !name.contains(&b'/'), "{name:?}");
        if name == b"." {
            return Ok(Step::Directory(Handle::new(self.tree, self.number)));
        }
        match self.look_up(name) {
            None => Err(Errno::NOENT),
            Some(Node::File) => Err(Errno::NOTDIR),
            Some(Node::Link(target)) => Ok(Step::Link(target)),
            Some(Node::Directory(number)) => Ok(Step::Directory(Handle::new(self.tree, number))),
        }
    }

    fn read_link(&self, name: &[u8]) -> Result<Option<Vec<u8>>, Errno> {
        match self.look_up(name) {
            Some(Node::Link(target)) => Ok(Some(target)),
            _ => Ok(None),
        }
    }
}

impl Tree {
    /// Directories end in `/`, links have ` -> `, and parents come first.
    fn new(names: &[&str]) -> Tree {
        let tree = Tree::default();
        tree.directories.borrow_mut().push(BTreeMap::new());
        for name in names {
            let (path, node) = match name.split_once(" -> ") {
                Some((path, target)) => (path, Node::Link(target.as_bytes().to_vec())),
                None if name.ends_with('/') => {
                    let number = tree.directories.borrow().len();
                    tree.directories.borrow_mut().push(BTreeMap::new());
                    (name.trim_end_matches('/'), Node::Directory(number))
                }
                None => (*name, Node::File),
            };
            let (parent, last) = path.rsplit_once('/').unwrap_or(("", path));
            let mut number = 0;
            for component in parent.split('/').filter(|component| !component.is_empty()) {
                match tree.directories.borrow()[number][component.as_bytes()] {
                    Node::Directory(next) => number = next,
                    _ => panic!("{component} is no directory"),
                }
            }
            tree.directories.borrow_mut()[number].insert(last.as_bytes().to_vec(), node);
        }
        tree
    }

    /// Where a path leads: the number of the directory, and what is to be looked up there.
    fn resolve(&self, path: &str, follow: Follow) -> Result<(usize, Last), Errno> {
        let start = Handle::new(self, 0);
        let Found { parent, last } = resolve(&start, path.as_bytes(), follow)?;
        Ok((parent.as_ref().number, last))
    }

    fn check(&self, path: &str, follow: Follow, expected: Result<(usize, Last), Errno>) {
        assert_eq!(self.resolve(path, follow), expected, "{path} {follow:?}");
        assert_eq!(self.open.get(), 0, "a directory was left open");
    }
}

fn name(name: &str) -> Last {
    Last::Name { name: name.into(), directory: false }
}

fn directory(name: &str) -> Last {
    Last::Name { name: name.into(), directory: true }
}

#[test]
fn plain_paths() {
    let tree = Tree::new(&["file", "d/", "d/e/", "d/e/file"]);
    for follow in [Follow::Never, Follow::BeforeSlash, Follow::UnlessSlash, Follow::Always] {
        tree.check("file", follow, Ok((0, name("file"))));
        tree.check("nothing", follow, Ok((0, name("nothing"))));
        tree.check("nothing/", follow, Ok((0, directory("nothing"))));
        tree.check("d/e/file", follow, Ok((2, name("file"))));
        tree.check("d//e///x", follow, Ok((2, name("x"))));
        tree.check("./d/./e/x//", follow, Ok((2, directory("x"))));
        tree.check("d/e/../y", follow, Ok((1, name("y"))));
        tree.check("d/e/../../d/e/z", follow, Ok((2, name("z"))));
        tree.check(".", follow, Ok((0, Last::Dot)));
        tree.check("d/./", follow, Ok((1, Last::Dot)));
        tree.check("d/..", follow, Ok((0, Last::DotDot)));
        tree.check("d/e/../", follow, Ok((1, Last::DotDot)));
        tree.check("", follow, Err(Errno::NOENT));
        tree.check("nothing/x", follow, Err(Errno::NOENT));
        tree.check("file/x", follow, Err(Errno::NOTDIR));
        tree.check("file/..", follow, Err(Errno::NOTDIR));
    }
}

#[test]
fn escapes() {
    let tree = Tree::new(&["d/", "up -> ..", "d/up -> ../..", "root -> /", "d/top -> .."]);
    for path in ["/", "/d", "..", "../d", "d/../..", "up/x", "d/up/x", "root/x", "d/top/../x", "./.."] {
        tree.check(path, Follow::Never, Err(Errno::NOTCAPABLE));
    }
    for path in ["up", "d/up", "root"] {
        tree.check(path, Follow::Always, Err(Errno::NOTCAPABLE));
        tree.check(&format!("{path}/"), Follow::BeforeSlash, Err(Errno::NOTCAPABLE));
    }
    tree.check("up", Follow::Never, Ok((0, name("up"))));
    tree.check("d/top/x", Follow::Never, Ok((0, name("x"))));
    // `..` is gone back to, and never looked up.
    assert!(tree.asked.borrow().iter().all(|name| name != b".."));
}

#[test]
fn links_at_the_end() {
    let tree = Tree::new(&["d/", "l -> d/x", "s -> d/", "m -> l", "dots -> d/..", "gone -> nothing"]);
    tree.check("l", Follow::Never, Ok((0, name("l"))));
    tree.check("l/", Follow::Never, Ok((0, directory("l"))));
    tree.check("l", Follow::BeforeSlash, Ok((0, name("l"))));
    tree.check("l/", Follow::BeforeSlash, Ok((1, directory("x"))));
    tree.check("l", Follow::UnlessSlash, Ok((1, name("x"))));
    tree.check("l/", Follow::UnlessSlash, Ok((0, directory("l"))));
    tree.check("l", Follow::Always, Ok((1, name("x"))));
    tree.check("m/", Follow::Always, Ok((1, directory("x"))));
    tree.check("s", Follow::Always, Ok((0, directory("d"))));
    tree.check("dots", Follow::Always, Ok((0, Last::DotDot)));
    tree.check("gone", Follow::Always, Ok((0, name("nothing"))));
}

#[test]
fn many_links() {
    let mut names = vec!["l0".to_owned(), "loop -> loop/x".to_owned(), "circle -> ./circle".to_owned()];
    names.extend((1..=MOST_LINKS + 1).map(|number| format!("l{number} -> l{}", number - 1)));
    let tree = Tree::new(&names.iter().map(String::as_str).collect::<Vec<_>>());
    tree.check(&format!("l{MOST_LINKS}"), Follow::Always, Ok((0, name("l0"))));
    tree.check(&format!("l{}", MOST_LINKS + 1), Follow::Always, Err(Errno::LOOP));
    tree.check("loop/x", Follow::Never, Err(Errno::LOOP));
    tree.check("circle", Follow::Always, Err(Errno::LOOP));
}

/// `d/d/d/…`, which is too deep for all directories to be kept open.
fn deep(depth: usize) -> (Tree, String) {
    let names: Vec<_> = (1..=depth).map(|level| "d/".repeat(level)).collect();
    (Tree::new(&names.iter().map(String::as_str).collect::<Vec<_>>()), "d/".repeat(depth))
}

#[test]
fn long_ways_back() {
    let (tree, way) = deep(200);
    tree.check(&format!("{way}x"), Follow::Never, Ok((200, name("x"))));
    for up in [1, 15, 16, 17, 100, 199] {
        let back = "../".repeat(up);
        tree.check(&format!("{way}{back}x"), Follow::Never, Ok((200 - up, name("x"))));
        tree.check(
            &format!("{way}{back}d/d/x"),
            Follow::Never,
            match up {
                1 => Err(Errno::NOENT),
                up => Ok((202 - up, name("x"))),
            },
        );
    }
    tree.check(&format!("{way}{}", "../".repeat(200)), Follow::Never, Ok((0, Last::DotDot)));
    tree.check(&format!("{way}{}", "../".repeat(201)), Follow::Never, Err(Errno::NOTCAPABLE));
    assert!(tree.most_open.get() < 30, "{} directories were open at once", tree.most_open.get());
}

#[test]
fn directories_that_move_meanwhile() {
    // What is still open is gone back to, wherever it is by now.
    let (tree, way) = deep(3);
    tree.move_after.set(Some(3));
    tree.check(&format!("{way}../../x"), Follow::Never, Ok((1, name("x"))));
    // What has to be opened again is looked for where it was.
    let (tree, way) = deep(100);
    tree.move_after.set(Some(100));
    tree.check(&format!("{way}{}x", "../".repeat(90)), Follow::Never, Err(Errno::AGAIN));
}
