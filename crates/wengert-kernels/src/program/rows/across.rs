//! The loops that lead from elements to rows and back.

use super::Across;
use crate::lanes::Level;
use crate::real::Real;
use crate::reduce::{LEAF, Loop, add_pairwise, leaf_sum, means_of, row_extreme, row_norm, vectorized_at};
use crate::threads::Threads;

/// Operands of [`across`]: elements of rows of `n`, or numbers of rows; and an index for each row.
pub(super) struct Operands<'a, T> {
    pub(super) n: usize,
    pub(super) x: &'a [T],
    /// The second operand; empty where there is none.
    pub(super) of_rows: &'a [T],
    pub(super) picks: &'a [u32],
}

/// Writes what leads from `x` to the other extent; all slices are of the same rows.
pub(super) fn across<T: Real>(level: Level, what: Across, from: &Operands<'_, T>, y: &mut [T]) {
    let Operands { n, x, .. } = *from;
    match what {
        Across::Norm2 => {
            let on = Threads::one();
            x.chunks_exact(n).zip(y).for_each(|(x, y)| *y = row_norm(&on, x));
        }
        Across::Pick(_) => {
            for ((x, y), &pick) in x.chunks_exact(n).zip(y).zip(from.picks) {
                *y = x[pick as usize];
            }
        }
        Across::Place(_) => {
            y.fill(T::ZERO);
            for ((y, &x), &pick) in y.chunks_exact_mut(n).zip(x).zip(from.picks) {
                y[pick as usize] += x;
            }
        }
        Across::Mean => {
            vectorized_at(level, Lines { what, from, y: &mut *y });
            means_of(&Threads::one(), n, y, |i, j| x[i * n + j]);
        }
        _ => vectorized_at(level, Lines { what, from, y }),
    }
}

struct Lines<'a, T> {
    what: Across,
    from: &'a Operands<'a, T>,
    y: &'a mut [T],
}

impl<T: Real> Loop for Lines<'_, T> {
    type Out = ();

    #[inline(always)]
    fn run(self) {
        let Operands { n, x, of_rows, .. } = *self.from;
        // Loops and not closures: these take the instructions of the function they stand in.
        match self.what {
            Across::Max => {
                for (x, y) in x.chunks_exact(n).zip(self.y) {
                    *y = row_extreme(x, |best, x| best.max(x));
                }
            }
            Across::Min => {
                for (x, y) in x.chunks_exact(n).zip(self.y) {
                    *y = row_extreme(x, |best, x| best.min(x));
                }
            }
            Across::Spread => {
                for (y, &x) in self.y.chunks_exact_mut(n).zip(x) {
                    for y in y {
                        *y = x;
                    }
                }
            }
            Across::Shares => {
                for ((x, y), &m) in x.chunks_exact(n).zip(self.y.chunks_exact_mut(n)).zip(of_rows) {
                    shares(x, m, y);
                }
            }
            _ => {
                for (x, y) in x.chunks_exact(n).zip(self.y) {
                    *y = row_sum(x);
                }
            }
        }
    }
}

/// Sums of leaves that a row is added up from without memory beside the stack.
const LEAVES: usize = 64;

/// The sum of a row in the order of [`reduce::sum`](crate::reduce::sum).
#[inline(always)]
fn row_sum<T: Real>(x: &[T]) -> T {
    if x.len() <= LEAF {
        return leaf_sum(x, |x| x);
    }
    if x.len() > LEAVES * LEAF {
        let mut sums = crate::Buffer::from_fn(x.len().div_ceil(LEAF), |_| T::ZERO);
        return sum_of_leaves(x, &mut sums);
    }
    let mut sums = [T::ZERO; LEAVES];
    sum_of_leaves(x, &mut sums[..x.len().div_ceil(LEAF)])
}

#[inline(always)]
fn sum_of_leaves<T: Real>(x: &[T], sums: &mut [T]) -> T {
    for (sum, x) in sums.iter_mut().zip(x.chunks(LEAF)) {
        *sum = leaf_sum(x, |x| x);
    }
    add_pairwise(sums, 1);
    sums[0]
}

/// The share of each element in the extreme value `m` of its row; the first NaN has all.
#[inline(always)]
fn shares<T: Real>(x: &[T], m: T, y: &mut [T]) {
    if m.is_nan() {
        y.fill(T::ZERO);
        if let Some(first) = x.iter().position(|x| x.is_nan()) {
            y[first] = T::ONE;
        }
        return;
    }
    let mut attained = 0;
    for &x in x {
        attained += u32::from(x == m);
    }
    let share = T::ONE / T::from_f64(f64::from(attained));
    for (y, &x) in y.iter_mut().zip(x) {
        *y = if x == m { share } else { T::ZERO };
    }
}
