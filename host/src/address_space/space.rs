//! The region of a program's memory, and the calls that map, unmap and protect.

use super::errors;
use super::{Guest, Layout, Pages, Spare, System, Wanted, check_mapping};
use crate::memory::{Fault, GuestMemory as _, GuestRange, Region};
use crate::types::{Advice, Errno, Mflags, Mprot, Msflags};
use std::fmt;
use std::hash::{BuildHasher as _, RandomState};
use std::io;
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// How large a region is asked for first, in bytes.
const LARGEST: u64 = 1 << 40;

/// The smallest region worth having, in bytes.
const SMALLEST: u64 = 1 << 28;

/// Regions begin at multiples of this, so that as few page tables as possible are shared with anything else.
const ALIGNMENT: u64 = 1 << 30;

/// Bounds of the addresses among which a random one is chosen for the region. They exist on machines with 47 bits of
/// address for processes, and keep away from both ends, where executables, libraries and stacks go.
const CANDIDATES: Range<u64> = 1 << 40..1 << 46;

/// How many random addresses are tried before the kernel may choose.
const TRIES: u32 = 8;

/// The program's memory: a region of addresses that is reserved for it, and what is mapped there.
///
/// The region stays reserved until the process ends, whatever becomes of this value: [`Guest`] relies on that.
///
/// All methods may be called by several threads at once.
pub struct AddressSpace<S: System> {
    guest: Guest,
    record: Mutex<Record<S>>,
    random: Random,
}

/// What changes when memory is mapped and unmapped.
struct Record<S: System> {
    layout: Layout,
    spare: S::Spare,
}

/// What [`AddressSpace::map`] is to map.
#[derive(Clone, Copy, Debug)]
pub struct MapRequest<F> {
    /// Where: exactly with [`Mflags::FIXED`], otherwise a hint; 0 for none.
    pub address: u64,
    /// How many bytes.
    pub size: u64,
    /// What may be done with the memory at first.
    pub prot: Mprot,
    /// How to map.
    pub flags: Mflags,
    /// The file or shared memory; `None` with [`Mflags::ANON`].
    pub file: Option<F>,
    /// Where in the file the mapping begins, in bytes.
    pub offset: u64,
    /// What [`AddressSpace::protect`] may ever allow. See
    /// [`maximum_protection`](super::maximum_protection) for what rights give.
    pub maximum: Mprot,
}

impl<S: System> fmt::Debug for AddressSpace<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AddressSpace").field("layout", &self.lock().layout).finish_non_exhaustive()
    }
}

impl<S: System> AddressSpace<S> {
    /// Reserves a region at a random place: as large a one as the system gives, up to 1 TiB.
    ///
    /// # Errors
    /// What `mmap` says if not even a small region is to be had.
    pub fn reserve() -> io::Result<Self> {
        Self::reserve_at_most(LARGEST)
    }

    /// Reserves a region of at most so many bytes, a power of two.
    ///
    /// # Errors
    /// As for [`AddressSpace::reserve`].
    pub fn reserve_at_most(largest: u64) -> io::Result<Self> {
        let random = Random::default();
        let mut size = largest;
        let base = loop {
            match reserve_somewhere::<S>(size, &random) {
                Ok(base) => break base,
                Err(error) if size / 2 < SMALLEST.min(largest) => return Err(error),
                Err(_) => size /= 2,
            }
        };
        let page_size = S::page_size();
        let (region, layout) = Region::new(base, size)
            .and_then(|region| Some((region, Layout::new(region, page_size)?)))
            .ok_or(io::ErrorKind::InvalidInput)?;
        // SAFETY: the region was free a moment ago, is now reserved for good, and only the program's memory is ever
        // mapped there.
        let guest = unsafe { Guest::new(region) };
        let record = Mutex::new(Record { layout, spare: S::Spare::default() });
        Ok(AddressSpace { guest, record, random })
    }

    /// Access to the program's memory.
    pub fn guest(&self) -> Guest {
        self.guest
    }

    /// The addresses of the program.
    pub fn region(&self) -> Region {
        self.guest.region()
    }

    /// How many ranges of pages are mapped; neighbours with the same maximum of protection are one.
    pub fn len(&self) -> usize {
        self.lock().layout.len()
    }

