//! Buffers and the like give what the standard library's give.

use cloudabi::io::{
    self, BufRead as _, BufReader, BufWriter, Cursor, ErrorKind, IoSlice, LineWriter, Read, Seek as _,
    SeekFrom, Write,
};
use proptest::prelude::*;

/// Gives what it has in pieces of these sizes, with interruptions in between.
struct Pieces<'a> {
    bytes: &'a [u8],
    sizes: std::iter::Cycle<std::vec::IntoIter<usize>>,
    interrupt: bool,
}

impl<'a> Pieces<'a> {
    fn new(bytes: &'a [u8], sizes: &[usize]) -> Self {
        Pieces { bytes, sizes: Vec::from(sizes).into_iter().cycle(), interrupt: false }
    }
}

impl Read for Pieces<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.interrupt = !self.interrupt;
        if self.interrupt {
            return Err(ErrorKind::Interrupted.into());
        }
        let most = self.sizes.next().unwrap_or(1).min(buffer.len());
        self.bytes.read(&mut buffer[..most])
    }
}

/// Takes pieces of these sizes, with interruptions in between.
struct Sink {
    bytes: Vec<u8>,
    sizes: std::iter::Cycle<std::vec::IntoIter<usize>>,
    interrupt: bool,
}

impl Sink {
    fn new(sizes: &[usize]) -> Self {
        Sink { bytes: Vec::new(), sizes: Vec::from(sizes).into_iter().cycle(), interrupt: false }
    }
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.interrupt = !self.interrupt;
        if self.interrupt {
            return Err(ErrorKind::Interrupted.into());
        }
        let count = self.sizes.next().unwrap_or(1).min(bytes.len());
        self.bytes.extend_from_slice(&bytes[..count]);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn sizes() -> impl Strategy<Value = Vec<usize>> {
    prop::collection::vec(1..9usize, 1..6)
}

proptest! {
    #[test]
    fn everything_is_read(bytes in prop::collection::vec(any::<u8>(), 0..300), sizes in sizes(), capacity in 1..20usize) {
        let mut read = vec![1, 2];
        prop_assert_eq!(Pieces::new(&bytes, &sizes).read_to_end(&mut read).expect("no error"), bytes.len());
        prop_assert_eq!(&read[2..], &bytes);
        let mut read = vec![0; bytes.len()];
        BufReader::with_capacity(capacity, Pieces::new(&bytes, &sizes)).read_exact(&mut read).expect("all is there");
        prop_assert_eq!(&read, &bytes);
        let mut target = Sink::new(&sizes);
        prop_assert_eq!(io::copy(&mut Pieces::new(&bytes, &sizes), &mut target).expect("no error"), bytes.len() as u64);
        prop_assert_eq!(target.bytes, bytes);
    }

    #[test]
    fn lines_are_those_of_the_standard_library(text in "[ab\r\n]{0,60}", sizes in sizes(), capacity in 1..8usize) {
        let found: Vec<_> = BufReader::with_capacity(capacity, Pieces::new(text.as_bytes(), &sizes))
            .lines()
            .collect::<Result<_, _>>()
            .expect("text");
        let expected: Vec<_> = std::io::BufRead::lines(text.as_bytes()).collect::<Result<_, _>>().expect("text");
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn everything_is_written(parts in prop::collection::vec("[ab\n]{0,30}", 0..12), sizes in sizes(), capacity in 0..20usize) {
        let whole = parts.concat().into_bytes();
        let mut buffered = BufWriter::with_capacity(capacity, Sink::new(&sizes));
        let mut lines = LineWriter::new(Sink::new(&sizes));
        for part in &parts {
            buffered.write_all(part.as_bytes()).expect("no error");
            lines.write_all(part.as_bytes()).expect("no error");
            let complete = lines.get_ref().bytes.iter().filter(|byte| **byte == b'\n').count();
            prop_assert!(lines.get_ref().bytes.len() <= whole.len() && complete <= whole.len());
        }
        let ended = whole.iter().filter(|byte| **byte == b'\n').count();
        prop_assert_eq!(lines.get_ref().bytes.iter().filter(|byte| **byte == b'\n').count(), ended);
        lines.flush().expect("no error");
        prop_assert_eq!(&lines.get_ref().bytes, &whole);
        let Ok(sink) = buffered.into_inner() else { panic!("no error") };
        prop_assert_eq!(&sink.bytes, &whole);

        let mut pieces: Vec<_> = parts.iter().map(|part| IoSlice::new(part.as_bytes())).collect();
        let mut sink = Sink::new(&sizes);
        sink.write_all_vectored(&mut pieces).expect("no error");
        prop_assert_eq!(sink.bytes, whole);
    }

    #[test]
    fn cursors_move_as_those_of_the_standard_library(
        steps in prop::collection::vec((0..5u8, -20..20i64, prop::collection::vec(any::<u8>(), 0..10)), 0..30),
    ) {
        use std::io::{Read as _, Seek as _, Write as _};

        let (mut own, mut other) = (Cursor::new(Vec::new()), std::io::Cursor::new(Vec::new()));
        for (what, offset, bytes) in steps {
            match what {
                // Where nothing is written, the standard library fills a gap nevertheless.
                0 if !bytes.is_empty() => {
                    io::Write::write_all(&mut own, &bytes).expect("memory");
                    other.write_all(&bytes).expect("memory");
                }
                1 => {
                    let (mut one, mut two) = (bytes.clone(), bytes);
                    let counts = (io::Read::read(&mut own, &mut one).expect("memory"), other.read(&mut two).expect("memory"));
                    prop_assert_eq!(counts.0, counts.1);
                    prop_assert_eq!(one, two);
                }
                2 => prop_assert_eq!(
                    own.seek(SeekFrom::Current(offset)).ok(),
                    other.seek(std::io::SeekFrom::Current(offset)).ok()
                ),
                3 => prop_assert_eq!(own.seek(SeekFrom::End(offset)).ok(), other.seek(std::io::SeekFrom::End(offset)).ok()),
                _ => {
                    let offset = offset.unsigned_abs();
                    prop_assert_eq!(own.seek(SeekFrom::Start(offset)).ok(), other.seek(std::io::SeekFrom::Start(offset)).ok());
                }
            }
            prop_assert_eq!(own.position(), other.position());
        }
        prop_assert_eq!(own.into_inner(), other.into_inner());
    }
}

#[test]
fn ends_that_come_too_early() {
    let mut three = [0; 3];
    assert_eq!(
        (&b"ab"[..]).read_exact(&mut three).map_err(|error| error.kind()),
        Err(ErrorKind::UnexpectedEof)
    );
    let mut room = [0; 2];
    assert_eq!((&mut room[..]).write_all(b"abc").map_err(|error| error.kind()), Err(ErrorKind::WriteZero));
    assert_eq!(
        (&mut room[..]).write_fmt(format_args!("abc")).map_err(|error| error.kind()),
        Err(ErrorKind::WriteZero)
    );
    let mut text = String::from("kept");
    assert_eq!(
        (&b"\xff"[..]).read_to_string(&mut text).map_err(|error| error.kind()),
        Err(ErrorKind::InvalidData)
    );
    assert_eq!(text, "kept");
    // What could not be written is not lost.
    let mut room = [0; 4];
    let mut writer = BufWriter::with_capacity(16, &mut room[..]);
    writer.write_all(b"abcdef").expect("it is kept");
    let Err((error, writer)) = writer.into_inner() else { panic!("there is no room") };
    assert_eq!((error.kind(), writer.buffer()), (ErrorKind::WriteZero, &b"ef"[..]));
}

#[test]
fn each_error_of_the_hosts_has_a_kind() {
    for number in 1..=76 {
        let error = io::Error::from(cloudabi_sys::Errno(number));
        let text = error.to_string();
        let name = cloudabi_sys::Errno(number).name().expect("a name");
        assert!(
            text.ends_with(&format!("({name})")) && error.errno() == Some(cloudabi_sys::Errno(number)),
            "{text}"
        );
    }
    assert_eq!(io::Error::from(cloudabi_sys::Errno(9999)).kind(), ErrorKind::Other);
}
