//! What permissions allow. An administrator is allowed everything, so these run in a thread that is somebody else:
//! credentials belong to threads, as far as the kernel is concerned.

use crate::world::{FOLLOW, NO_FOLLOW, NOTHING, READ, WRITE, World, every_call};
use cloudabi_host::types::{Errno, Fdflags, Filestat, Filetype, Fsflags, Oflags, Rights, Ulflags};
use cloudabi_linux_glue::files::Walk;
use rustix::process::{Uid, geteuid};
use rustix::thread::set_thread_res_uid;
use std::fs::{Permissions, set_permissions};
use std::os::unix::fs::{PermissionsExt as _, chown};

/// Whom the tests run as if they are started by an administrator.
const SOMEBODY: u32 = 65_534;

/// Runs a test, with both ways of looking paths up, as an ordinary user to whom the world belongs.
fn as_ordinary_user(test: impl Fn(&World) + Sync) {
    for walk in [Walk::Kernel, Walk::Components] {
        let folder = tempfile::tempdir().expect("no temporary folder");
        let administrator = geteuid().is_root();
        if administrator {
            chown(folder.path(), Some(SOMEBODY), None).expect("chown");
        }
        std::thread::scope(|scope| {
            let thread = scope.spawn(|| {
                if administrator {
                    let somebody = Uid::from_raw(SOMEBODY);
                    set_thread_res_uid(somebody, somebody, somebody).expect("setresuid");
                }
                let world = World::within(walk, folder);
                test(&world);
                // Whatever was shut is opened, so that the folder can be removed.
                for name in ["shut", "search", "list", "fixed"] {
                    let _ = allow(&world, name, 0o700);
                }
            });
            thread.join().expect("thread");
        });
    }
}

fn allow(world: &World, name: &str, mode: u32) -> std::io::Result<()> {
    set_permissions(world.folder.path().join("top").join(name), Permissions::from_mode(mode))
}

#[test]
fn searching_is_enough_on_the_way() {
    as_ordinary_user(|world| {
        world.make(&["search/", "search/dir/", "search/dir/file", "search/file", "search/link -> dir/file"]);
        world.make(&["to -> search/dir"]);
        allow(world, "search", 0o300).expect("chmod");
        allow(world, "search/dir", 0o100).expect("chmod");
        for path in [
            "search/dir/file",
            "search/file",
            "to/file",
            "search/link",
            "search/dir/../file",
            "search/./file",
        ] {
            world.open(path, NOTHING, READ).expect(path);
            assert_eq!(world.filetype(path, FOLLOW), Ok(Filetype::REGULAR_FILE), "{path}");
        }
        assert_eq!(world.create("search/new"), Ok(()));
        assert_eq!(world.symlink("x", "search/newlink"), Ok(()));
        assert_eq!(world.readlink("search/newlink", 10), Ok("x".into()));
        assert_eq!(world.rename("search/newlink", "search/renamed"), Ok(()));
        assert_eq!(world.link("search/file", NO_FOLLOW, "search/file2"), Ok(()));
        assert_eq!(world.unlink("search/renamed", Ulflags::empty()), Ok(()));
        assert_eq!(world.unlink("search/new", Ulflags::REMOVEDIR), Ok(()));
        allow(world, "search/dir", 0o700).expect("chmod");
    });
}

#[test]
fn a_directory_that_can_only_be_searched() {
    as_ordinary_user(|world| {
        world.make(&["search/", "search/file"]);
        allow(world, "search", 0o100).expect("chmod");
        let refused = world.open("search", NOTHING, Rights::FILE_READDIR).map(drop);
        assert_eq!(refused, Err(Errno::ACCES));
        // What a C library asks for that wants to search only: everything but reading and writing.
        let wanted = Rights::FILE_OPEN | Rights::FILE_STAT_GET | Rights::FD_SYNC | Rights::FILE_ADVISE;
        let opened = world.open("search", Oflags::DIRECTORY, wanted).expect("search");
        assert_eq!(opened.rights, Rights::FILE_OPEN | Rights::FILE_STAT_GET);
        assert_eq!(opened.filetype, Some(Filetype::DIRECTORY));
        let flags = Fdflags::NONBLOCK;
        world.open_as("search", NO_FOLLOW, NOTHING, Rights::FILE_OPEN, flags).expect("with a flag");
    });
}