    /// Whether nothing is mapped.
    pub fn is_empty(&self) -> bool {
        self.lock().layout.is_empty()
    }

    /// What is mapped, in order of address: the first address, the one behind the last, and the maximum of protection.
    pub fn mapped(&self) -> Vec<(Range<u64>, Mprot)> {
        self.lock().layout.iter().collect()
    }

    /// Serves [`mem_map`](crate::syscalls::Syscalls::mem_map) and gives the address of the mapping.
    ///
    /// # Errors
    /// As documented there. Memory that would get more protection than the maximum is [`Errno::ACCES`]; that the
    /// descriptor carries the rights for what is asked for is the caller's to check.
    pub fn map(&self, request: MapRequest<S::File<'_>>) -> Result<u64, Errno> {
        let mut record = self.lock();
        record.spare.restore();
        self.map_in(&mut record, request)
    }

    /// As [`AddressSpace::map`], for what a program starts with. It keeps nothing in reserve for unmapping.
    ///
    /// # Errors
    /// As for [`AddressSpace::map`].
    pub fn map_at_start(&self, request: MapRequest<S::File<'_>>) -> Result<u64, Errno> {
        self.map_in(&mut self.lock(), request)
    }

    fn map_in(&self, record: &mut Record<S>, request: MapRequest<S::File<'_>>) -> Result<u64, Errno> {
        let MapRequest { address, size, prot, flags, file, offset, maximum } = request;
        let layout = &mut record.layout;
        check_mapping(layout.page_size(), size, prot, maximum, flags, offset)?;
        let file = match (flags.contains(Mflags::ANON), file) {
            (true, None) => None,
            (false, Some(file)) => Some((file, offset)),
            (true, Some(_)) => return Err(Errno::INVAL),
            (false, None) => return Err(Errno::BADF),
        };
        let wanted = if flags.contains(Mflags::FIXED) { Wanted::At(address) } else { Wanted::Near(address) };
        let pages = layout.place(wanted, size, &mut || self.random.next())?;
        // SAFETY: a layout gives pages of the region only.
        if let Err(error) = unsafe { S::map(&pages, prot, flags, file) } {
            record.fill_hole(&pages);
            return Err(errors::of_map(error));
        }
        layout.map(&pages, maximum);
        Ok(pages.address())
    }

    /// Serves [`mem_unmap`](crate::syscalls::Syscalls::mem_unmap).
    ///
    /// # Errors
    /// As documented there.
    pub fn unmap(&self, range: GuestRange) -> Result<(), Errno> {
        if range.is_empty() {
            return Err(Errno::INVAL);
        }
        let mut record = self.lock();
        let pages = record.layout.pages(range)?;
        record.unmap(&pages)
    }

    /// Serves [`mem_protect`](crate::syscalls::Syscalls::mem_protect).
    ///
    /// # Errors
    /// As documented there.
    pub fn protect(&self, range: GuestRange, prot: Mprot) -> Result<(), Errno> {
        // The lock is held during the system call: otherwise these could be pages of another mapping by then, whose
        // maximum is lower.
        let record = self.lock();
        let pages = record.layout.pages(range)?;
        record.layout.check_protect(&pages, prot)?;
        if pages.is_empty() {
            return Ok(());
        }
        // SAFETY: a layout gives pages of the region only.
        unsafe { S::protect(&pages, prot) }.map_err(errors::of_protect)
    }

    /// Serves [`mem_sync`](crate::syscalls::Syscalls::mem_sync). Where part of the range is not mapped, the
    /// rest is written all the same.
    ///
    /// # Errors
    /// As documented there.
    pub fn sync(&self, range: GuestRange, flags: Msflags) -> Result<(), Errno> {
        if flags.contains(Msflags::ASYNC) == flags.contains(Msflags::SYNC) {
            return Err(Errno::INVAL);
        }
        let (pages, mapped) = self.look_up(range)?;
        if !pages.is_empty() {
            S::sync(&pages, flags).map_err(errors::of_sync)?;
        }
        mapped
    }

