//! The one worker pool: scoped threads that take turns at a list.

use std::sync::{
    Mutex, PoisonError,
    atomic::{AtomicUsize, Ordering},
};

/// Does `work` with each of `items` on all cores there are, at most `most`. Results are in the order of items.
#[must_use]
pub fn map<I: Sync, T: Send>(items: &[I], most: usize, work: impl Fn(&I) -> T + Sync) -> Vec<T> {
    let next = AtomicUsize::new(0);
    let done = Mutex::new(Vec::with_capacity(items.len()));
    let turns = || {
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(item) = items.get(at) else { return };
            let result = work(item);
            done.lock().unwrap_or_else(PoisonError::into_inner).push((at, result));
        }
    };
    let threads = std::thread::available_parallelism().map_or(2, usize::from).min(most).min(items.len());
    std::thread::scope(|scope| {
        for _ in 1..threads {
            scope.spawn(turns);
        }
        turns();
    });
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.sort_by_key(|(at, _)| *at);
    done.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn results_are_in_order() {
        let items: Vec<u64> = (0..100).collect();
        let slow_first = |n: &u64| {
            std::thread::sleep(std::time::Duration::from_micros(100 - n));
            n * 2
        };
        assert_eq!(super::map(&items, 4, slow_first), items.iter().map(|n| n * 2).collect::<Vec<_>>());
        assert!(super::map(&[] as &[u64], 4, slow_first).is_empty());
    }
}
