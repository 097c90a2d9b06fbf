//! One bad pointer.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use core::mem::offset_of;

use cloudabi_sys::{Ciovec, Errno, Fd, Iovec, Mflags, Mprot, RecvIn, Rights, SendIn, Threadattr};

use super::call::Invocation;
use super::sample;
use crate::call_info::{AccessInfo, CallInfo, TypeInfo};
use crate::calls::{self, memory};
use crate::environment::Environment;
use crate::report::{Ending, Outcome, failed};

/// What can be wrong with an address.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
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
    /// All, with their names.
    pub const ALL: [(Kind, &str); 4] = [
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
    pub fn addresses(self, environment: &Environment, access: AccessInfo) -> Result<Vec<usize>, Ending> {
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
        let TypeInfo::Pointer { to: TypeInfo::Named(structure), .. } = input.ty else { continue };
        let element = if buffer.length.is_some() { "[]" } else { "" };
        let start = Place { text: format!("{}{element}", input.name), way: Vec::new() };
        for (Place { text, way }, access) in start.members(structure) {
            each(text, access, &|address, _| {
                let good = invocation(environment, call)?;
                let mut place = good.words.get(index).copied().unwrap_or_default();
                for (depth, offset) in way.iter().enumerate() {
                    let member = core::ptr::with_exposed_provenance_mut::<usize>(place + offset);
                    // SAFETY: the sample is a structure of this type that nobody else uses, and its pointers are good.
                    unsafe {
                        match depth + 1 == way.len() {
                            true => member.write(address),
                            false => place = member.read(),
                        }
                    }
                }
                faults(&good, address, &[])
            });
        }
    }
    for (index, output) in call.outputs.iter().enumerate() {
        each(output.name.into(), AccessInfo::Write, &|address, _| {
            let good = invocation(environment, call)?;
            faults(&good.with(call.inputs.len() + index, address), address, &[])
        });
    }
}

/// A structure that a call gets.
struct Place {
    /// As the definition writes the way there.
    text: String,
    /// Offsets of the pointers that lead there.
    way: Vec<usize>,
}

/// Pointers in structures: the structure, the member, its offset, what calls do with the memory there, and what
/// structures are in it.
const MEMBERS: &[(&str, &str, usize, AccessInfo, &str)] = &[
    ("iovec", "buf", offset_of!(Iovec, buf), AccessInfo::Write, ""),
    ("ciovec", "buf", offset_of!(Ciovec, buf), AccessInfo::Read, ""),
    ("send_in", "si_data", offset_of!(SendIn, si_data), AccessInfo::Read, "ciovec"),
    ("send_in", "si_fds", offset_of!(SendIn, si_fds), AccessInfo::Read, ""),
    ("recv_in", "ri_data", offset_of!(RecvIn, ri_data), AccessInfo::Read, "iovec"),
    ("recv_in", "ri_fds", offset_of!(RecvIn, ri_fds), AccessInfo::Write, ""),
    ("threadattr", "entry_point", offset_of!(Threadattr, entry_point), AccessInfo::Read, ""),
    ("threadattr", "stack", offset_of!(Threadattr, stack), AccessInfo::Write, ""),
];

impl Place {
    /// Pointers in it and in what these lead to.
    fn members(&self, structure: &str) -> Vec<(Place, AccessInfo)> {
        let mut all = Vec::new();
        for (_, name, offset, access, to) in MEMBERS.iter().filter(|(of, ..)| *of == structure) {
            let member = Place {
                text: format!("{}.{name}", self.text),
                way: self.way.iter().copied().chain([*offset]).collect(),
            };
            let inside = Place { text: format!("{}[]", member.text), way: member.way.clone() };
            let inside = inside.members(to);
            all.push((member, *access));
            all.extend(inside);
        }
        all
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
