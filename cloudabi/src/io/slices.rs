//! Pieces of memory to read into and to write from, as the host takes them.

use core::fmt;
use core::marker::PhantomData;
use core::ops::{Deref, DerefMut};

use cloudabi_sys::{Ciovec, Iovec};

/// Memory to write from.
///
/// ```
/// use cloudabi::io::IoSlice;
///
/// let pieces = [IoSlice::new(b"hello, "), IoSlice::new(b"world\n")];
/// assert_eq!(pieces.iter().map(|piece| piece.len()).sum::<usize>(), 13);
/// ```
#[derive(Clone, Copy)]
#[repr(transparent)]
pub struct IoSlice<'a> {
    vector: Ciovec,
    bytes: PhantomData<&'a [u8]>,
}

// SAFETY: it stands for a shared slice of bytes.
unsafe impl Send for IoSlice<'_> {}
// SAFETY: as above.
unsafe impl Sync for IoSlice<'_> {}

impl<'a> IoSlice<'a> {
    /// These bytes.
    ///
    /// ```
    /// # use cloudabi::io::IoSlice;
    /// assert_eq!(IoSlice::new(b"abc").len(), 3);
    /// ```
    pub const fn new(bytes: &'a [u8]) -> Self {
        IoSlice { vector: Ciovec { buf: bytes.as_ptr().cast(), buf_len: bytes.len() }, bytes: PhantomData }
    }

    /// The bytes.
    ///
    /// ```
    /// # use cloudabi::io::IoSlice;
    /// assert_eq!(IoSlice::new(b"abc").as_slice(), b"abc");
    /// ```
    pub const fn as_slice(&self) -> &'a [u8] {
        // SAFETY: it was made of such a slice.
        unsafe { core::slice::from_raw_parts(self.vector.buf.cast(), self.vector.buf_len) }
    }

    /// Leaves out the first bytes of all pieces together, and the pieces that are empty then.
    ///
    /// ```
    /// use cloudabi::io::IoSlice;
    ///
    /// let mut pieces = [IoSlice::new(b"abc"), IoSlice::new(b"def")];
    /// let mut rest = &mut pieces[..];
    /// IoSlice::advance_slices(&mut rest, 4);
    /// assert_eq!(rest.len(), 1);
    /// assert_eq!(&rest[0][..], b"ef");
    /// ```
    ///
    /// # Panics
    ///
    /// If there are fewer bytes.
    pub fn advance_slices(pieces: &mut &mut [IoSlice<'a>], mut count: usize) {
        let gone = pieces
            .iter()
            .take_while(|piece| {
                let whole = piece.len() <= count;
                if whole {
                    count -= piece.len();
                }
                whole
            })
            .count();
        *pieces = &mut core::mem::take(pieces)[gone..];
        match pieces.first_mut() {
            Some(first) => *first = IoSlice::new(&first.as_slice()[count..]),
            None => assert_eq!(count, 0, "more bytes than there are"),
        }
    }

    pub(crate) const fn as_raw<'b>(pieces: &'b [IoSlice<'a>]) -> &'b [Ciovec] {
        // SAFETY: it is a transparent wrapper.
        unsafe { core::slice::from_raw_parts(pieces.as_ptr().cast(), pieces.len()) }
    }
}

impl Deref for IoSlice<'_> {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.as_slice()
    }
}

impl fmt::Debug for IoSlice<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_slice().fmt(f)
    }
}

/// Memory to read into.
///
/// ```
/// use cloudabi::io::IoSliceMut;
///
/// let mut bytes = [0; 4];
/// let mut piece = IoSliceMut::new(&mut bytes);
/// piece[0] = 1;
/// assert_eq!(bytes, [1, 0, 0, 0]);
/// ```
#[repr(transparent)]
pub struct IoSliceMut<'a> {
    vector: Iovec,
    bytes: PhantomData<&'a mut [u8]>,
}

// SAFETY: it stands for an exclusive slice of bytes.
unsafe impl Send for IoSliceMut<'_> {}
// SAFETY: as above.
unsafe impl Sync for IoSliceMut<'_> {}

impl<'a> IoSliceMut<'a> {
    /// These bytes.
    ///
    /// ```
    /// # use cloudabi::io::IoSliceMut;
    /// let mut bytes = [0; 2];
    /// IoSliceMut::new(&mut bytes).fill(7);
    /// assert_eq!(bytes, [7, 7]);
    /// ```
    pub const fn new(bytes: &'a mut [u8]) -> Self {
        IoSliceMut {
            vector: Iovec { buf: bytes.as_mut_ptr().cast(), buf_len: bytes.len() },
            bytes: PhantomData,
        }
    }

    pub(crate) const fn as_raw<'b>(pieces: &'b mut [IoSliceMut<'a>]) -> &'b [Iovec] {
        // SAFETY: it is a transparent wrapper.
        unsafe { core::slice::from_raw_parts(pieces.as_ptr().cast(), pieces.len()) }
    }
}

impl Deref for IoSliceMut<'_> {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        // SAFETY: it was made of such a slice.
        unsafe { core::slice::from_raw_parts(self.vector.buf.cast(), self.vector.buf_len) }
    }
}

impl DerefMut for IoSliceMut<'_> {
    fn deref_mut(&mut self) -> &mut [u8] {
        // SAFETY: it was made of such a slice, and is borrowed exclusively.
        unsafe { core::slice::from_raw_parts_mut(self.vector.buf.cast(), self.vector.buf_len) }
    }
}

impl fmt::Debug for IoSliceMut<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}
