//! The stacks that signal handlers run on.

use crate::memory::HostStack;
use cloudabi_host::thread_block::ThreadBlock;
use std::io;
use std::marker::PhantomData;

/// What the handler itself takes, in bytes, generously: it has no large variables, but may be compiled without any
/// optimisation.
const HANDLER: usize = 16 << 10;

/// The calling thread's stack for signal handlers. When dropped, which must happen on the same thread, the thread has
/// again what it had before.
#[derive(Debug)]
pub struct AlternateStack {
    before: libc::stack_t,
    /// It must outlive its use, of which only the kernel knows. `None` if it belongs to somebody else.
    _stack: Option<HostStack>,
    /// The kernel keeps it for this thread, so the value must not go to another one.
    _thread: PhantomData<*mut ()>,
}

impl AlternateStack {
    /// Gives the calling thread a stack for signal handlers: as large as the kernel says that it needs for the
    /// registers of this processor, and what the handler needs.
    ///
    /// # Errors
    /// What `mmap` or `sigaltstack` say.
    pub fn install() -> io::Result<Self> {
        let stack = Self::memory()?;
        // SAFETY: the memory is used for nothing else, and goes only after the kernel has been told otherwise.
        let mut installed = unsafe { Self::install_on(&stack) }?;
        installed._stack = Some(stack);
        Ok(installed)
    }

    /// Memory of the size that the kernel and the handler need.
    ///
    /// # Errors
    /// What `mmap` says.
    pub fn memory() -> io::Result<HostStack> {
        let registers = rustix::param::linux_minsigstksz().max(libc::MINSIGSTKSZ);
        HostStack::allocate(registers + HANDLER)
    }

    /// As [`AlternateStack::install`], with memory that the caller has from [`AlternateStack::memory`].
    ///
    /// # Errors
    /// What `sigaltstack` says.
    ///
    /// # Safety
    /// The memory is used for nothing else, and stays for as long as the result.
    pub unsafe fn install_on(stack: &HostStack) -> io::Result<Self> {
        let alternate = libc::stack_t { ss_sp: stack.bottom(), ss_flags: 0, ss_size: stack.size() };
        let mut before =
            libc::stack_t { ss_sp: core::ptr::null_mut(), ss_flags: libc::SS_DISABLE, ss_size: 0 };
        // SAFETY: the caller promises that the memory is there.
        if unsafe { libc::sigaltstack(&alternate, &mut before) } != 0 {
            return Err(io::Error::last_os_error());
        }
        // Its lowest word is the handler's: see `AlternateStack::belongs_to`.
        // SAFETY: the caller promises that the memory is there, for this.
        unsafe { stack.bottom().cast::<*const ThreadBlock>().write(core::ptr::null()) };
        Ok(AlternateStack { before, _stack: None, _thread: PhantomData })
    }

    /// Notes whose stack it is, so that the handler knows what the thread did.
    ///
    /// # Safety
    /// The memory is that of the last [`AlternateStack::install_on`] of the calling thread, which has this block for as long
    /// as it has the stack.
    pub unsafe fn belongs_to(stack: &HostStack, block: *const ThreadBlock) {
        // SAFETY: the memory is there. The handler does not come that deep.
        unsafe { stack.bottom().cast::<*const ThreadBlock>().write(block) };
    }
}

impl Drop for AlternateStack {
    fn drop(&mut self) {
        // SAFETY: whoever installed the previous one has kept it, as they do not know that it was replaced.
        let result = unsafe { libc::sigaltstack(&self.before, core::ptr::null_mut()) };
        assert_eq!(result, 0, "the stack for signal handlers is in use: {}", io::Error::last_os_error());
    }
}
