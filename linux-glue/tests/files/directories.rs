//! `file_readdir`.

use crate::races::Stop;
use crate::world::World;
use cloudabi_host::memory::bytes_mut;
use cloudabi_host::types::{Dircookie, Dirent, Errno, Filetype};
use cloudabi_linux_glue::files::Walk;
use rustix::fd::AsFd as _;
use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::net::UnixListener;
use std::sync::atomic::{AtomicBool, Ordering};

/// On the file systems that there are for temporary files: their cookies differ.
fn on_several_file_systems(test: impl Fn(&World)) {
    for folder in ["/tmp", "/dev/shm", "/var/tmp"] {
        if let Ok(folder) = tempfile::tempdir_in(folder) {
            test(&World::within(Walk::Kernel, folder));
        }
    }
    let shared = World::new(Walk::Kernel);
    shared.files.share_directories();
    test(&shared);
}

/// The complete entries in a buffer, and whether something was left over.
fn entries(mut bytes: &[u8]) -> (Vec<(Dirent, String)>, bool) {
    let mut entries = Vec::new();
    loop {
        let mut head = Dirent::ZERO;
        let Some((bytes_of_head, rest)) = bytes.split_at_checked(size_of::<Dirent>()) else { break };
        bytes_mut(&mut head).copy_from_slice(bytes_of_head);
        let Some((name, rest)) = rest.split_at_checked(head.d_namlen as usize) else { break };
        entries.push((head, String::from_utf8(name.to_vec()).expect("name")));
        bytes = rest;
    }
    (entries, !bytes.is_empty())
}

/// Lists a directory as programs do it, with a buffer of this size.
fn list(world: &World, room: usize) -> Vec<(Dirent, String)> {
    let mut all = Vec::new();
    let mut cookie = Dircookie::START;
    let mut larger = room;
    loop {
        let bytes = world.readdir(cookie, larger).expect("readdir");
        let (some, left_over) = entries(&bytes);
        let full = bytes.len() == larger;
        assert!(full || !left_over, "an entry was cut off though there was room");
        match some.last() {
            Some((last, _)) => cookie = last.d_next,
            None if full => larger *= 2,
            None => {}
        }
        all.extend(some);
        if !full {
            return all;
        }
    }
}

fn names(entries: &[(Dirent, String)]) -> BTreeSet<&str> {
    let names: BTreeSet<_> = entries.iter().map(|(_, name)| name.as_str()).collect();
    assert_eq!(names.len(), entries.len(), "something was seen twice");
    names
}

#[test]
fn entries_are_complete() {
    on_several_file_systems(|world| {
        world.make(&["file", "dir/", "link -> file", "fifo|"]);
        let _socket = UnixListener::bind(world.folder.path().join("top/socket")).expect("socket");
        let listed = list(world, 10_000);
        let types: BTreeMap<_, _> = listed.iter().map(|(head, name)| (name.as_str(), head.d_type)).collect();
        let expected = BTreeMap::from([
            (".", Filetype::DIRECTORY),
            ("..", Filetype::DIRECTORY),
            ("dir", Filetype::DIRECTORY),
            ("fifo", Filetype::SOCKET_STREAM),
            ("file", Filetype::REGULAR_FILE),
            ("link", Filetype::SYMBOLIC_LINK),
            ("socket", Filetype::SOCKET_STREAM),
        ]);
        assert_eq!(types, expected);
        for (head, name) in &listed {
            assert_eq!(head._padding0, [0; 3]);
            if name != ".." {
                let stat = world.stat(name, crate::world::NO_FOLLOW).expect("stat");
                assert_eq!(head.d_ino, stat.st_ino, "{name}");
            }
        }
    });
}

#[test]
fn buffers_of_all_sizes_give_the_same() {
    on_several_file_systems(|world| {
        let long = "n".repeat(255);
        world.make(&["a", "bb", "c -> a", "dir/", &long]);
        for number in 0..60 {
            world.make(&[&format!("file{number}")]);
        }
        let all = list(world, 100_000);
        assert_eq!(all.len(), 67);
        for room in (1..70).chain([100, 278, 279, 280, 500, 1000, 4095, 4096, 4097, 8192]) {
            let some = list(world, room);
            assert_eq!(names(&some), names(&all), "{room}");
        }
    });
}

