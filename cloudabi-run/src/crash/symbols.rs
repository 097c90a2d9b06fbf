//! Names of functions, from an executable's table of symbols.

use std::fs::File;
use std::os::fd::BorrowedFd;

use object::{Object as _, ObjectSymbol as _, ReadCache, SymbolKind};

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

/// The function of an executable that an address lies in, if the executable has symbols and one of them is that.
pub fn function_at(executable: BorrowedFd<'_>, address: u64) -> Option<Function> {
    let file = File::from(executable.try_clone_to_owned().ok()?);
    let cache = ReadCache::new(file);
    let object = object::File::parse(&cache).ok()?;
    let symbols = object.symbols().chain(object.dynamic_symbols());
    let functions = symbols.filter(|symbol| symbol.kind() == SymbolKind::Text);
    let here = functions.filter_map(|symbol| {
        let offset = address.checked_sub(symbol.address()).filter(|_| symbol.is_definition())?;
        // Symbols of assembly have no size.
        let inside = offset < symbol.size() || symbol.size() == 0 && offset == 0;
        inside.then(|| Some((symbol.name_bytes().ok()?.to_vec(), offset))).flatten()
    });
    // Where there are several names, the same one each time.
    let (name, offset) = here.min_by(|a, b| (a.1, &a.0).cmp(&(b.1, &b.0)))?;
    Some(Function { name: shown(&name), offset })
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

    #[test]
    fn names_are_printable() {
        assert_eq!(shown(b"main"), "main");
        assert_eq!(shown(b"_RNvC6server5parse"), "server::parse");
        assert_eq!(shown(b"\x1b[31m\xff\n"), "?[31m??");
        assert_eq!(shown(&[b'x'; 1000]).len(), LONGEST + 3);
    }
}
