//! How paths are walked: by [`calls::stat`], and by opening.

use alloc::format;
use alloc::vec;
use alloc::vec::Vec;

use cloudabi_sys::{Errno, Fd, Fdflags, Filetype, Oflags, Rights};

use crate::calls::{self, at, following, wish};
use crate::environment::{Environment, without};
use crate::report::{Ending, Test, fails, fails_with_one_of, same};

/// `a/b/c`, each with a file `file`, and links of all kinds.
fn tree(environment: &Environment) -> Result<Fd, Ending> {
    let root = environment.directory()?;
    for directory in [b"a".as_slice(), b"a/b", b"a/b/c"] {
        calls::create(root, directory, Filetype::DIRECTORY)?;
    }
    for file in [b"file".as_slice(), b"a/file", b"a/b/file", b"a/b/c/file"] {
        calls::close(environment.file_in(root, file, file)?)?;
    }
    let links: &[(&[u8], &[u8])] = &[
        (b"to-a", b"a"),
        (b"to-c", b"a/b/c"),
        (b"to-a-slash", b"a/"),
        (b"to-file", b"a/b/file"),
        (b"to-link", b"to-file"),
        (b"a/b/up", b".."),
        (b"a/b/c/to-root-file", b"../../../file"),
        (b"a/b/c/back", b"../../../to-a/b"),
        (b"dangling", b"nowhere"),
        (b"dangling-in-a", b"a/nowhere"),
        (b"out", b".."),
        (b"a/b/c/out", b"../../../../granted"),
        (b"out-and-back", b"../granted"),
        (b"root", b"/"),
        (b"root-file", b"/etc/passwd"),
        (b"through-out", b"a/b/c/out"),
    ];
    for (path, content) in links {
        calls::symlink(content, root, path)?;
    }
    Ok(root)
}

/// Reads the file that a path leads to.
fn read(root: Fd, path: &[u8]) -> Result<Vec<u8>, Errno> {
    let stat = wish(Fdflags::empty(), Rights::FD_READ | Rights::FD_SEEK, Rights::empty());
    let file = calls::open(following(root), path, Oflags::empty(), &stat)?;
    let content = crate::environment::content(file)?;
    calls::close(file)?;
    Ok(content)
}

