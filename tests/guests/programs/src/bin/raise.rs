//! Sends itself the signal whose number its arguments give. Ends with code 7 if it goes on after that.

#![no_std]
#![no_main]

use cloudabi_sys::{Signal, proc_raise};

guest::main!(|start| {
    let number = start.arguments().integer().and_then(|number| u8::try_from(number).ok());
    let Some(number) = number else { return 125 };
    // SAFETY: the call touches no memory.
    match unsafe { proc_raise(Signal(number)) } {
        Ok(()) => 7,
        Err(_) => 1,
    }
});
