//! What a program has instead of a C library. None of it is there when this crate is compiled for another system.

#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
compile_error!("programs have start-up code for x86-64 and aarch64 only");

mod allocator;
mod entry;
mod memory;
mod relocate;
mod unwinding;

pub(crate) use allocator::hold as hold_allocator;
use entry::begin;
pub(crate) use entry::stop;

#[panic_handler]
fn panic(info: &core::panic::PanicInfo<'_>) -> ! {
    crate::panic::report(format_args!("{info}"));
    crate::process::abort()
}
