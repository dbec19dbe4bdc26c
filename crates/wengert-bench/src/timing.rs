//! How long a call takes, and how much memory the process has held.

use std::time::Instant;

/// The median of `repeats` timings of `f`, in seconds per call, each over as many calls as fill `secs`.
///
/// ```
/// let mut calls = 0;
/// let took = wengert_bench::timing::seconds_per_call(0.001, 3, || calls += 1);
/// assert!(took > 0.0 && calls > 3);
/// ```
///
/// # Panics
///
/// If `repeats` is 0.
pub fn seconds_per_call(secs: f64, repeats: usize, mut f: impl FnMut()) -> f64 {
    let mut timed = |calls: usize| {
        let start = Instant::now();
        (0..calls).for_each(|_| f());
        start.elapsed().as_secs_f64() / calls as f64
    };
    timed(1);
    let calls = ((secs / timed(1).max(1e-9)) as usize).clamp(1, 10_000_000);
    median((0..repeats).map(|_| timed(calls)).collect())
}

/// The middle one of some numbers, the upper of the two middle ones of an even number of them.
///
/// # Panics
///
/// If there are none.
pub fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(f64::total_cmp);
    numbers[numbers.len() / 2]
}

/// The most memory this process has ever held, in MiB; NaN where the system does not say.
pub fn peak_memory_mib() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok());
    kib.map_or(f64::NAN, |kib| kib / 1024.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle_one() {
        assert_eq!(median(vec![3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(vec![4.0, 1.0]), 4.0);
    }

    #[test]
    fn memory_is_a_positive_number_or_unknown() {
        let peak = peak_memory_mib();
        assert!(peak.is_nan() || peak > 0.1);
    }
}