    /// Serves [`mem_advise`](crate::syscalls::Syscalls::mem_advise).
    ///
    /// # Errors
    /// As documented there.
    pub fn advise(&self, range: GuestRange, advice: Advice) -> Result<(), Errno> {
        if advice == Advice::NOREUSE || !advice.is_defined() {
            return Err(Errno::INVAL);
        }
        let (pages, mapped) = self.look_up(range)?;
        if !pages.is_empty()
            && let Err(Errno::IO) = S::advise(&pages, advice)
        {
            return Err(Errno::IO);
        }
        // Other errors mean that the kernel cannot follow the advice, which it need not.
        mapped
    }

    /// Unmaps everything.
    ///
    /// # Errors
    /// [`Errno::NOMEM`]
    pub fn clear(&self) -> Result<(), Errno> {
        let mut record = self.lock();
        let region = self.region();
        let pages = record.layout.pages(region.range(region.base(), region.size())?)?;
        record.unmap(&pages)
    }

    /// Unmaps everything but these ranges of whole pages, which are in ascending order.
    ///
    /// # Errors
    /// [`Errno::NOMEM`], and then part of it may be unmapped.
    pub fn unmap_all_but(&self, kept: &[Range<u64>]) -> Result<(), Errno> {
        let mut record = self.lock();
        let region = self.region();
        let end = region.base() + region.size();
        let mut first = region.base();
        for (start, next) in kept.iter().map(|range| (range.start, range.end)).chain([(end, end)]) {
            let size = start.checked_sub(first).ok_or(Errno::INVAL)?;
            let pages = record.layout.pages(region.range(first, size)?)?;
            if record.layout.is_in_use(&pages) {
                record.unmap(&pages)?;
            } else if !pages.is_empty() {
                // What is there without being recorded goes as well.
                // SAFETY: a layout gives pages of the region only.
                unsafe { S::unmap(&pages) }.map_err(errors::of_unmap)?;
            }
            first = next;
        }
        Ok(())
    }

