//! What to say of a mistake that has ended a process of the program's.

mod symbols;

use std::fmt::Write as _;
use std::os::fd::AsFd;

use cloudabi_host::decode::{self, Outcome, Record, WordSize};
use cloudabi_linux_glue::launch::{Access, Cause, CodePlace, Crash};

pub use symbols::{Function, function_at};

/// In lines, for standard error: which signal it was and why, where, and the last call. `program` is how it was named.
///
/// The numbers come from a process that may be hostile, and the names from its executable: so none of them is printed with
/// anything that a terminal would understand.
pub fn text(program: &str, crash: &Crash, executable: impl AsFd) -> String {
    let function = match crash.place {
        CodePlace::Executable(address) => function_at(executable.as_fd(), address),
        _ => None,
    };
    lines(program, crash, function.as_ref())
}

fn lines(program: &str, crash: &Crash, function: Option<&Function>) -> String {
    let who = match crash.copy {
        Some(number) => format!("{program}: process {number} was"),
        None => format!("{program}:"),
    };
    let signal = name(crash.signal);
    let mut text = match crash.cause {
        Cause::Raised => {
            format!("cloudabi-run: {who} ended by {signal}, which it sent itself (proc_raise)\n")
        }
        Cause::Instruction { code, address, access } => {
            let why = why(crash.signal, code, address, access);
            format!("cloudabi-run: {who} killed by {signal}: {why}\n")
        }
    };
    // Writing to a string does not fail.
    let _ = writeln!(text, "cloudabi-run:   {}", place(crash, function));
    if let (Some((number, arguments)), Cause::Instruction { .. }) = (&crash.last_call, crash.cause) {
        let record = Record { number: *number, arguments, outcome: Outcome::Unknown };
        let _ = writeln!(text, "cloudabi-run:   last call: {}", decode::call(&(), WordSize::Bits64, &record));
    }
    text
}

fn place(crash: &Crash, function: Option<&Function>) -> String {
    let at = match crash.cause {
        Cause::Raised => "before",
        Cause::Instruction { .. } => "at",
    };
    match (crash.place, function) {
        (CodePlace::Executable(address), Some(Function { name, offset })) => {
            format!("in `{name}` + {offset:#x}, {at} {address:#x} of the executable")
        }
        (CodePlace::Executable(address), None) => format!("{at} {address:#x} of the executable"),
        (CodePlace::Another(address), _) => {
            format!("{at} {address:#x} of the program that it was replaced by")
        }
        (CodePlace::Vdso(offset), _) => format!("{at} {offset:#x} of the vDSO"),
        (CodePlace::Elsewhere(0), _) => "from where is not known".to_owned(),
        (CodePlace::Elsewhere(address), _) => format!("{at} {address:#x}, which is not in the program"),
    }
}

/// What an instruction did.
fn why(signal: i32, code: i32, address: u64, access: Option<Access>) -> String {
    // From asm-generic/siginfo.h.
    const UNMAPPED: i32 = 1;
    const FORBIDDEN: i32 = 2;
    const KERNEL: i32 = 0x80;
    let verb = match access {
        Some(Access::Read) => "it read from",
        Some(Access::Write) => "it wrote to",
        Some(Access::Execute) => "it jumped to",
        None => "it used",
    };
    match (signal, code) {
        (libc::SIGSEGV, UNMAPPED) if address == 0 => format!("{verb} a null pointer"),
        (libc::SIGSEGV, UNMAPPED) => format!("{verb} {address:#x}, where nothing is"),
        (libc::SIGSEGV, FORBIDDEN) => format!("{verb} {address:#x}, where it may not"),
        (libc::SIGSEGV, KERNEL) => "it used an address that there cannot be".to_owned(),
        (libc::SIGSEGV, _) => format!("{verb} {address:#x}"),
        (libc::SIGBUS, 2) => format!("it used {address:#x}, where the file behind the memory ends"),
        (libc::SIGBUS, _) => format!("it used {address:#x}"),
        (libc::SIGILL, _) => "it came to an instruction that there is not".to_owned(),
        (libc::SIGFPE, 1) => "it divided an integer by zero".to_owned(),
        (libc::SIGFPE, _) => "its arithmetic failed".to_owned(),
        (libc::SIGTRAP, _) => "it came to a breakpoint".to_owned(),
        _ => format!("code {code} at {address:#x}"),
    }
}

/// A signal's name.
fn name(signal: i32) -> String {
    let names = [
        (libc::SIGABRT, "SIGABRT"),
        (libc::SIGBUS, "SIGBUS"),
        (libc::SIGFPE, "SIGFPE"),
        (libc::SIGILL, "SIGILL"),
        (libc::SIGQUIT, "SIGQUIT"),
        (libc::SIGSEGV, "SIGSEGV"),
        (libc::SIGSYS, "SIGSYS"),
        (libc::SIGTRAP, "SIGTRAP"),
    ];
    let known = names.iter().find(|(number, _)| *number == signal);
    known.map_or_else(|| format!("signal {signal}"), |(_, name)| (*name).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(signal: i32, code: i32, address: u64, access: Option<Access>, place: CodePlace) -> Crash {
        Crash {
            copy: None,
            signal,
            cause: Cause::Instruction { code, address, access },
            place,
            last_call: None,
        }
    }

    #[test]
    fn mistakes_in_words() {
        use Access::{Execute, Read, Write};
        let here = CodePlace::Executable(0x1234);
        let raised = |signal, place| Crash { cause: Cause::Raised, ..fault(signal, 0, 0, None, place) };
        let function = Function { name: "server::parse".to_owned(), offset: 0x1c };
        let named = [
            fault(libc::SIGSEGV, 1, 0, Some(Read), here),
            Crash {
                last_call: Some((16, vec![1, 0x7000, 1, 0x7100])),
                ..fault(libc::SIGSEGV, 1, 8, Some(Write), here)
            },
            raised(libc::SIGABRT, here),
        ];
        let nameless = [
            fault(libc::SIGSEGV, 2, 0x7000, Some(Execute), CodePlace::Elsewhere(0x7000)),
            fault(libc::SIGSEGV, 0x80, 0, None, here),
            fault(libc::SIGBUS, 2, 0x8000, None, CodePlace::Another(0x10)),
            fault(libc::SIGILL, 2, 0x9000, None, CodePlace::Vdso(0x20)),
            fault(libc::SIGFPE, 1, 0, None, here),
            fault(libc::SIGFPE, 3, 0, None, here),
            fault(libc::SIGSEGV, 3, 8, Some(Read), here),
            fault(libc::SIGBUS, 1, 9, None, here),
            fault(libc::SIGTRAP, 1, 0, None, here),
            Crash { copy: Some(7), ..fault(libc::SIGSEGV, 1, 8, None, here) },
            raised(libc::SIGABRT, CodePlace::Elsewhere(0)),
            // Numbers that a hostile program has made up.
            Crash {
                copy: Some(u64::MAX),
                last_call: Some((9999, vec![1])),
                ..fault(-1, -1, 1, None, CodePlace::Elsewhere(1))
            },
        ];
        let mut text: String = named.iter().map(|crash| lines("./server", crash, Some(&function))).collect();
        text.extend(nameless.iter().map(|crash| lines("./server", crash, None)));
        insta::assert_snapshot!(text);
    }
}
