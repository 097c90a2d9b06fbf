//! What each call looks like to C and to a kernel, worked out from the model alone.
//!
//! This is written apart from the emitter on purpose: tests compare the two.

use crate::isa::Isa;
use cloudabi_codegen::model::{Call, Model, Primitive, TypeKind, TypeRef};

/// A parameter as C sees it.
#[derive(Clone, Debug)]
pub struct Parameter {
    /// Its name.
    pub name: String,
    /// Size in bytes.
    pub bytes: usize,
    /// Alignment in bytes.
    pub align: usize,
    /// A pointer or a size.
    pub is_address: bool,
}

/// A call as C sees it.
#[derive(Clone, Debug)]
pub struct Signature {
    /// The call's name.
    pub name: String,
    /// Its number.
    pub number: u64,
    /// Whether it does not return.
    pub noreturn: bool,
    /// What goes in.
    pub inputs: Vec<Parameter>,
    /// What comes out.
    pub outputs: Vec<Parameter>,
    /// Numbers of the errors that it may return.
    pub errors: Vec<u64>,
}

/// The signature of a call for programs with pointers of `word` bytes.
pub fn signature(model: &Model, call: &Call, word: usize) -> Signature {
    let parameter = |p: &cloudabi_codegen::model::Parameter| {
        let (bytes, align) = size(model, &p.ty, word);
        let is_address = matches!(&p.ty, TypeRef::Pointer { .. } | TypeRef::Primitive(Primitive::Size));
        Parameter { name: p.name.clone(), bytes, align, is_address }
    };
    let values = model.errno().and_then(|id| match &model.ty(id).kind {
        TypeKind::Number(number) => Some(&number.values),
        _ => None,
    });
    let errors = match values {
        Some(values) => call.errors.iter().map(|error| values[error.errno].value).collect(),
        None => Vec::new(),
    };
    Signature {
        name: call.name.clone(),
        number: call.number.into(),
        noreturn: call.noreturn,
        inputs: call.inputs.iter().map(parameter).collect(),
        outputs: call.outputs.iter().map(parameter).collect(),
        errors,
    }
}

fn size(model: &Model, ty: &TypeRef, word: usize) -> (usize, usize) {
    match ty {
        TypeRef::Pointer { .. } | TypeRef::Primitive(Primitive::Size) => (word, word),
        TypeRef::Primitive(primitive) => {
            let size = primitive.size().w64 as usize;
            (size, size)
        }
        TypeRef::Named(id) => match &model.ty(*id).kind {
            TypeKind::Number(number) => {
                let size = number.repr.size().w64 as usize;
                (size, size)
            }
            TypeKind::Struct(s) => {
                let bits = word as u32 * 8;
                (s.size.get(bits) as usize, s.align.get(bits) as usize)
            }
            TypeKind::Function(_) => panic!("a function is no parameter"),
        },
        TypeRef::Array { .. } | TypeRef::Atomic(_) => panic!("not passed by value"),
    }
}

/// Where a word of an argument is when a function is entered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spot {
    /// In a register.
    Register(&'static str),
    /// On the stack, so far above the first argument there.
    Stack(u64),
}

/// Where C puts arguments: the platform documents' rules, each in its own words.
pub fn c_places(isa: &Isa, arguments: &[Parameter]) -> Vec<Vec<Spot>> {
    match isa.name {
        "x86_64" => one_register_each(&["rdi", "rsi", "rdx", "rcx", "r8", "r9"], arguments),
        "aarch64" => one_register_each(&["x0", "x1", "x2", "x3", "x4", "x5", "x6", "x7"], arguments),
        "i686" => {
            // All on the stack, in whole words, each right after the one before.
            let mut offset = 0;
            let mut place = |argument: &Parameter| {
                let words = argument.bytes.div_ceil(4) as u64;
                let spots = (0..words).map(|word| Spot::Stack(offset + word * 4)).collect();
                offset += words * 4;
                spots
            };
            arguments.iter().map(&mut place).collect()
        }
        "armv6" => aapcs(arguments),
        other => panic!("no such processor: {other}"),
    }
}

fn one_register_each(registers: &[&'static str], arguments: &[Parameter]) -> Vec<Vec<Spot>> {
    let spot = |index: usize| match registers.get(index) {
        Some(register) => Spot::Register(register),
        None => Spot::Stack((index - registers.len()) as u64 * 8),
    };
    (0..arguments.len()).map(|index| vec![spot(index)]).collect()
}

/// The rules C.1 to C.8 of the procedure call standard for 32-bit Arm; NCRN and NSAA are its names.
fn aapcs(arguments: &[Parameter]) -> Vec<Vec<Spot>> {
    const REGISTERS: [&str; 4] = ["r0", "r1", "r2", "r3"];
    let mut ncrn = 0;
    let mut nsaa = 0_u64;
    let mut places = Vec::new();
    for argument in arguments {
        let words = argument.bytes.div_ceil(4);
        let double = argument.align == 8;
        if double && ncrn % 2 == 1 {
            ncrn += 1;
        }
        let mut spots = Vec::new();
        if ncrn + words <= 4 || (ncrn < 4 && nsaa == 0) {
            while spots.len() < words && ncrn < 4 {
                spots.push(Spot::Register(REGISTERS[ncrn]));
                ncrn += 1;
            }
        } else {
            ncrn = 4;
            if double && nsaa % 8 == 4 {
                nsaa += 4;
            }
        }
        while spots.len() < words {
            spots.push(Spot::Stack(nsaa));
            nsaa += 4;
        }
        places.push(spots);
    }
    places
}
