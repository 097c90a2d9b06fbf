//! A hostile program: does what a script in its arguments says, by system calls of Linux's that it makes itself.
//!
//! Its arguments are a map: `script`, `output` and whatever else is granted. A script has one statement in a line; numbers
//! are decimal. It works with variables of one letter and with one piece of memory.
//!
//! | statement | what it does |
//! | --- | --- |
//! | `a = NUMBER VALUE…` | makes a system call |
//! | `a = through NUMBER VALUE…` | makes one by an instruction in the runtime's code |
//! | `a = first NUMBER VALUE…` | has the process's first thread make one, by a signal |
//! | `int80 NUMBER VALUE…` | makes one by the entry for 32-bit programs |
//! | `set OFFSET VALUE`, `set4 OFFSET VALUE` | writes 8 or 4 bytes to the memory |
//! | `text OFFSET "…"` | writes text to the memory |
//! | `load a OFFSET`, `load4 a OFFSET` | reads 8 or 4 bytes from the memory |
//! | `print OFFSET VALUE` | writes so many bytes of the memory to `output` |
//! | `show a` | writes a variable to `output` |
//! | `if a VALUE`, `unless a VALUE` … `end` | does what is in between only if it equals the value, or does not |
//! | `sweep FIRST LAST` | makes every system call in between with arguments that mean nothing, shows which ones exist |
//! | `exec` | replaces the program, through the ABI, by itself with the script `next`, `output`, and the directory `sub` in `directory` |
//! | `exec-aside` | the same on a second thread, while the first one sleeps in a call |
//! | `overwrite` | writes over memory of the runtime's |
//! | `fill OFFSET SIZE VALUE` | writes a byte many times to the memory |
//! | `series VALUE SIZE COUNT OFFSET` | sends so many messages of so many bytes of the memory to a socket, each with its number, of 4 bytes, at OFFSET |
//! | `flood VALUE SIZE WHO` | sends so many bytes to a socket, without an end and without waiting for room; WHO gets a byte after a thousand times |
//! | `count` | writes how many descriptors are open to `output` |
//! | `spin MILLISECONDS` | uses processor time |
//! | `crash` | ends by a signal that nobody handles |
//! | `exit` | ends |
//!
//! A value is a number, `$a` for a variable, `@OFFSET` for an address in the memory, `"text"` for the address of a text, or
//! `dir`, `file`, `sock`, `fifo`, `chr` with a digit for the Linux number of the first, second … descriptor of that kind.

#![no_std]
#![no_main]

extern crate alloc;

use alloc::string::String;
use alloc::vec::Vec;
#[cfg_attr(not(target_arch = "x86_64"), allow(dead_code))]
mod calls;
#[cfg(target_arch = "x86_64")]
mod signals;

use core::ffi::c_void;
use core::fmt::Write as _;

use calls::{ENOSYS, FCNTL, FSTAT, SENDTO, WRITE, call, call_32, spin, thread_block};
use cloudabi_sys::*;
use guest::Output;
#[cfg(target_arch = "x86_64")]
use signals::{call_on_first_thread, call_through_runtime};

const ROOM: usize = 1 << 16;

guest::main!(|start| {
    let arguments = start.arguments();
    let (Some(output), Some(script)) = (
        arguments.get("output").and_then(|value| value.descriptor()),
        arguments.get("script").and_then(|value| value.string()),
    ) else {
        return 2;
    };
    let mut attacker = Attacker {
        output: Output(output),
        variables: [0; 26],
        memory: alloc::vec![0_u8; ROOM],
        next: arguments.get("next").and_then(|value| value.string()).unwrap_or_default().into(),
        directory: arguments.get("directory").and_then(|value| value.descriptor()),
        program: arguments.get("program").and_then(|value| value.descriptor()),
        texts: Vec::new(),
    };
    match attacker.run(script) {
        Some(()) => 0,
        None => 3,
    }
});

