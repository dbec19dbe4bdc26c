//! # squeeze
//!
//! The same elements without some axes of size 1.
//!
//! $$ y_{i j} = x_{i 0 j} $$
//!
//! | | |
//! |---|---|
//! | VJP | by composition: `reshape` |
//! | JVP | by composition |
//! | shape | `[…, 1, …] → […, …]` |
//! | domain | everything; only axes of size 1 can go |
//! | source | definition |

use super::{Composed, Draw};
use crate::{Axes, AxisSet, Error, Float, Var};

impl<F: Float> Var<'_, F> {
    /// The same elements without these axes of size 1; see [`crate::ops::composed::squeeze`].
    ///
    /// # Errors
    ///
    /// [`Error::Axis`], [`Error::RepeatedAxis`]; [`Error::Shape`] for an axis of another size.
    #[track_caller]
    pub fn try_squeeze(self, axes: impl Axes) -> Result<Self, Error> {
        let shape = self.shape();
        let axes = AxisSet::new("squeeze", axes.as_axes(), shape.rank())?;
        if axes.iter().any(|a| shape.dims()[a] != 1) {
            let (given, expected) = (shape.dims().into(), "size 1 along every axis named");
            return Err(Error::Shape { op: "squeeze", given, expected });
        }
        self.try_reshape(axes.reduced(shape, false))
    }

    /// As [`Var::try_squeeze`].
    ///
    /// ```
    /// let tape = wengert::Tape::<f64>::new();
    /// let x = tape.leaf([[[1.0], [2.0]]]);
    /// assert_eq!(x.squeeze([0, -1]).shape().dims(), [2]);
    /// ```
    ///
    /// # Panics
    ///
    /// Where that fails.
    #[track_caller]
    pub fn squeeze(self, axes: impl Axes) -> Self {
        self.try_squeeze(axes).unwrap_or_else(|e| panic!("{e}"))
    }
}

/// The composition at the points where the laws check it.
pub fn composed() -> Composed {
    Composed {
        name: "squeeze",
        f: |x| x[0].squeeze(0),
        samples: |draw: &mut Draw| {
            let shapes: [&[usize]; 4] = [&[1], &[1, 3], &[1, 0, 2], &[1, 2, 1]];
            shapes.map(|s| vec![draw.uniform(s, -2.0, 2.0)]).into()
        },
        smooth_orders: 4,
    }
}

#[cfg(test)]
mod tests {
    use crate::{Error, Tape, Tensor};

    #[test]
    fn only_axes_of_size_one_can_go() {
        let tape = Tape::<f64>::new();
        let x = tape.leaf(Tensor::zeros([1, 2, 1]));
        assert!(matches!(x.try_squeeze(1), Err(Error::Shape { op: "squeeze", .. })));
        assert!(matches!(x.try_squeeze(3), Err(Error::Axis { .. })));
        assert_eq!(x.squeeze([]).shape().dims(), [1, 2, 1]);
        assert_eq!(tape.leaf([1.0]).squeeze(0).shape().rank(), 0);
    }
}
