//! Every stub of every assembly file, assembled, linked into an image, and executed on an emulated processor.
//!
//! What is expected comes from the model and from the conventions as [`convention`] and [`kernel`] state them, never from
//! the emitter. Needs clang, lld and libunicorn; some tests need GNU as and ld, or rustc.

mod assemblers;
mod bench;
mod callers;
mod convention;
mod definitions;
mod doctored;
mod every_stub;
mod host_clock;
mod host_code;
mod host_entering;
mod image;
mod images;
mod isa;
mod kernel;
mod machine;
mod native;
mod stub;
mod unicorn;
mod unwind;
