//! The dispatch table: the generated shims, or what stands before them while the program is traced. This host serves all calls.

use cloudabi_host::runtime::Entry;
use cloudabi_host::shims;

use super::trace;

/// The table.
pub fn entries() -> [Option<Entry>; shims::ENTRIES] {
    trace::entries()
}
