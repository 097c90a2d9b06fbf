//! Clocks, and waiting for them.

mod clock;
mod deadline;
mod instant;
mod sleep;
mod system_time;

pub use clock::{process_time, resolution, thread_time};
pub use core::time::Duration;
pub use deadline::Deadline;
pub use instant::Instant;
pub use sleep::{sleep, sleep_until};
pub use system_time::SystemTime;

pub(crate) use clock::now;

/// The nanoseconds of a duration; the largest number if there are more.
pub(crate) fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}
