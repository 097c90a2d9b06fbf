//! How FreeBSD serves CloudABI programs.
//!
//! On FreeBSD a kernel module runs programs. Its own tables are in C; this crate has the same conversions for
//! what runs beside it in user space, such as the command that starts programs.
//!
//! So far this crate holds what follows from the definition alone, in `generated`: conversions between the
//! ABI's values and FreeBSD's constants, and the Capsicum rights that each right of the ABI needs
//! (`generated::capsicum`; they belong to several words and are applied one by one).
//!
//! It is empty on other systems.

#[cfg(target_os = "freebsd")]
#[rustfmt::skip]
pub mod generated;
