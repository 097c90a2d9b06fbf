//! Calling with words instead of typed arguments.

use alloc::format;
use alloc::vec::Vec;

use cloudabi_sys::vdso::Image;
use cloudabi_sys::{Auxtype, Calls, Errno};

use crate::call_info::CallInfo;
use crate::environment::Environment;
use crate::report::{Ending, failed};

/// More words than any call has.
const WORDS: usize = 8;

/// Any call: on 64-bit machines each input takes one word, and an output the address where it goes.
type Function = unsafe extern "C" fn(usize, usize, usize, usize, usize, usize, usize, usize) -> Errno;

/// A call with a set of arguments.
pub struct Invocation {
    function: Function,
    /// Inputs, and then addresses for the outputs.
    pub words: Vec<usize>,
}

impl Invocation {
    /// A call with these inputs and good addresses for its outputs.
    pub fn new(environment: &Environment, call: &CallInfo, inputs: Vec<usize>) -> Result<Self, Ending> {
        let mut words = inputs;
        if words.len() != call.inputs.len() || words.len() + call.outputs.len() > WORDS {
            return Err(failed(format!("the sample of {} is not right", call.name)));
        }
        for _ in call.outputs {
            words.push(leak(0u64).expose_provenance());
        }
        Ok(Invocation { function: function(environment, call)?, words })
    }

    /// Calls.
    pub fn call(&self) -> Result<(), Errno> {
        let word = |index: usize| self.words.get(index).copied().unwrap_or(0);
        // SAFETY: the function reads as many of the words as its call has, and checks addresses. What it may write
        // to good ones was made for that and is used by nothing else.
        let error = unsafe {
            (self.function)(word(0), word(1), word(2), word(3), word(4), word(5), word(6), word(7))
        };
        if error == Errno::SUCCESS { Ok(()) } else { Err(error) }
    }

    /// The same with one word changed.
    pub fn with(&self, index: usize, word: usize) -> Self {
        let mut words = self.words.clone();
        if let Some(place) = words.get_mut(index) {
            *place = word;
        }
        Invocation { function: self.function, words }
    }
}

fn function(environment: &Environment, call: &CallInfo) -> Result<Function, Ending> {
    let base = environment.start.number(Auxtype::SYSINFO_EHDR).unwrap_or_default();
    let base = core::ptr::with_exposed_provenance::<u8>(base);
    // SAFETY: the auxiliary vector names the image that the calls came from when the program started.
    let image = unsafe { Image::at(base) }.map_err(|error| failed(format!("{error}")))?;
    let symbol = image
        .symbols()
        .find(|symbol| symbol.name.strip_prefix(Calls::PREFIX.as_bytes()) == Some(call.name.as_bytes()));
    let Some(symbol) = symbol else { return Err(failed(format!("the host has no {}", call.name))) };
    // SAFETY: the symbol is a function of the image, and takes no more than these words.
    Ok(unsafe { core::mem::transmute::<*const u8, Function>(base.add(symbol.offset)) })
}

/// A value that stays for the rest of the program.
pub fn leak<T>(value: T) -> *mut T {
    alloc::boxed::Box::into_raw(alloc::boxed::Box::new(value))
}
