//! Calls on names: `file_create`, `file_link`, `file_readlink`, `file_rename`, `file_symlink`, `file_unlink`.

use crate::world::{FOLLOW, NO_FOLLOW, both, with_path};
use cloudabi_host::types::{Errno, Filetype, Lookupflags, Ulflags};
use rustix::fd::AsFd as _;

const FILE: Ulflags = Ulflags::empty();
const DIRECTORY: Ulflags = Ulflags::REMOVEDIR;

#[test]
fn making_directories() {
    both(|world| {
        world.make(&["file", "link -> dir", "dangling -> nothing"]);
        assert_eq!(world.create("dir"), Ok(()));
        assert_eq!(world.create("dir/sub/"), Ok(()));
        assert_eq!(world.create("link/beneath//"), Ok(()));
        assert_eq!(world.create("dir/sub/../other"), Ok(()));
        for name in ["dir/sub", "dir/beneath", "dir/other"] {
            assert_eq!(world.filetype(name, NO_FOLLOW), Ok(Filetype::DIRECTORY));
        }
        for name in ["dir", "dir/", "file", "file/", "link", "link/", "dangling", "dangling/", ".", "dir/.."]
        {
            assert_eq!(world.create(name), Err(Errno::EXIST), "{name}");
        }
        assert_eq!(world.create("nothing/dir"), Err(Errno::NOENT));
        assert_eq!(world.create("file/dir"), Err(Errno::NOTDIR));
        for filetype in [Filetype::UNKNOWN, Filetype::REGULAR_FILE, Filetype::SOCKET_STREAM, Filetype(0x99)] {
            let result = with_path("x", |path| world.files.create(world.top.as_fd(), path, filetype));
            assert_eq!(result, Err(Errno::INVAL));
        }
    });
}

#[test]
fn making_links() {
    both(|world| {
        world.make(&["file", "dir/", "dangling -> nothing"]);
        assert_eq!(world.symlink("../../any/where", "link"), Ok(()));
        assert_eq!(world.readlink("link", 100), Ok("../../any/where".into()));
        assert_eq!(world.symlink("/", "dir/link"), Ok(()));
        for name in ["link", "file", "dir", "dir/", "dangling", "dangling/", "link/", ".", "dir/.."] {
            assert_eq!(world.symlink("x", name), Err(Errno::EXIST), "{name}");
        }
        assert_eq!(world.symlink("x", "new/"), Err(Errno::NOENT));
        assert_eq!(world.symlink("x", "nothing/new"), Err(Errno::NOENT));
        assert_eq!(world.symlink("x", "file/new"), Err(Errno::NOTDIR));
    });
}

#[test]
fn reading_links() {
    both(|world| {
        world.make(&["file", "dir/", "link -> some/thing", "to-dir -> dir", "dir/inner -> x"]);
        assert_eq!(world.readlink("link", 100), Ok("some/thing".into()));
        assert_eq!(world.readlink("link", 10), Ok("some/thing".into()));
        assert_eq!(world.readlink("link", 4), Ok("some".into()));
        assert_eq!(world.readlink("link", 0), Ok("".into()));
        assert_eq!(world.readlink("to-dir/inner", 100), Ok("x".into()));
        for name in ["file", "dir", "dir/", "to-dir/", ".", "dir/.."] {
            for room in [0, 10] {
                assert_eq!(world.readlink(name, room), Err(Errno::INVAL), "{name}");
            }
        }
        assert_eq!(world.readlink("nothing", 0), Err(Errno::NOENT));
        assert_eq!(world.readlink("nothing/", 10), Err(Errno::NOENT));
        assert_eq!(world.readlink("link/", 10), Err(Errno::NOENT));
        assert_eq!(world.readlink("file/", 10), Err(Errno::NOTDIR));
    });
}

