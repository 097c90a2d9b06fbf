//! The few functions of the CPU emulator library (libunicorn 2) that these tests need.
//!
//! The library is opened at run time. So a machine without it can still build and run the other tests, and
//! nobody builds an emulator from source to run these.

use cloudabi_test_support::any_path;
use libloading::Library;
use std::ffi::{c_char, c_int, c_void};
use std::path::{Path, PathBuf};

/// Where distributions put the library.
const PLACES: &[&str] = &[
    "/usr/lib/x86_64-linux-gnu/libunicorn.so.2",
    "/usr/lib/aarch64-linux-gnu/libunicorn.so.2",
    "/usr/lib64/libunicorn.so.2",
    "/usr/lib/libunicorn.so.2",
    "/usr/local/lib/libunicorn.so.2",
    "/opt/homebrew/lib/libunicorn.2.dylib",
    "/usr/local/lib/libunicorn.2.dylib",
];

/// The library's file, or `None` after recording that `test` did without it.
pub fn find(test: &str) -> Option<PathBuf> {
    any_path(PLACES, "libunicorn 2 (Debian: libunicorn2)", test)
}

/// `uc_arch` and `uc_mode` of a processor, and the ids of registers, as the library's headers number them.
pub mod ids {
    pub const ARCH_ARM: i32 = 1;
    pub const ARCH_ARM64: i32 = 2;
    pub const ARCH_X86: i32 = 4;
    pub const MODE_ARM: i32 = 0;
    pub const MODE_32: i32 = 4;
    pub const MODE_64: i32 = 8;
}

/// Memory may be read, written and executed: these tests compare what was written instead.
const PROTECTION_ALL: u32 = 7;

type Open = unsafe extern "C" fn(c_int, c_int, *mut *mut c_void) -> c_int;
type Close = unsafe extern "C" fn(*mut c_void) -> c_int;
type Map = unsafe extern "C" fn(*mut c_void, u64, usize, u32) -> c_int;
type Write = unsafe extern "C" fn(*mut c_void, u64, *const c_void, usize) -> c_int;
type Read = unsafe extern "C" fn(*mut c_void, u64, *mut c_void, usize) -> c_int;
type RegisterRead = unsafe extern "C" fn(*mut c_void, c_int, *mut c_void) -> c_int;
type RegisterWrite = unsafe extern "C" fn(*mut c_void, c_int, *const c_void) -> c_int;
type Start = unsafe extern "C" fn(*mut c_void, u64, u64, u64, usize) -> c_int;
type Describe = unsafe extern "C" fn(c_int) -> *const c_char;

/// An emulated processor with memory.
pub struct Engine {
    handle: *mut c_void,
    close: Close,
    map: Map,
    write: Write,
    read: Read,
    register_read: RegisterRead,
    register_write: RegisterWrite,
    start: Start,
    describe: Describe,
    // Last, so that it is unloaded last.
    _library: Library,
}

impl Engine {
    /// A processor without memory.
    ///
    /// # Panics
    /// Where the library lacks a function or refuses the processor.
    pub fn new(library: &Path, arch: i32, mode: i32) -> Self {
        // SAFETY: the library's initialisers have no requirements, and the functions are looked up under the
        // names and with the types that its header `unicorn/unicorn.h` (version 2) declares.
        unsafe {
            let library = Library::new(library).expect("libunicorn loads");
            let open: Open = *library.get(b"uc_open\0").expect("uc_open");
            let mut handle = std::ptr::null_mut();
            let error = open(arch, mode, &mut handle);
            assert_eq!(error, 0, "uc_open");
            Engine {
                handle,
                close: *library.get(b"uc_close\0").expect("uc_close"),
                map: *library.get(b"uc_mem_map\0").expect("uc_mem_map"),
                write: *library.get(b"uc_mem_write\0").expect("uc_mem_write"),
                read: *library.get(b"uc_mem_read\0").expect("uc_mem_read"),
                register_read: *library.get(b"uc_reg_read\0").expect("uc_reg_read"),
                register_write: *library.get(b"uc_reg_write\0").expect("uc_reg_write"),
                start: *library.get(b"uc_emu_start\0").expect("uc_emu_start"),
                describe: *library.get(b"uc_strerror\0").expect("uc_strerror"),
                _library: library,
            }
        }
    }