    /// Keeps other threads from changing what is mapped. This is for `fork`: what a child process copies must not be in
    /// the middle of a change. Both processes drop the hold, and the holder itself changes nothing meanwhile.
    pub fn hold(&self) -> impl Drop + use<'_, S> {
        self.lock()
    }

    /// Chooses other addresses from here on than the process that this one was copied from.
    pub fn reseed(&self, seed: u64) {
        self.random.salt.store(seed, Ordering::Relaxed);
    }

    /// Finds an address, a multiple of `alignment`, from which `size` bytes are free. They are not taken: until
    /// they are mapped, another thread can get them.
    ///
    /// # Errors
    /// [`Errno::NOMEM`] if there is no room for so much.
    pub fn find_room(&self, size: u64, alignment: u64) -> Result<u64, Errno> {
        let mut record = self.lock();
        let layout = &mut record.layout;
        let slack = alignment.saturating_sub(layout.page_size());
        let size = size.max(1).checked_add(slack).ok_or(Errno::NOMEM)?;
        let pages = layout.place(Wanted::Near(0), size, &mut || self.random.next())?;
        Ok(pages.address().next_multiple_of(alignment.max(1)))
    }

    /// Takes so many bytes and gives their address. They stay inaccessible until something is mapped in their place.
    ///
    /// # Errors
    /// [`Errno::NOMEM`] if there is no room for so much.
    pub fn take(&self, size: u64) -> Result<u64, Errno> {
        let mut record = self.lock();
        let layout = &mut record.layout;
        let pages = layout.place(Wanted::Near(0), size.max(1), &mut || self.random.next())?;
        // What is free is inaccessible already.
        layout.map(&pages, Mprot::empty());
        Ok(pages.address())
    }

    /// Maps fresh memory that holds these bytes and then zeros up to the end of the page, and gives its address. Its
    /// protection can never become more than `prot`.
    ///
    /// # Errors
    /// [`Errno::NOMEM`] if there is no room, and [`Errno::ACCES`] if the system does not allow this protection.
    pub fn map_bytes(&self, bytes: &[u8], prot: Mprot) -> Result<u64, Errno> {
        let mut record = self.lock();
        let layout = &mut record.layout;
        let size = (bytes.len() as u64).max(1);
        let pages = layout.place(Wanted::Near(0), size, &mut || self.random.next())?;
        let range = self.region().range(pages.address(), bytes.len() as u64)?;
        let fill = || {
            let flags = Mflags::ANON | Mflags::PRIVATE;
            // SAFETY: a layout gives pages of the region only.
            unsafe { S::map(&pages, Mprot::READ | Mprot::WRITE, flags, None) }.map_err(errors::of_map)?;
            self.guest.copy_out(range, bytes)?;
            // SAFETY: as above.
            unsafe { S::protect(&pages, prot) }.map_err(errors::of_protect)
        };
        layout.map(&pages, prot);
        match fill() {
            Ok(()) => Ok(pages.address()),
            // If unmapping fails too, they stay recorded as in use.
            Err(error) => record.unmap(&pages).and(Err(error)),
        }
    }

    /// Changes the protection of pages of the program's image, and with it how far it may ever go.
    pub(super) fn set_protection(&self, range: GuestRange, prot: Mprot, maximum: Mprot) -> Result<(), Errno> {
        let mut record = self.lock();
        let layout = &mut record.layout;
        let pages = layout.pages(range)?;
        layout.check_mapped(&pages)?;
        // SAFETY: a layout gives pages of the region only.
        unsafe { S::protect(&pages, prot) }.map_err(errors::of_protect)?;
        layout.map(&pages, maximum);
        Ok(())
    }

    /// The range of so many bytes from this address.
    pub(super) fn range(&self, address: u64, size: u64) -> Result<GuestRange, Fault> {
        self.region().range(address, size)
    }

    /// The pages of a range, and whether all of them are mapped at this moment.
    fn look_up(&self, range: GuestRange) -> Result<(Pages, Result<(), Errno>), Errno> {
        let record = self.lock();
        let pages = record.layout.pages(range)?;
        let mapped = record.layout.check_mapped(&pages);
        Ok((pages, mapped))
    }

    /// The record. It is changed only after what it says has become true, so a thread that panicked did no harm.
    fn lock(&self) -> MutexGuard<'_, Record<S>> {
        self.record.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<S: System> Record<S> {
    /// Unmaps these pages and records it. [`Errno::NOMEM`] if the system cannot.
    fn unmap(&mut self, pages: &Pages) -> Result<(), Errno> {
        if !self.layout.is_in_use(pages) {
            return Ok(());
        }
        // SAFETY: a layout gives pages of the region only.
        let attempt = || unsafe { S::unmap(pages) };
        let mut result = attempt();
        if result.is_err() && self.spare.release() {
            result = attempt();
        }
        self.spare.restore();
        match result {
            Ok(()) => {
                self.layout.unmap(pages);
                Ok(())
            }
            Err(error) => {
                self.fill_hole(pages);
                Err(errors::of_unmap(error))
            }
        }
    }

    /// Makes up for an `mmap` that failed half-way: some systems have by then removed what was there, and what is
    /// free could be taken by anybody in the process.
    fn fill_hole(&mut self, pages: &Pages) {
        if S::is_whole(pages) {
            return;
        }
        // SAFETY: a layout gives pages of the region only.
        match unsafe { S::unmap(pages) } {
            Ok(()) => self.layout.unmap(pages),
            // Then they are at least not used for anything of the program's.
            Err(_) => self.layout.map(pages, Mprot::empty()),
        }
    }
}

/// Reserves a region of this size at a random place, or where the kernel likes.
fn reserve_somewhere<S: System>(size: u64, random: &Random) -> io::Result<u64> {
    let places = (CANDIDATES.end - CANDIDATES.start).saturating_sub(size) / ALIGNMENT + 1;
    for _ in 0..TRIES {
        let place = CANDIDATES.start + random.next() % places * ALIGNMENT;
        if let Ok(base) = S::reserve(place, size) {
            return Ok(base);
        }
    }
    S::reserve(0, size)
}

/// Numbers that cannot be foretold: a counter, hashed with a key from the system, and with what tells processes with
/// the same key apart.
#[derive(Debug, Default)]
struct Random {
    key: RandomState,
    salt: AtomicU64,
    count: AtomicU64,
}

impl Random {
    fn next(&self) -> u64 {
        self.key.hash_one((self.salt.load(Ordering::Relaxed), self.count.fetch_add(1, Ordering::Relaxed)))
    }
}
