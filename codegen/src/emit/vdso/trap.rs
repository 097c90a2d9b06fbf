//! The trap families: stubs for kernels that take this ABI's calls themselves.

use super::listing::Listing;
use super::placement::{CallingConvention, Place};
use super::plan::{KernelView, Plan, ResultPlace, SLOT};
use super::{aarch64, armv6, i686, x86_64};
use crate::model::Model;

/// A file of trap stubs.
pub struct Family {
    /// What its file is called after: `i686_on_64bit`.
    pub name: &'static str,
    /// The processor that programs are compiled for.
    pub architecture: &'static str,
    /// How C passes arguments there.
    pub convention: CallingConvention,
    /// Where the kernel finds arguments and leaves results.
    pub kernel: KernelView,
    /// What the file says about itself, in Markdown.
    pub explanation: &'static str,
    /// Directives before the first stub.
    pub prologue: &'static [&'static str],
    /// Directive that aligns a function.
    pub align: &'static str,
    /// How comments write a stack argument this many bytes above the first.
    pub stack_argument: fn(u32) -> String,
    /// The result registers.
    pub results: [&'static str; 2],
    /// An argument register (index) that the trap itself overwrites, and what the kernel reads instead.
    pub renamed: Option<(usize, &'static str)>,
    /// The instructions.
    pub body: fn(&mut Listing, &Plan<'_>),
}

/// All of them, in the order in which their files are emitted.
pub const FAMILIES: [Family; 6] =
    [x86_64::TRAP, aarch64::TRAP, i686::TRAP, armv6::TRAP, i686::TRAP_ON_64BIT, armv6::TRAP_ON_64BIT];

/// The text of a family's file.
pub fn file(model: &Model, family: &Family) -> String {
    let explanation = format!("{} system calls by trap: {}\n\n{COMMON}", model.title, family.explanation);
    let mut listing = Listing::new(model, &explanation);
    listing.text().blank();
    for directive in family.prologue {
        listing.op(directive);
    }
    listing.op(".text");
    for call in &model.calls {
        match Plan::new(model, call, &family.convention, family.kernel) {
            Some(plan) => {
                let rows = rows(family, &plan);
                listing.function(model, call, family.align, &rows, |listing| (family.body)(listing, &plan));
            }
            None => listing.omitted(call),
        }
    }
    listing.finish()
}

/// What carries each parameter.
fn rows(family: &Family, plan: &Plan<'_>) -> Vec<(String, String)> {
    let spell = |place: &Place| match place {
        Place::Register(index) => family.convention.registers[*index].to_string(),
        Place::Stack(offset) => (family.stack_argument)(*offset),
    };
    let mut rows = Vec::new();
    for (slot, input) in plan.inputs.iter().enumerate() {
        let mut what = input.words.iter().map(spell).collect::<Vec<_>>().join(" and ");
        match (family.kernel, family.renamed) {
            (KernelView::Block, _) => what.push_str(&format!(", to slot {slot}")),
            (_, Some((index, instead))) if input.words.contains(&Place::Register(index)) => {
                what.push_str(&format!(", to {instead}"));
            }
            _ => {}
        }
        rows.push((input.name.to_string(), what));
    }
    for output in &plan.outputs {
        let from = output.stores.iter().map(|store| match store.from {
            ResultPlace::Register(index) => family.results[index].to_string(),
            ResultPlace::Block(offset) => format!("slot {}", offset / SLOT),
        });
        let mut from = from.collect::<Vec<_>>();
        from.dedup();
        let what = format!(
            "result from {}, {} to the address in {}",
            from.join(" and "),
            if output.bytes == 1 { "1 byte".to_string() } else { format!("{} bytes", output.bytes) },
            spell(&output.pointer)
        );
        rows.push((output.name.to_string(), what));
    }
    rows
}

/// What holds for all trap families.
const COMMON: &str = "\
The C function returns the error number, 0 on success. Its results are stored through pointers that are passed \
after the inputs, each exactly as wide as its type, and nothing is stored on failure. A kernel may change every \
register that a C function may change, if it holds no result; so a pointer that came in a register is kept on the \
stack meanwhile. A call that does not return ends in an instruction that stops the program, should the kernel come \
back after all.";