#[test]
fn what_fits_is_filled_to_the_last_byte() {
    on_several_file_systems(|world| {
        world.make(&["some", "other"]);
        let all = world.readdir(Dircookie::START, 1000).expect("all");
        for room in 0..=all.len() + 1 {
            let some = world.readdir(Dircookie::START, room).expect("some");
            assert_eq!(some, all[..room.min(all.len())]);
        }
        // The end.
        let (listed, _) = entries(&all);
        let (last, _) = listed.last().expect("entries");
        assert_eq!(world.readdir(last.d_next, 1000), Ok(Vec::new()));
    });
}

#[test]
fn every_cookie_leads_back_to_its_place() {
    on_several_file_systems(|world| {
        for number in 0..300 {
            world.make(&[&format!("file{number}")]);
        }
        let all = list(world, 100_000);
        assert_eq!(all.len(), 302);
        for (index, (head, _)) in all.iter().enumerate().rev().step_by(7) {
            let rest = world.readdir(head.d_next, 100_000).expect("rest");
            let (rest, _) = entries(&rest);
            assert_eq!(names(&rest), names(&all[index + 1..]), "{index}");
        }
    });
}

#[test]
fn removing_what_was_seen_loses_nothing() {
    on_several_file_systems(|world| {
        for number in 0..200 {
            world.make(&[&format!("file{number}")]);
        }
        let mut seen = BTreeSet::new();
        let mut cookie = Dircookie::START;
        loop {
            let bytes = world.readdir(cookie, 200).expect("readdir");
            for (head, name) in entries(&bytes).0 {
                cookie = head.d_next;
                if name.starts_with("file") {
                    world.unlink(&name, Default::default()).expect("unlink");
                    assert!(seen.insert(name));
                }
            }
            if bytes.len() < 200 {
                break;
            }
        }
        assert_eq!(seen.len(), 200);
    });
}

#[test]
fn threads_do_not_disturb_each_other() {
    on_several_file_systems(|world| {
        for number in 0..100 {
            world.make(&[&format!("file{number}")]);
        }
        let all = list(world, 100_000);
        // A duplicate shares the position with the descriptor.
        let duplicate = rustix::io::fcntl_dupfd_cloexec(&world.top, 0).expect("dup");
        let stop = AtomicBool::new(false);
        std::thread::scope(|scope| {
            let _stop = Stop(&stop);
            scope.spawn(|| {
                while !stop.load(Ordering::Relaxed) {
                    for (head, _) in &all {
                        world.files.readdir(duplicate.as_fd(), head.d_next, 64, |_| Ok(())).expect("readdir");
                    }
                }
            });
            for _ in 0..50 {
                assert_eq!(names(&list(world, 100)), names(&all));
            }
        });
    });
}

#[test]
fn errors() {
    let world = World::new(Walk::Kernel);
    world.make(&["file", "gone/"]);
    let readdir = |descriptor: std::os::fd::BorrowedFd<'_>, cookie| {
        world.files.readdir(descriptor, cookie, 100, |_| Ok(()))
    };
    let file = std::fs::File::open(world.folder.path().join("top/file")).expect("file");
    assert_eq!(readdir(file.as_fd(), Dircookie::START), Err(Errno::NOTDIR));
    assert_eq!(readdir(world.top.as_fd(), Dircookie(u64::MAX)), Err(Errno::INVAL));
    let gone = std::fs::File::open(world.folder.path().join("top/gone")).expect("gone");
    world.unlink("gone", cloudabi_host::types::Ulflags::REMOVEDIR).expect("remove");
    for _ in 0..2 {
        assert_eq!(readdir(gone.as_fd(), Dircookie::START), Err(Errno::NOENT));
        world.files.share_directories();
    }
    // What the receiver of the entries says.
    let result = world.files.readdir(world.top.as_fd(), Dircookie::START, 100, |_| Err(Errno::FAULT));
    assert_eq!(result, Err(Errno::FAULT));
}
