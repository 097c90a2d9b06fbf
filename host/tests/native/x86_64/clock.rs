//! The quick clock.

use super::faults;
use super::world::{CallRecord, PAGE, World};
use cloudabi_host::types::Clockid;
use cloudabi_host::vdso::{CLOCKS, NO_CLOCK};
use cloudabi_sys::vdso::Image;

const CLOCK_TIME_GET: u32 = 1;

/// Where results go.
const RESULT: usize = 8;

/// What an unset result is.
const UNSET: u64 = 0xdead;

/// A host's clocks, by number. It runs with the program's thread word.
unsafe extern "C" fn clocks(id: i32, time: *mut [i64; 2]) -> i32 {
    let (status, value) = match id {
        0 => (0, [1, 5]),
        // The last time that fits, and the first two that do not.
        1 => (0, [18_446_744_073, 709_551_615]),
        2 => (0, [18_446_744_073, 709_551_616]),
        3 => (0, [18_446_744_074, 0]),
        // Before the beginning, by little and by much.
        4 => (0, [-1, 999_999_999]),
        5 => (0, [i64::MIN, 0]),
        // Where the result is to be stored, from which the use of the stack follows.
        6 => (0, [0, time as i64]),
        // A failure.
        _ => (-22, [3, 0]),
    };
    // SAFETY: the caller has a place for the time.
    unsafe { *time = value };
    status
}

/// The clocks under their own numbers.
const ALL: [i32; CLOCKS] = [0, 1, 2, 3, 4, 5, 6, 7];

/// Asks for the time. Gives it, and whether the quick way gave it.
fn ask_at(world: &mut World, clock: u64, at: u64) -> CallRecord {
    world.host.answer = 21;
    world.call(CLOCK_TIME_GET, &[clock, 0x7777, at])
}

/// Asks for the time, with good memory for the result. `None` if the question went to the host.
fn ask(host_ids: [i32; CLOCKS], clock: u64) -> Option<u64> {
    let mut world = World::with_clock(clocks, host_ids);
    world.set(RESULT, UNSET);
    let at = world.address(RESULT);
    let record = ask_at(&mut world, clock, at);
    let time = world.get::<u64>(RESULT);
    match &*world.host.seen {
        [] => {
            assert_eq!(record.result as u32, 0);
            Some(time)
        }
        [seen] => {
            assert_eq!(seen.slots, [clock, 0x7777, at], "the host gets what the program passed");
            assert_eq!((record.result as u32, time), (21, UNSET));
            None
        }
        _ => panic!("the host was asked several times"),
    }
}

#[test]
fn times_that_fit_are_told_without_the_host() {
    assert_eq!(ask(ALL, 0), Some(1_000_000_005));
    assert_eq!(ask(ALL, 1), Some(u64::MAX));
    // An argument of four bytes may have anything above them.
    assert_eq!(ask(ALL, 0xabcd_ef01_0000_0000), Some(1_000_000_005));
    // Each clock has its own number.
    assert_eq!(ask([7, 7, 7, 7, 7, 7, 7, 0], 7), Some(1_000_000_005));
}

#[test]
fn times_that_do_not_fit_and_failures_are_the_hosts() {
    for clock in [2, 3, 4, 5, 7] {
        assert_eq!(ask(ALL, clock), None, "{clock}");
    }
}

#[test]
fn clocks_that_are_not_listed_are_the_hosts() {
    for clock in [CLOCKS as u64, 0xff, 1 << 31, u32::MAX.into(), u64::MAX] {
        assert_eq!(ask([0; CLOCKS], clock), None, "{clock:#x}");
    }
    for host_id in [NO_CLOCK, i32::MIN] {
        assert_eq!(ask([host_id, 0, 0, 0, 0, 0, 0, 0], 0), None, "{host_id}");
    }
}

#[test]
fn results_outside_of_the_programs_memory_are_the_hosts() {
    let mut world = World::with_clock(clocks, ALL);
    let (begin, end) = (world.address(0), world.end());
    for inside in [begin, begin + 1, end - 4096 - 8] {
        ask_at(&mut world, 0, inside);
        assert!(world.host.seen.is_empty());
        assert_eq!(world.get::<u64>((inside - begin) as usize), 1_000_000_005);
    }
    for outside in [begin - 1, begin - 8, end - 7, end, end + 8, 0, 1 << 63, u64::MAX] {
        let record = ask_at(&mut world, 0, outside);
        let seen = world.host.seen.pop().expect("the host was asked");
        assert_eq!((seen.slots, record.result as u32), (vec![0, 0x7777, outside], 21));
    }
}

#[test]
fn a_result_that_faults_is_the_hosts() {
    let mut world = World::with_clock(clocks, ALL);
    faults::handle(world.image());
    world.protect(0);
    // Wholly and partly in a page that may not be written.
    for offset in [RESULT, PAGE - 4] {
        let at = world.address(offset);
        let record = ask_at(&mut world, 0, at);
        let seen = world.host.seen.pop().expect("the host was asked");
        assert_eq!((seen.slots, record.result as u32), (vec![0, 0x7777, at], 21));
        assert_eq!(world.get::<u64>(offset), 0);
    }
}

#[test]
fn little_of_the_programs_stack_is_used() {
    let mut world = World::with_clock(clocks, ALL);
    let at = world.address(RESULT);
    let record = ask_at(&mut world, 6, at);
    // The program pushed its record and four arguments before the call.
    let before = record.stack - 32;
    let lowest = world.get::<u64>(RESULT) - 8;
    assert!((1..=96).contains(&(before - lowest)), "{} bytes", before - lowest);
}

#[test]
fn the_kernels_own_function_serves() {
    // SAFETY: asks for a number.
    let base = unsafe { libc::getauxval(libc::AT_SYSINFO_EHDR) };
    if base == 0 {
        return;
    }
    // SAFETY: the kernel tells where it has mapped its image.
    let image = unsafe { Image::at(base as *const u8) }.expect("the kernel's image");
    let Some(symbol) = image.symbols().find(|symbol| symbol.name == b"__vdso_clock_gettime") else { return };
    // SAFETY: the kernel's function has this type.
    let function = unsafe {
        std::mem::transmute::<usize, unsafe extern "C" fn(i32, *mut [i64; 2]) -> i32>(
            base as usize + symbol.offset,
        )
    };
    let mut host_ids = [NO_CLOCK; CLOCKS];
    host_ids[Clockid::MONOTONIC.0 as usize] = libc::CLOCK_MONOTONIC;
    let mut world = World::with_clock(function, host_ids);
    let at = world.address(RESULT);
    let before = now();
    ask_at(&mut world, Clockid::MONOTONIC.0.into(), at);
    assert!(world.host.seen.is_empty(), "the quick way");
    assert!((before..=now()).contains(&world.get::<u64>(RESULT)));
}

/// The C library's monotonic clock, in nanoseconds.
fn now() -> u64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: there is a place for the time.
    assert_eq!(unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, &mut time) }, 0);
    time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64
}
