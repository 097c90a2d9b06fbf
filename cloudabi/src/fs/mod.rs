//! Directories and files. All names are looked up from a directory that the program holds; there is no other way.
//!
//! Paths are bytes, with `/` between components: `&str` and `&[u8]` will do. They never lead out of the directory:
//! an absolute path, `..` beyond the start, and symbolic links that lead there are
//! [`NotCapable`](crate::io::ErrorKind::NotCapable).

mod dir;
mod file;
mod file_type;
mod metadata;
mod open_options;
mod read_dir;
mod times;

pub use cloudabi_sys::Advice;
pub use dir::Dir;
pub use file::File;
pub use file_type::FileType;
pub use metadata::Metadata;
pub use open_options::OpenOptions;
pub use read_dir::{DirEntry, ReadDir};
pub use times::FileTimes;
