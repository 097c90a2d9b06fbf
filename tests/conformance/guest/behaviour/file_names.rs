//! Making, removing and changing names.

use alloc::vec;

use cloudabi_sys::{Errno, Fd, Filetype, Ulflags};

use crate::calls::{self, at, following};
use crate::environment::{Environment, content};
use crate::report::{Ending, Test, fails, fails_with_one_of, same};

/// A directory with `file`, `other`, an empty and a full directory, and links.
fn things(environment: &Environment) -> Result<Fd, Ending> {
    let root = environment.directory()?;
    calls::close(environment.file_in(root, b"file", b"content")?)?;
    calls::close(environment.file_in(root, b"other", b"other")?)?;
    calls::create(root, b"empty", Filetype::DIRECTORY)?;
    calls::create(root, b"full", Filetype::DIRECTORY)?;
    calls::create(root, b"full/sub", Filetype::DIRECTORY)?;
    calls::symlink(b"file", root, b"to-file")?;
    calls::symlink(b"full", root, b"to-full")?;
    calls::symlink(b"nowhere", root, b"dangling")?;
    Ok(root)
}

fn kind(root: Fd, path: &[u8]) -> Result<Filetype, Errno> {
    Ok(calls::stat(at(root), path)?.st_filetype)
}

const FILE: Ulflags = Ulflags(0);
const DIRECTORY: Ulflags = Ulflags::REMOVEDIR;

