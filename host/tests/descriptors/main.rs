//! The table of descriptors: what each operation does, against a model and with many threads.

mod model;
mod object;
mod one_by_one;
mod stress;