pub const TESTS: &[Test] = &[
    ("file_open/behaviour/paths with links in the middle", |environment| {
        let root = tree(environment)?;
        let cases: &[(&[u8], &[u8])] = &[
            (b"to-a/file", b"a/file"),
            (b"to-a/b/file", b"a/b/file"),
            (b"to-c/file", b"a/b/c/file"),
            (b"to-a-slash/file", b"a/file"),
            (b"to-a-slash//b/./file", b"a/b/file"),
            (b"a/b/up/file", b"a/file"),
            (b"a/b/up/b/up/b/file", b"a/b/file"),
            (b"to-c/../file", b"a/b/file"),
            (b"to-c/to-root-file", b"file"),
            (b"a/b/c/back/c/file", b"a/b/c/file"),
            (b"to-file", b"a/b/file"),
            (b"to-link", b"a/b/file"),
        ];
        for (path, expected) in cases {
            same(read(root, path)?, *expected)?;
            // The attributes are those of the same file.
            same(calls::stat(following(root), path)?.st_ino, calls::stat(at(root), expected)?.st_ino)?;
        }
        Ok(())
    }),
    ("file_open/behaviour/paths that go up inside", |environment| {
        let root = tree(environment)?;
        for path in [
            b"a/../file".as_slice(),
            b"a/b/../../file",
            b"./a/./../file",
            b"a//..//file",
            b"a/b/c/../../../file",
        ] {
            same(read(root, path)?, b"file")?;
        }
        same(read(root, b"a/../a/b/../file")?, b"a/file")
    }),
    ("file_open/behaviour/paths that leave fail", |environment| {
        let root = tree(environment)?;
        for path in [
            b"..".as_slice(),
            b"../",
            b"../x",
            b"../granted/file",
            b"a/../..",
            b"a/b/../../../x",
            b"a/../../a/file",
            b"/",
            b"/a/file",
            b"//a",
            b"out/x",
            b"out/",
            b"out-and-back/file",
            b"a/b/c/out/file",
            b"through-out/x",
            b"to-c/out/x",
            b"root/",
            b"root/etc/passwd",
            b"root-file",
            b"out",
        ] {
            let name = alloc::string::String::from_utf8_lossy(path);
            let opened = read(root, path);
            if opened != Err(Errno::NOTCAPABLE) {
                return Err(crate::report::failed(format!("{name:?}: {opened:?}, expected `notcapable`")));
            }
            fails(calls::stat(following(root), path), Errno::NOTCAPABLE)?;
        }
        Ok(())
    }),
    ("file_open/behaviour/the start of a path is the edge", |environment| {
        // From the middle of the tree its upper part is outside, though the program holds it.
        let root = tree(environment)?;
        let inner = environment.open_directory(root, b"a/b")?;
        same(read(inner, b"c/../file")?, b"a/b/file")?;
        fails(read(inner, b"up/file"), Errno::NOTCAPABLE)?;
        fails(read(inner, b"../file"), Errno::NOTCAPABLE)?;
        fails(read(inner, b"c/to-root-file"), Errno::NOTCAPABLE)
    }),
    ("file_open/behaviour/moved directories stay edges", |environment| {
        let root = tree(environment)?;
        let inner = environment.open_directory(root, b"a/b/c")?;
        calls::rename(root, b"a/b/c", root, b"moved")?;
        same(read(inner, b"file")?, b"a/b/c/file")?;
        fails(read(inner, b"../file"), Errno::NOTCAPABLE)?;
        calls::rename(root, b"a/b", root, b"moved/b")?;
        same(read(inner, b"b/file")?, b"a/b/file")
    }),
    ("file_open/behaviour/a slash at the end", |environment| {
        let root = tree(environment)?;
        for path in
            [b"a/".as_slice(), b"a//", b"a/b/c///", b"to-a/", b"to-c/", b"to-a-slash/", b"./", b"a/b/up/"]
        {
            // The link is followed even if this was not asked for.
            same(calls::stat(at(root), path)?.st_filetype, Filetype::DIRECTORY)?;
            calls::close(environment.open_directory(root, path)?)?;
        }
        for path in [b"file/".as_slice(), b"to-file/", b"a/file//"] {
            fails(calls::stat(at(root), path), Errno::NOTDIR)?;
            fails(read(root, path), Errno::NOTDIR)?;
        }
        fails(calls::stat(at(root), b"dangling/"), Errno::NOENT)?;
        fails(calls::stat(at(root), b"nowhere/"), Errno::NOENT)
    }),
    ("file_open/behaviour/searching needs no right to read", |environment| {
        let root = tree(environment)?;
        let weak = without(root, Rights::FILE_READDIR | Rights::FILE_STAT_GET, Rights::FILE_READDIR)?;
        same(read(weak, b"a/b/c/file")?, b"a/b/c/file")?;
        same(read(weak, b"to-c/file")?, b"a/b/c/file")
    }),
    ("file_stat_get/behaviour/a link at the end", |environment| {
        let root = tree(environment)?;
        for (path, to) in
            [(b"to-a".as_slice(), b"a".as_slice()), (b"to-link", b"a/b/file"), (b"a/b/up", b"a")]
        {
            let link = calls::stat(at(root), path)?;
            same(link.st_filetype, Filetype::SYMBOLIC_LINK)?;
            same(calls::stat(following(root), path)?.st_ino, calls::stat(at(root), to)?.st_ino)?;
        }
        // What leads out or nowhere can be looked at itself.
        for path in [b"out".as_slice(), b"root", b"dangling"] {
            same(calls::stat(at(root), path)?.st_filetype, Filetype::SYMBOLIC_LINK)?;
        }
        fails(calls::stat(following(root), b"dangling"), Errno::NOENT)?;
        fails(calls::stat(following(root), b"dangling-in-a"), Errno::NOENT)?;
        fails(calls::stat(following(root), b"out"), Errno::NOTCAPABLE)?;
        fails(calls::stat(following(root), b"root"), Errno::NOTCAPABLE)
    }),
    ("file_open/behaviour/long names", |environment| {
        let root = environment.directory()?;
        let name = vec![b'n'; 255];
        calls::close(environment.file_in(root, &name, b"content")?)?;
        same(read(root, &name)?, b"content")?;
        fails(calls::stat(at(root), &[b'n'; 5000]), Errno::NAMETOOLONG)?;
        // Components that are too long for most file systems: too long, or not there.
        fails_with_one_of(calls::stat(at(root), &[b'n'; 256]), &[Errno::NAMETOOLONG, Errno::NOENT])
    }),
    ("file_open/behaviour/long paths", |environment| {
        let root = environment.directory()?;
        calls::close(environment.file_in(root, b"file", b"content")?)?;
        for length in [255, 1023, 4095, 4096] {
            let mut path = b"./".repeat((length - 4) / 2);
            if length % 2 == 1 {
                path.push(b'/');
            }
            path.extend(b"file");
            same(path.len(), length)?;
            match read(root, &path) {
                // So much has to work everywhere.
                Err(error) if length > 1023 => fails(Err::<(), _>(error), Errno::NAMETOOLONG)?,
                result => same(result?, b"content")?,
            }
        }
        Ok(())
    }),
    ("file_open/behaviour/names of any bytes", |environment| {
        let root = environment.directory()?;
        for name in
            [b" ".as_slice(), b"...", b"-", b"\\", b"a\nb", b"~", b"*", "\u{e9}".as_bytes(), b"..a", b"a.."]
        {
            calls::close(environment.file_in(root, name, name)?)?;
            same(read(root, name)?, name)?;
        }
        Ok(())
    }),
    ("file_open/behaviour/many links in one path", |environment| {
        let root = environment.directory()?;
        calls::close(environment.file_in(root, b"link0", b"content")?)?;
        let link = |number| format!("link{number}").into_bytes();
        for number in 1..=8 {
            calls::symlink(&link(number - 1), root, &link(number))?;
        }
        same(read(root, &link(8))?, b"content")?;
        // No host follows thousands.
        for number in 9..=3000 {
            calls::symlink(&link(number - 1), root, &link(number))?;
        }
        fails(read(root, &link(3000)), Errno::LOOP)
    }),
];
