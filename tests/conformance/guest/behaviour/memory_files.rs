//! Mapped files and shared memory.

use cloudabi_sys::{
    Errno, Fd, Fdflags, Filestat, Filetype, Fsflags, Mflags, Mprot, Msflags, Rights, Ulflags,
};

use crate::calls::{self, memory};
use crate::environment::{Environment, content, without};
use crate::report::{Test, fails, fails_with_one_of, same};

const READ: Mprot = Mprot::READ;
const READ_WRITE: Mprot = Mprot(Mprot::READ.0 | Mprot::WRITE.0);

fn poke(place: *mut u8, offset: usize, value: u8) {
    // SAFETY: the tests map this memory so that it can be written, and have no reference into it.
    unsafe { place.add(offset).write_volatile(value) };
}

fn peek(place: *mut u8, offset: usize) -> u8 {
    // SAFETY: the tests map this memory so that it can be read, and have no reference into it.
    unsafe { place.add(offset).read_volatile() }
}

/// A file of three pages, each filled with its number and one.
fn three_pages(environment: &Environment) -> Result<(Fd, usize), Errno> {
    let page = environment.start.page_size();
    let mut data = alloc::vec![1; 3 * page];
    data[page..].fill(2);
    data[2 * page..].fill(3);
    Ok((environment.file(&data)?, page))
}

