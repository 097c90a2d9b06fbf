//! The dispatch table: the generated shims, for the calls that this host serves.

use cloudabi_host::runtime::Entry;
use cloudabi_host::shims;
use cloudabi_host::table;
use cloudabi_host::thread_block::ThreadBlock;
use cloudabi_host::types::Errno;

use super::Thread;

/// Calls that are not served yet. To a program they do not exist.
const MISSING: &[&str] = &["sock_recv", "sock_send", "sock_shutdown"];

/// The table.
pub fn entries() -> [Option<Entry>; shims::ENTRIES] {
    let mut entries = shims::entries::<Thread>();
    for (entry, call) in entries.iter_mut().zip(&table::CALLS) {
        if call.as_ref().is_some_and(|call| MISSING.contains(&call.name)) {
            *entry = Some(missing);
        }
    }
    entries
}

/// Answers that there is no such call.
///
/// # Safety
/// None needed: it looks at nothing.
unsafe extern "C" fn missing(_: *mut ThreadBlock, _: *const u64) -> u32 {
    u32::from(Errno::NOSYS.0)
}
