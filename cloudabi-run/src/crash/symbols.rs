//! Names of functions, from an executable's table of symbols.
//!
//! Whoever has made the executable may mean harm, and can have it looked at whenever it likes. So only so much of it is read, and
//! names are looked at only where there are few to choose from.

use std::cell::Cell;
use std::fs::File;
use std::ops::Range;
use std::os::fd::BorrowedFd;

use object::{Object as _, ObjectSymbol as _, ReadCache, ReadRef, SymbolKind};

/// A place in a function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Function {
    /// Its name as the language has it, in printable ASCII.
    pub name: String,
    /// Bytes from its beginning.
    pub offset: u64,
}

/// The longest name that is shown whole, in bytes.
const LONGEST: usize = 200;

/// How much of an executable is read, in bytes: more than a million symbols.
const MOST: u64 = 32 << 20;

/// How many names of one place are looked at.
const MOST_NAMES: usize = 64;

/// The function of an executable that an address lies in, if the executable has symbols and one of them is that.
pub fn function_at(executable: BorrowedFd<'_>, address: u64) -> Option<Function> {
    function_within(executable, address, MOST)
}

/// The same, with so many bytes to be read.
fn function_within(executable: BorrowedFd<'_>, address: u64, most: u64) -> Option<Function> {
    let file = File::from(executable.try_clone_to_owned().ok()?);
    let cache = ReadCache::new(file);
    let left = Cell::new(most);
    let object = object::File::parse(Limited { cache: &cache, left: &left }).ok()?;
    let functions = || {
        let symbols = object.symbols().chain(object.dynamic_symbols());
        symbols.filter(|symbol| symbol.kind() == SymbolKind::Text && symbol.is_definition())
    };
    // Symbols of assembly have no size.
    let offsets = functions().filter_map(|symbol| {
        let offset = address.checked_sub(symbol.address())?;
        (offset < symbol.size() || symbol.size() == 0 && offset == 0).then_some(offset)
    });
    let offset = offsets.min()?;
    let here = functions().filter(|symbol| {
        address.checked_sub(symbol.address()) == Some(offset)
            && (offset < symbol.size() || symbol.size() == 0 && offset == 0)
    });
    // Where there are several names, the same one each time.
    let name = here.take(MOST_NAMES).filter_map(|symbol| symbol.name_bytes().ok()).min()?;
    Some(Function { name: shown(name), offset })
}

/// A file of which so many bytes more are read. What is asked for beyond that cannot be read.
#[derive(Clone, Copy)]
struct Limited<'a> {
    cache: &'a ReadCache<File>,
    left: &'a Cell<u64>,
}

impl Limited<'_> {
    fn take(self, size: u64) -> Result<(), ()> {
        self.left.set(self.left.get().checked_sub(size).ok_or(())?);
        Ok(())
    }
}

impl<'a> ReadRef<'a> for Limited<'a> {
    fn len(self) -> Result<u64, ()> {
        self.cache.len()
    }

    fn read_bytes_at(self, offset: u64, size: u64) -> Result<&'a [u8], ()> {
        self.take(size)?;
        self.cache.read_bytes_at(offset, size)
    }

    fn read_bytes_at_until(self, range: Range<u64>, delimiter: u8) -> Result<&'a [u8], ()> {
        let bytes = self.cache.read_bytes_at_until(range, delimiter)?;
        self.take(bytes.len() as u64)?;
        Ok(bytes)
    }
}