#[test]
fn further_names() {
    both(|world| {
        world.make(&["file", "dir/", "link -> file", "far -> dir/there", "dir/there -> ../file"]);
        world.make(&["dangling -> nothing", "to-dir -> dir"]);
        assert_eq!(world.link("file", NO_FOLLOW, "dir/again"), Ok(()));
        assert_eq!(world.stat("dir/again", NO_FOLLOW), world.stat("file", NO_FOLLOW));
        assert_eq!(world.stat("file", NO_FOLLOW).map(|stat| stat.st_nlink), Ok(2));

        assert_eq!(world.link("link", NO_FOLLOW, "link2"), Ok(()));
        assert_eq!(world.readlink("link2", 10), Ok("file".into()));
        assert_eq!(world.link("far", FOLLOW, "third"), Ok(()));
        assert_eq!(world.stat("third", NO_FOLLOW), world.stat("file", NO_FOLLOW));
        assert_eq!(world.link("dangling", NO_FOLLOW, "dangling2"), Ok(()));
        assert_eq!(world.link("dangling", FOLLOW, "x"), Err(Errno::NOENT));

        for directory in ["dir", "dir/", ".", "dir/..", "to-dir/"] {
            for lookup in [NO_FOLLOW, FOLLOW] {
                assert_eq!(world.link(directory, lookup, "x"), Err(Errno::PERM), "{directory}");
            }
        }
        assert_eq!(world.link("to-dir", FOLLOW, "x"), Err(Errno::PERM));
        assert_eq!(world.link("file/", NO_FOLLOW, "x"), Err(Errno::NOTDIR));
        assert_eq!(world.link("link/", NO_FOLLOW, "x"), Err(Errno::NOTDIR));
        assert_eq!(world.link("nothing", NO_FOLLOW, "x"), Err(Errno::NOENT));
        assert_eq!(world.link("nothing/", NO_FOLLOW, "x"), Err(Errno::NOENT));
        for name in ["dir", "dir/", "file", "dangling", ".", "dir/.."] {
            assert_eq!(world.link("file", NO_FOLLOW, name), Err(Errno::EXIST), "{name}");
        }
        assert_eq!(world.link("file", NO_FOLLOW, "new/"), Err(Errno::NOENT));
        assert_eq!(world.link("file", NO_FOLLOW, "nothing/new"), Err(Errno::NOENT));
        assert_eq!(world.link("file", NO_FOLLOW, "file/new"), Err(Errno::NOTDIR));
        assert_eq!(world.link("file", Lookupflags::from_bits_retain(2), "x"), Err(Errno::INVAL));
    });
}

#[test]
fn renaming() {
    both(|world| {
        world.make(&["file", "other", "dir/", "full/", "full/x", "empty/", "link -> file", "to-dir -> dir"]);
        assert_eq!(world.rename("file", "moved"), Ok(()));
        assert_eq!(world.rename("moved", "to-dir/moved"), Ok(()));
        assert_eq!(world.content("dir/moved"), "file");
        // A link is renamed itself, and replaced itself.
        assert_eq!(world.rename("link", "link2"), Ok(()));
        assert_eq!(world.readlink("link2", 10), Ok("file".into()));
        assert_eq!(world.rename("dir/moved", "link2"), Ok(()));
        assert_eq!(world.content("link2"), "file");
        assert_eq!(world.rename("other", "link2"), Ok(()));
        assert_eq!(world.content("link2"), "other");
        assert_eq!(world.rename("dir", "dir"), Ok(()));
        assert_eq!(world.rename("dir/", "dir2/"), Ok(()));
        assert_eq!(world.rename("dir2", "empty"), Ok(()));
        assert_eq!(world.rename("empty", "dir"), Ok(()));

        for dots in [".", "dir/.", "dir/..", "./", "dir/../"] {
            assert_eq!(world.rename(dots, "x"), Err(Errno::INVAL), "{dots}");
            assert_eq!(world.rename("dir", dots), Err(Errno::INVAL), "{dots}");
        }
        assert_eq!(world.rename("dir", "dir/sub"), Err(Errno::INVAL));
        assert_eq!(world.rename("link2", "dir"), Err(Errno::ISDIR));
        assert_eq!(world.rename("dir", "link2"), Err(Errno::NOTDIR));
        assert_eq!(world.rename("link2", "x/"), Err(Errno::NOTDIR));
        assert_eq!(world.rename("link2/", "x"), Err(Errno::NOTDIR));
        assert_eq!(world.rename("dir", "full"), Err(Errno::NOTEMPTY));
        assert_eq!(world.rename("nothing", "x"), Err(Errno::NOENT));
        assert_eq!(world.rename("dir", "nothing/x"), Err(Errno::NOENT));
        assert_eq!(world.rename("link2/x", "x"), Err(Errno::NOTDIR));
        // A link before a slash stands for what it leads to.
        assert_eq!(world.rename("to-dir/", "dir3"), Ok(()));
        assert!(world.exists("dir3") && world.exists("to-dir") && !world.exists("dir"));
    });
}

