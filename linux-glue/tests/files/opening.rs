//! `file_open`.

use crate::world::{FOLLOW, NO_FOLLOW, NOTHING, READ, WRITE, World, both, with_path};
use cloudabi_host::types::{Errno, Fdflags, Fdstat, Filetype, Oflags, Rights};
use cloudabi_linux_glue::files::{Files, Opened};
use rustix::fd::AsFd;
use rustix::fs::{OFlags, fcntl_getfl};
use rustix::io::{FdFlags, fcntl_getfd};
use std::io::{Read as _, Write as _};
use std::os::unix::net::UnixListener;

fn text(opened: Opened) -> String {
    let mut text = String::new();
    std::fs::File::from(opened.descriptor).read_to_string(&mut text).expect("read");
    text
}

fn error(result: Result<Opened, Errno>) -> Errno {
    result.err().unwrap_or(Errno::SUCCESS)
}

#[test]
fn access_follows_from_rights() {
    let cases = [
        (Rights::FD_READ, OFlags::RDONLY),
        (Rights::FILE_READDIR, OFlags::RDONLY),
        (Rights::MEM_MAP_EXEC, OFlags::RDONLY),
        (Rights::FD_WRITE, OFlags::WRONLY),
        (Rights::FD_DATASYNC, OFlags::WRONLY),
        (Rights::FILE_ALLOCATE, OFlags::WRONLY),
        (Rights::FILE_STAT_FPUT_SIZE, OFlags::WRONLY),
        (Rights::FD_READ | Rights::FD_WRITE, OFlags::RDWR),
        (Rights::all(), OFlags::RDWR),
        // Neither reading nor writing, but `O_PATH` would not do.
        (Rights::FD_SEEK, OFlags::RDONLY),
        (Rights::MEM_MAP, OFlags::RDONLY),
        (Rights::PROC_EXEC, OFlags::RDONLY),
        (Rights::FILE_ADVISE, OFlags::RDONLY),
        (Rights::POLL_FD_READWRITE, OFlags::RDONLY),
        // It does.
        (Rights::empty(), OFlags::PATH),
        (Rights::FILE_STAT_FGET | Rights::FILE_STAT_FPUT_TIMES | Rights::FILE_OPEN, OFlags::PATH),
    ];
    both(|world| {
        world.make(&["file"]);
        for (rights, access) in cases {
            let opened = world.open("file", NOTHING, rights).expect("open");
            let flags = fcntl_getfl(&opened.descriptor).expect("flags");
            assert_eq!(flags & (OFlags::RWMODE | OFlags::PATH), access, "{rights:?}");
            assert_eq!(opened.rights, rights);
            assert!(fcntl_getfd(&opened.descriptor).expect("flags").contains(FdFlags::CLOEXEC));
        }
    });
}

#[test]
fn flags_of_the_descriptor() {
    // Not `OFlags::DSYNC`, which has the bits of `O_SYNC`.
    let dsync = OFlags::from_bits_retain(libc::O_DSYNC as u32);
    let cases = [
        (Fdflags::empty(), OFlags::empty()),
        (Fdflags::APPEND, OFlags::APPEND),
        (Fdflags::DSYNC, dsync),
        (Fdflags::NONBLOCK, OFlags::NONBLOCK),
        (Fdflags::SYNC, OFlags::SYNC),
        (Fdflags::APPEND | Fdflags::DSYNC, OFlags::APPEND | dsync),
    ];
    let mask = OFlags::APPEND | OFlags::SYNC | OFlags::NONBLOCK;
    both(|world| {
        world.make(&["file"]);
        for (flags, expected) in cases {
            for rights in [WRITE, Rights::empty()] {
                let opened = world.open_as("file", FOLLOW, NOTHING, rights, flags).expect("open");
                assert_eq!(fcntl_getfl(&opened.descriptor).expect("flags") & mask, expected, "{flags:?}");
            }
        }
        let undefined = Fdflags::from_bits_retain(0x20);
        assert_eq!(error(world.open_as("file", FOLLOW, NOTHING, READ, undefined)), Errno::INVAL);
        assert_eq!(error(world.open("file", Oflags::from_bits_retain(0x10), READ)), Errno::INVAL);
        let undefined = cloudabi_host::types::Lookupflags::from_bits_retain(2);
        for rights in [READ, Rights::empty()] {
            let result = world.open_as("file", undefined, NOTHING, rights, Fdflags::empty());
            assert_eq!(error(result), Errno::INVAL);
        }
    });
}

