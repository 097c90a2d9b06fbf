//! `fd_read`, which reads sockets as it reads anything else, but for one thing: it does not read past a point where
//! descriptors are attached, either. They are lost with the byte that they came with, and what follows belongs to the
//! same piece.

use std::os::fd::AsFd;

use cloudabi_host::types::Errno;

use super::message::{self, Seen};
use super::pieces::part;
use super::stream;
use crate::runtime::object::Object;
use crate::runtime::raw::{self, Piece};

/// Reads what there is. How many bytes.
#[inline(always)]
pub fn read(object: &Object, pieces: &[Piece]) -> Result<u64, Errno> {
    // A single byte has nothing behind it.
    if !object.is_local_stream() || matches!(pieces, [one] if one.size() < 2) {
        return raw::read(object.as_fd(), pieces);
    }
    read_from_stream(object, pieces)
}

fn read_from_stream(object: &Object, pieces: &[Piece]) -> Result<u64, Errno> {
    let fd = object.as_fd();
    let total = pieces.iter().map(|piece| piece.size()).sum();
    if total < 2 {
        return raw::read(fd, pieces);
    }
    // Looking at one byte shows whether descriptors come anywhere behind it.
    match message::look(fd, &[Piece::of(&mut [0])], 0)? {
        Seen { attached: false, .. } => raw::read(fd, pieces),
        Seen { attached: true, .. } => {
            let mut done = stream::receive(fd, pieces, total, 0)?.bytes;
            while done > 0 && done < total {
                match stream::more(fd, &part(pieces, done, total - done)) {
                    Ok(bytes @ 1..) => done += bytes,
                    // What was read counts more than what is wrong with the rest.
                    _ => break,
                }
            }
            Ok(done)
        }
    }
}
