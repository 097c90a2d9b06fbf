//! The stub contract: what the emulation family of stubs and the host's runtime agree on.
//!
//! This is the single source of the thread block's layout. The assembly stubs read its offsets from here, and
//! the structure that the host crate uses is printed from the same table.
//!
//! A stub finds its thread block in two steps. The machine's thread word (`%fs:0` on x86-64, `tpidr_el0` on
//! aarch64) holds the guest's thread pointer W while guest code runs; W is the address of the guest's thread
//! control block, whose first word ([`TCB_PARENT`]) is the host's own and points to the thread block.

/// Offset in bytes, inside the guest's thread control block, of the pointer to the thread block.
pub const TCB_PARENT: u64 = 0;

/// Name of the structure in products.
pub const THREAD_BLOCK_NAME: &str = "ThreadBlock";

/// Bytes by which the stack pointer is aligned where a stub calls a dispatch entry, and by which
/// `host_stack` must be aligned.
pub const STACK_ALIGNMENT: u64 = 16;

/// A member of the thread block. All are 8 bytes wide: the family exists for 64-bit machines only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ContractField {
    /// `host_stack`
    pub name: &'static str,
    /// Offset in bytes from the start of the block.
    pub offset: u64,
    /// Its type in Rust, where `c_void` is `core::ffi::c_void` and `Entry` is [`ENTRY_TYPE`].
    pub rust_type: &'static str,
    /// What it holds, in sentences.
    pub doc: &'static str,
}

/// The word that the thread word holds while host code runs.
pub const HOST_THREAD_POINTER: ContractField = ContractField {
    name: "host_thread_pointer",
    offset: 0,
    rust_type: "u64",
    doc: "What the machine's thread word (`%fs:0` on x86-64, `tpidr_el0` on aarch64) must hold while host \
          code runs.",
};

/// Where host code's stack begins.
pub const HOST_STACK: ContractField = ContractField {
    name: "host_stack",
    offset: 8,
    rust_type: "*mut c_void",
    doc: "Top of this thread's host stack: the address just above it, a multiple of 16. Host code runs below \
          it, never on the guest's stack.",
};

/// The dispatch table.
pub const ENTRIES: ContractField = ContractField {
    name: "entries",
    offset: 16,
    rust_type: "*const Option<Entry>",
    doc: "The dispatch table: one entry per call number. Unused numbers have no stub, so nothing calls theirs.",
};

/// The runtime's own word.
pub const CONTEXT: ContractField = ContractField {
    name: "context",
    offset: 24,
    rust_type: "*mut c_void",
    doc: "The runtime's own; stubs do not look at it.",
};

/// The thread block, in order of offsets and without gaps.
pub const THREAD_BLOCK: [ContractField; 4] = [HOST_THREAD_POINTER, HOST_STACK, ENTRIES, CONTEXT];

/// The type `Entry` of a dispatch entry in Rust. `arguments` points to one 8-byte slot per argument of the C
/// function: inputs in order, then the outputs' pointers. A structure passed by value is one slot. Bits
/// of a slot above the argument's own width are whatever the register held. The result is the error number.
pub const ENTRY_TYPE: &str = "unsafe extern \"C\" fn(thread: *mut ThreadBlock, arguments: *const u64) -> u32";

/// Distance in bytes, from `host_stack` down, to the word where a stub keeps the guest's thread pointer W
/// while host code runs.
pub const SAVED_THREAD_WORD: u64 = 8;

/// Distance in bytes, from `host_stack` down, to the word where a stub keeps the guest's frame pointer while
/// host code runs. It is the address of a frame record on the guest's stack: the caller's frame pointer, and
/// above it the address that the call returns to.
pub const SAVED_FRAME: u64 = 16;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_thread_block_has_no_gaps() {
        for (index, field) in THREAD_BLOCK.iter().enumerate() {
            assert_eq!(field.offset, index as u64 * 8, "{}", field.name);
        }
    }
}