#[test]
fn making_a_file() {
    both(|world| {
        world.make(&["dir/", "dangling -> dir/made"]);
        assert_eq!(error(world.open("new", NOTHING, READ)), Errno::NOENT);
        assert_eq!(error(world.open("new", Oflags::EXCL, READ)), Errno::NOENT);
        let opened = world.open("new", Oflags::CREAT | Oflags::EXCL, READ | WRITE).expect("new");
        assert_eq!(Files::filetype(&opened.descriptor), Ok(Filetype::REGULAR_FILE));
        std::fs::File::from(opened.descriptor).write_all(b"text").expect("write");
        assert_eq!(error(world.open("new", Oflags::CREAT | Oflags::EXCL, READ)), Errno::EXIST);
        assert_eq!(text(world.open("new", Oflags::CREAT, READ).expect("again")), "text");
        assert_eq!(text(world.open("new", Oflags::EXCL, READ).expect("excl does nothing")), "text");
        // Without any right, it is made as well.
        world.open("bare", Oflags::CREAT, Rights::empty()).expect("bare");
        assert_eq!(world.content("bare"), "");

        assert_eq!(error(world.open("dangling", Oflags::CREAT | Oflags::EXCL, WRITE)), Errno::EXIST);
        let no_follow = world.open_as("dangling", NO_FOLLOW, Oflags::CREAT, WRITE, Fdflags::empty());
        assert_eq!(error(no_follow), Errno::LOOP);
        assert!(!world.exists("dir/made"));
        world.open("dangling", Oflags::CREAT, WRITE).expect("where the link leads");
        assert!(world.exists("dir/made"));

        assert_eq!(error(world.open("dir", Oflags::CREAT, READ)), Errno::ISDIR);
        assert_eq!(error(world.open(".", Oflags::CREAT, READ)), Errno::ISDIR);
        assert_eq!(error(world.open("dir/..", Oflags::CREAT | Oflags::EXCL, READ)), Errno::EXIST);
        assert_eq!(error(world.open("slash/", Oflags::CREAT, WRITE)), Errno::ISDIR);
        assert_eq!(error(world.open("nothing/x", Oflags::CREAT, WRITE)), Errno::NOENT);
        assert_eq!(error(world.open("x", Oflags::CREAT | Oflags::DIRECTORY, READ)), Errno::INVAL);
    });
}

#[test]
fn truncating() {
    both(|world| {
        world.make(&["one", "two", "dir/"]);
        world.open("one", Oflags::TRUNC, WRITE).expect("for writing");
        assert_eq!(world.content("one"), "");
        world.open("two", Oflags::TRUNC, Rights::FILE_STAT_FGET).expect("without a right to write");
        assert_eq!(world.content("two"), "");
        assert_eq!(error(world.open("dir", Oflags::TRUNC, READ)), Errno::ISDIR);
    });
}

#[test]
fn directories() {
    both(|world| {
        world.make(&["file", "dir/", "link -> dir"]);
        let readdir = Rights::FILE_READDIR;
        for path in ["dir", "dir/", "link", "link/", ".", "dir/..", "./dir//."] {
            for (oflags, rights) in
                [(NOTHING, readdir), (Oflags::DIRECTORY, readdir), (NOTHING, Rights::FILE_OPEN)]
            {
                let opened = world.open(path, oflags, rights).expect(path);
                assert_eq!(Files::filetype(&opened.descriptor), Ok(Filetype::DIRECTORY), "{path}");
            }
        }
        for rights in [READ, Rights::FILE_STAT_FGET] {
            assert_eq!(error(world.open("file", Oflags::DIRECTORY, rights)), Errno::NOTDIR);
            assert_eq!(error(world.open("file/", NOTHING, rights)), Errno::NOTDIR);
        }
        // A directory cannot be opened for writing, whatever else is asked for.
        assert_eq!(error(world.open("dir", NOTHING, WRITE)), Errno::ISDIR);
        assert_eq!(error(world.open("dir", Oflags::DIRECTORY, Rights::all())), Errno::ISDIR);
        assert_eq!(error(world.open("link/", NOTHING, WRITE)), Errno::ISDIR);
    });
}

