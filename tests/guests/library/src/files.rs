//! Directories and files.

use alloc::string::String;
use alloc::vec::Vec;

use cloudabi::fs::{Advice, Dir, FileTimes, OpenOptions};
use cloudabi::io::{
    BufRead as _, BufReader, BufWriter, ErrorKind, IoSlice, IoSliceMut, Read as _, Seek as _, SeekFrom,
    Write as _,
};
use cloudabi::os::{Authority, Restrict as _, Rights};
use cloudabi::thread::{self, Builder};
use cloudabi::time::SystemTime;

fn kind<T>(result: cloudabi::io::Result<T>) -> ErrorKind {
    result.map(drop).expect_err("it fails").kind()
}

pub fn reading_and_writing(dir: Dir) {
    dir.write("file", "hello\n").expect("made");
    assert_eq!(dir.read("file").expect("there"), b"hello\n");
    assert_eq!(dir.read_to_string("file").expect("text"), "hello\n");
    dir.write("file", [0xff]).expect("made");
    assert_eq!(kind(dir.read_to_string("file")), ErrorKind::InvalidData);

    let mut file = dir.create("file").expect("made");
    write!(file, "{} two", 1).expect("written");
    assert_eq!(kind(file.read(&mut [0])), ErrorKind::NotCapable, "it is for writing alone");
    let mut appending = OpenOptions::new().append(true).open(&dir, "file").expect("there");
    assert!(appending.is_append().expect("open"));
    appending.write_all(b"!").expect("written");
    file.rewind().expect("a file");
    appending.write_all(b"?").expect("written at the end");
    let mut pieces = [IoSlice::new(b"a"), IoSlice::new(b""), IoSlice::new(b"bc")];
    appending.write_all_vectored(&mut pieces).expect("written");

    let mut file = dir.open("file").expect("there");
    let (mut one, mut other) = ([0; 2], [0; 64]);
    let count =
        file.read_vectored(&mut [IoSliceMut::new(&mut one), IoSliceMut::new(&mut other)]).expect("read");
    assert_eq!((&one, &other[..count - 2]), (b"1 ", &b"two!?abc"[..]));
    assert_eq!(file.read(&mut other).expect("the end"), 0);
    assert_eq!(kind(file.write(b"x")), ErrorKind::NotCapable, "it is for reading alone");

    assert_eq!(kind(dir.open("nothing")), ErrorKind::NotFound);
    assert_eq!(
        kind(OpenOptions::new().write(true).create_new(true).open(&dir, "file")),
        ErrorKind::AlreadyExists
    );
    OpenOptions::new().read(true).write(true).create_new(true).open(&dir, "new").expect("made");
}

pub fn positions(dir: Dir) {
    let options = OpenOptions::new().read(true).write(true).create(true);
    let mut file = options.open(&dir, "file").expect("made");
    file.write_all_at(b"world", 7).expect("written");
    file.write_all_at(b"hello, ", 0).expect("written");
    assert_eq!(file.stream_position().expect("a file"), 0);
    let mut bytes = [0; 5];
    file.read_exact_at(&mut bytes, 7).expect("there");
    assert_eq!(&bytes, b"world");
    assert_eq!(kind(file.read_exact_at(&mut bytes, 8)), ErrorKind::UnexpectedEof);
    assert_eq!(file.seek(SeekFrom::End(-5)).expect("a file"), 7);
    assert_eq!(file.seek(SeekFrom::Current(-1)).expect("a file"), 6);
    assert_eq!(file.seek(SeekFrom::Start(8)).expect("a file"), 8);
    assert_eq!(kind(file.seek(SeekFrom::End(-99))), ErrorKind::InvalidInput);
    assert_eq!(kind(file.seek(SeekFrom::Start(u64::MAX))), ErrorKind::InvalidInput);
    let mut text = String::new();
    file.read_to_string(&mut text).expect("text");
    assert_eq!(text, "orld");
    file.set_len(3).expect("cut");
    assert_eq!(file.metadata().expect("a file").len(), 3);
    file.set_len(6).expect("longer");
    assert_eq!(dir.read("file").expect("there"), b"hel\0\0\0");
    file.allocate(0, 8192).expect("space");
    assert_eq!(file.metadata().expect("a file").len(), 8192);
    file.advise(0, 0, Advice::SEQUENTIAL).expect("a hint");
    file.sync_all().expect("a device");
    file.sync_data().expect("a device");
    dir.sync().expect("a device");
}

