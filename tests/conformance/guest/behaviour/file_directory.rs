//! Listing directories.

use alloc::format;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use cloudabi_sys::{Dircookie, Dirent, Fd, Filetype, Ulflags};

use crate::calls::{self, at};
use crate::environment::Environment;
use crate::report::{Ending, Outcome, Test, failed, holds, same};

struct Entry {
    head: Dirent,
    name: Vec<u8>,
}

/// The complete entries in a buffer.
fn parse(mut bytes: &[u8]) -> Vec<Entry> {
    let mut entries = Vec::new();
    while let Some((head, rest)) = bytes.split_at_checked(size_of::<Dirent>()) {
        // SAFETY: so many bytes are there, and any bytes are a value.
        let head = unsafe { head.as_ptr().cast::<Dirent>().read_unaligned() };
        let Some((name, rest)) = rest.split_at_checked(head.d_namlen as usize) else { break };
        entries.push(Entry { head, name: name.to_vec() });
        bytes = rest;
    }
    entries
}

/// All entries, read with a buffer of this size, which grows if not even one fits.
fn list(fd: Fd, size: usize) -> Result<Vec<Entry>, Ending> {
    let mut entries = Vec::new();
    let mut cookie = Dircookie::START;
    let mut buffer = vec![0xee; size];
    loop {
        let used = calls::readdir(fd, &mut buffer, cookie)?;
        holds(used <= buffer.len(), "no more than the buffer")?;
        let full = used == buffer.len();
        let some = parse(buffer.get(..used).unwrap_or_default());
        match some.last() {
            Some(last) => cookie = last.head.d_next,
            None if full => buffer.resize(buffer.len() * 2, 0xee),
            None => {}
        }
        entries.extend(some);
        if entries.len() > 100_000 {
            return Err(failed("a list without an end"));
        }
        if !full {
            return Ok(entries);
        }
    }
}

/// Names without `.` and `..`, sorted.
fn names(entries: &[Entry]) -> Vec<String> {
    let mut names: Vec<_> =
        entries.iter().map(|entry| String::from_utf8_lossy(&entry.name).into_owned()).collect();
    names.retain(|name| name != "." && name != "..");
    names.sort_unstable();
    names
}

fn filled(environment: &Environment, count: usize) -> Result<(Fd, Vec<String>), Ending> {
    let directory = environment.directory()?;
    let mut expected = Vec::new();
    for number in 0..count {
        let name = format!("entry{number:03}{}", "x".repeat(number % 50));
        calls::create(directory, name.as_bytes(), Filetype::DIRECTORY)?;
        expected.push(name);
    }
    expected.sort_unstable();
    Ok((directory, expected))
}

/// Listing gives the same with a buffer of any size.
fn any_size(environment: &Environment) -> Outcome {
    let (directory, expected) = filled(environment, 100)?;
    for size in [1, 24, 25, 31, 32, 33, 64, 100, 333, 4096, 1 << 16] {
        let names = names(&list(directory, size)?);
        if names != expected {
            return Err(failed(format!(
                "with {size} bytes there are {} of {} entries",
                names.len(),
                expected.len()
            )));
        }
    }
    Ok(())
}

