//! The table of `--stats`.

use std::fmt::Write as _;

use cloudabi_linux_glue::trace::Count;

/// The calls that were made, those that took longest first: how often, how many failed, how many milliseconds they took
/// altogether, and how many microseconds one took.
pub fn table(counts: &[Count]) -> String {
    let mut sorted: Vec<&Count> = counts.iter().collect();
    sorted.sort_by(|a, b| b.nanoseconds.cmp(&a.nanoseconds).then_with(|| a.name.cmp(b.name)));
    let mut text = format!("{:>10} {:>8} {:>12} {:>12}  call\n", "calls", "errors", "ms", "us per call");
    let mut total = Count { name: "all calls", calls: 0, errors: 0, nanoseconds: 0 };
    for count in sorted {
        row(&mut text, count);
        total.calls = total.calls.saturating_add(count.calls);
        total.errors = total.errors.saturating_add(count.errors);
        total.nanoseconds = total.nanoseconds.saturating_add(count.nanoseconds);
    }
    row(&mut text, &total);
    text
}

fn row(text: &mut String, count: &Count) {
    let Count { name, calls, errors, nanoseconds } = *count;
    let milliseconds = nanoseconds as f64 / 1e6;
    let microseconds = nanoseconds as f64 / 1e3 / calls.max(1) as f64;
    // Writing to a string does not fail.
    let _ = writeln!(text, "{calls:>10} {errors:>8} {milliseconds:>12.3} {microseconds:>12.3}  {name}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_slowest_come_first_and_the_sum_last() {
        let count = |name, calls, errors, nanoseconds| Count { name, calls, errors, nanoseconds };
        let counts =
            [count("fd_read", 4, 0, 1_000), count("poll", 1, 0, 2_500_000), count("fd_close", 2, 2, 1_000)];
        insta::assert_snapshot!(table(&counts));
        insta::assert_snapshot!("nothing", table(&[]));
        // Numbers that were written over.
        table(&[count("poll", u64::MAX, u64::MAX, u64::MAX), count("poll", 0, 1, 1)]);
    }
}
