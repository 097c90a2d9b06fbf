//! Turns a machine-readable system call ABI definition into everything that must agree with it.
//!
//! The way of a definition: [`source`] holds the text of its files → [`load`] reads them, resolves names,
//! checks every rule, lays out structures and gives a [`model::Model`], or all that is wrong as
//! [`diagnostic::Diagnostics`] → [`emit`] turns the model into files.
//!
//! **Invariant**: this library touches no files, no clock and no environment; it takes text and gives text.
//! The `cloudabi-codegen` command and `cargo xtask` do the reading and writing.

pub mod diagnostic;
pub mod emit;
pub mod load;
pub mod model;
pub mod source;