struct Attacker {
    output: Output,
    variables: [i64; 26],
    memory: Vec<u8>,
    next: String,
    directory: Option<Fd>,
    program: Option<Fd>,
    texts: Vec<Vec<u8>>,
}

/// The Linux number of a descriptor of a kind.
fn descriptor(kind: u32, index: u32) -> i64 {
    let mut stat = [0_u64; 18];
    let mut left = index;
    for fd in 0..256 {
        if call(FSTAT, &[fd, stat.as_mut_ptr().addr() as i64]) == 0
            && stat[calls::STAT_MODE] as u32 & 0o170_000 == kind
        {
            if left == 0 {
                return fd;
            }
            left -= 1;
        }
    }
    -1
}

impl Attacker {
    fn run(&mut self, script: &str) -> Option<()> {
        let mut skipping = false;
        for line in script.lines().map(str::trim).filter(|line| !line.is_empty()) {
            if line == "end" {
                skipping = false;
                continue;
            }
            if skipping {
                continue;
            }
            if let Some((name, rest)) = line.split_once(" = ") {
                let (make, rest): (fn(i64, &[i64]) -> i64, _) = match rest.split_once(' ') {
                    Some(("through", rest)) => (call_through_runtime, rest),
                    Some(("first", rest)) => (call_on_first_thread, rest),
                    _ => (call, rest),
                };
                let words = self.values(rest)?;
                let (number, arguments) = words.split_first()?;
                *self.variable(name)? = make(*number, arguments);
                continue;
            }
            let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
            match word {
                "set" | "set4" => {
                    let [at, value] = self.values(rest)?[..] else { return None };
                    let size = if word == "set" { 8 } else { 4 };
                    let place = self.memory.get_mut(at as usize..at as usize + size)?;
                    place.copy_from_slice(&value.to_le_bytes()[..size]);
                }
                "text" => {
                    let (at, text) = rest.split_once(' ')?;
                    let at: usize = at.parse().ok()?;
                    let text = text.trim_matches('"').as_bytes();
                    self.memory.get_mut(at..at + text.len())?.copy_from_slice(text);
                }
                "fill" => {
                    let [at, size, value] = self.values(rest)?[..] else { return None };
                    self.memory.get_mut(at as usize..(at + size) as usize)?.fill(value as u8);
                }
                "load" | "load4" => {
                    let (name, at) = rest.split_once(' ')?;
                    let at: usize = at.parse().ok()?;
                    let size = if word == "load" { 8 } else { 4 };
                    let mut value = [0; 8];
                    value[..size].copy_from_slice(self.memory.get(at..at + size)?);
                    *self.variable(name)? = i64::from_le_bytes(value);
                }
                "print" => {
                    let [at, size] = self.values(rest)?[..] else { return None };
                    if size > 0 {
                        let size = (size as usize).min(ROOM - at as usize);
                        let _ = self.output.write_all(&self.memory[at as usize..at as usize + size]);
                    }
                }
                "show" => {
                    let value = *self.variable(rest)?;
                    let _ = writeln!(self.output, "{rest}={value}");
                }
                "if" | "unless" => {
                    let (name, value) = rest.split_once(' ')?;
                    let [value] = self.values(value)?[..] else { return None };
                    skipping = (*self.variable(name)? == value) != (word == "if");
                }
                "int80" => {
                    let words = self.values(rest)?;
                    let (number, arguments) = words.split_first()?;
                    let result = call_32(*number, arguments);
                    let _ = writeln!(self.output, "int80={result}");
                }
                "sweep" => {
                    let [first, last] = self.values(rest)?[..] else { return None };
                    for number in first..=last {
                        let result = call(number, &[-1; 6]);
                        if result != ENOSYS {
                            let _ = writeln!(self.output, "exists {number} {result}");
                        }
                    }
                }
                "overwrite" => overwrite(),
                "flood" => {
                    let [socket, size, who] = self.values(rest)?[..] else { return None };
                    self.flood(socket, size, who);
                }
                "series" => {
                    let [socket, size, count, at] = self.values(rest)?[..] else { return None };
                    self.series(socket, size, count, at as usize)?;
                }
                "count" => {
                    let _ = writeln!(self.output, "open={}", open_descriptors());
                }
                "spin" => spin(rest.parse().ok()?),
                "crash" => crash(),
                "exec" => self.exec()?,
                "exec-aside" => return self.exec_aside(),
                "exit" => return Some(()),
                _ => return None,
            }
        }
        Some(())
    }

