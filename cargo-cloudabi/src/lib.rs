#![doc = include_str!("../README.md")]

pub mod compile;
pub mod elf;
mod error;
pub mod finish;
pub mod flags;

pub use error::Error;
