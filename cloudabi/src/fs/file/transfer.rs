//! Reading and writing where the file stands.

use super::File;
use crate::io::{self, IoSlice, IoSliceMut, Read, Seek, SeekFrom, Write};
use crate::os::AsFd as _;

macro_rules! transfer {
    ($($ty:ty)*) => {
        $(
            impl Read for $ty {
                fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
                    io::fd::read(self.as_fd(), buffer)
                }

                fn read_vectored(&mut self, buffers: &mut [IoSliceMut<'_>]) -> io::Result<usize> {
                    io::fd::read_vectored(self.as_fd(), buffers)
                }
            }

            impl Write for $ty {
                fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
                    io::fd::write(self.as_fd(), bytes)
                }

                fn flush(&mut self) -> io::Result<()> {
                    Ok(())
                }

                fn write_vectored(&mut self, pieces: &[IoSlice<'_>]) -> io::Result<usize> {
                    io::fd::write_vectored(self.as_fd(), pieces)
                }
            }

            impl Seek for $ty {
                fn seek(&mut self, position: SeekFrom) -> io::Result<u64> {
                    io::fd::seek(self.as_fd(), position)
                }
            }
        )*
    };
}

transfer! { File &File }
