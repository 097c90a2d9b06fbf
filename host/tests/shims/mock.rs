//! A runtime that does nothing but record what reaches it.

use super::guest::TestMemory;
use cloudabi_host::memory::{GuestAtomic, GuestRange, GuestRef, GuestSlice, GuestSliceMut, Plain};
use cloudabi_host::runtime::Runtime;
use cloudabi_host::syscalls::{Descriptors, NeededRights, Syscalls};
use cloudabi_host::types::{self, *};
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::sync::mpsc::Sender;

thread_local! {
    static IGNORES_RIGHTS: Cell<bool> = const { Cell::new(false) };
}

/// Runs a check with the mistake that rights are not looked at.
pub fn ignoring_rights<T>(check: impl FnOnce() -> T) -> T {
    IGNORES_RIGHTS.set(true);
    let result = check();
    IGNORES_RIGHTS.set(false);
    result
}

/// An argument as a method got it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// A number or a structure: its bytes.
    Bytes(Vec<u8>),
    /// The descriptor that was looked up for this number.
    Descriptor(u32),
    /// No descriptor, since its condition does not hold.
    NoDescriptor,
    /// A place in memory: what kind, address and size in bytes.
    Place(&'static str, u64, u64),
}

/// What a call that never returns says at its end: calls of methods, and what was left to do.
pub type LastWords = (Vec<Recorded>, String);

/// A call of a method.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// The method.
    pub name: &'static str,
    /// Its arguments.
    pub arguments: Vec<Value>,
}

/// The runtime.
pub struct Mock {
    /// The program's memory.
    pub memory: TestMemory,
    /// Open descriptors with the rights that they carry, and those that descriptors made from them can inherit.
    pub open: RefCell<BTreeMap<u32, (u64, u64)>>,
    /// Every call of a method.
    pub recorded: RefCell<Vec<Recorded>>,
    /// What methods return instead of results.
    pub error: Cell<Option<u16>>,
    /// Where calls that never return say what they got, and then wait forever.
    pub left: RefCell<Option<Sender<LastWords>>>,
}

impl Mock {
    /// A runtime without descriptors.
    pub fn new() -> Self {
        Mock {
            memory: TestMemory::new(),
            open: RefCell::default(),
            recorded: RefCell::default(),
            error: Cell::new(None),
            left: RefCell::new(None),
        }
    }

    fn record(&self, name: &'static str, arguments: Vec<Value>) -> Result<(), Errno> {
        self.recorded.borrow_mut().push(Recorded { name, arguments });
        self.error.get().map_or(Ok(()), |error| Err(Errno(error)))
    }
}

/// The result with this index: bytes that tell where they come from.
pub fn marked<T: Plain>(index: usize) -> T {
    let mut value = T::ZERO;
    for (offset, byte) in cloudabi_host::memory::bytes_mut(&mut value).iter_mut().enumerate() {
        *byte = marked_byte(index, offset);
    }
    value
}

/// A byte of the result with this index.
pub fn marked_byte(index: usize, offset: usize) -> u8 {
    (0x81 + index * 0x40 + offset * 7) as u8
}

impl Runtime for Mock {
    type Memory = TestMemory;
    type Exit = String;

    fn memory(&self) -> &TestMemory {
        &self.memory
    }

    fn leave(&self, exit: String) -> ! {
        if let Some(left) = self.left.borrow().as_ref() {
            let _ = left.send((self.recorded.borrow().clone(), exit));
        }
        loop {
            std::thread::park();
        }
    }
}

/// A descriptor that was looked up.
#[derive(Debug)]
pub struct Open(u32);

impl Descriptors for Mock {
    type Descriptor<'a> = Open;

    fn descriptor(&self, fd: Fd, needed: NeededRights) -> Result<Open, Errno> {
        let (carried, inheriting) = *self.open.borrow().get(&fd.0).ok_or(Errno::BADF)?;
        if IGNORES_RIGHTS.get() || needed.satisfied_by(Rights(carried), Rights(inheriting)) {
            Ok(Open(fd.0))
        } else {
            Err(Errno::NOTCAPABLE)
        }
    }
}

/// What can be recorded.
trait Record {
    fn value(&self) -> Value;
}

impl Record for Open {
    fn value(&self) -> Value {
        Value::Descriptor(self.0)
    }
}

impl Record for Option<Open> {
    fn value(&self) -> Value {
        self.as_ref().map_or(Value::NoDescriptor, Record::value)
    }
}

macro_rules! record_places {
    ($($place:ident)*) => { $(
        impl<T> Record for $place<T> {
            fn value(&self) -> Value {
                Value::Place(stringify!($place), self.range().address(), self.range().size())
            }
        }
    )* };
}

record_places!(GuestRef GuestAtomic GuestSlice GuestSliceMut);

impl Record for GuestRange {
    fn value(&self) -> Value {
        Value::Place("GuestRange", self.address(), self.size())
    }
}

macro_rules! record_bytes {
    ($($plain:ty)*) => { $(
        impl Record for $plain {
            fn value(&self) -> Value {
                Value::Bytes(self.as_bytes().to_vec())
            }
        }
    )* };
}

record_bytes!(u32 u64 i64 Advice Clockid Dircookie Fd Fdsflags Filetype Fsflags Lookupflags Mflags Mprot Msflags Oflags);
record_bytes!(Scope Sdflags Signal Ulflags Whence &Fdstat &Filestat &RecvIn &SendIn &Threadattr);

type D = Open;

