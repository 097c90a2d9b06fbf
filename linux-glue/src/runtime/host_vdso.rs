//! The clock function of the vDSO that the kernel maps into every process: vdso(7).
//!
//! The C library knows it too but hands out no address of it, and its own function may use thread-local storage.

use std::ffi::CStr;

/// What the kernels of this processor call the function: vdso(7).
#[cfg(target_arch = "x86_64")]
const CLOCK_FUNCTION: &CStr = c"__vdso_clock_gettime";
#[cfg(target_arch = "aarch64")]
const CLOCK_FUNCTION: &CStr = c"__kernel_clock_gettime";

// Layout of a 64-bit ELF image, in bytes: elf(5).
const HEADER_PROGRAM_HEADERS: usize = 32;
const HEADER_PROGRAM_HEADER_COUNT: usize = 56;
const PROGRAM_HEADER_SIZE: usize = 56;
const PROGRAM_HEADER_ADDRESS: usize = 16;
const DYNAMIC_SIZE: usize = 16;
const SYMBOL_SIZE: usize = 24;
const SYMBOL_VALUE: usize = 8;

/// The image, as the kernel mapped it.
#[derive(Clone, Copy)]
struct Image(*const u8);

impl Image {
    /// Reads a number at an offset from the image's beginning.
    ///
    /// # Safety
    /// The offset and what is there are part of the image.
    unsafe fn read<T: Copy>(self, offset: usize) -> T {
        // SAFETY: the caller vouches for the place; numbers have no invalid patterns.
        unsafe { self.0.add(offset).cast::<T>().read_unaligned() }
    }
}

/// Address of the function; `None` if the kernel has none, or one that cannot be found.
pub fn clock_function() -> Option<u64> {
    // SAFETY: getauxval(3) only reads what the kernel handed over.
    let base = unsafe { libc::getauxval(libc::AT_SYSINFO_EHDR) };
    if base == 0 {
        return None;
    }
    let image = Image(base as *const u8);
    // SAFETY: the kernel says that its image is there. All offsets are from the image itself, which is the kernel's own
    // and in order.
    unsafe { find(image, CLOCK_FUNCTION) }
}

/// # Safety
/// There is a well-formed ELF image of which all parts that a dynamic linker needs are in memory.
unsafe fn find(image: Image, name: &CStr) -> Option<u64> {
    // SAFETY: the caller vouches for the image.
    unsafe {
        let headers: u64 = image.read(HEADER_PROGRAM_HEADERS);
        let count: u16 = image.read(HEADER_PROGRAM_HEADER_COUNT);
        let (mut dynamic, mut loaded_at) = (None, None);
        for index in 0..usize::from(count) {
            let header = headers as usize + index * PROGRAM_HEADER_SIZE;
            let address: u64 = image.read(header + PROGRAM_HEADER_ADDRESS);
            match image.read::<u32>(header) {
                libc::PT_LOAD => loaded_at = loaded_at.or(Some(address)),
                libc::PT_DYNAMIC => dynamic = Some(address),
                _ => {}
            }
        }
        // Addresses in the image count from the one that it was linked for.
        let first = loaded_at?;
        let offset = |address: u64| address.wrapping_sub(first) as usize;
        let (mut names, mut symbols) = (None, None);
        let mut entry = offset(dynamic?);
        loop {
            let (tag, value): (i64, u64) = (image.read(entry), image.read(entry + 8));
            match tag {
                0 => break,
                5 => names = Some(offset(value)),
                6 => symbols = Some(offset(value)),
                _ => {}
            }
            entry += DYNAMIC_SIZE;
        }
        // No table says how many symbols there are whatever the kind of hash table. But linkers put the names right
        // behind them; where they did not, this finds nothing.
        let (names, symbols) = (names?, symbols?);
        let count = names.checked_sub(symbols)? / SYMBOL_SIZE;
        (0..count).map(|index| symbols + index * SYMBOL_SIZE).find_map(|symbol| {
            let text = CStr::from_ptr(image.0.add(names + image.read::<u32>(symbol) as usize).cast());
            let value: u64 = image.read(symbol + SYMBOL_VALUE);
            (text == name && value != 0).then(|| image.0 as u64 + offset(value) as u64)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_function_tells_the_time() {
        let Some(address) = clock_function() else {
            // A kernel without the function, as under some emulators: then there is nothing to test.
            // SAFETY: getauxval(3) only reads what the kernel handed over.
            assert_eq!(unsafe { libc::getauxval(libc::AT_SYSINFO_EHDR) }, 0);
            return;
        };
        let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
        // SAFETY: it is the function of this signature, and the structure is its to write.
        let result = unsafe {
            let function: unsafe extern "C" fn(libc::clockid_t, *mut libc::timespec) -> libc::c_int =
                std::mem::transmute(address as *const ());
            function(libc::CLOCK_REALTIME, &raw mut time)
        };
        assert_eq!(result, 0);
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970");
        assert!(now.as_secs().abs_diff(time.tv_sec.cast_unsigned()) < 60);
    }

    #[test]
    fn what_is_not_there_is_not_found() {
        // SAFETY: getauxval(3) only reads what the kernel handed over.
        let base = unsafe { libc::getauxval(libc::AT_SYSINFO_EHDR) };
        if base != 0 {
            // SAFETY: the kernel says that its image is there.
            assert_eq!(unsafe { find(Image(base as *const u8), c"no_such_function") }, None);
        }
    }
}
