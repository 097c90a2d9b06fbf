//! Locks that nobody else wants, and a thread that cannot call the host.

use guest::sync::RwLock;

use super::{Protected, World, contend, join};

/// The word of this thread's control block that leads to the host. Without it each call ends the process.
fn way_to_the_host() -> *mut *mut u8 {
    let block;
    // SAFETY: reads the thread word, which every thread has.
    unsafe {
        #[cfg(target_arch = "x86_64")]
        core::arch::asm!("mov {}, fs:0", out(reg) block, options(nostack, readonly));
        #[cfg(target_arch = "aarch64")]
        core::arch::asm!("mrs {}, tpidr_el0", out(reg) block, options(nostack, nomem));
    }
    block
}

/// Does something in a thread that cannot call the host meanwhile.
fn without_the_host(work: impl FnOnce()) {
    let way = way_to_the_host();
    // SAFETY: the word is this thread's, which gets it back.
    unsafe {
        let before = way.replace(core::ptr::null_mut());
        work();
        way.write(before);
    }
}

/// Takes and releases a lock without the host, also one that others have waited for before.
pub fn alone(world: &World) {
    let protected = Protected::new(world.scope, 1000);
    let uses = |lock: &RwLock| {
        for _ in 0..1000 {
            lock.write(world.tid, world.scope);
            lock.release(world.tid, world.scope);
            lock.read(world.scope);
            lock.read(world.scope);
            lock.release(world.tid, world.scope);
            lock.release(world.tid, world.scope);
        }
    };
    without_the_host(|| uses(&protected.lock));
    join(world.start(4, contend, protected));
    without_the_host(|| uses(&protected.lock));
    assert_eq!(protected.lock.value(), 0);
}

/// Asks for a lock that is not free, which ends the process.
pub fn not_alone(world: &World) {
    let lock = RwLock::new();
    lock.write(world.tid, world.scope);
    without_the_host(|| lock.write(world.tid, world.scope));
}
