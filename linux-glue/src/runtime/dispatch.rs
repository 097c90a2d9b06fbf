//! The dispatch table: the generated shims. This host serves all calls.

use cloudabi_host::runtime::Entry;
use cloudabi_host::shims;

use super::Thread;

/// The table.
pub fn entries() -> [Option<Entry>; shims::ENTRIES] {
    shims::entries::<Thread>()
}
