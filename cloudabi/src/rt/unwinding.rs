//! The libraries that come with the compiler were built for unwinding and refer to these. Nothing here unwinds.

#[unsafe(no_mangle)]
extern "C" fn _Unwind_Resume() -> ! {
    super::stop()
}

#[unsafe(no_mangle)]
extern "C" fn rust_eh_personality() -> ! {
    super::stop()
}
