//! The C headers and the Linux files, held against C and C++ compilers: they compile for every
//! architecture, lay structures out as the definition says, and lead every call's arguments to the right
//! function. All files are made afresh from the definition.

mod agreement;
mod compilers;
mod dispatch;
mod headers;
mod info;
mod kernels;
mod product;
