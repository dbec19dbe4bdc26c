//! How the elements that attain an extreme value share its derivative.

use crate::{Real, Threads};

/// Elements one thread takes at a time, at least.
const CHUNK: usize = 1 << 14;

/// Writes the share each element of `x` `[outer, n, inner]` has in the extreme value `y` `[outer, inner]` of its line.
///
/// The elements equal to `y` share 1 equally, the others get 0. Where `y` is NaN, the first NaN of the line has all.
///
/// # Panics
///
/// If a slice has another length than its shape.
pub fn shares<T: Real>(on: &Threads, [outer, n, inner]: [usize; 3], x: &[T], y: &[T], out: &mut [T]) {
    assert_eq!(x.len(), outer * n * inner, "x does not fill [outer, n, inner]");
    assert_eq!(y.len(), outer * inner, "y does not fill [outer, inner]");
    assert_eq!(out.len(), x.len(), "out does not fill [outer, n, inner]");
    let block = n * inner;
    if block == 0 {
        return;
    }
    let blocks = (CHUNK / block).max(1);
    on.for_each_chunk(out, blocks * block, |chunk, out| {
        let mut counts = vec![0; inner];
        for (o, out) in (chunk * blocks..).zip(out.chunks_mut(block)) {
            counts.fill(0);
            shares_of_block(&x[o * block..][..block], &y[o * inner..][..inner], &mut counts, out);
        }
    });
}

/// The same for one block `[n, inner]`, with a count of 0 for each line.
fn shares_of_block<T: Real>(x: &[T], y: &[T], attained: &mut [u64], out: &mut [T]) {
    let inner = y.len();
    let attains = |x: T, y: T| x == y || (x.is_nan() && y.is_nan());
    for row in x.chunks(inner) {
        for ((count, &x), &y) in attained.iter_mut().zip(row).zip(y) {
            // A NaN is counted once: the first has all.
            if attains(x, y) && !(x.is_nan() && *count > 0) {
                *count += 1;
            }
        }
    }
    for (row, out) in x.chunks(inner).zip(out.chunks_mut(inner)) {
        for i in 0..inner {
            let takes = attains(row[i], y[i]) && attained[i] > 0;
            out[i] = if takes { T::ONE / T::from_f64(attained[i] as f64) } else { T::ZERO };
            if takes && row[i].is_nan() {
                attained[i] = 0; // the first has all
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_extremes_share_equally() {
        let x = [1.0, 3.0, 3.0, 2.0, 2.0, 2.0];
        let mut out = [9.0; 6];
        shares(&Threads::one(), [2, 3, 1], &x, &[3.0, 2.0], &mut out);
        assert_eq!(out, [0.0, 0.5, 0.5, 1.0 / 3.0, 1.0 / 3.0, 1.0 / 3.0]);
        shares(&Threads::one(), [1, 2, 3], &x, &[2.0, 2.0, 3.0], &mut out);
        assert_eq!(out, [0.0, 0.0, 1.0, 1.0, 1.0, 0.0]);
    }

    #[test]
    fn the_first_nan_takes_all() {
        let nan = f32::NAN;
        let mut out = [9.0; 4];
        shares(&Threads::one(), [1, 4, 1], &[1.0, nan, 5.0, nan], &[nan], &mut out);
        assert_eq!(out, [0.0, 1.0, 0.0, 0.0]);
    }

    #[test]
    fn the_number_of_threads_changes_nothing() {
        let x: Vec<f32> = (0..200_000).map(|i| (i * 7 % 5) as f32).collect();
        let y = vec![4.0; 100 * 20];
        let [mut one, mut two] = [vec![0.0; x.len()], vec![0.0; x.len()]];
        shares(&Threads::one(), [100, 100, 20], &x, &y, &mut one);
        shares(&Threads::new(2), [100, 100, 20], &x, &y, &mut two);
        assert_eq!(one, two);
    }

    #[test]
    fn nothing_is_shared_among_nothing() {
        let mut out: [f64; 0] = [];
        shares(&Threads::one(), [3, 0, 1], &[], &[0.0; 3], &mut out);
        assert!(out.is_empty());
    }
}