pub const TESTS: &[Test] = &[
    ("mem_map/behaviour/a private mapping of a file", |environment| {
        let (file, page) = three_pages(environment)?;
        let place = calls::map(2 * page, READ_WRITE, Mflags::PRIVATE, file, page as u64)?;
        same((peek(place, 0), peek(place, 2 * page - 1)), (2, 3))?;
        poke(place, 0, 9);
        same(peek(place, 0), 9)?;
        let mut byte = [0];
        calls::pread(file, &mut byte, page as u64)?;
        same(byte, [2])
    }),
    ("mem_map/behaviour/a shared mapping of a file", |environment| {
        let (file, page) = three_pages(environment)?;
        let first = calls::map(3 * page, READ_WRITE, Mflags::SHARED, file, 0)?;
        let second = calls::map(page, READ, Mflags::SHARED, file, 2 * page as u64)?;
        poke(first, 2 * page, 9);
        same(peek(second, 0), 9)?;
        let mut byte = [0];
        calls::pread(file, &mut byte, 2 * page as u64)?;
        same(byte, [9])?;
        calls::pwrite(file, &[8], 2 * page as u64)?;
        same((peek(first, 2 * page), peek(second, 0)), (8, 8))
    }),
    ("mem_map/behaviour/keeps the file", |environment| {
        let root = environment.directory()?;
        let file = environment.file_in(root, b"file", b"content")?;
        let page = environment.start.page_size();
        let place = calls::map(page, READ, Mflags::SHARED, file, 0)?;
        calls::close(file)?;
        calls::unlink(root, b"file", Ulflags::empty())?;
        same(peek(place, 6), b't')
    }),
    ("mem_map/behaviour/behind the end are zeros that are not written", |environment| {
        let file = environment.file(b"content")?;
        let page = environment.start.page_size();
        let place = calls::map(page, READ_WRITE, Mflags::SHARED, file, 0)?;
        same(peek(place, 7), 0)?;
        poke(place, 7, 9);
        same(content(file)?, b"content")
    }),
    ("mem_map/behaviour/shared memory", |environment| {
        let page = environment.start.page_size();
        let object = calls::create1(Filetype::SHARED_MEMORY)?;
        let size = Filestat { st_size: 2 * page as u64, ..Filestat::ZERO };
        calls::fstat_put(object, &size, Fsflags::SIZE)?;
        let first = calls::map(2 * page, READ_WRITE, Mflags::SHARED, object, 0)?;
        let second = calls::map(page, READ, Mflags::SHARED, object, page as u64)?;
        same(peek(first, page), 0)?;
        poke(first, page, 7);
        same(peek(second, 0), 7)?;
        calls::close(object)?;
        same(peek(second, 0), 7)
    }),
    ("mem_map/behaviour/shared memory may be code, but not both", |environment| {
        let page = environment.start.page_size();
        let object = calls::create1(Filetype::SHARED_MEMORY)?;
        let size = Filestat { st_size: page as u64, ..Filestat::ZERO };
        calls::fstat_put(object, &size, Fsflags::SIZE)?;
        calls::map(page, READ | Mprot::EXEC, Mflags::SHARED, object, 0)?;
        fails(calls::map(page, Mprot::WRITE | Mprot::EXEC, Mflags::SHARED, object, 0), Errno::NOTSUP)?;
        let weak = without(object, Rights::MEM_MAP_EXEC, Rights::empty())?;
        fails(calls::map(page, READ | Mprot::EXEC, Mflags::SHARED, weak, 0), Errno::NOTCAPABLE)
    }),
    ("mem_map/behaviour/private changes need no right to write", |environment| {
        let root = environment.directory()?;
        calls::close(environment.file_in(root, b"file", b"content")?)?;
        let rights = Rights::FD_READ | Rights::MEM_MAP;
        let file = environment.reopen(root, b"file", Fdflags::empty(), rights)?;
        let page = environment.start.page_size();
        let place = calls::map(page, READ_WRITE, Mflags::PRIVATE, file, 0)?;
        poke(place, 0, 9);
        same(peek(place, 0), 9)?;
        fails(calls::map(page, READ_WRITE, Mflags::SHARED, file, 0), Errno::NOTCAPABLE)
    }),
    ("mem_map/error/notcapable", |environment| {
        let file = environment.file(b"content")?;
        let page = environment.start.page_size();
        let weak = |rights| without(file, rights, Rights::empty());
        for (missing, prot, flags) in [
            (Rights::MEM_MAP, READ, Mflags::PRIVATE),
            (Rights::MEM_MAP, Mprot::empty(), Mflags::PRIVATE),
            (Rights::FD_READ, READ, Mflags::PRIVATE),
            (Rights::FD_READ, Mprot::WRITE, Mflags::PRIVATE),
            (Rights::FD_WRITE, READ_WRITE, Mflags::SHARED),
            (Rights::MEM_MAP_EXEC, READ | Mprot::EXEC, Mflags::PRIVATE),
            (Rights::MEM_MAP_EXEC, Mprot::EXEC, Mflags::SHARED),
        ] {
            fails(calls::map(page, prot, flags, weak(missing)?, 0), Errno::NOTCAPABLE)?;
        }
        Ok(())
    }),
    ("mem_map/error/nodev", |environment| {
        let page = environment.start.page_size();
        let null = environment.given("device")?;
        fails(calls::map(page, READ, Mflags::PRIVATE, null, 0), Errno::NODEV)
    }),
    ("mem_map/error/inval/offset", |environment| {
        let (file, page) = three_pages(environment)?;
        fails(calls::map(page, READ, Mflags::PRIVATE, file, 1), Errno::INVAL)
    }),
    ("mem_map/error/overflow", |environment| {
        let (file, page) = three_pages(environment)?;
        let last = (1 << 63) - page as u64;
        fails(calls::map(2 * page, READ, Mflags::PRIVATE, file, last), Errno::OVERFLOW)?;
        fails(calls::map(page, READ, Mflags::PRIVATE, file, 1 << 63), Errno::OVERFLOW)
    }),
    ("mem_protect/error/acces", |environment| {
        let page = environment.start.page_size();
        let file = environment.file(b"content")?;
        let less = Rights::FD_WRITE | Rights::MEM_MAP_EXEC;
        let weak = without(file, less, Rights::empty())?;
        let shared = calls::map(page, READ, Mflags::SHARED, weak, 0)?;
        fails(memory::protect(shared, page, READ_WRITE), Errno::ACCES)?;
        fails(memory::protect(shared, page, READ | Mprot::EXEC), Errno::ACCES)?;
        let private = calls::map(page, READ, Mflags::PRIVATE, weak, 0)?;
        fails(memory::protect(private, page, READ | Mprot::EXEC), Errno::ACCES)?;
        same(peek(shared, 0), b'c')?;
        // What the rights allowed can be had back.
        memory::protect(private, page, READ_WRITE)?;
        poke(private, 0, 9);
        memory::protect(shared, page, Mprot::empty())?;
        memory::protect(shared, page, READ)?;
        same(peek(shared, 0), b'c')
    }),
    ("mem_protect/behaviour/a mapping of a file", |environment| {
        let (file, page) = three_pages(environment)?;
        let place = calls::map(3 * page, READ, Mflags::SHARED, file, 0)?;
        memory::protect(place.wrapping_add(page), page, READ_WRITE)?;
        poke(place, page, 9);
        same((peek(place, 0), peek(place, page), peek(place, 2 * page)), (1, 9, 3))?;
        memory::protect(place, 3 * page, READ | Mprot::EXEC)?;
        same(peek(place, page), 9)
    }),
    ("mem_sync/behaviour/a mapping of a file", |environment| {
        let (file, page) = three_pages(environment)?;
        let place = calls::map(3 * page, READ_WRITE, Mflags::SHARED, file, 0)?;
        poke(place, 0, 9);
        memory::sync(place, 3 * page, Msflags::SYNC)?;
        memory::sync(place, page, Msflags::ASYNC)?;
        memory::sync(place.wrapping_add(page), 1, Msflags::SYNC | Msflags::INVALIDATE)?;
        same(content(file)?.first().copied(), Some(9))
    }),
    ("mem_unmap/behaviour/what was written to a file is not lost", |environment| {
        let (file, page) = three_pages(environment)?;
        let place = calls::map(page, READ_WRITE, Mflags::SHARED, file, 0)?;
        poke(place, 0, 9);
        memory::unmap(place, page)?;
        same(content(file)?.first().copied(), Some(9))
    }),
    ("mem_advise/behaviour/a mapping of a file keeps private changes", |environment| {
        let (file, page) = three_pages(environment)?;
        let place = calls::map(page, READ_WRITE, Mflags::PRIVATE, file, 0)?;
        poke(place, 0, 9);
        memory::advise(place, page, cloudabi_sys::Advice::DONTNEED)?;
        same(peek(place, 0), 9)
    }),
    ("mem_map/behaviour/directories cannot be mapped", |environment| {
        let page = environment.start.page_size();
        fails_with_one_of(
            calls::map(page, READ, Mflags::PRIVATE, environment.granted(), 0),
            &[Errno::NOTCAPABLE, Errno::NODEV],
        )
    }),
];
