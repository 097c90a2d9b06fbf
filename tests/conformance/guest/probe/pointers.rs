//! One bad pointer.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use cloudabi_sys::{Ciovec, Errno, Fd, Mflags, Mprot, Rights};

use super::call::{Invocation, leak};
use super::sample;
use crate::call_info::{AccessInfo, CallInfo, TypeInfo};
use crate::calls::{self, memory};
use crate::environment::Environment;
use crate::report::{Ending, Outcome, failed};

/// What can be wrong with an address.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Nothing is mapped there.
    Unmapped,
    /// What is mapped there cannot be written.
    ReadOnly,
    /// It does not belong to programs.
    Outside,
    /// The end of the address space comes before the end of the memory.
    Wraps,
}

impl Kind {
    const ALL: [(Kind, &str); 4] = [
        (Kind::Unmapped, "unmapped"),
        (Kind::ReadOnly, "read-only"),
        (Kind::Outside, "outside"),
        (Kind::Wraps, "wraps"),
    ];

    /// Whether it is an error for this use of memory.
    fn matters(self, access: AccessInfo) -> bool {
        match self {
            Kind::Unmapped => access != AccessInfo::Address,
            Kind::ReadOnly => matches!(access, AccessInfo::Write | AccessInfo::ReadWrite),
            Kind::Outside | Kind::Wraps => true,
        }
    }

    /// Addresses of this kind, multiples of the page size but for the last kind.
    fn addresses(self, environment: &Environment, access: AccessInfo) -> Result<Vec<usize>, Ending> {
        let page = environment.start.page_size();
        let map = |prot| {
            let flags = Mflags::ANON | Mflags::PRIVATE;
            calls::map(page, prot, flags, Fd::MAP_ANON_FD, 0).map(<*mut u8>::expose_provenance)
        };
        Ok(match self {
            Kind::Unmapped => {
                let hole = map(Mprot::READ)?;
                memory::unmap(core::ptr::with_exposed_provenance_mut(hole), page)?;
                Vec::from([map(Mprot::empty())?, hole])
            }
            Kind::ReadOnly => Vec::from([map(Mprot::READ)?]),
            // The first pages; the last ones of the lower half, where the host's stack may be; no canonical address
            // on x86-64; the upper half.
            Kind::Outside => Vec::from([
                0,
                page,
                0x7fff_ffff_0000,
                0x7fff_ffff_e000,
                0x8000_0000_0000,
                0xffff_8000_0000_0000,
            ]),
            Kind::Wraps if access == AccessInfo::Address => Vec::from([0usize.wrapping_sub(page)]),
            Kind::Wraps => Vec::from([usize::MAX - 3, usize::MAX - 7]),
        })
    }
}

/// A test for each kind of bad address in each pointer that the call takes, for outputs too.
pub fn all(environment: &Environment, call: &CallInfo, run: &mut dyn FnMut(&str, &dyn Fn() -> Outcome)) {
    let mut each = |text: String, access: AccessInfo, try_one: &dyn Fn(usize, Kind) -> Outcome| {
        for (kind, name) in Kind::ALL {
            if kind.matters(access) {
                run(&format!("{}/pointer/{text}/{name}", call.name), &|| {
                    for address in kind.addresses(environment, access)? {
                        try_one(address, kind)?;
                    }
                    Ok(())
                });
            }
        }
    };
    for (index, input) in call.inputs.iter().enumerate() {
        let Some(buffer) = input.buffer else { continue };
        each(input.name.into(), buffer.access, &|address, kind| {
            let mut bad = invocation(environment, call)?.with(index, address);
            // The range that is handled has to be longer than what is left of the address space.
            if kind == Kind::Wraps && buffer.access == AccessInfo::Address {
                let length = buffer.length.unwrap_or(index + 1);
                bad = bad.with(length, 4 * environment.start.page_size());
            }
            faults(&bad, address, &[])?;
            if kind == Kind::Wraps
                && let Some(length) = buffer.length
            {
                let good = invocation(environment, call)?;
                faults(&good.with(length, usize::MAX), usize::MAX, &[Errno::INVAL, Errno::NAMETOOLONG])?;
            }
            Ok(())
        });
        let access = match input.ty {
            TypeInfo::Pointer { to: TypeInfo::Named("iovec"), .. } => AccessInfo::Write,
            TypeInfo::Pointer { to: TypeInfo::Named("ciovec"), .. } => AccessInfo::Read,
            _ => continue,
        };
        each(format!("{}[].buf", input.name), access, &|address, _| {
            let piece = Ciovec { buf: core::ptr::with_exposed_provenance(address), buf_len: 16 };
            faults(&invocation(environment, call)?.with(index, leak(piece).expose_provenance()), address, &[])
        });
    }
    for (index, output) in call.outputs.iter().enumerate() {
        each(output.name.into(), AccessInfo::Write, &|address, _| {
            let good = invocation(environment, call)?;
            faults(&good.with(call.inputs.len() + index, address), address, &[])
        });
    }
}

fn invocation(environment: &Environment, call: &CallInfo) -> Result<Invocation, Ending> {
    Invocation::new(environment, call, sample::inputs(environment, call.name, Rights::empty())?)
}

fn faults(bad: &Invocation, word: usize, also: &[Errno]) -> Outcome {
    match bad.call() {
        Err(error) if error == Errno::FAULT || also.contains(&error) => Ok(()),
        Err(error) => Err(failed(format!("with {word:#x}: got the error `{error}`, expected `fault`"))),
        Ok(()) => Err(failed(format!("with {word:#x}: succeeded, expected the error `fault`"))),
    }
}
