//! Memory without a file.

use alloc::format;

use cloudabi_sys::{Advice, Errno, Fd, Mflags, Mprot, Msflags};

use crate::calls::{self, memory};
use crate::environment::Environment;
use crate::report::{Outcome, Test, fails, fails_with_one_of, holds, same};

const READ: Mprot = Mprot::READ;
const READ_WRITE: Mprot = Mprot(Mprot::READ.0 | Mprot::WRITE.0);
const PRIVATE: Mflags = Mflags(Mflags::ANON.0 | Mflags::PRIVATE.0);
const SHARED: Mflags = Mflags(Mflags::ANON.0 | Mflags::SHARED.0);
const NO_FILE: Fd = Fd::MAP_ANON_FD;

/// Fresh memory of so many pages, and the size of a page.
fn pages(environment: &Environment, count: usize) -> Result<(*mut u8, usize), Errno> {
    let page = environment.start.page_size();
    Ok((calls::map(count * page, READ_WRITE, PRIVATE, NO_FILE, 0)?, page))
}

/// Writes a byte and reads it again.
fn poke(place: *mut u8, offset: usize, value: u8) -> u8 {
    // SAFETY: the tests map this memory so that it can be written, and have no reference into it.
    unsafe {
        place.add(offset).write_volatile(value);
        place.add(offset).read_volatile()
    }
}

/// Reads a byte.
fn peek(place: *mut u8, offset: usize) -> u8 {
    // SAFETY: the tests map this memory so that it can be read, and have no reference into it.
    unsafe { place.add(offset).read_volatile() }
}

