//! Who shares a lock.

/// Who shares a lock or a condition variable: [`Private`] or [`Shared`].
pub trait Scope: sealed::Sealed {
    #[doc(hidden)]
    const SCOPE: cloudabi_sys::Scope;
}

/// The threads of one process share it.
#[derive(Clone, Copy, Debug)]
pub enum Private {}

/// All processes that have it in [shared memory](crate::mem::SharedMemory) share it.
#[derive(Clone, Copy, Debug)]
pub enum Shared {}

impl Scope for Private {
    const SCOPE: cloudabi_sys::Scope = cloudabi_sys::Scope::PRIVATE;
}

impl Scope for Shared {
    const SCOPE: cloudabi_sys::Scope = cloudabi_sys::Scope::SHARED;
}

mod sealed {
    pub trait Sealed {}

    impl Sealed for super::Private {}
    impl Sealed for super::Shared {}
}
