//! Finding the host's functions in images made up here, well and badly formed.

mod synthetic;

use cloudabi_sys::vdso::{Image, ImageError};
use cloudabi_sys::{Calls, Errno, Fd};
use proptest::prelude::*;
use synthetic::Plan;

fn plan(bits: u32) -> Plan {
    Plan::new(
        bits,
        &[
            ("cloudabi_sys_fd_read", Some(0x800)),
            ("cloudabi_sys_fd_write", None),
            ("cloudabi_sys_unheard_of", Some(0x840)),
            ("cloudabi_sys_fd_close", Some(0x880)),
            ("fd_dup", Some(0x8c0)),
        ],
    )
}

/// Where a function of the table is, in a form that can be compared.
fn address(function: *const ()) -> usize {
    function as usize
}

#[test]
fn functions_are_found_in_images_of_both_word_sizes() {
    for bits in [32, 64] {
        let built = plan(bits).build();
        let image = Image::parse(&built.bytes).unwrap();
        let names: Vec<&[u8]> = image.symbols().map(|symbol| symbol.name).collect();
        assert_eq!(names.len(), 4, "the undefined one is left out");

        // SAFETY: nothing in the table is called.
        let calls = unsafe { image.calls() };
        let base = built.bytes.as_ptr() as usize;
        assert_eq!(address(calls.fd_read as *const ()), base + 0x800);
        assert_eq!(address(calls.fd_close as *const ()), base + 0x880);
        assert_eq!(calls.fd_write as *const (), Calls::MISSING.fd_write as *const ());
        assert_eq!(
            calls.fd_dup as *const (),
            Calls::MISSING.fd_dup as *const (),
            "its name lacks the prefix"
        );
    }
}

#[test]
fn an_image_at_an_address_says_how_long_it_is() {
    let symbols: Vec<_> = (0..500).map(|n| (format!("cloudabi_sys_{n}"), Some(1))).collect();
    let built = Plan { bits: usize::BITS, symbols }.build();
    assert!(built.bytes.len() > 4096);
    // SAFETY: the image is there, longer than a page, and lives until the end of this function.
    let image = unsafe { Image::at(built.bytes.as_ptr()) }.unwrap();
    assert_eq!(image.symbols().count(), 500);
}

#[test]
fn what_is_missing_answers_nosys_and_what_is_set_is_called() {
    unsafe extern "C" fn close(fd: Fd) -> Errno {
        if fd == Fd(7) { Errno::SUCCESS } else { Errno::BADF }
    }

    let mut calls = Calls::MISSING;
    // SAFETY: it has the signature and, for this test, the meaning.
    assert!(unsafe {
        calls.set(b"cloudabi_sys_fd_close", std::ptr::NonNull::new(close as *mut ()).unwrap())
    });
    // SAFETY: as above; there is no such call.
    assert!(!unsafe { calls.set(b"cloudabi_sys_fd_clos", std::ptr::NonNull::dangling()) });
    // SAFETY: these functions touch no memory.
    unsafe {
        assert_eq!((calls.fd_close)(Fd(7)), Errno::SUCCESS);
        assert_eq!((calls.fd_close)(Fd(8)), Errno::BADF);
        assert_eq!((calls.fd_datasync)(Fd(7)), Errno::NOSYS);
    }
    assert_eq!(Calls::NAMES.len(), 49);
}

#[test]
fn malformed_images_are_refused_with_the_reason() {
    let outside = |what| Some(ImageError::Outside(what));
    let refusal = |bytes: &[u8]| Image::parse(bytes).err();
    for bits in [32, 64] {
        let built = plan(bits).build();
        let word = bits as usize / 8;
        assert_eq!(refusal(&[]), Some(ImageError::NotElf));
        assert_eq!(refusal(&built.bytes[..20]), outside("program header table"));
        assert_eq!(refusal(&built.bytes[..built.dynamic]), outside("dynamic table"));
        assert_eq!(refusal(&built.bytes[..built.hash]), outside("hash table"));
        assert_eq!(refusal(&built.bytes[..built.symbols]), outside("symbol table"));

        let mut big_endian = built.bytes.clone();
        big_endian[5] = 2;
        assert_eq!(refusal(&big_endian), Some(ImageError::NotElf));

        let mut no_hash = built.bytes.clone();
        no_hash[built.dynamic] = 99;
        assert_eq!(refusal(&no_hash), Some(ImageError::Lacks("hash table")));

        let mut no_end = built.bytes.clone();
        no_end[built.dynamic..].fill(99);
        assert_eq!(refusal(&no_end), outside("dynamic table"));

        let mut far = built.bytes.clone();
        far[built.dynamic + word..built.dynamic + 2 * word].fill(0xff);
        assert_eq!(refusal(&far), outside("hash table"));
    }
}

#[test]
fn a_symbol_count_beyond_the_image_ends_at_its_end() {
    let mut built = plan(64).build();
    built.bytes[built.hash + 4..built.hash + 8].fill(0xff);
    let image = Image::parse(&built.bytes).unwrap();
    assert!(image.symbols().count() >= 4);
}

proptest! {
    /// Reading goes through slices only, so that a read outside the image would be a panic.
    #[test]
    fn no_image_is_read_outside_its_bytes(
        wide in any::<bool>(),
        changes in prop::collection::vec((0usize..700, any::<u8>()), 0..12),
        length in 0usize..4097,
    ) {
        let mut bytes = plan(if wide { 64 } else { 32 }).build().bytes;
        for (at, value) in changes {
            bytes[at] = value;
        }
        bytes.truncate(length);
        if let Ok(image) = Image::parse(&bytes) {
            for symbol in image.symbols() {
                prop_assert!(symbol.offset < bytes.len());
                prop_assert!(symbol.name.len() < bytes.len());
            }
            // SAFETY: nothing in the table is called.
            let _ = unsafe { image.calls() };
        }
    }
}
