//! Errors that calls have in common: descriptors that are not open, undefined values, and bad paths.

use alloc::format;
use alloc::vec;
use alloc::vec::Vec;

use cloudabi_sys::{Errno, Filetype, Rights};

use super::call::Invocation;
use super::sample;
use crate::call_info::{CallInfo, ParameterInfo, TypeInfo};
use crate::calls;
use crate::environment::Environment;
use crate::report::{Ending, Outcome, failed};

/// A value of each enumeration that it does not define, and a bit of each set of flags.
const UNDEFINED: &[(&str, usize, Errno)] = &[
    ("advice", 99, Errno::INVAL),
    ("clockid", 99, Errno::INVAL),
    ("fdsflags", 0x8000, Errno::INVAL),
    ("filetype", 0x99, Errno::INVAL),
    ("fsflags", 0x8000, Errno::INVAL),
    ("lookup", 0x8000_0000 << 32, Errno::INVAL),
    ("mflags", 0x80, Errno::INVAL),
    ("mprot", 0x80, Errno::NOTSUP),
    ("msflags", 0x80, Errno::INVAL),
    ("oflags", 0x8000, Errno::INVAL),
    ("scope", 99, Errno::INVAL),
    ("sdflags", 0x80, Errno::INVAL),
    ("signal", 0x60, Errno::INVAL),
    ("ulflags", 0x80, Errno::INVAL),
    ("whence", 99, Errno::INVAL),
];

/// Paths that fail in every call that walks them, whatever it is about. In the directory are those of [`fixtures`].
const BAD_PATHS: &[(&str, Errno, &[&[u8]])] = &[
    ("empty", Errno::NOENT, &[b""]),
    ("component", Errno::NOENT, &[b"no such directory/x"]),
    ("nul", Errno::INVAL, &[b"a\0b", b"\0", b"directory/\0"]),
    ("links", Errno::LOOP, &[b"loop/x", b"directory/../loop/x"]),
    ("no directory", Errno::NOTDIR, &[b"file/x", b"file/./x", b"to-file/x"]),
    ("absolute", Errno::NOTCAPABLE, &[b"/x", b"//x", b"/dev/null", b"/"]),
    ("up", Errno::NOTCAPABLE, &[b"../x", b"directory/../../x", b"./../x", b"../granted/file"]),
    ("link up", Errno::NOTCAPABLE, &[b"up/x", b"directory/up-twice/x", b"through/x"]),
    ("absolute link", Errno::NOTCAPABLE, &[b"root/x", b"directory/root/x"]),
];

/// Tests for each descriptor, each value and each path that the call takes.
pub fn all(environment: &Environment, call: &CallInfo, run: &mut dyn FnMut(&str, &dyn Fn() -> Outcome)) {
    for (index, input) in call.inputs.iter().enumerate() {
        let TypeInfo::Named(ty) = input.ty else { continue };
        if matches!(ty, "fd" | "lookup") {
            run(&format!("{}/error/badf/{}", call.name, input.name), &|| closed(environment, call, index));
        }
        if let Some((_, value, error)) = UNDEFINED.iter().find(|(name, ..)| *name == ty) {
            run(&format!("{}/error/{error}/undefined {}", call.name, input.name), &|| {
                let good = invocation(environment, call)?;
                let word = good.words.get(index).copied().unwrap_or_default();
                expect(&good.with(index, word | value), &[*error], "an undefined value")
            });
        }
    }
    for (index, input) in call.inputs.iter().enumerate().filter(|(_, input)| is_path(input)) {
        // What a new link is to contain is no path that is walked.
        let content = call.name == "file_symlink" && input.name == "path1";
        for (what, error, paths) in BAD_PATHS {
            if content && !matches!(*what, "empty" | "nul") {
                continue;
            }
            run(&format!("{}/error/{error}/{} {what}", call.name, input.name), &|| {
                fixtures(environment)?;
                for path in *paths {
                    let bad = invocation(environment, call)?;
                    let text = alloc::string::String::from_utf8_lossy(path);
                    expect(&with_path(&bad, index, path), &[*error], &format!("{text:?}"))?;
                }
                Ok(())
            });
        }
        let error = Errno::NAMETOOLONG;
        run(&format!("{}/error/{error}/{}", call.name, input.name), &|| {
            let long = vec![b'a'; 1 << 16];
            let bad = invocation(environment, call)?;
            expect(&with_path(&bad, index, &long), &[error], "a long name")
        });
    }
}

fn is_path(input: &ParameterInfo) -> bool {
    input.ty == TypeInfo::Pointer { mutable: false, to: &TypeInfo::Named("char") }
}

fn invocation(environment: &Environment, call: &CallInfo) -> Result<Invocation, Ending> {
    Invocation::new(environment, call, sample::inputs(environment, call.name, Rights::empty())?)
}

/// The same with another path in this place; its length comes after it.
fn with_path(good: &Invocation, index: usize, path: &[u8]) -> Invocation {
    let path: &'static [u8] = Vec::from(path).leak();
    good.with(index, path.as_ptr().expose_provenance()).with(index + 1, path.len())
}

fn closed(environment: &Environment, call: &CallInfo, index: usize) -> Outcome {
    let sample = if call.name == "mem_map" { Rights::MEM_MAP } else { Rights::empty() };
    let good = Invocation::new(environment, call, sample::inputs(environment, call.name, sample)?)?;
    for number in [environment.closed()?.0 as usize, 0x7fff_ffff, 0xffff_fffe, 0xffff_ffff] {
        expect(&good.with(index, number), &[Errno::BADF], &format!("descriptor {number:#x}"))?;
    }
    Ok(())
}

fn expect(bad: &Invocation, errors: &[Errno], what: &str) -> Outcome {
    match bad.call() {
        Err(error) if errors.contains(&error) => Ok(()),
        Err(error) => Err(failed(format!("with {what}: got the error `{error}`, expected {errors:?}"))),
        Ok(()) => Err(failed(format!("with {what}: succeeded, expected {errors:?}"))),
    }
}

/// Things in the granted directory that bad paths lead through. Made once.
fn fixtures(environment: &Environment) -> Result<(), Ending> {
    let granted = environment.granted();
    match calls::create(granted, b"directory", Filetype::DIRECTORY) {
        Err(Errno::EXIST) => return Ok(()),
        other => other?,
    }
    calls::close(environment.file_in(granted, b"file", b"content")?)?;
    let links: [(&[u8], &[u8]); 7] = [
        (b"loop", b"loop"),
        (b"to-file", b"directory/../file"),
        (b"up", b".."),
        (b"directory/up-twice", b"../.."),
        (b"through", b"directory/up-twice"),
        (b"root", b"/"),
        (b"directory/root", b"/tmp"),
    ];
    for (path, content) in links {
        calls::symlink(content, granted, path)?;
    }
    Ok(())
}
