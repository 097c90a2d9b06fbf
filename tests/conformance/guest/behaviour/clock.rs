//! Clocks.

use cloudabi_sys::Clockid;

use crate::calls;
use crate::report::{Test, holds};

const CLOCKS: [Clockid; 4] =
    [Clockid::MONOTONIC, Clockid::PROCESS_CPUTIME_ID, Clockid::REALTIME, Clockid::THREAD_CPUTIME_ID];

pub const TESTS: &[Test] = &[
    ("clock_time_get/behaviour/goes forward", |_| {
        for clock in [Clockid::MONOTONIC, Clockid::PROCESS_CPUTIME_ID, Clockid::THREAD_CPUTIME_ID] {
            let mut last = calls::clock(clock)?;
            for _ in 0..1000 {
                let now = calls::clock(clock)?;
                holds(now >= last, "a clock that nobody sets never goes back")?;
                last = now;
            }
        }
        Ok(())
    }),
    ("clock_time_get/behaviour/moves", |_| {
        for clock in CLOCKS {
            let first = calls::clock(clock)?;
            // Bounded by calls and not by time: each takes some nanoseconds at least.
            let moved = (0..100_000_000).any(|_| calls::clock(clock).is_ok_and(|now| now != first));
            holds(moved, "a clock moves while a program runs")?;
        }
        Ok(())
    }),
    ("clock_time_get/behaviour/realtime is this century", |_| {
        let seconds = calls::clock(Clockid::REALTIME)? / 1_000_000_000;
        holds(seconds > 1_600_000_000, "it is later than 2020")?;
        holds(seconds < 4_000_000_000, "it is earlier than 2096")
    }),
    ("clock_time_get/behaviour/processor time is less than real time since the machine started", |_| {
        let process = calls::clock(Clockid::PROCESS_CPUTIME_ID)?;
        let thread = calls::clock(Clockid::THREAD_CPUTIME_ID)?;
        holds(process < 3_600_000_000_000, "this process has run for less than an hour")?;
        holds(thread <= calls::clock(Clockid::PROCESS_CPUTIME_ID)?, "a thread uses no more than its process")
    }),
    ("clock_time_get/behaviour/any precision will do", |_| {
        for precision in [0, 1, 1000, 1_000_000_000, u64::MAX] {
            for clock in CLOCKS {
                // SAFETY: numbers only.
                unsafe { cloudabi_sys::clock_time_get(clock, precision) }?;
            }
        }
        Ok(())
    }),
    ("clock_res_get/behaviour/a plausible tick", |_| {
        for clock in CLOCKS {
            let tick = calls::clock_resolution(clock)?;
            holds(
                (1..=1_000_000_000).contains(&tick),
                "a tick is at least a nanosecond and at most a second",
            )?;
        }
        Ok(())
    }),
];
