//! Memory that processes share.

use cloudabi_sys::{Filestat, Filetype, Fsflags, Mflags, Mprot};

use super::Shareable;
use super::map::Mapping;
use crate::io;
use crate::os::OwnedFd;

/// Memory without a name, for processes to share: whoever has the descriptor can map it.
///
/// ```no_run
/// use cloudabi::mem::SharedMemory;
/// use cloudabi::sync::{Mutex, Shared};
///
/// # fn main() -> cloudabi::io::Result<()> {
/// let map = SharedMemory::new(4096)?.map()?;
/// let count: &Mutex<u64, Shared> = map.get(0)?;
/// count.lock().update(|count| count + 1);
/// # Ok(()) }
/// ```
#[derive(Debug)]
pub struct SharedMemory {
    fd: OwnedFd,
}

impl SharedMemory {
    /// So many bytes, which are zero.
    ///
    /// ```no_run
    /// # use cloudabi::{io, mem::SharedMemory};
    /// fn page() -> io::Result<SharedMemory> {
    ///     SharedMemory::new(4096)
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// If the process has as many descriptors as it may have, or there is no memory.
    pub fn new(length: u64) -> io::Result<SharedMemory> {
        // SAFETY: the call changes nothing of the program's.
        let fd = unsafe { cloudabi_sys::fd_create1(Filetype::SHARED_MEMORY) }?;
        // SAFETY: it is new, and nobody else knows it.
        let memory = SharedMemory { fd: unsafe { OwnedFd::from_raw_fd(fd) } };
        let stat = Filestat { st_size: length, ..Filestat::ZERO };
        // SAFETY: it is open.
        unsafe { cloudabi_sys::file_stat_fput(fd, &stat, Fsflags::SIZE) }?;
        Ok(memory)
    }

    /// Its size in bytes.
    ///
    /// ```no_run
    /// # use cloudabi::{io, mem::SharedMemory};
    /// fn pages(memory: &SharedMemory) -> io::Result<u64> {
    ///     Ok(memory.len()?.div_ceil(4096))
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// [`NotCapable`](io::ErrorKind::NotCapable) if the descriptor is not to tell.
    pub fn len(&self) -> io::Result<u64> {
        // SAFETY: it is open.
        Ok(unsafe { cloudabi_sys::file_stat_fget(self.fd.as_raw_fd()) }?.st_size)
    }

    /// Whether it has no bytes.
    ///
    /// ```no_run
    /// # use cloudabi::{io, mem::SharedMemory};
    /// fn check(memory: &SharedMemory) -> io::Result<()> {
    ///     if memory.is_empty()? { Err(io::Error::other("nothing is shared")) } else { Ok(()) }
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`SharedMemory::len`].
    pub fn is_empty(&self) -> io::Result<bool> {
        Ok(self.len()? == 0)
    }

    /// Maps all of it. Should somebody make it smaller, using what is gone ends the program with the signal `bus`.
    ///
    /// ```no_run
    /// # use cloudabi::{io, mem::SharedMemory};
    /// # use core::sync::atomic::{AtomicBool, AtomicU8, Ordering};
    /// fn set(memory: &SharedMemory) -> io::Result<()> {
    ///     memory.map()?.get::<AtomicU8>(0)?.store(1, Ordering::Release);
    ///     Ok(())
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// [`NotCapable`](io::ErrorKind::NotCapable) if the descriptor does not allow it, and others.
    pub fn map(&self) -> io::Result<SharedMap> {
        let length = usize::try_from(self.len()?).map_err(|_| io::ErrorKind::OutOfMemory)?;
        let protection = Mprot::READ.union(Mprot::WRITE);
        Ok(SharedMap { mapping: Mapping::new(length, protection, Mflags::SHARED, self.fd.as_raw_fd(), 0)? })
    }
}

crate::args::descriptor_types! {
    SharedMemory: "shared memory", SHARED_MEMORY;
}

/// Shared memory as this process has it.
///
/// ```no_run
/// # use cloudabi::{io, mem::{SharedMap, SharedMemory}};
/// # use core::sync::atomic::{AtomicU64, Ordering};
/// fn count(memory: &SharedMemory) -> io::Result<u64> {
///     let map: SharedMap = memory.map()?;
///     Ok(map.get::<AtomicU64>(0)?.fetch_add(1, Ordering::Relaxed))
/// }
/// ```
#[derive(Debug)]
pub struct SharedMap {
    mapping: Mapping,
}

impl SharedMap {
    /// Fresh memory that processes share that this one makes with [`fork`](crate::process::fork()).
    ///
    /// ```no_run
    /// # use cloudabi::{io, mem::SharedMap, process::{Fork, exit, fork}, process::ExitCode};
    /// # use core::sync::atomic::{AtomicU32, Ordering};
    /// fn answer() -> io::Result<u32> {
    ///     let map = SharedMap::anonymous(4096)?;
    ///     let value: &AtomicU32 = map.get(0)?;
    ///     match fork()? {
    ///         Fork::Child => {
    ///             value.store(42, Ordering::Relaxed);
    ///             exit(ExitCode::SUCCESS)
    ///         }
    ///         Fork::Parent(child) => child.wait()?,
    ///     };
    ///     Ok(value.load(Ordering::Relaxed))
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// [`OutOfMemory`](io::ErrorKind::OutOfMemory)
    pub fn anonymous(length: usize) -> io::Result<SharedMap> {
        let (protection, flags) = (Mprot::READ.union(Mprot::WRITE), Mflags::ANON.union(Mflags::SHARED));
        Ok(SharedMap { mapping: Mapping::new(length, protection, flags, cloudabi_sys::Fd::MAP_ANON_FD, 0)? })
    }

    /// How many bytes it has.
    ///
    /// ```no_run
    /// # use cloudabi::mem::SharedMap;
    /// fn counters(map: &SharedMap) -> usize {
    ///     map.len() / size_of::<u64>()
    /// }
    /// ```
    pub fn len(&self) -> usize {
        self.mapping.len()
    }

    /// Whether it has no bytes.
    ///
    /// ```no_run
    /// # use cloudabi::mem::SharedMap;
    /// fn is_of_use(map: &SharedMap) -> bool {
    ///     !map.is_empty()
    /// }
    /// ```
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What lies so many bytes from the start. All who share the memory have to agree about it.
    ///
    /// ```no_run
    /// # use cloudabi::{io, mem::SharedMap, sync::{Mutex, Shared}};
    /// fn balance(map: &SharedMap) -> io::Result<u64> {
    ///     let balance: &Mutex<u64, Shared> = map.get(64)?;
    ///     Ok(balance.lock().get())
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](io::ErrorKind::InvalidInput) if it is not all there, or not aligned.
    pub fn get<T: Shareable>(&self, offset: usize) -> io::Result<&T> {
        self.mapping.check(offset, size_of::<T>())?;
        let place = self.mapping.as_ptr().wrapping_add(offset).cast::<T>();
        if !place.is_aligned() {
            return Err(io::Error::constant(io::ErrorKind::InvalidInput, "it is not aligned"));
        }
        // SAFETY: it is within the mapping and aligned, any bytes are such a value, and the type is made for others to
        // change it.
        Ok(unsafe { &*place })
    }

    pub(super) fn mapping(&self) -> &Mapping {
        &self.mapping
    }
}
