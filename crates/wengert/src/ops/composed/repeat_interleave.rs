//! # repeat_interleave
//!
//! Every element of an axis repeated in its place.
//!
//! $$ y_{\dots i \dots} = x_{\dots k \dots}, \quad n_0 + \dots + n_{k-1} \le i < n_0 + \dots + n_k $$
//!
//! | | |
//! |---|---|
//! | VJP | by composition: `broadcast_to` for one count, `index_select` for one per element |
//! | JVP | by composition |
//! | shape | `[…, d, …] → […, n₀ + n₁ + …, …]` |
//! | domain | everything; a count may be 0 |
//! | source | definition |

use super::{Composed, Draw};
use crate::{Error, Float, Var, axes::resolve, error::or_panic, ops::indices::resized};

impl<F: Float> Var<'_, F> {
    /// Every element of an axis repeated in its place; see [`crate::ops::composed::repeat_interleave`].
    ///
    /// `counts` is one number for all elements, as `[2]`, or one for each.
    ///
    /// # Errors
    ///
    /// [`Error::Axis`]; [`Error::Attribute`] for another number of counts; [`Error::TooLarge`].
    #[track_caller]
    pub fn try_repeat_interleave(self, axis: isize, counts: impl AsRef<[usize]>) -> Result<Self, Error> {
        let (shape, counts) = (self.shape(), counts.as_ref());
        let axis = resolve("repeat_interleave", axis, shape.rank())?;
        let [outer, size, inner] = shape.around(axis);
        if let &[n] = counts {
            let repeated = resized(shape, axis, size.saturating_mul(n))?; // before anything is recorded
            let spread =
                self.try_reshape([outer * size, 1, inner])?.try_broadcast_to([outer * size, n, inner])?;
            return spread.try_reshape(repeated);
        }
        if counts.len() != size {
            let given = format!("{} of them for an axis of size {size}", counts.len());
            let expected = "one count for all elements, or one for each";
            return Err(Error::Attribute { op: "repeat_interleave", name: "counts", given, expected });
        }
        let total = counts.iter().fold(0_usize, |sum, &n| sum.saturating_add(n));
        let repeated = resized(shape, axis, total)?;
        if repeated.is_empty() {
            return self.try_narrow(axis as isize, 0..0)?.try_reshape(repeated);
        }
        let rows = counts.iter().enumerate().flat_map(|(k, &n)| std::iter::repeat_n(k as u32, n));
        self.try_index_select(axis as isize, rows.collect::<Vec<u32>>())
    }

    /// As [`Var::try_repeat_interleave`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let x = tape.leaf([1.0, 2.0, 3.0]);
    /// assert_eq!(x.repeat_interleave(0, [2]).value().to_vec(), [1.0, 1.0, 2.0, 2.0, 3.0, 3.0]);
    /// let y = x.repeat_interleave(0, [0, 3, 1]);
    /// assert_eq!(y.value().to_vec(), [2.0, 2.0, 2.0, 3.0]);
    /// assert_eq!(y.sum().backward(&[x])[0].to_vec(), [0.0, 3.0, 1.0]);
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn repeat_interleave(self, axis: isize, counts: impl AsRef<[usize]>) -> Self {
        or_panic(self.try_repeat_interleave(axis, counts))
    }
}

/// The composition at the points where the laws check it.
pub fn composed() -> Composed {
    Composed {
        name: "repeat_interleave",
        f: |x| match x[0].shape().dims()[0] {
            3 => x[0].repeat_interleave(0, [2, 0, 3]),
            _ => x[0].repeat_interleave(-1, [3]),
        },
        samples: |draw: &mut Draw| {
            let shapes: [&[usize]; 6] = [&[3], &[2, 3], &[3, 2], &[0, 2], &[2, 0], &[1, 2, 1]];
            shapes.map(|s| vec![draw.uniform(s, -2.0, 2.0)]).into()
        },
        smooth_orders: 4,
    }
}

#[cfg(test)]
mod tests {
    use crate::{Error, Tape, Tensor};

    #[test]
    fn one_count_for_all_is_that_count_for_each() {
        let tape = Tape::<f64>::new();
        let x = tape.leaf([[1.0, 2.0], [3.0, 4.0]]);
        for n in 0..3 {
            assert_eq!(x.repeat_interleave(0, [n]).value(), x.repeat_interleave(0, [n, n]).value());
        }
        assert_eq!(x.repeat_interleave(-1, [1, 2]).value(), Tensor::from([[1.0, 2.0, 2.0], [3.0, 4.0, 4.0]]));
        assert_eq!(x.repeat_interleave(0, [0]).sum().backward(&[x])[0], Tensor::zeros([2, 2]));
        assert!(matches!(
            x.try_repeat_interleave(0, [1, 2, 3]),
            Err(Error::Attribute { name: "counts", .. })
        ));
        assert!(matches!(x.try_repeat_interleave(2, [1]), Err(Error::Axis { axis: 2, rank: 2, .. })));
        assert!(matches!(x.try_repeat_interleave(0, [usize::MAX]), Err(Error::TooLarge { .. })));
        assert!(matches!(x.try_repeat_interleave(0, [usize::MAX, 1]), Err(Error::TooLarge { .. })));
    }
}