fn shown(name: &[u8]) -> String {
    let name = String::from_utf8_lossy(name);
    let name = match rustc_demangle::try_demangle(&name) {
        Ok(name) => format!("{name:#}"),
        Err(_) => name.into_owned(),
    };
    let printable = |c: char| if c.is_ascii_graphic() || c == ' ' { c } else { '?' };
    let mut shown: String = name.chars().take(LONGEST).map(printable).collect();
    if name.chars().nth(LONGEST).is_some() {
        shown += "...";
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::fd::AsFd;
    use std::os::unix::fs::FileExt as _;

    #[unsafe(no_mangle)]
    extern "C" fn a_function_that_has_a_name() {}

    #[test]
    fn functions_of_this_program_are_found() {
        let this = File::open("/proc/self/exe").expect("this is a program");
        // Where it is in the file, by another reader.
        let bytes = std::fs::read("/proc/self/exe").expect("this is a program");
        let object = object::File::parse(&*bytes).expect("this is a program");
        let symbol = object.symbol_by_name("a_function_that_has_a_name").expect("it has symbols");
        let found = |address| function_at(this.as_fd(), address);
        let name = "a_function_that_has_a_name".to_owned();
        assert_eq!(found(symbol.address()), Some(Function { name, offset: 0 }));
        assert_eq!(found(0), None);
        assert_eq!(found(u64::MAX), None);
        a_function_that_has_a_name();
        let other = File::open("/dev/null").expect("it is there");
        assert_eq!(function_at(other.as_fd(), 0), None);
    }

    /// An executable of three sections: none, so many symbols, all of a function of 100 bytes at 0 with one long name, and that name.
    fn executable_with(symbols: u64) -> File {
        const NAMES: u64 = 256;
        const SYMBOLS: u64 = 4096;
        let mut bytes = b"\x7fELF\x02\x01\x01".to_vec();
        bytes.resize(16, 0);
        // ET_DYN, EM_X86_64, a version; entry, program headers, section headers; flags; sizes and counts of headers.
        for number in [3_u16, 62, 1, 0] {
            bytes.extend(number.to_le_bytes());
        }
        for number in [0_u64, 0, 64] {
            bytes.extend(number.to_le_bytes());
        }
        for number in [0_u16, 0, 64, 0, 0, 64, 3, 2] {
            bytes.extend(number.to_le_bytes());
        }
        // Name and type; flags, address, offset, size; link and info; alignment, size of an entry.
        for (kind, offset, size, link, entry) in
            [(0_u64, 0, 0, 0_u64, 0), (2, SYMBOLS, 24 * symbols, 2, 24), (3, NAMES, SYMBOLS - NAMES, 0, 0)]
        {
            for number in [kind << 32, 0, 0, offset, size, link, 1, entry] {
                bytes.extend(number.to_le_bytes());
            }
        }
        bytes.resize(SYMBOLS as usize, b'x');
        bytes[NAMES as usize] = 0;
        bytes[SYMBOLS as usize - 1] = 0;
        for _ in 0..symbols.min(1000) {
            // Name, STT_FUNC, section; value, size.
            for number in [1_u64 | 2 << 32 | 1 << 48, 0, 100] {
                bytes.extend(number.to_le_bytes());
            }
        }
        let file = tempfile::tempfile().expect("a file");
        file.write_all_at(&bytes, 0).expect("room");
        file.set_len(SYMBOLS + 24 * symbols).expect("a file with a hole");
        file
    }

    #[test]
    fn little_is_read_of_an_executable_that_means_harm() {
        let few = executable_with(1000);
        let found = |most| function_within(few.as_fd(), 5, most).map(|function| function.offset);
        assert_eq!(found(MOST), Some(5));
        // Not all names are looked at, and nothing if there is more to read than may be.
        assert_eq!(found(24_000 + (MOST_NAMES as u64 + 1) * 4096), Some(5));
        assert_eq!(found(24_000), None);
        // A table of almost a tebibyte.
        assert_eq!(function_at(executable_with(1 << 35).as_fd(), 5), None);
    }

    #[test]
    fn names_are_printable() {
        assert_eq!(shown(b"main"), "main");
        assert_eq!(shown(b"_RNvC6server5parse"), "server::parse");
        assert_eq!(shown(b"\x1b[31m\xff\n"), "?[31m??");
        assert_eq!(shown(&[b'x'; 1000]).len(), LONGEST + 3);
    }
}
