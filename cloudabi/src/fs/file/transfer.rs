//! Reading and writing where the file stands.

use super::File;
use crate::io::{self, Seek, SeekFrom};
use crate::os::AsFd as _;

io::fd::transfer! { File &File }

impl Seek for File {
    fn seek(&mut self, position: SeekFrom) -> io::Result<u64> {
        io::fd::seek(self.as_fd(), position)
    }
}

impl Seek for &File {
    fn seek(&mut self, position: SeekFrom) -> io::Result<u64> {
        io::fd::seek(self.as_fd(), position)
    }
}
