#![doc = include_str!("../README.md")]
#![no_std]

#[rustfmt::skip]
mod generated;
mod start;
pub mod vdso;

pub use generated::*;
pub use start::{InitError, init};
