//! # pad
//!
//! Every axis extended by a constant, or cropped, at both ends.
//!
//! $$ y_i = \begin{cases} x_{i - b} & 0 \le i - b < d \\ c & \text{else} \end{cases} \quad \text{per axis} $$
//!
//! | | |
//! |---|---|
//! | VJP | by composition: `slice` and `concat`; the constant gets nothing, what is cropped gets 0 |
//! | JVP | by composition |
//! | shape | `[d₀, …] → [b₀ + d₀ + a₀, …]` |
//! | domain | everything; a negative extension crops, at most the whole axis |
//! | source | definition |

use super::{Composed, Draw};
use crate::{Error, Float, Shape, Var, error::or_panic};

impl<F: Float> Var<'_, F> {
    /// Every axis extended by `value`, `(before, after)`; see [`crate::ops::composed::pad`].
    ///
    /// A negative number crops that end.
    ///
    /// # Errors
    ///
    /// [`Error::Arity`] unless there is one pair per axis; [`Error::Attribute`] if more is cropped than there is;
    /// [`Error::TooLarge`].
    #[track_caller]
    pub fn try_pad(self, extensions: &[(isize, isize)], value: f64) -> Result<Self, Error> {
        let shape = self.shape();
        if extensions.len() != shape.rank() {
            let expected = "one pair (before, after) per axis";
            return Err(Error::Arity { op: "pad", given: extensions.len(), expected });
        }
        let mut padded = shape.dims().to_vec();
        for (size, &(before, after)) in padded.iter_mut().zip(extensions) {
            let crop = before.min(0).unsigned_abs().checked_add(after.min(0).unsigned_abs());
            let Some(kept) = crop.and_then(|crop| size.checked_sub(crop)) else {
                let given = format!("({before}, {after}) for an axis of size {size}");
                let expected = "to crop at most the whole axis";
                return Err(Error::Attribute { op: "pad", name: "extensions", given, expected });
            };
            let grown = before.max(0).unsigned_abs().saturating_add(after.max(0).unsigned_abs());
            *size = kept.saturating_add(grown);
        }
        Shape::new(&padded)?; // before anything is recorded
        let mut y = self;
        for (axis, &(before, after)) in extensions.iter().enumerate() {
            let end = y.shape().dims()[axis] - after.min(0).unsigned_abs();
            let x = y.try_narrow(axis as isize, before.min(0).unsigned_abs()..end)?;
            let mut pieces = vec![x];
            for (place, n) in [(0, before), (1, after)] {
                if n > 0 {
                    let margin =
                        x.constant(value).try_broadcast_to(x.shape().with(axis, n.unsigned_abs()))?;
                    pieces.insert(if place == 0 { 0 } else { pieces.len() }, margin);
                }
            }
            y = if pieces.len() > 1 { Self::try_concat(&pieces, axis as isize)? } else { x };
        }
        Ok(y)
    }

    /// As [`Var::try_pad`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let x = tape.leaf([1.0, 2.0, 3.0]);
    /// let y = x.pad(&[(2, -1)], 9.0);
    /// assert_eq!(y.value().to_vec(), [9.0, 9.0, 1.0, 2.0]);
    /// assert_eq!(y.sum().backward(&[x])[0].to_vec(), [1.0, 1.0, 0.0]);
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn pad(self, extensions: &[(isize, isize)], value: f64) -> Self {
        or_panic(self.try_pad(extensions, value))
    }
}

/// The composition at the points where the laws check it.
pub fn composed() -> Composed {
    Composed {
        name: "pad",
        f: |x| {
            let pairs: Vec<_> = [(1, 2), (-1, 0), (1, -1)].into_iter().cycle().take(x[0].rank()).collect();
            x[0].pad(&pairs, 0.5)
        },
        samples: |draw: &mut Draw| {
            let shapes: [&[usize]; 5] = [&[], &[2], &[2, 3], &[0, 1], &[1, 2, 1]];
            shapes.map(|s| vec![draw.uniform(s, -2.0, 2.0)]).into()
        },
        smooth_orders: 4,
    }
}

#[cfg(test)]
mod tests {
    use crate::{Error, Tape, Tensor};

    #[test]
    fn extends_and_crops_each_axis_by_itself() {
        let tape = Tape::<f64>::new();
        let x = tape.leaf([[1.0, 2.0], [3.0, 4.0]]);
        let y = x.pad(&[(-1, 1), (1, 0)], f64::INFINITY);
        let inf = f64::INFINITY;
        assert_eq!(y.value(), Tensor::from([[inf, 3.0, 4.0], [inf, inf, inf]]));
        assert_eq!(y.sum().backward(&[x])[0], Tensor::from([[0.0, 0.0], [1.0, 1.0]]));
        assert_eq!(x.pad(&[(-1, -1), (0, 0)], 0.0).shape().dims(), [0, 2]);
        assert_eq!(tape.leaf(Tensor::zeros([0])).pad(&[(1, 1)], 7.0).value().to_vec(), [7.0, 7.0]);
    }

    #[test]
    fn refuses_to_crop_more_than_there_is_or_to_grow_beyond_memory() {
        let tape = Tape::<f64>::new();
        let x = tape.leaf([1.0, 2.0]);
        assert!(matches!(x.try_pad(&[(-2, -1)], 0.0), Err(Error::Attribute { name: "extensions", .. })));
        assert!(matches!(x.try_pad(&[(-3, 3)], 0.0), Err(Error::Attribute { .. })));
        assert!(matches!(x.try_pad(&[(isize::MIN, isize::MIN)], 0.0), Err(Error::Attribute { .. })));
        assert!(matches!(x.try_pad(&[], 0.0), Err(Error::Arity { given: 0, .. })));
        assert!(matches!(x.try_pad(&[(isize::MAX, isize::MAX)], 0.0), Err(Error::TooLarge { .. })));
        assert_eq!(tape.len(), 1, "nothing refused was recorded");
    }
}
