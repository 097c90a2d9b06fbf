//! The FreeBSD product, held against FreeBSD's kernel headers, against an independent reading of the master
//! format, and, where it is logic, against the definition by running it.

mod calls;
mod kernel;
mod master;
mod module;
mod product;
mod required;
mod standins;
mod user_space;
mod values;
