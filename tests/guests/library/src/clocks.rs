//! Clocks and random numbers.

use cloudabi::time::{
    Duration, Instant, SystemTime, process_time, resolution, sleep, sleep_until, thread_time,
};
use cloudabi_sys::Clockid;

pub fn clocks_advance() {
    let (before, after) = (Instant::now(), Instant::now());
    assert!(before <= after);
    assert!(
        process_time().expect("a clock")
            >= thread_time().expect("a clock").saturating_sub(Duration::from_millis(1))
    );
    assert!(resolution(Clockid::MONOTONIC).expect("a clock") >= Duration::from_nanos(1));
    assert!(resolution(Clockid(99)).is_err());
}

pub fn sleeping() {
    let start = Instant::now();
    sleep(Duration::from_millis(2));
    assert!(start.elapsed() >= Duration::from_millis(2), "never early");
    let deadline = Instant::now() + Duration::from_millis(2);
    sleep_until(deadline);
    assert!(Instant::now() >= deadline, "never early");
    sleep_until(start);
    sleep(Duration::ZERO);
}

pub fn system_time() {
    // This was written later.
    assert!(SystemTime::now().duration_since_epoch() > Duration::from_secs(1_700_000_000));
}

pub fn random_numbers() {
    let mut bytes = [0; 64];
    cloudabi::random::fill(&mut bytes).expect("a generator");
    assert_ne!(bytes, [0; 64]);
    assert_ne!(cloudabi::random::u64().expect("a generator"), cloudabi::random::u64().expect("a generator"));
    cloudabi::random::fill(&mut []).expect("nothing to do");
}
