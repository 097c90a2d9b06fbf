//! `file_stat_get`, `file_stat_fget`, `file_stat_put`, `file_stat_fput`.

use crate::world::{FOLLOW, NO_FOLLOW, NOTHING, READ, WRITE, World, both};
use cloudabi_host::types::{Errno, Filestat, Filetype, Fsflags, Lookupflags, Rights};
use cloudabi_linux_glue::files::Files;
use rustix::fd::AsFd as _;
use rustix::fs::{MemfdFlags, memfd_create};
use std::os::unix::fs::MetadataExt as _;
use std::os::unix::net::{UnixDatagram, UnixListener, UnixStream};
use std::time::{Duration, SystemTime};

#[test]
fn attributes_are_those_of_the_file() {
    both(|world| {
        world.make(&["file", "dir/", "link -> file", "deep/", "deep/x"]);
        let metadata = std::fs::metadata(world.folder.path().join("top/file")).expect("metadata");
        let stat = world.stat("file", NO_FOLLOW).expect("stat");
        assert_eq!(stat.st_dev.0, metadata.dev());
        assert_eq!(stat.st_ino.0, metadata.ino());
        assert_eq!(stat.st_filetype, Filetype::REGULAR_FILE);
        assert_eq!(stat.st_nlink, 1);
        assert_eq!(stat.st_size, 4);
        let modified = SystemTime::UNIX_EPOCH + Duration::from_nanos(stat.st_mtim);
        assert_eq!(modified, metadata.modified().expect("time"));
        assert_eq!(
            u128::from(stat.st_ctim),
            metadata.ctime() as u128 * 1_000_000_000 + metadata.ctime_nsec() as u128
        );
        assert_eq!(world.stat("file", FOLLOW), Ok(stat));
        assert_eq!(world.stat("link", FOLLOW), Ok(stat));
        assert_eq!(world.stat("deep/../link", FOLLOW), Ok(stat));
        let opened = world.open("file", NOTHING, READ).expect("open");
        assert_eq!(world.files.stat_fget(opened.descriptor.as_fd(), None), Ok(stat));

        let link = world.stat("link", NO_FOLLOW).expect("stat");
        assert_eq!((link.st_filetype, link.st_size), (Filetype::SYMBOLIC_LINK, 4));
        assert_eq!(world.stat("deep/../link", NO_FOLLOW), Ok(link));
        for path in ["dir", "dir/", "dir/.", ".", "dir/..", "./"] {
            assert_eq!(world.filetype(path, FOLLOW), Ok(Filetype::DIRECTORY), "{path}");
        }
        assert_eq!(world.stat("file/", FOLLOW).map(drop), Err(Errno::NOTDIR));
        assert_eq!(world.stat("nothing", FOLLOW).map(drop), Err(Errno::NOENT));
        let undefined = Lookupflags::from_bits_retain(2);
        assert_eq!(world.stat("link", undefined).map(drop), Err(Errno::INVAL));
        assert_eq!(world.stat("deep/x", undefined).map(drop), Err(Errno::INVAL));
    });
}

#[test]
fn types_of_what_lies_about() {
    both(|world| {
        world.make(&["fifo|"]);
        let _socket = UnixListener::bind(world.folder.path().join("top/socket")).expect("socket");
        let _datagrams = UnixDatagram::bind(world.folder.path().join("top/datagrams")).expect("socket");
        for path in ["fifo", "socket", "datagrams"] {
            assert_eq!(world.filetype(path, FOLLOW), Ok(Filetype::SOCKET_STREAM), "{path}");
        }
    });
}

#[test]
fn types_of_descriptors() {
    let world = World::new(Default::default());
    let filetype = |descriptor: &dyn std::os::fd::AsFd| {
        let stat = world.files.stat_fget(descriptor.as_fd(), None).expect("stat");
        assert_eq!(Files::filetype(descriptor.as_fd()), Ok(stat.st_filetype));
        stat.st_filetype
    };
    let (stream, _other) = UnixStream::pair().expect("pair");
    assert_eq!(filetype(&stream), Filetype::SOCKET_STREAM);
    let (datagrams, _other) = UnixDatagram::pair().expect("pair");
    assert_eq!(filetype(&datagrams), Filetype::SOCKET_DGRAM);
    let (pipe, _other) = std::io::pipe().expect("pipe");
    assert_eq!(filetype(&pipe), Filetype::SOCKET_STREAM);
    assert_eq!(filetype(&std::fs::File::open("/dev/null").expect("null")), Filetype::CHARACTER_DEVICE);
    let memory = memfd_create("memory", MemfdFlags::CLOEXEC).expect("memfd");
    assert_eq!(filetype(&memory), Filetype::REGULAR_FILE);
    let known = world.files.stat_fget(memory.as_fd(), Some(Filetype::SHARED_MEMORY)).expect("stat");
    assert_eq!(known.st_filetype, Filetype::SHARED_MEMORY);
}

const THEN: Filestat = Filestat { st_atim: 123_000_000_456, st_mtim: 234_000_000_567, ..Filestat::ZERO };

/// How each flag changes the times: `None` stands for now.
const TIMES: [(Fsflags, Option<u64>, Option<u64>); 7] = [
    (Fsflags::ATIM, Some(THEN.st_atim), Some(0)),
    (Fsflags::MTIM, Some(0), Some(THEN.st_mtim)),
    (Fsflags::ATIM.union(Fsflags::MTIM), Some(THEN.st_atim), Some(THEN.st_mtim)),
    (Fsflags::ATIM_NOW, None, Some(0)),
    (Fsflags::MTIM_NOW, Some(0), None),
    (Fsflags::ATIM.union(Fsflags::ATIM_NOW), None, Some(0)),
    (Fsflags::MTIM.union(Fsflags::MTIM_NOW).union(Fsflags::ATIM), Some(THEN.st_atim), None),
];