#[test]
fn what_was_opened_without_reading_serves_its_rights() {
    both(|world| {
        world.make(&["dir/", "dir/file"]);
        let opened = world.open("dir", NOTHING, Rights::FILE_OPEN | Rights::FILE_STAT_GET).expect("dir");
        assert_eq!(opened.filetype, Some(Filetype::DIRECTORY));
        let wanted = Fdstat { fs_rights_base: READ, ..Fdstat::ZERO };
        let file = with_path("file", |path| {
            world.files.open(opened.descriptor.as_fd(), path, FOLLOW, NOTHING, &wanted)
        });
        assert_eq!(text(file.expect("file")), "dir/file");
        let stat = world.files.stat_fget(opened.descriptor.as_fd(), None).expect("stat");
        assert_eq!(stat.st_filetype, Filetype::DIRECTORY);
    });
}

#[test]
fn a_link_at_the_end() {
    both(|world| {
        world.make(&["file", "link -> file", "dangling -> nothing"]);
        assert_eq!(text(world.open("link", NOTHING, READ).expect("followed")), "file");
        for rights in [READ, Rights::FILE_STAT_FGET] {
            for link in ["link", "dangling"] {
                let result = world.open_as(link, NO_FOLLOW, NOTHING, rights, Fdflags::empty());
                assert_eq!(error(result), Errno::LOOP);
            }
            assert_eq!(error(world.open("dangling", NOTHING, rights)), Errno::NOENT);
        }
    });
}

#[test]
fn fifos_sockets_and_devices() {
    both(|world| {
        world.make(&["fifo|"]);
        let _socket = UnixListener::bind(world.folder.path().join("top/socket")).expect("socket");
        for rights in [READ, WRITE, READ | WRITE, Rights::FILE_STAT_FGET, Rights::FD_SEEK] {
            assert_eq!(error(world.open("socket", NOTHING, rights)), Errno::NOTSUP, "{rights:?}");
        }
        let write = world.open_as("fifo", FOLLOW, NOTHING, WRITE, Fdflags::NONBLOCK);
        assert_eq!(error(write), Errno::NXIO);
        // It does not wait for anybody.
        world.open_as("fifo", FOLLOW, NOTHING, READ, Fdflags::NONBLOCK).expect("read");
        let looked_at = world.open("fifo", NOTHING, Rights::FILE_STAT_FGET).expect("path only");
        assert_eq!(looked_at.filetype, Some(Filetype::SOCKET_STREAM));
    });
    let files = Files::default();
    let devices = std::fs::File::open("/dev").expect("/dev");
    let wanted = Fdstat { fs_rights_base: READ | WRITE, ..Fdstat::ZERO };
    let null =
        with_path("null", |path| files.open(devices.as_fd(), path, FOLLOW, NOTHING, &wanted)).expect("null");
    assert_eq!(Files::filetype(&null.descriptor), Ok(Filetype::CHARACTER_DEVICE));
}

#[test]
fn what_is_no_directory_has_nothing_beneath() {
    both(|world| {
        let (read, _write) = std::io::pipe().expect("pipe");
        let wanted = Fdstat { fs_rights_base: READ, ..Fdstat::ZERO };
        for path in ["hello", ".", "a/b"] {
            let result =
                with_path(path, |path| world.files.open(read.as_fd(), path, FOLLOW, NOTHING, &wanted));
            assert_eq!(error(result), Errno::NOTDIR, "{path}");
        }
    });
}

#[test]
fn a_program_that_runs() {
    let world = World::new(Default::default());
    let program = world.folder.path().join("top/program");
    std::fs::copy("/bin/sleep", &program).expect("copy");
    let mut child = std::process::Command::new(&program).arg("1000").spawn().expect("spawn");
    let result = error(world.open("program", NOTHING, WRITE));
    child.kill().expect("kill");
    child.wait().expect("wait");
    assert_eq!(result, Errno::TXTBSY);
}
