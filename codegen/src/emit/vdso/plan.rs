//! What a trap stub has to do for a call, apart from how a processor spells it.

use super::placement::{self, Argument, CallingConvention, Place};
use crate::model::{Call, Model};

/// Where a kernel finds arguments and leaves results.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KernelView {
    /// Arguments are where C put them; results come back in result registers, one word each. The kernel reads
    /// at most `inputs` words, and from registers alone if `registers_only`.
    AsInC {
        /// Whether it reads registers and no stack.
        registers_only: bool,
    },
    /// Arguments are in a block of 8-byte slots; results come back in its first two slots.
    Block,
}

/// Result words or slots that a kernel has.
const RESULTS: usize = 2;

/// Bytes of a slot in a block.
pub const SLOT: u32 = 8;

/// What a trap stub does for a call: fills a block, keeps pointers, traps, and stores results.
pub struct Plan<'m> {
    /// The call.
    pub call: &'m Call,
    /// The inputs, where C put them.
    pub inputs: Vec<Argument<'m>>,
    /// What to store after success. Empty for a call that does not return.
    pub outputs: Vec<Output<'m>>,
    /// Bytes of the argument block; 0 for kernels that want none.
    pub block: u32,
    /// What to write into the block before the trap.
    pub fills: Vec<Fill>,
}

/// A result and where it goes.
pub struct Output<'m> {
    /// The parameter's name.
    pub name: &'m str,
    /// Size in bytes of the result.
    pub bytes: u32,
    /// Where C put the pointer to where it goes.
    pub pointer: Place,
    /// If the pointer is in a register, and so lost when the kernel runs: which of the words that the
    /// stub keeps on the stack holds it meanwhile.
    pub kept: Option<usize>,
    /// The stores, lowest address first.
    pub stores: Vec<Store>,
}

/// A store of a result, or of a word of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Store {
    /// Result register, or byte offset in the block.
    pub from: ResultPlace,
    /// How many bytes: 1, 2, 4 or 8.
    pub bytes: u32,
    /// Bytes above the pointer.
    pub offset: u32,
}

/// Where a kernel left a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResultPlace {
    /// In the result register of this index.
    Register(usize),
    /// In the block, at this offset in bytes.
    Block(u32),
}

/// A write of one word into the block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fill {
    /// Offset in bytes in the block.
    pub at: u32,
    /// Where the word comes from; `None`: it becomes zero.
    pub from: Option<Place>,
}

impl<'m> Plan<'m> {
    /// Plans the stub of a call. `None` if the kernel's convention cannot carry the call.
    pub fn new(
        model: &Model,
        call: &'m Call,
        convention: &CallingConvention,
        kernel: KernelView,
    ) -> Option<Self> {
        let arguments = placement::place(model, call, convention)?;
        if let KernelView::AsInC { registers_only: true } = kernel {
            let inputs = arguments.inputs.iter().flat_map(|input| &input.words);
            let limit = convention.registers.len().min(KERNEL_REGISTERS);
            if inputs.into_iter().any(|word| !matches!(word, Place::Register(r) if *r < limit)) {
                return None;
            }
        }
        let (block, fills) = match kernel {
            KernelView::AsInC { .. } => (0, Vec::new()),
            KernelView::Block => {
                (SLOT * arguments.inputs.len().max(RESULTS) as u32, fills(&arguments.inputs, convention.word))
            }
        };
        let mut outputs = Vec::new();
        if !call.noreturn {
            let mut kept = 0;
            let mut results = 0;
            for (output, argument) in call.outputs.iter().zip(&arguments.outputs) {
                let (bytes, _) = placement::size_and_align(model, &output.ty, convention.word)?;
                let pointer = argument.words[0];
                let keep = matches!(pointer, Place::Register(_)).then_some(kept);
                kept += usize::from(keep.is_some());
                let stores = stores(bytes, convention.word, kernel, &mut results)?;
                outputs.push(Output { name: &output.name, bytes, pointer, kept: keep, stores });
            }
            if results > RESULTS {
                return None;
            }
        }
        Some(Plan { call, inputs: arguments.inputs, outputs, block, fills })
    }

    /// The outputs whose pointers the stub keeps on the stack while the kernel runs, with the register
    /// that each came in.
    pub fn kept(&self) -> impl DoubleEndedIterator<Item = (&Output<'m>, usize)> {
        self.outputs.iter().filter_map(|output| match (output.kept, output.pointer) {
            (Some(_), Place::Register(register)) => Some((output, register)),
            _ => None,
        })
    }
}

/// Argument registers that kernels of 64-bit machines read.
const KERNEL_REGISTERS: usize = 6;

/// One slot per input, in order. What is an address in the program gets its upper half cleared; the upper half
/// of other slots that are not full is not read.
fn fills(inputs: &[Argument<'_>], word: u32) -> Vec<Fill> {
    let mut fills = Vec::new();
    for (index, input) in inputs.iter().enumerate() {
        let slot = index as u32 * SLOT;
        for (index, place) in input.words.iter().enumerate() {
            fills.push(Fill { at: slot + index as u32 * word, from: Some(*place) });
        }
        if input.is_address {
            fills.push(Fill { at: slot + word, from: None });
        }
    }
    fills
}

/// The stores of a result of this size. `results` counts result words or slots taken so far.
fn stores(bytes: u32, word: u32, kernel: KernelView, results: &mut usize) -> Option<Vec<Store>> {
    if !matches!(bytes, 1 | 2 | 4 | 8) {
        return None;
    }
    let first = *results;
    let words = bytes.div_ceil(word) as usize;
    *results += if kernel == KernelView::Block { 1 } else { words };
    let stores = (0..words).map(|index| {
        let offset = index as u32 * word;
        let from = match kernel {
            KernelView::Block => ResultPlace::Block(first as u32 * SLOT + offset),
            KernelView::AsInC { .. } => ResultPlace::Register(first + index),
        };
        Store { from, bytes: bytes.min(word), offset }
    });
    Some(stores.collect())
}