/// Whether the host may read from there, found out without touching it: a file takes it or not.
fn readable(environment: &Environment, place: *mut u8) -> Result<bool, Errno> {
    let file = environment.file(b"")?;
    let piece = cloudabi_sys::Ciovec { buf: place.cast_const().cast(), buf_len: 1 };
    // SAFETY: the call checks whether the byte can be read.
    let written = unsafe { cloudabi_sys::fd_write(file, &[piece]) };
    calls::close(file)?;
    match written {
        Ok(_) => Ok(true),
        Err(Errno::FAULT) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Whether the host may write there, found out without touching it. What is there becomes random.
fn writable(place: *mut u8) -> Result<bool, Errno> {
    // SAFETY: the call checks whether the byte can be written, and nobody holds a reference to it.
    match unsafe { cloudabi_sys::raw::random_get(place.cast(), 1) } {
        Errno::SUCCESS => Ok(true),
        Errno::FAULT => Ok(false),
        error => Err(error),
    }
}

/// `access` at two pages: what may be done with each.
fn access(environment: &Environment, place: *mut u8, expected: (bool, bool)) -> Outcome {
    same((readable(environment, place)?, writable(place)?), expected)
}

pub const TESTS: &[Test] = &[
    ("mem_map/behaviour/fresh memory is zero and can be used", |environment| {
        for flags in [PRIVATE, SHARED] {
            let page = environment.start.page_size();
            let place = calls::map(3 * page, READ_WRITE, flags, NO_FILE, 0)?;
            same(place.addr() % page, 0)?;
            for offset in [0, page - 1, page, 3 * page - 1] {
                same(peek(place, offset), 0)?;
                same(poke(place, offset, 7), 7)?;
            }
            memory::unmap(place, 3 * page)?;
        }
        Ok(())
    }),
    ("mem_map/behaviour/lengths are rounded up", |environment| {
        let page = environment.start.page_size();
        let place = calls::map(1, READ_WRITE, PRIVATE, NO_FILE, 0)?;
        same(poke(place, page - 1, 7), 7)?;
        Ok(memory::unmap(place, 1)?)
    }),
    ("mem_map/behaviour/mappings do not overlap", |environment| {
        let page = environment.start.page_size();
        let mut places = alloc::vec::Vec::new();
        for _ in 0..64 {
            places.push(calls::map(2 * page, READ_WRITE, PRIVATE, NO_FILE, 0)?);
        }
        places.sort_unstable();
        for pair in places.windows(2) {
            holds(pair[1].addr() - pair[0].addr() >= 2 * page, "each has pages of its own")?;
        }
        for place in places {
            memory::unmap(place, 2 * page)?;
        }
        Ok(())
    }),
    ("mem_map/behaviour/a hint replaces nothing", |environment| {
        let (place, page) = pages(environment, 1)?;
        poke(place, 0, 7);
        // SAFETY: without the flag that fixes the address, nothing that is mapped changes.
        let other = unsafe { cloudabi_sys::mem_map(place.cast(), page, READ_WRITE, PRIVATE, NO_FILE, 0) }?;
        holds(other.cast() != place, "it is somewhere else")?;
        same(peek(place, 0), 7)?;
        // A hint need not be good for anything.
        for hint in [1, page, usize::MAX, usize::MAX - page + 1] {
            let hint = core::ptr::without_provenance_mut(hint);
            // SAFETY: as above.
            let place = unsafe { cloudabi_sys::mem_map(hint, page, READ_WRITE, PRIVATE, NO_FILE, 0) }?;
            same(poke(place.cast(), 0, 9), 9)?;
        }
        Ok(())
    }),
    ("mem_map/behaviour/a fixed address replaces", |environment| {
        let (place, page) = pages(environment, 3)?;
        for number in 0..3 {
            poke(place, number * page, 7);
        }
        let middle = place.wrapping_add(page);
        same(memory::map_fixed(middle, page, READ_WRITE, PRIVATE, NO_FILE, 0)?, middle)?;
        same((peek(place, 0), peek(place, page), peek(place, 2 * page)), (7, 0, 7))
    }),
    ("mem_map/behaviour/protections", |environment| {
        let page = environment.start.page_size();
        for (prot, expected) in
            [(READ_WRITE, (true, true)), (READ, (true, false)), (Mprot::empty(), (false, false))]
        {
            let place = calls::map(page, prot, PRIVATE, NO_FILE, 0)?;
            access(environment, place, expected)?;
            memory::unmap(place, page)?;
        }
        // On most processors these are more than was asked for, which is allowed.
        let place = calls::map(page, Mprot::WRITE, PRIVATE, NO_FILE, 0)?;
        same(writable(place)?, true)?;
        let place = calls::map(page, Mprot::EXEC, PRIVATE, NO_FILE, 0)?;
        same(writable(place)?, false)
    }),
    ("mem_map/behaviour/code can be made and run", |environment| {
        let (place, page) = pages(environment, 1)?;
        // A function that returns 42.
        #[cfg(target_arch = "x86_64")]
        let code: &[u8] = &[0xb8, 42, 0, 0, 0, 0xc3];
        #[cfg(target_arch = "aarch64")]
        let code: &[u8] = &[0x40, 0x05, 0x80, 0x52, 0xc0, 0x03, 0x5f, 0xd6];
        for (offset, byte) in code.iter().enumerate() {
            poke(place, offset, *byte);
        }
        memory::protect(place, page, READ | Mprot::EXEC)?;
        synchronize(place, code.len());
        // SAFETY: the code is that of a function of this type.
        let function = unsafe { core::mem::transmute::<*mut u8, extern "C" fn() -> u32>(place) };
        same(function(), 42)?;
        same(writable(place)?, false)
    }),
    ("mem_map/error/inval", |environment| {
        let page = environment.start.page_size();
        let (place, _) = pages(environment, 2)?;
        let bad = [
            ("length", calls::map(0, READ, PRIVATE, NO_FILE, 0)),
            ("neither", calls::map(page, READ, Mflags::ANON, NO_FILE, 0)),
            ("both", calls::map(page, READ, PRIVATE | SHARED, NO_FILE, 0)),
            ("a descriptor", calls::map(page, READ, PRIVATE, environment.granted(), 0)),
            ("an offset", calls::map(page, READ, PRIVATE, NO_FILE, page as u64)),
            ("no page", memory::map_fixed(place.wrapping_add(1), page, READ, PRIVATE, NO_FILE, 0)),
        ];
        for (what, result) in bad {
            fails(result, Errno::INVAL).map_err(|_| crate::report::failed(format!("{what}: {result:?}")))?;
        }
        Ok(())
    }),
    ("mem_map/error/nomem", |environment| {
        let page = environment.start.page_size();
        for length in [1 << 62, usize::MAX / 2 + 1, usize::MAX - page, usize::MAX] {
            // What wraps when it is rounded up may also be taken for no length at all.
            fails_with_one_of(calls::map(length, READ, PRIVATE, NO_FILE, 0), &[Errno::NOMEM, Errno::INVAL])?;
        }
        fails(calls::map(1 << 47, READ, PRIVATE, NO_FILE, 0), Errno::NOMEM)
    }),
    ("mem_map/error/notsup", |environment| {
        let page = environment.start.page_size();
        let both = Mprot::WRITE | Mprot::EXEC;
        for prot in [both, both | READ] {
            fails(calls::map(page, prot, PRIVATE, NO_FILE, 0), Errno::NOTSUP)?;
            fails(calls::map(page, prot, SHARED, NO_FILE, 0), Errno::NOTSUP)?;
        }
        Ok(())
    }),
    ("mem_map/error/fault", |environment| {
        let page = environment.start.page_size();
        for place in [0, page, 0x7fff_ffff_f000 - page, 0xffff_ffff_ffff_f000] {
            let place = core::ptr::without_provenance_mut(place & !(page - 1));
            fails(memory::map_fixed(place, page, READ, PRIVATE, NO_FILE, 0), Errno::FAULT)?;
        }
        // Beyond the end of what programs have, from inside.
        let (place, _) = pages(environment, 1)?;
        let length = (1 << 62) - page;
        fails_with_one_of(
            memory::map_fixed(place, length, READ, PRIVATE, NO_FILE, 0),
            &[Errno::FAULT, Errno::NOMEM],
        )?;
        same(poke(place, 0, 7), 7)
    }),
    ("mem_unmap/behaviour/takes pages away", |environment| {
        let (place, page) = pages(environment, 3)?;
        memory::unmap(place.wrapping_add(page), page)?;
        access(environment, place, (true, true))?;
        access(environment, place.wrapping_add(page), (false, false))?;
        access(environment, place.wrapping_add(2 * page), (true, true))?;
        // Nothing is there any more, which is no error.
        memory::unmap(place.wrapping_add(page), page)?;
        memory::unmap(place, 3 * page)?;
        access(environment, place, (false, false))
    }),
    ("mem_unmap/behaviour/part of a page is the whole page", |environment| {
        let (place, page) = pages(environment, 2)?;
        memory::unmap(place, 1)?;
        access(environment, place, (false, false))?;
        access(environment, place.wrapping_add(page), (true, true))
    }),
    ("mem_unmap/error/inval", |environment| {
        let (place, page) = pages(environment, 2)?;
        fails(memory::unmap(place.wrapping_add(1), page), Errno::INVAL)?;
        fails(memory::unmap(place, 0), Errno::INVAL)?;
        access(environment, place, (true, true))
    }),
    ("mem_protect/behaviour/changes pages", |environment| {
        let (place, page) = pages(environment, 3)?;
        let middle = place.wrapping_add(page);
        poke(middle, 0, 7);
        for (prot, expected) in
            [(READ, (true, false)), (Mprot::empty(), (false, false)), (READ, (true, false))]
        {
            memory::protect(middle, page, prot)?;
            access(environment, middle, expected)?;
            access(environment, place, (true, true))?;
            access(environment, place.wrapping_add(2 * page), (true, true))?;
        }
        same(peek(middle, 0), 7)?;
        memory::protect(place, 3 * page, READ_WRITE)?;
        access(environment, middle, (true, true))
    }),
    ("mem_protect/behaviour/no length", |environment| {
        let (place, _) = pages(environment, 1)?;
        memory::protect(place, 0, Mprot::empty())?;
        access(environment, place, (true, true))
    }),
    ("mem_protect/error/inval", |environment| {
        let (place, page) = pages(environment, 2)?;
        fails(memory::protect(place.wrapping_add(1), page, READ), Errno::INVAL)
    }),
    ("mem_protect/error/nomem", |environment| {
        let (place, page) = pages(environment, 3)?;
        memory::unmap(place.wrapping_add(page), page)?;
        fails(memory::protect(place, 3 * page, READ_WRITE), Errno::NOMEM)?;
        fails(memory::protect(place.wrapping_add(page), page, READ_WRITE), Errno::NOMEM)
    }),
    ("mem_protect/error/notsup", |environment| {
        let (place, page) = pages(environment, 1)?;
        let both = Mprot::WRITE | Mprot::EXEC;
        for prot in [both, both | READ] {
            fails(memory::protect(place, page, prot), Errno::NOTSUP)?;
        }
        access(environment, place, (true, true))
    }),
    ("mem_advise/behaviour/changes nothing", |environment| {
        let (place, page) = pages(environment, 2)?;
        poke(place, 0, 7);
        for advice in [Advice::DONTNEED, Advice::NORMAL, Advice::RANDOM, Advice::SEQUENTIAL, Advice::WILLNEED]
        {
            memory::advise(place, 2 * page, advice)?;
            memory::advise(place, 1, advice)?;
            memory::advise(place, 0, advice)?;
            same((peek(place, 0), peek(place, page)), (7, 0))?;
        }
        Ok(())
    }),
    ("mem_advise/error/inval", |environment| {
        let (place, page) = pages(environment, 2)?;
        fails(memory::advise(place, page, Advice::NOREUSE), Errno::INVAL)?;
        fails(memory::advise(place.wrapping_add(1), page, Advice::NORMAL), Errno::INVAL)
    }),
    ("mem_advise/error/nomem", |environment| {
        let (place, page) = pages(environment, 3)?;
        memory::unmap(place.wrapping_add(page), page)?;
        fails(memory::advise(place, 3 * page, Advice::WILLNEED), Errno::NOMEM)?;
        fails(memory::advise(place.wrapping_add(page), page, Advice::DONTNEED), Errno::NOMEM)
    }),
    ("mem_sync/behaviour/memory without a file", |environment| {
        let (place, page) = pages(environment, 2)?;
        poke(place, 0, 7);
        for flags in [Msflags::SYNC, Msflags::ASYNC, Msflags::SYNC | Msflags::INVALIDATE] {
            memory::sync(place, 2 * page, flags)?;
            memory::sync(place, 0, flags)?;
        }
        same(peek(place, 0), 7)
    }),
    ("mem_sync/error/inval", |environment| {
        let (place, page) = pages(environment, 2)?;
        for flags in [Msflags::empty(), Msflags::INVALIDATE, Msflags::SYNC | Msflags::ASYNC] {
            fails(memory::sync(place, page, flags), Errno::INVAL)?;
        }
        fails(memory::sync(place.wrapping_add(1), page, Msflags::SYNC), Errno::INVAL)
    }),
    ("mem_sync/error/nomem", |environment| {
        let (place, page) = pages(environment, 3)?;
        memory::unmap(place.wrapping_add(page), page)?;
        fails(memory::sync(place, 3 * page, Msflags::SYNC), Errno::NOMEM)
    }),
];

/// Makes what was written visible as code.
#[cfg_attr(target_arch = "x86_64", allow(unused_variables))]
fn synchronize(place: *mut u8, len: usize) {
    #[cfg(target_arch = "aarch64")]
    for offset in (0..len).step_by(4) {
        // SAFETY: cache maintenance changes no memory.
        unsafe {
            core::arch::asm!(
                "dc cvau, {0}", "dsb ish", "ic ivau, {0}", "dsb ish", "isb",
                in(reg) place.wrapping_add(offset),
            );
        }
    }
}
