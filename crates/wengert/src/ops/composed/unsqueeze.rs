//! # unsqueeze
//!
//! The same elements with a new axis of size 1.
//!
//! $$ y_{i 0 j} = x_{i j} $$
//!
//! | | |
//! |---|---|
//! | VJP | by composition: `reshape` |
//! | JVP | by composition |
//! | shape | `[…, …] → […, 1, …]` |
//! | domain | everything |
//! | source | definition |

use super::{Composed, Draw};
use crate::{Error, Float, Var, axes::resolve};

impl<F: Float> Var<'_, F> {
    /// The same elements with a new axis of size 1; see [`crate::ops::composed::unsqueeze`].
    ///
    /// `axis` is its position in the result; negative counts from the result's last axis.
    ///
    /// # Errors
    ///
    /// [`Error::Axis`], [`Error::RankTooLarge`].
    #[track_caller]
    pub fn try_unsqueeze(self, axis: isize) -> Result<Self, Error> {
        let mut dims = self.shape().dims().to_vec();
        dims.insert(resolve("unsqueeze", axis, dims.len() + 1)?, 1);
        self.try_reshape(dims)
    }

    /// As [`Var::try_unsqueeze`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let x = tape.leaf([1.0, 2.0, 3.0]);
    /// let table = x.unsqueeze(-1) * x.unsqueeze(0);
    /// assert_eq!(table.shape().dims(), [3, 3]);
    /// assert_eq!(table.sum().backward(&[x])[0].to_vec(), [12.0, 12.0, 12.0]);
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn unsqueeze(self, axis: isize) -> Self {
        self.try_unsqueeze(axis).unwrap_or_else(|e| panic!("{e}"))
    }
}

/// The composition at the points where the laws check it.
pub fn composed() -> Composed {
    Composed {
        name: "unsqueeze",
        f: |x| x[0].unsqueeze(-1),
        samples: |draw: &mut Draw| Draw::shapes().map(|s| vec![draw.uniform(s, -2.0, 2.0)]).into(),
        smooth_orders: 4,
    }
}

#[cfg(test)]
mod tests {
    use crate::{Error, Tape, Tensor};

    #[test]
    fn the_new_axis_stands_where_it_was_asked_for() {
        let tape = Tape::<f64>::new();
        let x = tape.leaf(Tensor::zeros([2, 3]));
        let shape = |axis| x.unsqueeze(axis).shape();
        assert_eq!([shape(0).dims(), shape(1).dims(), shape(2).dims()], [[1, 2, 3], [2, 1, 3], [2, 3, 1]]);
        assert_eq!((shape(-1), shape(-3)), (shape(2), shape(0)));
        assert!(matches!(x.try_unsqueeze(3), Err(Error::Axis { axis: 3, rank: 3, .. })));
        let full = tape.leaf(Tensor::zeros([1; crate::MAX_RANK]));
        assert!(matches!(full.try_unsqueeze(0), Err(Error::RankTooLarge { .. })));
        assert_eq!(tape.leaf(1.0).unsqueeze(0).shape().dims(), [1]);
    }
}