fn assert_times(stat: Filestat, atim: Option<u64>, mtim: Option<u64>, what: &str) {
    for (is, expected) in [(stat.st_atim, atim), (stat.st_mtim, mtim)] {
        match expected {
            Some(time) => assert_eq!(is, time, "{what}"),
            None => assert!(is > 1_700_000_000_000_000_000, "{what}: {is} is not now"),
        }
    }
}

#[test]
fn times_by_path() {
    both(|world| {
        world.make(&["file", "dir/", "dir/file", "dir/link -> ../file", "link -> file"]);
        let zero = Filestat::ZERO;
        let both_times = Fsflags::ATIM | Fsflags::MTIM;
        for (path, lookup) in [
            ("file", NO_FOLLOW),
            ("file", FOLLOW),
            ("link", FOLLOW),
            ("link", NO_FOLLOW),
            ("dir/file", NO_FOLLOW),
            ("dir/link", FOLLOW),
            ("dir/link", NO_FOLLOW),
            ("dir", FOLLOW),
            ("dir/", FOLLOW),
            (".", FOLLOW),
        ] {
            for (flags, atim, mtim) in TIMES {
                assert_eq!(world.set_times(path, lookup, &zero, both_times), Ok(()));
                assert_eq!(world.set_times(path, lookup, &THEN, flags), Ok(()));
                let stat = world.stat(path, lookup).expect("stat");
                assert_times(stat, atim, mtim, &format!("{path} {flags:?}"));
            }
        }
        let before = world.stat("file", NO_FOLLOW);
        assert_eq!(world.set_times("file", NO_FOLLOW, &zero, Fsflags::empty()), Ok(()));
        assert_eq!(world.stat("file", NO_FOLLOW), before);
        for flags in [both_times, Fsflags::empty()] {
            assert_eq!(world.set_times("nothing", NO_FOLLOW, &zero, flags), Err(Errno::NOENT));
            assert_eq!(world.set_times("file/", NO_FOLLOW, &zero, flags), Err(Errno::NOTDIR));
        }
        for flags in [Fsflags::SIZE, Fsflags::SIZE | Fsflags::MTIM, Fsflags::from_bits_retain(0x20)] {
            assert_eq!(world.set_times("file", NO_FOLLOW, &zero, flags), Err(Errno::INVAL));
        }
        let undefined = Lookupflags::from_bits_retain(2);
        assert_eq!(world.set_times("file", undefined, &zero, both_times), Err(Errno::INVAL));
    });
}

#[test]
fn times_by_descriptor() {
    both(|world| {
        world.make(&["file", "dir/"]);
        // The last of them is opened with `O_PATH`.
        for (path, rights) in
            [("file", READ), ("file", WRITE), ("dir", Rights::FILE_READDIR), ("file", Rights::empty())]
        {
            let opened = world.open(path, NOTHING, rights).expect("open");
            let put =
                |values: &Filestat, flags| world.files.stat_fput(opened.descriptor.as_fd(), values, flags);
            for (flags, atim, mtim) in TIMES {
                assert_eq!(put(&Filestat::ZERO, Fsflags::ATIM | Fsflags::MTIM), Ok(()));
                assert_eq!(put(&THEN, flags), Ok(()));
                let stat = world.files.stat_fget(opened.descriptor.as_fd(), None).expect("stat");
                assert_times(stat, atim, mtim, &format!("{path} {flags:?}"));
            }
            for flags in [Fsflags::empty(), Fsflags::SIZE | Fsflags::ATIM, Fsflags::from_bits_retain(0x20)] {
                assert_eq!(put(&THEN, flags), Err(Errno::INVAL));
            }
        }
    });
}

#[test]
fn sizes() {
    let world = World::new(Default::default());
    world.make(&["file", "dir/"]);
    let opened = world.open("file", NOTHING, Rights::FILE_STAT_FPUT_SIZE).expect("open");
    let resize = |size| {
        let values = Filestat { st_size: size, ..Filestat::ZERO };
        world.files.stat_fput(opened.descriptor.as_fd(), &values, Fsflags::SIZE)
    };
    assert_eq!(resize(6), Ok(()));
    assert_eq!(world.content("file"), "file\0\0");
    assert_eq!(resize(2), Ok(()));
    assert_eq!(world.content("file"), "fi");
    assert_eq!(resize(1 << 63), Err(Errno::INVAL));
    assert_eq!(resize(u64::MAX), Err(Errno::INVAL));
    let values = Filestat { st_size: 1, ..Filestat::ZERO };
    let (_, pipe) = std::io::pipe().expect("pipe");
    assert_eq!(world.files.stat_fput(pipe.as_fd(), &values, Fsflags::SIZE), Err(Errno::INVAL));
}

#[test]
fn times_that_have_no_number() {
    let world = World::new(Default::default());
    world.make(&["file"]);
    let path = world.folder.path().join("top/file");
    let early = SystemTime::UNIX_EPOCH - Duration::from_secs(1);
    let file = std::fs::File::options().write(true).open(path).expect("open");
    if file.set_modified(early).is_ok() {
        assert_eq!(world.stat("file", NO_FOLLOW).map(drop), Err(Errno::OVERFLOW));
        assert_eq!(world.files.stat_fget(file.as_fd(), None).map(drop), Err(Errno::OVERFLOW));
    }
}
