//! # flatten
//!
//! All axes from one on, merged into it.
//!
//! $$ y_{b \, (i)} = x_{b \, i}, \quad (i) \text{ the position in row-major order} $$
//!
//! | | |
//! |---|---|
//! | VJP | by composition: `reshape` |
//! | JVP | by composition |
//! | shape | `[b…, d₀, d₁, …] → [b…, d₀·d₁·…]`; a scalar gives `[1]` |
//! | domain | everything |
//! | source | definition |

use super::{Composed, Draw};
use crate::{Error, Float, Var, axes::resolve, error::or_panic, shape::joined};

impl<F: Float> Var<'_, F> {
    /// The axes from `start_axis` on merged into one; see [`crate::ops::composed::flatten`].
    ///
    /// # Errors
    ///
    /// [`Error::Axis`]; a scalar counts as `[1]` here.
    #[track_caller]
    pub fn try_flatten(self, start_axis: isize) -> Result<Self, Error> {
        let shape = self.shape();
        let start = match shape.rank() {
            0 if start_axis == 0 || start_axis == -1 => 0,
            rank => resolve("flatten", start_axis, rank)?,
        };
        let (kept, merged) = shape.dims().split_at(start);
        self.try_reshape(joined(&[kept, &[merged.iter().product()]]))
    }

    /// As [`Var::try_flatten`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let images = tape.leaf([[[1.0, 2.0], [3.0, 4.0]]]); // [batch, height, width]
    /// assert_eq!(images.flatten(1).shape().dims(), [1, 4]);
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn flatten(self, start_axis: isize) -> Self {
        or_panic(self.try_flatten(start_axis))
    }
}

/// The composition at the points where the laws check it.
pub fn composed() -> Composed {
    Composed {
        name: "flatten",
        f: |x| x[0].flatten(-2),
        samples: |draw: &mut Draw| {
            let shapes: [&[usize]; 4] = [&[2, 3], &[2, 1, 3], &[0, 2], &[2, 2, 0]];
            shapes.map(|s| vec![draw.uniform(s, -2.0, 2.0)]).into()
        },
        smooth_orders: 4,
    }
}

#[cfg(test)]
mod tests {
    use crate::{Error, Tape, Tensor};

    #[test]
    fn merges_from_the_axis_on_also_where_there_is_nothing() {
        let tape = Tape::<f64>::new();
        let shape = |dims: &[usize], axis| tape.leaf(Tensor::zeros(dims)).flatten(axis).shape();
        assert_eq!(shape(&[2, 3, 4], 1).dims(), [2, 12]);
        assert_eq!(shape(&[2, 3, 4], 0).dims(), [24]);
        assert_eq!(shape(&[2, 3, 4], -1).dims(), [2, 3, 4]);
        assert_eq!(shape(&[], 0).dims(), [1]);
        assert_eq!(shape(&[0, 5], 1).dims(), [0, 5]);
        assert_eq!(shape(&[3, 0], 0).dims(), [0]);
        assert!(matches!(tape.leaf(1.0).try_flatten(1), Err(Error::Axis { .. })));
    }
}