    /// Adds memory. `address` and `size` are multiples of 4096.
    ///
    /// # Panics
    /// Where the library refuses.
    pub fn map(&mut self, address: u64, size: usize) {
        // SAFETY: the handle is open; the library allocates the memory itself.
        let error = unsafe { (self.map)(self.handle, address, size, PROTECTION_ALL) };
        self.check(error, &format!("mapping {address:#x}")).unwrap();
    }

    /// Writes memory.
    pub fn write(&mut self, address: u64, bytes: &[u8]) -> Result<(), String> {
        // SAFETY: the handle is open, and the buffer is as long as said.
        let error = unsafe { (self.write)(self.handle, address, bytes.as_ptr().cast(), bytes.len()) };
        self.check(error, &format!("writing {address:#x}"))
    }

    /// Reads memory.
    pub fn read(&self, address: u64, length: usize) -> Result<Vec<u8>, String> {
        let mut bytes = vec![0; length];
        // SAFETY: the handle is open, and the buffer is as long as said.
        let error = unsafe { (self.read)(self.handle, address, bytes.as_mut_ptr().cast(), length) };
        self.check(error, &format!("reading {address:#x}"))?;
        Ok(bytes)
    }

    /// A register's value, zero-extended.
    ///
    /// # Panics
    /// Where there is no such register.
    pub fn register(&self, id: i32) -> u64 {
        // The library writes at most 8 bytes for the registers used here, 4 on 32-bit processors.
        let mut value = 0_u64;
        // SAFETY: the handle is open, and the value has room for 8 bytes.
        let error = unsafe { (self.register_read)(self.handle, id, (&raw mut value).cast()) };
        self.check(error, "reading a register").unwrap();
        value
    }

    /// Sets a register.
    ///
    /// # Panics
    /// Where there is no such register.
    pub fn set_register(&mut self, id: i32, value: u64) {
        // SAFETY: the handle is open, and the value has the 8 bytes that the library reads at most.
        let error = unsafe { (self.register_write)(self.handle, id, (&raw const value).cast()) };
        self.check(error, "writing a register").unwrap();
    }

    /// A vector register's value: up to 16 bytes.
    ///
    /// # Panics
    /// Where there is no such register.
    pub fn wide_register(&self, id: i32) -> u128 {
        let mut value = 0_u128;
        // SAFETY: the handle is open, and the library writes at most 16 bytes for the registers used here.
        let error = unsafe { (self.register_read)(self.handle, id, (&raw mut value).cast()) };
        self.check(error, "reading a register").unwrap();
        value
    }

    /// Sets a vector register.
    ///
    /// # Panics
    /// Where there is no such register.
    pub fn set_wide_register(&mut self, id: i32, value: u128) {
        // SAFETY: the handle is open, and the value has the 16 bytes that the library reads at most.
        let error = unsafe { (self.register_write)(self.handle, id, (&raw const value).cast()) };
        self.check(error, "writing a register").unwrap();
    }

    /// Executes one instruction.
    pub fn step(&mut self, pc: u64) -> Result<(), String> {
        // SAFETY: the handle is open. Address 0, where it would stop, is never executed; it stops after one
        // instruction.
        let error = unsafe { (self.start)(self.handle, pc, 0, 0, 1) };
        self.check(error, "executing")
    }

    fn check(&self, error: c_int, doing: &str) -> Result<(), String> {
        if error == 0 {
            return Ok(());
        }
        // SAFETY: the library returns a constant string for every number.
        let text = unsafe { std::ffi::CStr::from_ptr((self.describe)(error)) };
        Err(format!("{doing}: {}", text.to_string_lossy()))
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        // SAFETY: the handle is open and not used afterwards.
        unsafe {
            (self.close)(self.handle);
        }
    }
}
