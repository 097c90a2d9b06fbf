//! Where a C compiler puts the arguments of a call.

use crate::model::{Call, Model, Primitive, TypeKind, TypeRef};

/// How C passes arguments on a processor.
pub struct CallingConvention {
    /// Bytes of a register and of a stack slot.
    pub word: u32,
    /// Registers that carry arguments, in order.
    pub registers: &'static [&'static str],
    /// Whether an argument with an alignment of 8 begins at an even register or at a multiple of 8 on the
    /// stack, and one of several words may begin in registers and end on the stack (32-bit Arm).
    pub aligned_pairs: bool,
}

/// Where a word of an argument is when a function is entered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// In the argument register of this index.
    Register(usize),
    /// On the stack, this many bytes above the first stack argument.
    Stack(u32),
}

/// An argument of the C function.
#[derive(Clone, Debug)]
pub struct Argument<'m> {
    /// The parameter's name.
    pub name: &'m str,
    /// Whether it is a pointer or a size: as wide as a word, and a 64-bit kernel takes it zero-extended.
    pub is_address: bool,
    /// Where its words are, lowest first. Never empty.
    pub words: Vec<Place>,
}

/// The arguments of a call's C function: inputs in order, then one pointer per output.
pub struct Arguments<'m> {
    /// The inputs.
    pub inputs: Vec<Argument<'m>>,
    /// The pointers to where the outputs go.
    pub outputs: Vec<Argument<'m>>,
}

/// The widest value that a call passes, in bytes: one slot of a kernel's argument block.
const WIDEST: u64 = 8;

/// Places the arguments of a call. `None` if one of them is wider than 8 bytes, which no kernel's convention
/// carries.
pub fn place<'m>(model: &Model, call: &'m Call, convention: &CallingConvention) -> Option<Arguments<'m>> {
    let mut next = Next { convention, register: 0, stack: 0 };
    let inputs = call
        .inputs
        .iter()
        .map(|input| {
            let (bytes, align) = size_and_align(model, &input.ty, convention.word)?;
            let is_address =
                matches!(input.ty, TypeRef::Pointer { .. } | TypeRef::Primitive(Primitive::Size));
            Some(Argument { name: &input.name, is_address, words: next.place(bytes, align) })
        })
        .collect::<Option<_>>()?;
    let outputs = call
        .outputs
        .iter()
        .map(|output| {
            let words = next.place(convention.word, convention.word);
            Argument { name: &output.name, is_address: true, words }
        })
        .collect();
    Some(Arguments { inputs, outputs })
}

/// Size and alignment in bytes of a parameter's type, as C passes it. `None` if it is wider than 8 bytes.
pub fn size_and_align(model: &Model, ty: &TypeRef, word: u32) -> Option<(u32, u32)> {
    let bits = word * 8;
    let (size, align) = match ty {
        TypeRef::Primitive(primitive) => (primitive.size().get(bits), primitive.size().get(bits)),
        TypeRef::Pointer { .. } => (word.into(), word.into()),
        TypeRef::Atomic(of) => return size_and_align(model, of, word),
        TypeRef::Array { of, count } => {
            let (size, align) = size_and_align(model, of, word)?;
            (u64::from(size).saturating_mul(*count), align.into())
        }
        TypeRef::Named(id) => match &model.ty(*id).kind {
            TypeKind::Number(number) => (number.repr.size().get(bits), number.repr.size().get(bits)),
            TypeKind::Struct(structure) => (structure.size.get(bits), structure.align.get(bits)),
            TypeKind::Function(_) => (word.into(), word.into()),
        },
    };
    if size > WIDEST {
        return None;
    }
    Some((u32::try_from(size).ok()?, u32::try_from(align).ok()?))
}

/// The next free register and stack slot.
struct Next<'c> {
    convention: &'c CallingConvention,
    register: usize,
    stack: u32,
}

impl Next<'_> {
    /// Takes as many words as a value of this size and alignment needs.
    fn place(&mut self, bytes: u32, align: u32) -> Vec<Place> {
        let CallingConvention { word, registers, aligned_pairs } = *self.convention;
        let words = bytes.div_ceil(word).max(1) as usize;
        let is_aligned = aligned_pairs && align > word;
        if is_aligned {
            self.register = self.register.next_multiple_of(2);
        }
        let left = registers.len().saturating_sub(self.register);
        let may_split = aligned_pairs && self.stack == 0;
        let in_registers = if words <= left || may_split { words.min(left) } else { 0 };
        let mut places: Vec<Place> = (0..in_registers).map(|i| Place::Register(self.register + i)).collect();
        self.register += in_registers;
        if in_registers < words {
            // Arguments never go back to registers once one has gone to the stack.
            self.register = registers.len();
            if is_aligned {
                self.stack = self.stack.next_multiple_of(align);
            }
            for _ in in_registers..words {
                places.push(Place::Stack(self.stack));
                self.stack += word;
            }
        }
        places
    }
}
