//! The attribute `#[cloudabi::main]`. It belongs to the crate `cloudabi`, whose documentation explains it.

mod entry;

use proc_macro::TokenStream;

/// Makes a function the entry point of a program.
///
/// The function takes nothing, or one argument: what the program is started with, as a type that implements
/// `Deserialize`. It returns what `cloudabi::process::Termination` is implemented for.
///
/// Panics, arguments that do not fit and errors that the function returns are told to the descriptor that the
/// arguments have under `stderr`, if they are a map and there is one. Another name can be given:
/// `#[cloudabi::main(report = "console")]`.
#[proc_macro_attribute]
pub fn main(attribute: TokenStream, item: TokenStream) -> TokenStream {
    entry::expand(attribute, item)
}