    fn variable(&mut self, name: &str) -> Option<&mut i64> {
        match name.as_bytes() {
            [letter @ b'a'..=b'z'] => Some(&mut self.variables[usize::from(letter - b'a')]),
            _ => None,
        }
    }

    fn values(&mut self, text: &str) -> Option<Vec<i64>> {
        let mut values = Vec::new();
        let mut rest = text.trim();
        while !rest.is_empty() {
            let value;
            if let Some(quoted) = rest.strip_prefix('"') {
                let (text, after) = quoted.split_once('"')?;
                let mut bytes = Vec::from(text.as_bytes());
                bytes.push(0);
                value = bytes.as_ptr().addr() as i64;
                self.texts.push(bytes);
                rest = after.trim_start();
            } else {
                let (word, after) = rest.split_once(' ').unwrap_or((rest, ""));
                rest = after.trim_start();
                value = self.value(word)?;
            }
            values.push(value);
        }
        Some(values)
    }

    fn value(&mut self, word: &str) -> Option<i64> {
        if let Some(name) = word.strip_prefix('$') {
            return self.variable(name).copied();
        }
        if let Some(offset) = word.strip_prefix('@') {
            return Some(self.memory.as_mut_ptr().addr() as i64 + offset.parse::<i64>().ok()?);
        }
        let kinds = [
            ("dir", 0o040_000),
            ("file", 0o100_000),
            ("sock", 0o140_000),
            ("fifo", 0o010_000),
            ("chr", 0o020_000),
        ];
        for (name, kind) in kinds {
            if let Some(index) = word.strip_prefix(name) {
                return Some(descriptor(kind, index.parse().ok()?));
            }
        }
        word.parse().ok()
    }

    /// Sends messages for as long as the process is there.
    fn flood(&self, socket: i64, size: i64, who: i64) {
        const MSG_DONTWAIT: i64 = 0x40;
        let bytes = self.memory.as_ptr().addr() as i64;
        for sent in 0_u64.. {
            call(SENDTO, &[socket, bytes, size, MSG_DONTWAIT, 0, 0]);
            if sent == 1000 {
                call(WRITE, &[who, bytes, 1]);
            }
        }
    }

    /// Sends messages that differ in a number, each when there is room for it.
    fn series(&mut self, socket: i64, size: i64, count: i64, at: usize) -> Option<()> {
        for number in 0..count {
            self.memory.get_mut(at..at + 4)?.copy_from_slice(&(number as u32).to_le_bytes());
            call(SENDTO, &[socket, self.memory.as_ptr().addr() as i64, size, 0, 0, 0]);
        }
        Some(())
    }

    /// Does so on another thread.
    fn exec_aside(&mut self) -> Option<()> {
        // SAFETY: the thread that has it does not come back from here.
        exec_aside(unsafe { &mut *core::ptr::from_mut(self) })
    }

