//! The emulation families: stubs that call a host's runtime in the same process.
//!
//! What stubs and runtime agree on is in [`crate::emit::contract`].

use super::listing::Listing;
use super::placement::{self, Argument, CallingConvention, Place};
use super::{aarch64, x86_64};
use crate::emit::contract;
use crate::model::{Call, Model};

/// A file of emulation stubs.
pub struct Family {
    /// The processor.
    pub architecture: &'static str,
    /// How C passes arguments there.
    pub convention: CallingConvention,
    /// How the processor's thread word, registers and stack take part, in Markdown.
    pub explanation: &'static str,
    /// Directive that aligns a function.
    pub align: &'static str,
    /// How comments write a stack argument this many bytes above the first.
    pub stack_argument: fn(u32) -> String,
    /// The instructions.
    pub body: fn(&mut Listing, &Frame),
}

/// What a stub puts on the host stack, and what it calls.
pub struct Frame {
    /// The call's number.
    pub number: u32,
    /// Whether the call comes back.
    pub noreturn: bool,
    /// Where each argument's slot comes from, first argument first.
    pub slots: Vec<Place>,
}

impl Frame {
    /// Bytes of all slots, rounded up to the stack's alignment.
    pub fn slot_bytes(&self) -> u64 {
        (self.slots.len() as u64 * 8).next_multiple_of(contract::STACK_ALIGNMENT)
    }
}

/// All of them, in the order in which their files are emitted.
pub const FAMILIES: [Family; 2] = [
    Family {
        architecture: "x86_64",
        convention: x86_64::CONVENTION,
        explanation: x86_64::EMULATED,
        align: x86_64::ALIGN,
        stack_argument: x86_64::TRAP.stack_argument,
        body: x86_64::emulated,
    },
    Family {
        architecture: "aarch64",
        convention: aarch64::CONVENTION,
        explanation: aarch64::EMULATED,
        align: aarch64::ALIGN,
        stack_argument: aarch64::TRAP.stack_argument,
        body: aarch64::emulated,
    },
];

/// The text of a family's file.
pub fn file(model: &Model, family: &Family) -> String {
    let mut explanation = format!(
        "{} system calls served in the same process: each stub calls a function of the host's runtime. {COMMON}\
         \n\nThe thread block, 8 bytes each:\n\n",
        model.title
    );
    for field in contract::THREAD_BLOCK {
        explanation.push_str(&format!("- {} `{}`: {}\n", field.offset, field.name, field.doc));
    }
    explanation.push_str(&format!("\n{}\n\n{SLOTS}", family.explanation));
    let mut listing = Listing::new(model, &explanation);
    let name = &model.name;
    listing.text().blank();
    listing.op(format_args!(".pushsection .text.{name}_vdso, \"ax\", %progbits"));
    listing.op(family.align);
    boundary(&mut listing, &format!("{name}_vdso_text_begin"));
    for call in &model.calls {
        match placement::place(model, call, &family.convention) {
            Some(arguments) => {
                let all: Vec<&Argument<'_>> = arguments.inputs.iter().chain(&arguments.outputs).collect();
                let rows = all.iter().enumerate().map(|(index, argument)| {
                    let place = match argument.words[0] {
                        Place::Register(register) => family.convention.registers[register].to_string(),
                        Place::Stack(offset) => (family.stack_argument)(offset),
                    };
                    let what = if index < arguments.inputs.len() { "" } else { "address of the result in " };
                    (argument.name.to_string(), format!("{what}{place}, to slot {index}"))
                });
                let rows = rows.collect::<Vec<_>>();
                let slots = all.iter().map(|argument| argument.words[0]).collect();
                let frame = Frame { number: call.number, noreturn: call.noreturn, slots };
                listing.function(model, call, family.align, &rows, |listing| (family.body)(listing, &frame));
            }
            None => listing.omitted(call),
        }
    }
    listing.text().blank();
    boundary(&mut listing, &format!("{name}_vdso_text_end"));
    listing.op(".popsection");
    listing.finish()
}

/// Whether a call has a stub in every family. A host that lists stubs does so for all processors at once.
pub fn has_stub(model: &Model, call: &Call) -> bool {
    FAMILIES.iter().all(|family| placement::place(model, call, &family.convention).is_some())
}

/// Marks the beginning or the end of all stubs, for a host that links this file and copies the stubs into an
/// image. Hidden, so that it is no symbol of the image where this file is linked into one.
fn boundary(listing: &mut Listing, label: &str) {
    listing.op(format_args!(".globl {label}"));
    listing.op(format_args!(".hidden {label}"));
    listing.margin(&format!("{label}:"));
}

/// What holds on all processors.
const COMMON: &str = "\
The guest calls a stub as a C function. Its thread word points to its thread control block, whose first word points to \
the thread block, which is the host's. The stub gives the thread word back to the host, changes to the host stack of this \
thread, since the guest's may be as small as 1 KiB and may be freed during the call, and calls the dispatch entry of \
the call's number with two arguments: the thread block, and the address of the slots. The entry returns the error \
number; it stores the results itself. Then the stub gives thread word and stack back to the guest.";

const SLOTS: &str = "\
Slots are 8 bytes each and hold the arguments of the C function in order: the inputs, then the addresses of the \
results. A structure passed by value is one slot. In a slot of a narrower argument the upper bits are whatever the \
register held, so the entry must cut them off.

This file has no relocations and refers to nothing outside it, so its code may be copied. It uses no macros and no \
preprocessor, and leaves the section as it was, so it serves as a file of its own as well as in Rust's \
`global_asm!` (option `raw`, on x86-64 also `att_syntax`).";
