//! How memory is going to be used.

use super::map::Mapping;
use super::{AnonymousMap, FileMap, SharedMap};
use crate::fs::Advice;
use crate::io;

fn advise(mapping: &Mapping, advice: Advice) -> io::Result<()> {
    if mapping.len() == 0 {
        return Ok(());
    }
    // SAFETY: the mapping is borrowed, and its content stays with any advice.
    Ok(unsafe { cloudabi_sys::mem_advise(mapping.as_ptr().cast(), mapping.len(), advice) }?)
}

macro_rules! advisable {
    ($($ty:ty)*) => {
        $(
            impl $ty {
                /// Tells the host how the memory is going to be used. The content stays.
                ///
                /// ```no_run
                /// # use cloudabi::{fs::Advice, io, mem::AnonymousMap};
                /// fn table() -> io::Result<AnonymousMap> {
                ///     let memory = AnonymousMap::new(1 << 24)?;
                ///     memory.advise(Advice::RANDOM)?;
                ///     Ok(memory)
                /// }
                /// ```
                ///
                /// # Errors
                ///
                /// [`InvalidInput`](io::ErrorKind::InvalidInput) for [`Advice::NOREUSE`], and others.
                pub fn advise(&self, advice: Advice) -> io::Result<()> {
                    advise(self.mapping(), advice)
                }
            }
        )*
    };
}

advisable! { AnonymousMap FileMap SharedMap }