#[test]
fn a_directory_that_is_shut() {
    as_ordinary_user(|world| {
        world.make(&["file", "shut/", "shut/file", "shut/dir/", "way -> shut"]);
        allow(world, "shut", 0o600).expect("chmod");
        for path in
            ["shut/file", "shut/dir/x", "shut/.", "shut/..", "shut/../file", "way/file", "shut/nothing/x"]
        {
            for (call, result) in every_call(world, path) {
                assert_eq!(result, Errno::ACCES, "{call} of {path}");
            }
        }
        // It is its own name that is looked up here, not one in it.
        assert_eq!(world.filetype("shut/", FOLLOW), Ok(Filetype::DIRECTORY));
    });
}

#[test]
fn files_that_must_not_be_read_or_written() {
    as_ordinary_user(|world| {
        world.make(&["file", "fixed/"]);
        allow(world, "file", 0o000).expect("chmod");
        allow(world, "fixed", 0o500).expect("chmod");
        for rights in [READ, WRITE, READ | WRITE] {
            for oflags in [NOTHING, Oflags::CREAT, Oflags::TRUNC] {
                assert_eq!(world.open("file", oflags, rights).map(drop), Err(Errno::ACCES), "{rights:?}");
            }
        }
        assert_eq!(world.open("file", Oflags::TRUNC, Rights::empty()).map(drop), Err(Errno::ACCES));
        // Looking at it needs no permission, and there is something to fall back on.
        world.open("file", NOTHING, Rights::FILE_STAT_FGET).expect("look");
        let opened = world.open("file", NOTHING, Rights::FILE_STAT_FGET | Rights::MEM_MAP).expect("look");
        assert_eq!(opened.rights, Rights::FILE_STAT_FGET);
        assert_eq!(world.filetype("file", NO_FOLLOW), Ok(Filetype::REGULAR_FILE));

        assert_eq!(world.open("fixed/new", Oflags::CREAT, WRITE).map(drop), Err(Errno::ACCES));
        assert_eq!(world.open("fixed/new", Oflags::CREAT, Rights::empty()).map(drop), Err(Errno::ACCES));
        assert_eq!(world.create("fixed/new"), Err(Errno::ACCES));
        assert_eq!(world.symlink("x", "fixed/new"), Err(Errno::ACCES));
        assert_eq!(world.rename("file", "fixed/new"), Err(Errno::ACCES));
        assert_eq!(world.unlink("fixed/new", Ulflags::empty()), Err(Errno::NOENT));
    });
}

#[test]
fn times_of_what_belongs_to_somebody_else() {
    let world = World::new(Walk::Kernel);
    if !geteuid().is_root() {
        // There is nobody else to give it to.
        return;
    }
    world.make(&["file"]);
    set_permissions(world.folder.path(), Permissions::from_mode(0o755)).expect("chmod");
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let somebody = Uid::from_raw(SOMEBODY);
            set_thread_res_uid(somebody, somebody, somebody).expect("setresuid");
            let zero = Filestat::ZERO;
            for lookup in [FOLLOW, NO_FOLLOW] {
                let times = Fsflags::ATIM | Fsflags::MTIM;
                assert_eq!(world.set_times("file", lookup, &zero, times), Err(Errno::PERM));
                let now = Fsflags::ATIM_NOW | Fsflags::MTIM_NOW;
                assert_eq!(world.set_times("file", lookup, &zero, now), Err(Errno::ACCES));
                assert_eq!(world.set_times("file", lookup, &zero, Fsflags::empty()), Ok(()));
            }
        });
    });
}