pub const TESTS: &[Test] = &[
    ("file_readdir/behaviour/an empty directory", |environment| {
        same(names(&list(environment.directory()?, 4096)?), Vec::<String>::new())
    }),
    ("file_readdir/behaviour/types and inodes", |environment| {
        let directory = environment.directory()?;
        calls::close(environment.file_in(directory, b"file", b"content")?)?;
        calls::create(directory, b"directory", Filetype::DIRECTORY)?;
        calls::symlink(b"nowhere", directory, b"link")?;
        let entries = list(directory, 4096)?;
        same(names(&entries), ["directory", "file", "link"].map(String::from).to_vec())?;
        for entry in &entries {
            let expected = match entry.name.as_slice() {
                b"." | b".." => continue,
                b"file" => Filetype::REGULAR_FILE,
                b"directory" => Filetype::DIRECTORY,
                _ => Filetype::SYMBOLIC_LINK,
            };
            holds(
                [expected, Filetype::UNKNOWN].contains(&entry.head.d_type),
                "the type is that of the file",
            )?;
            same(entry.head.d_ino, calls::stat(at(directory), &entry.name)?.st_ino)?;
            same(entry.head._padding0, [0; 3])?;
        }
        Ok(())
    }),
    ("file_readdir/behaviour/buffers of any size", any_size),
    ("file_readdir/behaviour/the last entry is cut off", |environment| {
        let (directory, _) = filled(environment, 3)?;
        let mut whole = vec![0; 4096];
        let used = calls::readdir(directory, &mut whole, Dircookie::START)?;
        for size in 0..used {
            let mut part = vec![0; size];
            same(calls::readdir(directory, &mut part, Dircookie::START)?, size)?;
            holds(whole.get(..size) == Some(part.as_slice()), "it is the beginning of the whole")?;
        }
        // One byte more than there is: the end is seen.
        let mut part = vec![0; used + 1];
        same(calls::readdir(directory, &mut part, Dircookie::START)?, used)
    }),
    ("file_readdir/behaviour/cookies can be used again and in any order", |environment| {
        let (directory, _) = filled(environment, 20)?;
        let entries = list(directory, 4096)?;
        for pair in entries.windows(2).rev() {
            let [before, after] = pair else { continue };
            for _ in 0..2 {
                let mut buffer = [0; 4096];
                let used = calls::readdir(directory, &mut buffer, before.head.d_next)?;
                let again = parse(buffer.get(..used).unwrap_or_default());
                same(again.first().map(|entry| entry.name.clone()), Some(after.name.clone()))?;
            }
        }
        let last = entries.last().map(|entry| entry.head.d_next).unwrap_or_default();
        same(calls::readdir(directory, &mut [0; 4096], last)?, 0)
    }),
    ("file_readdir/behaviour/two descriptors do not disturb each other", |environment| {
        let (directory, expected) = filled(environment, 20)?;
        let copy = calls::dup(directory)?;
        let mut buffer = [0; 200];
        calls::readdir(directory, &mut buffer, Dircookie::START)?;
        same(names(&list(copy, 100)?), expected.clone())?;
        same(names(&list(directory, 100)?), expected)
    }),
    ("file_readdir/behaviour/removing while reading", |environment| {
        let (directory, expected) = filled(environment, 60)?;
        let mut seen = Vec::new();
        let mut cookie = Dircookie::START;
        loop {
            let mut buffer = [0; 300];
            let used = calls::readdir(directory, &mut buffer, cookie)?;
            let entries = parse(buffer.get(..used).unwrap_or_default());
            for entry in &entries {
                if entry.name != b"." && entry.name != b".." {
                    calls::unlink(directory, &entry.name, Ulflags::REMOVEDIR)?;
                }
            }
            if let Some(last) = entries.last() {
                cookie = last.head.d_next;
            }
            seen.extend(names(&entries));
            if used < buffer.len() {
                break;
            }
        }
        seen.sort_unstable();
        same(seen, expected)
    }),
    ("file_readdir/behaviour/no room", |environment| {
        let (directory, _) = filled(environment, 1)?;
        same(calls::readdir(directory, &mut [], Dircookie::START)?, 0)
    }),
    ("file_readdir/behaviour/sees what is new", |environment| {
        let directory = environment.directory()?;
        same(names(&list(directory, 4096)?).len(), 0)?;
        calls::create(directory, b"new", Filetype::DIRECTORY)?;
        same(names(&list(directory, 4096)?), vec![String::from("new")])?;
        calls::unlink(directory, b"new", Ulflags::REMOVEDIR)?;
        same(names(&list(directory, 4096)?).len(), 0)
    }),
];