pub const TESTS: &[Test] = &[
    ("file_create/behaviour/makes directories", |environment| {
        let root = things(environment)?;
        for path in [b"new".as_slice(), b"full/new", b"to-full/another", b"slash/", b"empty/../up", b"./dot"]
        {
            calls::create(root, path, Filetype::DIRECTORY)?;
            same(kind(root, path)?, Filetype::DIRECTORY)?;
        }
        same(kind(root, b"full/another")?, Filetype::DIRECTORY)?;
        same(calls::fstat(environment.open_directory(root, b"new")?)?.st_filetype, Filetype::DIRECTORY)
    }),
    ("file_create/error/exist", |environment| {
        let root = things(environment)?;
        for path in
            [b"file".as_slice(), b"empty", b"to-file", b"to-full", b"dangling", b".", b"full/.", b"full/"]
        {
            fails(calls::create(root, path, Filetype::DIRECTORY), Errno::EXIST)?;
        }
        Ok(())
    }),
    ("file_create/error/inval/other types", |environment| {
        let root = environment.directory()?;
        for kind in
            [Filetype::REGULAR_FILE, Filetype::SYMBOLIC_LINK, Filetype::UNKNOWN, Filetype::SOCKET_STREAM]
        {
            fails(calls::create(root, b"new", kind), Errno::INVAL)?;
        }
        fails(calls::stat(at(root), b"new"), Errno::NOENT)
    }),
    ("file_unlink/behaviour/removes names", |environment| {
        let root = things(environment)?;
        for path in [b"file".as_slice(), b"to-file", b"to-full", b"dangling", b"full/../other"] {
            calls::unlink(root, path, FILE)?;
            fails(calls::stat(at(root), path), Errno::NOENT)?;
        }
        same(kind(root, b"full/sub")?, Filetype::DIRECTORY)
    }),
    ("file_unlink/behaviour/removes directories", |environment| {
        let root = things(environment)?;
        calls::unlink(root, b"empty/", DIRECTORY)?;
        fails(calls::stat(at(root), b"empty"), Errno::NOENT)?;
        calls::unlink(root, b"to-full/sub", DIRECTORY)?;
        calls::unlink(root, b"full", DIRECTORY)?;
        fails(calls::stat(at(root), b"full"), Errno::NOENT)
    }),
    ("file_unlink/behaviour/open files stay", |environment| {
        let root = environment.directory()?;
        let file = environment.file_in(root, b"file", b"content")?;
        calls::unlink(root, b"file", FILE)?;
        same(content(file)?, b"content")?;
        same(calls::fstat(file)?.st_nlink, 0)
    }),
    ("file_unlink/error/notdir/no directory", |environment| {
        let root = things(environment)?;
        for path in [b"file".as_slice(), b"to-file", b"to-full", b"dangling"] {
            fails(calls::unlink(root, path, DIRECTORY), Errno::NOTDIR)?;
        }
        fails(calls::unlink(root, b"file/", FILE), Errno::NOTDIR)?;
        same(kind(root, b"file")?, Filetype::REGULAR_FILE)
    }),
    ("file_unlink/error/notempty", |environment| {
        let root = things(environment)?;
        fails(calls::unlink(root, b"full", DIRECTORY), Errno::NOTEMPTY)?;
        fails(calls::unlink(root, b"full/", DIRECTORY), Errno::NOTEMPTY)
    }),
    ("file_unlink/error/perm", |environment| {
        let root = things(environment)?;
        fails(calls::unlink(root, b"empty", FILE), Errno::PERM)?;
        fails(calls::unlink(root, b"full", FILE), Errno::PERM)?;
        same(kind(root, b"empty")?, Filetype::DIRECTORY)
    }),
    ("file_unlink/error/inval/a dot at the end", |environment| {
        let root = things(environment)?;
        fails(calls::unlink(root, b"empty/.", DIRECTORY), Errno::INVAL)?;
        fails(calls::unlink(root, b".", DIRECTORY), Errno::INVAL)
    }),
    ("file_unlink/error/noent/no such name", |environment| {
        let root = environment.directory()?;
        fails(calls::unlink(root, b"nothing", FILE), Errno::NOENT)?;
        fails(calls::unlink(root, b"nothing", DIRECTORY), Errno::NOENT)
    }),
    ("file_rename/behaviour/moves files", |environment| {
        let root = things(environment)?;
        calls::rename(root, b"file", root, b"full/moved")?;
        fails(calls::stat(at(root), b"file"), Errno::NOENT)?;
        same(calls::stat(at(root), b"full/moved")?.st_size, 7)?;
        let inner = environment.open_directory(root, b"full")?;
        calls::rename(inner, b"moved", root, b"back")?;
        same(calls::stat(at(root), b"back")?.st_size, 7)
    }),
    ("file_rename/behaviour/replaces", |environment| {
        let root = things(environment)?;
        calls::rename(root, b"file", root, b"other")?;
        same(calls::stat(at(root), b"other")?.st_size, 7)?;
        calls::rename(root, b"full", root, b"empty")?;
        same(kind(root, b"empty/sub")?, Filetype::DIRECTORY)?;
        calls::rename(root, b"empty/", root, b"new/")?;
        same(kind(root, b"new/sub")?, Filetype::DIRECTORY)
    }),
    ("file_rename/behaviour/links are not followed", |environment| {
        let root = things(environment)?;
        calls::rename(root, b"to-file", root, b"moved")?;
        same(kind(root, b"moved")?, Filetype::SYMBOLIC_LINK)?;
        same(kind(root, b"file")?, Filetype::REGULAR_FILE)?;
        calls::rename(root, b"other", root, b"to-full")?;
        same(kind(root, b"to-full")?, Filetype::REGULAR_FILE)?;
        same(kind(root, b"full")?, Filetype::DIRECTORY)
    }),
    ("file_rename/behaviour/two names of one file", |environment| {
        let root = things(environment)?;
        calls::link(at(root), b"file", root, b"second")?;
        calls::rename(root, b"file", root, b"second")?;
        same(calls::stat(at(root), b"file")?.st_nlink, 2)?;
        calls::rename(root, b"file", root, b"file")?;
        same(calls::stat(at(root), b"file")?.st_nlink, 2)
    }),
    ("file_rename/error/inval/into itself", |environment| {
        let root = things(environment)?;
        fails(calls::rename(root, b"full", root, b"full/sub/new"), Errno::INVAL)?;
        fails(calls::rename(root, b"full", root, b"full/new"), Errno::INVAL)
    }),
    ("file_rename/error/inval/dots at the end", |environment| {
        let root = things(environment)?;
        for path in [b".".as_slice(), b"full/.", b"full/..", b"full/sub/.."] {
            fails(calls::rename(root, path, root, b"new"), Errno::INVAL)?;
            fails(calls::rename(root, b"empty", root, path), Errno::INVAL)?;
        }
        Ok(())
    }),
    ("file_rename/error/isdir", |environment| {
        let root = things(environment)?;
        fails(calls::rename(root, b"file", root, b"empty"), Errno::ISDIR)?;
        fails(calls::rename(root, b"to-full", root, b"empty"), Errno::ISDIR)
    }),
    ("file_rename/error/notdir/over something else", |environment| {
        let root = things(environment)?;
        fails(calls::rename(root, b"empty", root, b"file"), Errno::NOTDIR)?;
        fails(calls::rename(root, b"empty", root, b"to-full"), Errno::NOTDIR)?;
        fails(calls::rename(root, b"file/", root, b"new"), Errno::NOTDIR)?;
        fails(calls::rename(root, b"file", root, b"new/"), Errno::NOTDIR)
    }),
    ("file_rename/error/notempty", |environment| {
        let root = things(environment)?;
        fails_with_one_of(calls::rename(root, b"empty", root, b"full"), &[Errno::NOTEMPTY])
    }),
    ("file_rename/error/noent/no such name", |environment| {
        let root = things(environment)?;
        fails(calls::rename(root, b"nothing", root, b"new"), Errno::NOENT)?;
        same(kind(root, b"other")?, Filetype::REGULAR_FILE)
    }),
    ("file_link/behaviour/one more name", |environment| {
        let root = things(environment)?;
        calls::link(at(root), b"file", root, b"full/second")?;
        let (first, second) = (calls::stat(at(root), b"file")?, calls::stat(at(root), b"full/second")?);
        same((first.st_ino, first.st_dev, first.st_nlink), (second.st_ino, second.st_dev, 2))?;
        calls::unlink(root, b"file", FILE)?;
        same(calls::stat(at(root), b"full/second")?.st_nlink, 1)
    }),
    ("file_link/behaviour/of links", |environment| {
        let root = things(environment)?;
        calls::link(following(root), b"to-file", root, b"file2")?;
        same(kind(root, b"file2")?, Filetype::REGULAR_FILE)?;
        same(calls::stat(at(root), b"file")?.st_nlink, 2)?;
        match calls::link(at(root), b"to-file", root, b"link2") {
            // There are file systems on which links have one name only.
            Err(Errno::NOTSUP) => Ok(()),
            linked => {
                linked?;
                same(kind(root, b"link2")?, Filetype::SYMBOLIC_LINK)
            }
        }
    }),
    ("file_link/behaviour/from one directory to another", |environment| {
        let root = things(environment)?;
        let inner = environment.open_directory(root, b"full")?;
        calls::link(at(root), b"file", inner, b"second")?;
        same(calls::stat(at(inner), b"second")?.st_nlink, 2)
    }),
    ("file_link/behaviour/a link that leads out is not followed", |environment| {
        let root = things(environment)?;
        calls::symlink(b"/etc/passwd", root, b"out")?;
        fails(calls::link(following(root), b"out", root, b"second"), Errno::NOTCAPABLE)?;
        fails(calls::stat(at(root), b"second"), Errno::NOENT)
    }),
    ("file_link/error/exist", |environment| {
        let root = things(environment)?;
        for path in [b"other".as_slice(), b"empty", b"to-file", b"dangling", b"file"] {
            fails(calls::link(at(root), b"file", root, path), Errno::EXIST)?;
        }
        Ok(())
    }),
    ("file_link/error/perm", |environment| {
        let root = things(environment)?;
        fails(calls::link(at(root), b"empty", root, b"new"), Errno::PERM)?;
        fails(calls::link(following(root), b"to-full", root, b"new"), Errno::PERM)
    }),
    ("file_link/error/noent/no such name", |environment| {
        let root = things(environment)?;
        fails(calls::link(at(root), b"nothing", root, b"new"), Errno::NOENT)?;
        fails(calls::link(following(root), b"dangling", root, b"new"), Errno::NOENT)
    }),
    ("file_symlink/behaviour/contains what it was given", |environment| {
        let root = things(environment)?;
        let long = vec![b'x'; 1000];
        for content in [b"file".as_slice(), b"/", b"../../..", b"a b\nc", &long] {
            let name = environment.fresh_name();
            calls::symlink(content, root, name.as_bytes())?;
            let mut buffer = [0; 1100];
            let count = calls::readlink(root, name.as_bytes(), &mut buffer)?;
            same(buffer.get(..count), Some(content))?;
            let stat = calls::stat(at(root), name.as_bytes())?;
            same((stat.st_filetype, stat.st_size), (Filetype::SYMBOLIC_LINK, content.len() as u64))?;
        }
        Ok(())
    }),
    ("file_symlink/error/exist", |environment| {
        let root = things(environment)?;
        for path in [b"file".as_slice(), b"empty", b"to-file", b"dangling"] {
            fails(calls::symlink(b"x", root, path), Errno::EXIST)?;
        }
        Ok(())
    }),
    ("file_readlink/behaviour/does not end in NUL and may be cut off", |environment| {
        let root = things(environment)?;
        let mut buffer = [0xee; 8];
        same(calls::readlink(root, b"to-file", &mut buffer)?, 4)?;
        same(&buffer, b"file\xee\xee\xee\xee")?;
        same(calls::readlink(root, b"dangling", &mut buffer[..3])?, 3)?;
        same(&buffer, b"nowe\xee\xee\xee\xee")?;
        same(calls::readlink(root, b"dangling", &mut [])?, 0)
    }),
    ("file_readlink/behaviour/links on the way are followed", |environment| {
        let root = things(environment)?;
        calls::symlink(b"content", root, b"full/link")?;
        let mut buffer = [0; 7];
        same(calls::readlink(root, b"to-full/link", &mut buffer)?, 7)?;
        same(&buffer, b"content")
    }),
    ("file_readlink/error/inval/no link", |environment| {
        let root = things(environment)?;
        for path in [b"file".as_slice(), b"empty", b".", b"to-full/", b"to-full/sub"] {
            fails(calls::readlink(root, path, &mut [0; 8]), Errno::INVAL)?;
        }
        Ok(())
    }),
];
