//! Independent pieces of work, on all processors.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

/// What `work` makes of each item, in the items' order. As many threads as there are processors take the items in turn,
/// from the last to the first: the items that take longest are best put at the end.
pub fn map<T: Sync, R: Send + Sync>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let slots: Vec<OnceLock<R>> = items.iter().map(|_| OnceLock::new()).collect();
    let take_turns = || {
        loop {
            let taken = next.fetch_add(1, Ordering::Relaxed) + 1;
            let Some(index) = items.len().checked_sub(taken) else { break };
            let (Some(item), Some(slot)) = (items.get(index), slots.get(index)) else { break };
            // Each index is handed out once, so the slot is empty.
            let _ = slot.set(work(item));
        }
    };
    let threads = std::thread::available_parallelism().map_or(1, |n| n.get()).min(items.len());
    std::thread::scope(|scope| {
        for _ in 1..threads {
            scope.spawn(take_turns);
        }
        take_turns();
    });
    // A thread that panics makes the scope panic, so every slot is full here.
    slots.into_iter().filter_map(OnceLock::into_inner).collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn keeps_the_order() {
        let items: Vec<usize> = (0..1000).collect();
        assert_eq!(super::map(&items, |item| item * 2), (0..2000).step_by(2).collect::<Vec<_>>());
        assert_eq!(super::map(&items[..1], |item| item + 1), [1]);
        assert!(super::map(&items[..0], |item| *item).is_empty());
    }
}
