//! Nothing leads out of the directory.

use crate::world::{NO_FOLLOW, World, both, every_call, every_call_fails};
use cloudabi_host::types::Errno;
use std::fs;

#[test]
fn no_path_leads_out() {
    both(|world| {
        // Even what must not be reached is nothing that would be missed.
        let folder = world.folder.path().to_str().expect("UTF-8");
        let (outside, inside) = (format!("{folder}/outside"), format!("{folder}/top/file"));
        world.make(&[
            "file",
            "dir/",
            "up -> ..",
            "dir/far -> ../../outside",
            &format!("absolute -> {folder}"),
        ]);
        world.make(&["dir/top -> ..", "sly -> dir/../../top/file"]);
        let paths = [
            "/",
            "//",
            &outside,
            &inside,
            "..",
            "../",
            "../outside",
            "../top/file",
            "dir/../../top",
            "./../outside",
            "up/outside",
            "up/",
            "absolute/",
            "absolute/outside",
            "absolute/top/file",
            "dir/far/",
            "dir/top/../outside",
            "sly/",
            "dir/../sly/",
        ];
        for path in paths {
            let link = ["up/", "absolute/", "dir/far/", "sly/", "dir/../sly/"].contains(&path);
            for (call, result) in every_call(world, path) {
                let expected = match call {
                    // These do not follow a link at the end, whatever comes after it.
                    "create" | "symlink" | "link to" if link => Errno::EXIST,
                    "open to make" if link => Errno::ISDIR,
                    _ => Errno::NOTCAPABLE,
                };
                assert_eq!(result, expected, "{call} of {path:?}");
            }
        }
        untouched(world);
    });
}

#[test]
fn links_to_outside_can_be_handled_but_not_followed() {
    both(|world| {
        world.make(&["file", "far -> ../outside", "abs -> /nowhere", "dangling -> ../nothing"]);
        for link in ["far", "abs", "dangling"] {
            for (call, result) in every_call(world, link) {
                let expected = match call {
                    "open" | "open to make" | "open path only" | "open directory" => Errno::NOTCAPABLE,
                    "stat" | "set times" | "link from followed" => Errno::NOTCAPABLE,
                    "create" | "symlink" | "link to" => Errno::EXIST,
                    // "link from" has made it, "rename to" has put a file there, and so on.
                    _ => continue,
                };
                assert_eq!(result, expected, "{call} of {link:?}");
            }
            let _ = fs::remove_file(world.folder.path().join("top/new"));
            world.make(&["file"]);
        }
        untouched(world);
    });
}

#[test]
fn links_inside_are_followed() {
    both(|world| {
        world.make(&[
            "dir/",
            "dir/sub/",
            "dir/sub/file",
            "a -> dir",
            "b -> a/sub",
            "dir/c -> ../b",
            "d -> ./dir/c/",
        ]);
        for path in ["b/file", "a/c/file", "d/file", "dir/../a/./c//file", "a/sub/../sub/file"] {
            assert_eq!(world.stat(path, NO_FOLLOW).expect(path).st_size, 12);
        }
    });
}

#[test]
fn links_of_proc_that_lead_anywhere_lead_nowhere() {
    let world = World::new(Default::default());
    let proc = fs::File::open("/proc/self").expect("/proc");
    let lookup = |path: &str| {
        crate::world::with_path(path, |path| {
            world.files.stat_get(std::os::fd::AsFd::as_fd(&proc), path, crate::world::FOLLOW)
        })
    };
    assert_eq!(lookup("root").map(drop), Err(Errno::NOTCAPABLE));
    assert_eq!(lookup("root/etc").map(drop), Err(Errno::NOTCAPABLE));
    assert_eq!(lookup("fd/0").map(drop), Err(Errno::NOTCAPABLE));
    assert!(lookup("status").is_ok());
}

#[test]
fn empty_paths_and_components_that_do_not_exist() {
    both(|world| {
        world.make(&["file"]);
        every_call_fails(world, "", Errno::NOENT);
        every_call_fails(world, "nothing/file", Errno::NOENT);
        every_call_fails(world, "nothing/../file", Errno::NOENT);
        every_call_fails(world, "file/x", Errno::NOTDIR);
        every_call_fails(world, "file/..", Errno::NOTDIR);
        every_call_fails(world, "file/.", Errno::NOTDIR);
    });
}

#[test]
fn lengths_of_paths_and_names() {
    both(|world| {
        world.make(&["file"]);
        let name = "n".repeat(255);
        every_call_fails(world, &"n".repeat(256), Errno::NAMETOOLONG);
        every_call_fails(world, &format!("{}/x", "n".repeat(256)), Errno::NAMETOOLONG);
        every_call_fails(world, &"./".repeat(2048), Errno::NAMETOOLONG);
        every_call_fails(world, &"x".repeat(100_000), Errno::NAMETOOLONG);
        world.create(&name).expect("255 bytes");
        assert!(world.stat(&name, NO_FOLLOW).is_ok());
        // 4095 bytes, of which the last component is 255.
        let long = format!("{}{}", "./".repeat(1920), name);
        assert_eq!(long.len(), 4095);
        assert_eq!(world.stat(&long, NO_FOLLOW), world.stat(&name, NO_FOLLOW));
        assert_eq!(world.create(&long), Err(Errno::EXIST));
        assert_eq!(world.symlink(&"t".repeat(4096), "link"), Err(Errno::NAMETOOLONG));
    });
}

#[test]
fn nul_in_a_path() {
    both(|world| {
        world.make(&["file"]);
        every_call_fails(world, "fi\0le", Errno::INVAL);
        every_call_fails(world, "\0", Errno::INVAL);
        every_call_fails(world, "file\0", Errno::INVAL);
        assert_eq!(world.symlink("a\0b", "link"), Err(Errno::INVAL));
        assert_eq!(world.symlink("", "link"), Err(Errno::NOENT));
    });
}

#[test]
fn links_in_a_circle() {
    both(|world| {
        world.make(&["file", "a -> b", "b -> a", "self -> self/x"]);
        every_call_fails(world, "a/x", Errno::LOOP);
        for (call, result) in every_call(world, "self/") {
            let expected = match call {
                "create" | "symlink" | "link to" => Errno::EXIST,
                "open to make" => Errno::ISDIR,
                _ => Errno::LOOP,
            };
            assert_eq!(result, expected, "{call}");
        }
        assert_eq!(world.stat("a", crate::world::FOLLOW).map(drop), Err(Errno::LOOP));
    });
}

#[test]
fn forty_links_are_followed_and_no_more() {
    both(|world| {
        world.make(&["l0"]);
        for number in 1..=41 {
            world.make(&[&format!("l{number} -> l{}", number - 1)]);
        }
        assert!(world.stat("l40", crate::world::FOLLOW).is_ok());
        assert_eq!(world.stat("l41", crate::world::FOLLOW).map(drop), Err(Errno::LOOP));
    });
}

/// What is outside is as it was.
fn untouched(world: &World) {
    let mut names: Vec<_> = fs::read_dir(world.folder.path())
        .expect("folder")
        .map(|entry| entry.expect("entry").file_name())
        .collect();
    names.sort();
    assert_eq!(names, ["elsewhere", "outside", "top"]);
    assert_eq!(fs::read_to_string(world.folder.path().join("outside")).expect("outside"), "secret");
    assert_eq!(fs::read_dir(world.folder.path().join("elsewhere")).expect("elsewhere").count(), 1);
}
