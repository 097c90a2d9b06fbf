//! The vDSO's image, and entering programs, on the processor that runs the tests: programs of a few instructions, in
//! memory of their own, call a host that writes down what it sees.

#[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
mod image;
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
mod x86_64 {
    mod calls;
    mod clock;
    mod enter;
    mod faults;
    mod world;
}