pub fn names(dir: Dir) {
    dir.create_dir("sub").expect("made");
    assert_eq!(kind(dir.create_dir("sub")), ErrorKind::AlreadyExists);
    dir.write("sub/one", "1").expect("made");
    let sub = dir.open_dir("sub").expect("there");
    dir.rename("sub/one", &dir, "two").expect("moved");
    dir.rename("two", &sub, "three").expect("moved");
    assert!(!dir.exists("two").expect("asked") && sub.exists("three").expect("asked"));
    assert_eq!(kind(dir.remove_dir("sub")), ErrorKind::DirectoryNotEmpty);
    assert_eq!(kind(dir.remove_file("sub/four")), ErrorKind::NotFound);
    dir.remove_file("sub/three").expect("removed");
    dir.remove_dir("sub").expect("removed");
    assert_eq!(kind(dir.open_dir("sub")), ErrorKind::NotFound);
    dir.write("file", "").expect("made");
    assert_eq!(kind(dir.open_dir("file")), ErrorKind::NotADirectory);
}

pub fn trees(dir: Dir) {
    dir.create_dir_all("a/b/c").expect("made");
    dir.create_dir_all("a/b/c").expect("it is there");
    dir.write("a/b/file", "").expect("made");
    assert_eq!(kind(dir.create_dir_all("a/b/file")), ErrorKind::NotADirectory);
    dir.symlink("..", "a/b/up").expect("made");
    dir.create_dir("other").expect("made");
    dir.write("other/kept", "").expect("made");
    dir.symlink("../other", "a/link").expect("made");
    dir.remove_dir_all("a").expect("removed");
    assert!(!dir.exists("a").expect("asked"));
    assert!(dir.exists("other/kept").expect("asked"), "links are not followed");
    // Depth takes descriptors, and no more of a small stack.
    dir.create_dir_all("deep/".repeat(100)).expect("made");
    thread::scope(|scope| {
        let small = Builder::new().stack_size(Builder::SMALLEST_STACK_SIZE);
        let remover = small.spawn_scoped(scope, || dir.remove_dir_all("deep")).expect("a thread");
        remover.join().expect("removed");
    });
    assert!(!dir.exists("deep").expect("asked"));
}

pub fn listing(dir: Dir) {
    assert_eq!(dir.entries().count(), 0);
    for index in 0..400 {
        dir.write(alloc::format!("a file with a rather long name, number {index}"), "").expect("made");
    }
    dir.create_dir("sub").expect("made");
    let entries: Vec<_> = dir.entries().collect::<Result<_, _>>().expect("listed");
    assert_eq!(entries.len(), 401);
    let mut names: Vec<_> = entries.iter().map(|entry| entry.name_str().expect("ours are UTF-8")).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), 401);
    let sub = entries.iter().find(|entry| entry.name() == b"sub").expect("it is there");
    assert!(sub.file_type().is_dir() || sub.file_type().is_unknown());
    assert_eq!(sub.inode(), dir.metadata("sub").expect("there").identity().1);
}

pub fn attributes(dir: Dir) {
    dir.write("file", "12345").expect("made");
    let time = SystemTime::from_timestamp(1_234_567_890_123_456_789);
    dir.set_times("file", FileTimes::new().modified(time)).expect("set");
    let metadata = dir.metadata("file").expect("there");
    assert!(metadata.is_file() && !metadata.is_dir() && !metadata.is_symlink());
    assert_eq!((metadata.len(), metadata.links(), metadata.modified()), (5, 1, time));
    let file = dir.open("file").expect("there");
    assert_eq!(file.metadata().expect("open").identity(), metadata.identity());
    file.set_times(FileTimes::new().modified_now().accessed(time)).expect("set");
    let metadata = file.metadata().expect("open");
    assert!(metadata.modified() > time && metadata.accessed() == time && metadata.changed() > time);
    assert!(dir.dir_metadata().expect("open").is_dir());
    assert_eq!(kind(dir.metadata("nothing")), ErrorKind::NotFound);
}

