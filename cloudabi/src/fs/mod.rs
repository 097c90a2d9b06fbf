//! Directories and files. All names are looked up from a directory that the program holds; there is no other way.

mod file;

pub use file::File;