/// The methods. (A wrong signature does not compile, so this also says what the generated ones must be.)
macro_rules! calls {
    ($($name:ident($($argument:ident: $ty:ty),*) -> [$($result:ty),*];)*) => {
        impl Syscalls for Mock {
            $(
                fn $name(&self, $($argument: $ty),*) -> Result<results!($($result),*), Errno> {
                    self.record(stringify!($name), vec![$($argument.value()),*])?;
                    Ok(marks!($($result),*))
                }
            )*

            fn proc_exit(&self, rval: Exitcode) -> String {
                let _ = self.record("proc_exit", vec![rval.value()]);
                "proc_exit".to_string()
            }

            fn thread_exit(&self, lock: u64, scope: types::Scope) -> String {
                let _ = self.record("thread_exit", vec![lock.value(), scope.value()]);
                "thread_exit".to_string()
            }

            fn refused(&self, call: u32, error: Errno) -> String {
                format!("refused {call} {}", error.0)
            }
        }
    };
}

macro_rules! results {
    ($only:ty) => { $only };
    ($($result:ty),*) => { ($($result),*) };
}

macro_rules! marks {
    () => {
        ()
    };
    ($only:ty) => {
        marked::<$only>(0)
    };
    ($first:ty, $second:ty) => {
        (marked::<$first>(0), marked::<$second>(1))
    };
}

calls! {
    clock_res_get(clock_id: Clockid) -> [Timestamp];
    clock_time_get(clock_id: Clockid, precision: Timestamp) -> [Timestamp];
    condvar_signal(condvar: GuestAtomic<Condvar>, scope: Scope, nwaiters: Nthreads) -> [];
    fd_close(fd: Fd) -> [];
    fd_create1(kind: Filetype) -> [Fd];
    fd_create2(kind: Filetype) -> [Fd, Fd];
    fd_datasync(fd: D) -> [];
    fd_dup(from: D) -> [Fd];
    fd_pread(fd: D, iovs: GuestSlice<Iovec>, offset: Filesize) -> [u64];
    fd_pwrite(fd: D, iovs: GuestSlice<Ciovec>, offset: Filesize) -> [u64];
    fd_read(fd: D, iovs: GuestSlice<Iovec>) -> [u64];
    fd_replace(from: D, to: Fd) -> [];
    fd_seek(fd: D, offset: Filedelta, whence: Whence) -> [Filesize];
    fd_stat_get(fd: D) -> [Fdstat];
    fd_stat_put(fd: D, buf: &Fdstat, flags: Fdsflags) -> [];
    fd_sync(fd: D) -> [];
    fd_write(fd: D, iovs: GuestSlice<Ciovec>) -> [u64];
    file_advise(fd: D, offset: Filesize, len: Filesize, advice: Advice) -> [];
    file_allocate(fd: D, offset: Filesize, len: Filesize) -> [];
    file_create(fd: D, path: GuestSlice<u8>, kind: Filetype) -> [];
    file_link(fd1: D, fd1_flags: Lookupflags, path1: GuestSlice<u8>, fd2: D, path2: GuestSlice<u8>) -> [];
    file_open(dirfd: D, flags: Lookupflags, path: GuestSlice<u8>, oflags: Oflags, fds: &Fdstat) -> [Fd];
    file_readdir(fd: D, buf: GuestSliceMut<u8>, cookie: Dircookie) -> [u64];
    file_readlink(fd: D, path: GuestSlice<u8>, buf: GuestSliceMut<u8>) -> [u64];
    file_rename(fd1: D, path1: GuestSlice<u8>, fd2: D, path2: GuestSlice<u8>) -> [];
    file_stat_fget(fd: D) -> [Filestat];
    file_stat_fput(fd: D, buf: &Filestat, flags: Fsflags) -> [];
    file_stat_get(fd: D, fd_flags: Lookupflags, path: GuestSlice<u8>) -> [Filestat];
    file_stat_put(fd: D, fd_flags: Lookupflags, path: GuestSlice<u8>, buf: &Filestat, flags: Fsflags) -> [];
    file_symlink(path1: GuestSlice<u8>, fd: D, path2: GuestSlice<u8>) -> [];
    file_unlink(fd: D, path: GuestSlice<u8>, flags: Ulflags) -> [];
    lock_unlock(lock: GuestAtomic<Lock>, scope: Scope) -> [];
    mem_advise(mapping: GuestRange, advice: Advice) -> [];
    mem_map(addr: u64, len: u64, prot: Mprot, flags: Mflags, fd: Option<D>, off: Filesize) -> [u64];
    mem_protect(mapping: GuestRange, prot: Mprot) -> [];
    mem_sync(mapping: GuestRange, flags: Msflags) -> [];
    mem_unmap(mapping: GuestRange) -> [];
    poll(subscriptions: GuestSlice<Subscription>, events: GuestSliceMut<Event>) -> [u64];
    proc_exec(fd: D, data: GuestSlice<u8>, fds: GuestSlice<Fd>) -> [];
    proc_fork() -> [Fd, Tid];
    proc_raise(sig: Signal) -> [];
    random_get(buf: GuestSliceMut<u8>) -> [];
    sock_recv(sock: D, input: &RecvIn) -> [RecvOut];
    sock_send(sock: D, input: &SendIn) -> [SendOut];
    sock_shutdown(sock: D, how: Sdflags) -> [];
    thread_create(attr: &Threadattr) -> [Tid];
    thread_yield() -> [];
}