pub fn links(dir: Dir) {
    dir.write("file", "text").expect("made");
    dir.hard_link("file", &dir, "again").expect("linked");
    assert_eq!(dir.metadata("file").expect("there").links(), 2);
    assert_eq!(kind(dir.hard_link("file", &dir, "again")), ErrorKind::AlreadyExists);
    dir.symlink("file", "link").expect("made");
    assert_eq!(dir.read_link("link").expect("a link"), b"file");
    assert_eq!(kind(dir.read_link("file")), ErrorKind::InvalidInput);
    assert!(dir.symlink_metadata("link").expect("there").is_symlink());
    assert!(dir.metadata("link").expect("there").is_file());
    assert_eq!(dir.read("link").expect("followed"), b"text");
    let options = OpenOptions::new().read(true).follow(false);
    assert_eq!(kind(options.open(&dir, "link")), ErrorKind::FilesystemLoop);
    let long = "x".repeat(700);
    dir.symlink(&long, "long").expect("made");
    assert_eq!(dir.read_link("long").expect("a link"), long.as_bytes());
}

pub fn rights(dir: Dir) {
    dir.write("file", "text").expect("made");
    let everything = dir.authority().expect("open");
    assert!(everything.contains(Authority::READ_TREE));

    let reading: Dir = dir.reduced(Authority::READ_TREE).expect("a duplicate").into();
    assert_eq!(reading.read("file").expect("allowed"), b"text");
    assert_eq!(kind(reading.write("file", "")), ErrorKind::NotCapable);
    assert_eq!(kind(reading.remove_file("file")), ErrorKind::NotCapable);
    assert_eq!(kind(reading.create_dir("new")), ErrorKind::NotCapable);
    let deeper = reading.open_dir(".").expect("allowed");
    assert_eq!(kind(deeper.create("file")), ErrorKind::NotCapable, "it is inherited");
    assert_eq!(kind(reading.restrict(everything)), ErrorKind::NotCapable, "nothing comes back");

    let options = OpenOptions::new()
        .read(true)
        .authority(Authority { own: Rights::FD_READ, inheriting: Rights::empty() });
    let mut file = options.open(&dir, "file").expect("allowed");
    assert_eq!(file.authority().expect("open").own, Rights::FD_READ);
    assert_eq!(kind(file.metadata()), ErrorKind::NotCapable);
    assert_eq!(file.read(&mut [0; 9]).expect("allowed"), 4);
    assert_eq!(file.retain(Authority::NONE).expect("less"), Authority::NONE);
    assert_eq!(kind(file.read(&mut [0; 9])), ErrorKind::NotCapable);

    assert_eq!(dir.authority().expect("open"), everything, "nothing of this concerns others");
}

pub fn outside(dir: Dir) {
    for path in ["..", "/", "/etc/passwd", "../file", "sub/../../file"] {
        dir.create_dir_all("sub").expect("made");
        assert_eq!(kind(dir.open(path)), ErrorKind::NotCapable, "{path}");
    }
    dir.symlink("/etc", "absolute").expect("made");
    assert_eq!(kind(dir.open("absolute/passwd")), ErrorKind::NotCapable);
    assert_eq!(kind(dir.open("nul\0byte")), ErrorKind::InvalidInput);
}

pub fn buffers(dir: Dir) {
    let mut output = BufWriter::with_capacity(16, dir.create("file").expect("made"));
    for index in 0..100 {
        writeln!(output, "line {index}").expect("kept or written");
    }
    assert!(!output.buffer().is_empty());
    output.flush().expect("written");
    drop(output);
    let input = BufReader::with_capacity(7, dir.open("file").expect("there"));
    let lines: Vec<_> = input.lines().collect::<Result<_, _>>().expect("text");
    assert_eq!(lines.len(), 100);
    assert_eq!(lines[42], "line 42");
    let mut output = dir.create("copy").expect("made");
    let count = cloudabi::io::copy(&mut dir.open("file").expect("there"), &mut output).expect("copied");
    assert_eq!(dir.read("copy").expect("there").len() as u64, count);
    let mut reader = BufReader::with_capacity(7, dir.open("file").expect("there"));
    reader.read_exact(&mut [0; 3]).expect("read");
    assert_eq!(reader.seek(SeekFrom::Current(0)).expect("a file"), 3);
    let mut rest = String::new();
    reader.read_line(&mut rest).expect("text");
    assert_eq!(rest, "e 0\n");
}