#[test]
fn two_names_of_one_file() {
    both(|world| {
        world.make(&["file"]);
        assert_eq!(world.link("file", NO_FOLLOW, "same"), Ok(()));
        assert_eq!(world.rename("file", "same"), Ok(()));
        assert!(world.exists("file") && world.exists("same"));
    });
}

#[test]
fn removing() {
    both(|world| {
        world.make(&["file", "dir/", "full/", "full/x", "link -> full", "to-file -> file", "fifo|"]);
        assert_eq!(world.unlink("nothing", FILE), Err(Errno::NOENT));
        assert_eq!(world.unlink("nothing", DIRECTORY), Err(Errno::NOENT));
        assert_eq!(world.unlink("nothing/", DIRECTORY), Err(Errno::NOENT));
        assert_eq!(world.unlink("file", DIRECTORY), Err(Errno::NOTDIR));
        assert_eq!(world.unlink("file/", FILE), Err(Errno::NOTDIR));
        assert_eq!(world.unlink("file/x", FILE), Err(Errno::NOTDIR));
        assert_eq!(world.unlink("dir", FILE), Err(Errno::PERM));
        assert_eq!(world.unlink("dir/", FILE), Err(Errno::PERM));
        assert_eq!(world.unlink("dir/..", FILE), Err(Errno::PERM));
        assert_eq!(world.unlink("full", DIRECTORY), Err(Errno::NOTEMPTY));
        assert_eq!(world.unlink("dir/..", DIRECTORY), Err(Errno::NOTEMPTY));
        for path in [".", "dir/.", "dir/./"] {
            assert_eq!(world.unlink(path, FILE), Err(Errno::INVAL));
            assert_eq!(world.unlink(path, DIRECTORY), Err(Errno::INVAL));
        }
        assert_eq!(world.unlink("file", Ulflags::from_bits_retain(2)), Err(Errno::INVAL));
        assert_eq!(world.unlink("fifo", FILE), Ok(()));
        assert_eq!(world.unlink("full/x", FILE), Ok(()));
        assert_eq!(world.unlink("dir/", DIRECTORY), Ok(()));

        // A link is no directory, but stands for one before a slash.
        assert_eq!(world.unlink("link", DIRECTORY), Err(Errno::NOTDIR));
        assert_eq!(world.unlink("link/", FILE), Err(Errno::PERM));
        assert_eq!(world.unlink("link/", DIRECTORY), Ok(()));
        assert!(world.exists("link") && !world.exists("full"));
        assert_eq!(world.unlink("to-file/", FILE), Err(Errno::NOTDIR));
        assert_eq!(world.unlink("to-file/", DIRECTORY), Err(Errno::NOTDIR));
        assert_eq!(world.unlink("to-file", FILE), Ok(()));
        assert_eq!(world.content("file"), "file");
        assert_eq!(world.unlink("file", FILE), Ok(()));
        assert!(!world.exists("file"));
    });
}
