//! Nothing leads out of the directory while somebody else moves things about. What the calls return is left open; what
//! they do outside is not.

use crate::world::{FOLLOW, NO_FOLLOW, NOTHING, READ, WRITE, World, both};
use cloudabi_host::types::{Filestat, Filetype, Fsflags, Oflags, Ulflags};
use rustix::fs::{CWD, RenameFlags, renameat_with};
use std::fs;
use std::io::Read as _;
use std::os::unix::fs::MetadataExt as _;
use std::sync::atomic::{AtomicBool, Ordering};

/// Tells another thread to stop, also when a test fails.
pub struct Stop<'a>(pub &'a AtomicBool);

impl Drop for Stop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Runs `test` a number of times while another thread runs `disturb` all the time.
fn meanwhile(disturb: impl Fn() + Sync, test: impl Fn()) {
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let _stop = Stop(&stop);
        scope.spawn(|| {
            while !stop.load(Ordering::Relaxed) {
                disturb();
            }
        });
        for _ in 0..500 {
            test();
        }
    });
}

/// Lets two names beneath the folder change places.
fn exchange(world: &World, one: &str, other: &str) {
    let (one, other) = (world.folder.path().join(one), world.folder.path().join(other));
    // A call of the test may have taken one of them away.
    let _ = renameat_with(CWD, one, CWD, other, RenameFlags::EXCHANGE);
}

fn content(world: &World, path: &str) {
    if let Ok(opened) = world.open(path, NOTHING, READ) {
        let mut content = String::new();
        let _ = fs::File::from(opened.descriptor).read_to_string(&mut content);
        assert_ne!(content, "secret", "{path}");
    }
}

fn outside_is_untouched(world: &World) {
    for name in ["outside", "elsewhere/file"] {
        let path = world.folder.path().join(name);
        assert_eq!(fs::read_to_string(&path).expect(name), "secret");
        assert!(fs::metadata(&path).expect(name).mtime() > 1000, "{name}");
    }
    assert_eq!(fs::read_dir(world.folder.path().join("elsewhere")).expect("elsewhere").count(), 1);
}

const LONG_AGO: Filestat = Filestat { st_mtim: 5, ..Filestat::ZERO };

#[test]
fn a_link_takes_the_place_of_a_file() {
    both(|world| {
        world.make(&["x", "y -> ../outside"]);
        meanwhile(
            || exchange(world, "top/x", "top/y"),
            || {
                content(world, "x");
                let _ = world.open("x", Oflags::TRUNC, WRITE);
                let _ = world.open("x", Oflags::CREAT | Oflags::TRUNC, WRITE);
                let _ = world.set_times("x", FOLLOW, &LONG_AGO, Fsflags::MTIM);
                let _ = world.set_times("x", NO_FOLLOW, &LONG_AGO, Fsflags::MTIM);
                if let Ok(stat) = world.stat("x", FOLLOW) {
                    assert_eq!(stat.st_filetype, Filetype::REGULAR_FILE);
                    assert!(stat.st_size <= 1, "saw what is outside");
                }
                if world.link("x", FOLLOW, "new").is_ok() {
                    let new = world.folder.path().join("top/new");
                    let metadata = fs::symlink_metadata(&new).expect("new");
                    assert!(metadata.is_symlink() || metadata.len() <= 1, "another name for what is outside");
                    fs::remove_file(new).expect("new");
                }
            },
        );
        outside_is_untouched(world);
    });
}

#[test]
fn a_link_takes_the_place_of_a_directory() {
    both(|world| {
        world.make(&["p/", "p/file", "q -> ../elsewhere", "file"]);
        meanwhile(
            || exchange(world, "top/p", "top/q"),
            || {
                content(world, "p/file");
                content(world, "p/../p/./file");
                let _ = world.open("p/made", Oflags::CREAT, WRITE);
                let _ = world.set_times("p/file", FOLLOW, &LONG_AGO, Fsflags::MTIM);
                let _ = world.create("p/made");
                let _ = world.symlink("x", "p/made");
                let _ = world.link("file", NO_FOLLOW, "p/made");
                let _ = world.rename("p/file", "p/other");
                let _ = world.rename("p/other", "p/file");
                let _ = world.unlink("p/made", Ulflags::empty());
                let _ = world.unlink("p/../p/file", Ulflags::empty());
                let _ = world.unlink("p/", Ulflags::REMOVEDIR);
                let _ = world.open("p/file", Oflags::CREAT, WRITE);
            },
        );
        outside_is_untouched(world);
    });
}

#[test]
fn a_directory_moves_out_and_back() {
    both(|world| {
        world.make(&["d/", "d/e/", "d/e/f/"]);
        meanwhile(
            || {
                let path = |name: &str| world.folder.path().join(name);
                fs::rename(path("top/d/e"), path("e")).expect("out");
                fs::rename(path("e"), path("top/d/e")).expect("back");
            },
            || {
                content(world, "d/e/../../outside");
                content(world, "d/e/../outside");
                content(world, "d/e/f/../../outside");
                content(world, "d/e/f/../../elsewhere/file");
                let _ = world.unlink("d/e/f/../../outside", Ulflags::empty());
                let _ = world.unlink("d/e/../outside", Ulflags::empty());
                let _ = world.create("d/e/../../elsewhere/new");
            },
        );
        outside_is_untouched(world);
    });
}
