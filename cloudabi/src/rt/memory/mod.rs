//! The functions of C on which compiled code relies. In assembly, since a compiler may turn a loop that copies into
//! a call of the function that it stands in.
//!
//! The programs that test hosts use this module too, and have nothing else of this crate.

#[cfg(target_arch = "aarch64")]
mod aarch64;
#[cfg(test)]
mod tests;
#[cfg(target_arch = "x86_64")]
mod x86_64;

/// The name of a function. Tests run where functions of these names are there already.
#[cfg(not(test))]
macro_rules! symbol {
    ($name:literal) => {
        $name
    };
}

/// The name of a function. Tests run where functions of these names are there already.
#[cfg(test)]
macro_rules! symbol {
    ($name:literal) => {
        concat!("cloudabi_test_", $name)
    };
}

/// Defines a global function. Processors differ in the character before types of sections and symbols.
macro_rules! function {
    ($kind:literal, $name:literal $(, $line:expr)* $(,)?) => {
        core::arch::global_asm!(
            concat!(".section .text.", symbol!($name), ",\"ax\",", $kind, "progbits"),
            ".p2align 4",
            concat!(".globl ", symbol!($name)),
            concat!(".hidden ", symbol!($name)),
            concat!(".type ", symbol!($name), ", ", $kind, "function"),
            concat!(symbol!($name), ":"),
            $($line,)*
            concat!(".size ", symbol!($name), ", . - ", symbol!($name)),
            ".text",
        );
    };
}

use {function, symbol};
