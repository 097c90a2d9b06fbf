//! The loader of executables: every error from a doctored image, every good shape placed into a simulated memory and
//! compared with a naive model, and arbitrary files.

mod builder;
mod corpus;
mod errors;
mod model;
mod properties;
mod seeds;
mod shapes;
mod simulated;
