//! `file_allocate` and `file_advise`.

use crate::world::{NO_FOLLOW, NOTHING, READ, World};
use cloudabi_host::types::{Advice, Errno, Rights};
use rustix::fd::AsFd as _;

#[test]
fn allocating() {
    let world = World::new(Default::default());
    world.make(&["file", "dir/"]);
    let opened = world.open("file", NOTHING, Rights::FILE_ALLOCATE).expect("open");
    let allocate = |offset, length| world.files.allocate(opened.descriptor.as_fd(), offset, length);
    assert_eq!(allocate(2, 10), Ok(()));
    assert_eq!(world.content("file"), "file\0\0\0\0\0\0\0\0");
    assert_eq!(allocate(0, 1), Ok(()));
    assert_eq!(world.stat("file", NO_FOLLOW).map(|stat| stat.st_size), Ok(12));
    let most = i64::MAX as u64;
    for (offset, length) in [(0, 0), (5, 0), (most + 1, 1), (0, most + 1), (u64::MAX, u64::MAX)] {
        assert_eq!(allocate(offset, length), Err(Errno::INVAL), "{offset} {length}");
    }
    assert_eq!(allocate(most, 1), Err(Errno::FBIG));
    assert_eq!(allocate(most, most), Err(Errno::FBIG));

    let (_, pipe) = std::io::pipe().expect("pipe");
    assert_eq!(world.files.allocate(pipe.as_fd(), 0, 1), Err(Errno::SPIPE));
    let null = std::fs::File::options().write(true).open("/dev/null").expect("null");
    assert_eq!(world.files.allocate(null.as_fd(), 0, 1), Err(Errno::NODEV));
}

#[test]
fn advising() {
    let world = World::new(Default::default());
    world.make(&["file", "dir/"]);
    let all = [
        Advice::DONTNEED,
        Advice::NOREUSE,
        Advice::NORMAL,
        Advice::RANDOM,
        Advice::SEQUENTIAL,
        Advice::WILLNEED,
    ];
    for (path, rights) in [("file", READ), ("dir", Rights::FILE_READDIR), ("file", Rights::empty())] {
        let opened = world.open(path, NOTHING, rights).expect("open");
        let advise =
            |offset, length, advice| world.files.advise(opened.descriptor.as_fd(), offset, length, advice);
        for advice in all {
            assert_eq!(advise(10, 0, advice), Ok(()));
            assert_eq!(advise(i64::MAX as u64, i64::MAX as u64, advice), Ok(()));
            assert_eq!(advise(1 << 63, 1, advice), Err(Errno::INVAL));
            assert_eq!(advise(1, u64::MAX, advice), Err(Errno::INVAL));
        }
        assert_eq!(advise(0, 0, Advice(0)), Err(Errno::INVAL));
        assert_eq!(advise(0, 0, Advice(7)), Err(Errno::INVAL));
    }
    let (pipe, _) = std::io::pipe().expect("pipe");
    assert_eq!(world.files.advise(pipe.as_fd(), 0, 1, Advice::NORMAL), Err(Errno::SPIPE));
}