    /// Replaces the program, as a program does that means no harm.
    fn exec(&mut self) -> Option<()> {
        let (directory, program) = (self.directory?, self.program?);
        // SAFETY: nothing is passed.
        let stat = unsafe { fd_stat_get(directory) }.ok()?;
        let rights = stat.fs_rights_inheriting;
        // Of these, what a directory that is opened for reading can serve.
        let for_writing =
            Rights::FD_WRITE | Rights::FILE_ALLOCATE | Rights::FD_DATASYNC | Rights::FILE_STAT_FPUT_SIZE;
        let base = rights.difference(for_writing);
        let wanted = Fdstat { fs_rights_base: base, fs_rights_inheriting: rights, ..Fdstat::ZERO };
        let lookup = Lookup { fd: directory, flags: Lookupflags::empty() };
        // SAFETY: all that is passed lives on.
        let sub = unsafe { file_open(lookup, b"sub", Oflags::DIRECTORY, &wanted) };
        let sub = match sub {
            Ok(sub) => sub,
            Err(error) => {
                let _ = writeln!(self.output, "no sub: {}", error.0);
                return None;
            }
        };
        let mut data = alloc::vec![6_u8];
        let string = |text: &str| [b"\x08", text.as_bytes(), b"\0"].concat();
        let entries = [
            ("output", alloc::vec![3, 0, 0, 0, 0]),
            ("directory", alloc::vec![3, 0, 0, 0, 1]),
            ("script", string(&self.next)),
        ];
        for (key, value) in entries {
            for bytes in [string(key), value] {
                let length = bytes.len();
                if length >= 1 << 14 {
                    data.push((length >> 14) as u8 & 0x7f);
                }
                if length >= 128 {
                    data.push((length >> 7) as u8 & 0x7f);
                }
                data.push(length as u8 & 0x7f | 0x80);
                data.extend_from_slice(&bytes);
            }
        }
        // SAFETY: all that is passed lives on.
        let error = unsafe { proc_exec(program, &data, &[self.output.0, sub]) }.err()?;
        let _ = writeln!(self.output, "no exec: {}", error.0);
        None
    }
}

/// Writes over the runtime's memory: the block of this thread.
fn overwrite() {
    let block = thread_block();
    // Whatever is there: garbage from here on.
    for index in 0..4 {
        // SAFETY: it is an attack.
        unsafe { block.add(index).write_volatile(0x4141_4141_4141) };
    }
}

/// Ends by a signal.
fn crash() {
    // SAFETY: it is an attack.
    unsafe {
        #[cfg(target_arch = "x86_64")]
        core::arch::asm!("ud2");
        #[cfg(target_arch = "aarch64")]
        core::arch::asm!("udf #0");
    }
}

/// It takes knowledge of the processor's registers, which is there for x86-64 alone.
#[cfg(not(target_arch = "x86_64"))]
fn call_through_runtime(_: i64, _: &[i64]) -> i64 {
    ENOSYS
}

/// As with [`call_through_runtime`].
#[cfg(not(target_arch = "x86_64"))]
fn call_on_first_thread(_: i64, _: &[i64]) -> i64 {
    ENOSYS
}

/// How many descriptors are open.
fn open_descriptors() -> usize {
    const F_GETFD: i64 = 1;
    (0..1024).filter(|fd| call(FCNTL, &[*fd, F_GETFD]) >= 0).count()
}

/// Replaces the program on a thread of its own, as [`Attacker::exec`] does, while this one sleeps.
fn exec_aside(attacker: &'static mut Attacker) -> ! {
    const STACK: usize = 256 << 10;
    unsafe extern "C" fn aside(_: Tid, attacker: *mut c_void) {
        // SAFETY: it is passed below, and nobody else uses it any more.
        let attacker = unsafe { &mut *attacker.cast::<Attacker>() };
        attacker.exec();
        loop {
            // SAFETY: nothing is passed.
            let _ = unsafe { thread_yield() };
        }
    }
    let stack = alloc::vec![0_u8; STACK].leak();
    let attributes = Threadattr {
        entry_point: Some(aside),
        stack: stack.as_mut_ptr().cast(),
        stack_len: STACK,
        argument: core::ptr::from_mut(attacker).cast(),
    };
    // SAFETY: all that is passed lives on.
    let _ = unsafe { thread_create(&attributes) };
    loop {
        let _ = guest::sync::sleep(1_000_000_000_000);
    }
}
