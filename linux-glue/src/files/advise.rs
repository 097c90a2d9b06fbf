//! `file_advise`.

use super::Files;
use super::error::Call;
use crate::generated::file_advice_to_host;
use cloudabi_host::types::{Advice, Errno, Filesize};
use rustix::fd::BorrowedFd;
use rustix::fs;
use std::num::NonZeroU64;

impl Files {
    /// `file_advise`: tells the kernel how part of a file is going to be used.
    ///
    /// # Errors
    /// As the definition lists them, without those of descriptor, rights and memory.
    pub fn advise(
        &self,
        descriptor: BorrowedFd<'_>,
        offset: Filesize,
        length: Filesize,
        advice: Advice,
    ) -> Result<(), Errno> {
        let host = file_advice_to_host(advice).map_err(|_| Errno::INVAL)?;
        if i64::try_from(offset).is_err() || i64::try_from(length).is_err() {
            return Err(Errno::INVAL);
        }
        let advice = match host {
            libc::POSIX_FADV_DONTNEED => fs::Advice::DontNeed,
            libc::POSIX_FADV_NOREUSE => fs::Advice::NoReuse,
            libc::POSIX_FADV_RANDOM => fs::Advice::Random,
            libc::POSIX_FADV_SEQUENTIAL => fs::Advice::Sequential,
            libc::POSIX_FADV_WILLNEED => fs::Advice::WillNeed,
            _ => fs::Advice::Normal,
        };
        match fs::fadvise(descriptor, offset, NonZeroU64::new(length), advice) {
            Err(rustix::io::Errno::SPIPE) => Err(Call::ADVISE.answer(Errno::SPIPE)),
            // Files without pages to read ahead take no advice, and it may be ignored.
            _ => Ok(()),
        }
    }
}
